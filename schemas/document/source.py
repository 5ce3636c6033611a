"""Reads a document, a file or a URL: JSON or YAML 1.2, hostile until proven otherwise, with the lines of pointers."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from specloom.schemas.document import MAX_DEPTH
from specloom.schemas.document.reading import fetch
from specloom.schemas.document.reading.lines import lines_of
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.problems import Location, SpecloomError

_USUAL = ReferenceScope()


class Fault(Struct, frozen=True):
    """Something the parser repaired. `line` is 0 where it is not known."""

    code: str
    message: str
    line: int = 0


class Source:
    """One parsed file. `root` is plain JSON data with text keys; `name` is how the user called the file."""

    def __init__(
        self, path: Path | str, name: str | None = None, *, stay: bool = False, public: bool = False,
        reach: ReferenceScope = _USUAL,
    ) -> None:  # fmt: skip
        """`path` is a file, or a URL (a text). Raises SpecloomError in one line when it cannot be read or is no JSON or
        YAML object. `stay`: no redirect may lead to another origin; `public`: only public addresses are asked.
        `reach`: where its references may lead."""
        self.path = path
        self.reach = reach
        self.name = name or (fetch.shown(path) if isinstance(path, str) else str(path))
        self.faults: list[Fault] = []
        self.beside: dict[Path | str, Source | SpecloomError] = {}
        """What its references have opened, by place: whoever reads the document next need not open it again."""
        if isinstance(path, str):
            data, self.path = fetch.fetch(path, stay=stay, public=public)
        else:
            data = _read(path, self.name)
        self._data = _text(data, self.name)
        self.is_json = self._data.lstrip()[:1] in (b"{", b"[")
        self.root: dict[str, Any] = self._parse()

    @cached_property
    def text(self) -> str:
        return self._data.decode("utf-8")

    def mentions(self, text: str) -> bool:
        """Whether the file has it, as it was read."""
        return text.encode() in self._data

    def lines(self, pointers: Iterable[str]) -> dict[str, int]:
        """The line of the value at each pointer, or of the nearest enclosing one; from 1."""
        if b"\n" not in self._data:
            return dict.fromkeys(pointers, 1)
        return lines_of(self.text, pointers, self.is_json)

    def _parse(self) -> dict[str, Any]:
        try:
            value = self._parse_json() if self.is_json else self._parse_yaml()
        except json.JSONDecodeError as error:
            try:  # flow-style YAML begins with a brace too
                value = self._parse_yaml()
                self.is_json = False
            except SpecloomError:
                raise self._unusable(f"not valid JSON: {error.msg}", error.lineno) from None
        except RecursionError:
            raise self._unusable(f"nested more than {MAX_DEPTH} levels deep", 1) from None
        except UnicodeDecodeError:
            raise self._unusable("not a text file", 0) from None
        if not isinstance(value, dict):
            raise self._unusable(f"expected an object at the top, found {_kind(value)}", 1)
        if self.is_json and _deeper_than(value, MAX_DEPTH):
            raise self._unusable(f"nested more than {MAX_DEPTH} levels deep", 1)
        return value

    def _parse_json(self) -> Any:
        try:
            value = orjson.loads(self._data)
        except orjson.JSONDecodeError:  # NaN, 1e999, lone surrogates, or real faults: with a better message below
            value = self._parse_json_leniently()
        if isinstance(value, dict):
            self._note_repeated_paths(value)
        return value

    def _parse_json_leniently(self) -> Any:
        """What some writers call JSON: numbers that no float holds become null, lone surrogates a mark."""

        def number(text: str) -> float | int | None:
            value = int(text) if len(text) < 300 and text.lstrip("-").isdigit() else float(text)
            if math.isfinite(value):
                return value
            refused(text)
            return None

        def refused(text: str) -> None:
            self.faults.append(Fault("number", f"{text[:20]!r} is no number of JSON: read as null"))

        parse = json.JSONDecoder(parse_float=number, parse_int=number, parse_constant=refused, strict=False).decode
        value = parse(self.text.removeprefix("\ufeff"))
        written = json.dumps(value, ensure_ascii=False)
        if _LONE().search(written):
            self.faults.append(Fault("text", "half a character (a lone surrogate) stands in a text: shown as \ufffd"))
            value = json.loads(_LONE().sub("\ufffd", written))
        return value

    def _note_repeated_paths(self, value: dict[str, Any]) -> None:
        """JSON readers keep the last of equal keys without a word; a lost path would be a lost operation."""
        paths = value.get("paths")
        if not isinstance(paths, dict):
            return
        count = Counter(_PATH_KEY.findall(self._data))
        if any(times > 1 and key.decode("utf-8", "replace") in paths for key, times in count.items()):
            for key in dict.fromkeys(_twice(self.text)):
                self.faults.append(Fault("repeated-key", f"path {key[:80]!r} stands twice: the last counts"))

    def _parse_yaml(self) -> Any:
        import yaml

        from specloom.schemas.document.reading.yaml12 import TooDeep, joined_surrogates, parse

        text = self.text
        try:
            try:
                value, repeated = parse(text)
            except yaml.YAMLError:
                mended = joined_surrogates(text)
                if mended == text:
                    raise
                value, repeated = parse(mended)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = error.problem or error.context or "syntax error"
            raise self._unusable(f"not valid YAML: {reason}", mark.line + 1 if mark else 1) from None
        except yaml.YAMLError as error:
            raise self._unusable(f"not valid YAML: {' '.join(str(error).split())[:200]}", 1) from None
        except RecursionError:
            raise self._unusable(f"nested more than {MAX_DEPTH} levels deep", 1) from None
        except TooDeep as error:
            raise self._unusable(str(error), 1) from None
        except (ValueError, TypeError) as error:
            raise self._unusable(f"not valid YAML: {error}", 1) from None
        for key, line in repeated:
            self.faults.append(Fault("repeated-key", f"key {key[:80]!r} stands twice: the last counts", line))
        return value

    def _unusable(self, message: str, line: int) -> SpecloomError:
        hint = "give an OpenAPI document in YAML or JSON" if line <= 1 else ""
        return SpecloomError(message, hint=hint, location=Location(self.name, line))


_PATH_KEY = re.compile(rb'"(/[^"\\]*)"\s*:')
_LONE = partial(re.compile, "[\ud800-\udfff]")


def _twice(text: str) -> list[str]:
    """Keys beginning with '/' that stand twice in one object."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _ in pairs if key.startswith("/")]
        if len(set(keys)) < len(keys):
            found.extend(key for key, times in Counter(keys).items() if times > 1)

    json.loads(text, object_pairs_hook=note, strict=False)
    return found


def _read(path: Path, name: str) -> bytes:
    place = Location(name)
    try:
        with path.open("rb") as file:
            data = file.read(fetch.MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecloomError("no such file", hint="check the path", location=place) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecloomError(f"cannot be read: {reason}", location=place) from None
    if len(data) > fetch.MAX_BYTES:
        raise fetch.too_large(place)
    return data


def _text(data: bytes, name: str) -> bytes:
    """UTF-8 without a byte-order mark."""
    place = Location(name)
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data.decode("utf-16").encode("utf-8")
    except UnicodeError:
        data = b"\0"
    if b"\0" in data:
        hint = "give an OpenAPI document in YAML or JSON"
        raise SpecloomError("not a text file", hint=hint, location=place)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise SpecloomError("the file is empty", location=place)
    return data


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a boolean"}
    return names.get(type(value), "nothing")


def _deeper_than(value: Any, limit: int) -> bool:
    """Level by level, for data without shared parts."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True

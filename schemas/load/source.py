"""Reads a document from disk: JSON or YAML 1.2, hostile until proven otherwise, with the line of every pointer."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from schemas.expressions import join_pointer
from schemas.problems import Location, SpecloomError

MAX_BYTES = 64 * 1024 * 1024
"""The largest real document known is 47 MB."""
MAX_NODES = 20_000_000
"""Values after YAML aliases are followed: a 'billion laughs' file is refused long before it unfolds."""
MAX_DEPTH = 500
MAX_LINES_OF = 2_000_000
"""Characters; in larger files a problem is placed by its pointer alone."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CoreLoader(_Loader):  # type: ignore[misc]
    """YAML 1.2 core schema: `OFF` and `2024-01-01` stay texts, `0o7` is 7, `010` is 10."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_CORE = (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    ("int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), list("-+0123456789")),
    (
        "float",
        re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"),
        list("-+.0123456789"),
    ),
    ("merge", re.compile(r"<<\Z"), ["<"]),
)
for _tag, _pattern, _first in _CORE:
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


def _int(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)


_CoreLoader.add_constructor("tag:yaml.org,2002:int", _int)
_CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


class Source:
    """One parsed file. `root` is plain JSON data with text keys; `name` is how the user called the file."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        """Raises SpecloomError in one line when the file cannot be read or is no JSON or YAML object."""
        self.path = path
        self.name = name or str(path)
        self.text = _read(path, self.name)
        self.is_json = self.text.lstrip()[:1] in ("{", "[")
        self.root: dict[str, Any] = self._parse()

    def _parse(self) -> dict[str, Any]:
        try:
            value = json.loads(self.text) if self.is_json else self._parse_yaml(self.text)
        except json.JSONDecodeError as error:
            try:  # flow-style YAML begins with a brace too
                value = self._parse_yaml(self.text)
                self.is_json = False
            except SpecloomError:
                raise self._unusable(f"not valid JSON: {error.msg}", error.lineno) from None
        except RecursionError:
            raise self._unusable("nested too deeply to be read", 1) from None
        except ValueError as error:
            raise self._unusable(f"a number or text in it cannot be read: {error}", 1) from None
        if not isinstance(value, dict):
            raise self._unusable(f"expected an object at the top, found {_kind(value)}", 1)
        if _depth_exceeds(value, MAX_DEPTH):
            raise self._unusable(f"nested more than {MAX_DEPTH} levels deep", 1)
        return value

    def _parse_yaml(self, text: str) -> Any:
        if _may_be_deep(text) and _is_deep(text):
            raise self._unusable("nested too deeply to be read", 1)
        try:
            value = yaml.load(text, Loader=_CoreLoader)  # noqa: S506 - derived from CSafeLoader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = error.problem or error.context or "syntax error"
            raise self._unusable(f"not valid YAML: {reason}", mark.line + 1 if mark else 1) from None
        except yaml.YAMLError as error:
            raise self._unusable(f"not valid YAML: {' '.join(str(error).split())[:200]}", 1) from None
        except RecursionError:
            raise self._unusable("nested too deeply to be read", 1) from None
        except (ValueError, TypeError) as error:
            raise self._unusable(f"not valid YAML: {error}", 1) from None
        if _unfolded(value) > MAX_NODES:
            raise self._unusable("its YAML aliases unfold to more than memory can hold", 1)
        if _depth_exceeds(value, MAX_DEPTH):
            raise self._unusable(f"nested more than {MAX_DEPTH} levels deep", 1)
        return _text_keys(value, {})

    def _unusable(self, message: str, line: int) -> SpecloomError:
        hint = "give an OpenAPI document in YAML or JSON" if line <= 1 else ""
        return SpecloomError(message, hint=hint, location=Location(self.name, line))

    def line(self, pointer: str) -> int:
        """The line of the value at `pointer`, or of the nearest enclosing one; from 1."""
        if len(self.text) > MAX_LINES_OF:
            return 0
        lines = self._lines
        while pointer not in lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return lines.get(pointer, 1)

    @cached_property
    def _lines(self) -> dict[str, int]:
        try:
            node = yaml.compose(self.text, Loader=_CoreLoader)
        except (yaml.YAMLError, RecursionError):
            return {"": 1}
        lines: dict[str, int] = {}
        todo: list[tuple[Any, tuple[str, ...], int]] = [(node, (), 1)]
        while todo and len(lines) < 2_000_000:
            node, path, line = todo.pop()
            pointer = join_pointer(path)
            if pointer in lines:
                continue
            lines[pointer] = line
            if isinstance(node, yaml.MappingNode):
                todo += [
                    (value, (*path, str(key.value)), key.start_mark.line + 1)
                    for key, value in node.value
                    if isinstance(key, yaml.ScalarNode)
                ]
            elif isinstance(node, yaml.SequenceNode):
                todo += [(v, (*path, str(i)), v.start_mark.line + 1) for i, v in enumerate(node.value)]
        return lines


def _read(path: Path, name: str) -> str:
    place = Location(name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecloomError("no such file", hint="check the path", location=place) from None
    except OSError as error:
        raise SpecloomError(f"cannot be read: {error.strerror or error}", location=place) from None
    if len(data) > MAX_BYTES:
        raise SpecloomError(f"larger than {MAX_BYTES // 1024 // 1024} MB", location=place)
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        hint = "give an OpenAPI document in YAML or JSON"
        raise SpecloomError("not a text file", hint=hint, location=place)
    if not text.strip():
        raise SpecloomError("the file is empty", location=place)
    return text


_BRACKET = re.compile(r"[\[\]{}]")
_DEEP_LINE = re.compile(rf"^(?: {{{MAX_DEPTH}}}|[ \t]*(?:[-?][ \t]+){{50}})", re.M)


def _may_be_deep(text: str) -> bool:
    """Cheap, and wrong only on the safe side: brackets in texts count too."""
    depth = deepest = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH or _DEEP_LINE.search(text) is not None


def _is_deep(text: str) -> bool:
    """The C composer recurses without a limit and would end the process; the event parser does not recurse."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_CoreLoader):
            if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                depth -= 1
    except yaml.YAMLError:
        pass  # said with its line by the real parse
    return False


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a boolean"}
    return names.get(type(value), "nothing")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _unfolded(value: Any) -> int:
    """How many values a walk would meet, aliases followed each time. Cycles count as too many."""
    sizes: dict[int, int] = {}
    stack: list[tuple[Any, bool]] = [(value, False)]
    open_: set[int] = set()
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            sizes[key] = 1 + sum(sizes.get(id(child), 1) for child in _children(node))
            open_.discard(key)
        elif key not in sizes and isinstance(node, (dict, list)):
            open_.add(key)
            stack.append((node, True))
            for child in _children(node):
                if id(child) in open_:
                    return MAX_NODES + 1
                if isinstance(child, (dict, list)):
                    stack.append((child, False))
    return sizes.get(id(value), 1)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    seen: set[int] = set()
    for _ in range(limit):
        below: list[Any] = []
        for node in level:
            for child in _children(node):
                if isinstance(child, (dict, list)) and id(child) not in seen:
                    seen.add(id(child))
                    below.append(child)
        if not below:
            return False
        level = below
    return True


def _text_keys(value: Any, seen: dict[int, Any]) -> Any:
    """The same data with every key a text (`200:` is '200'), shared parts still shared."""
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, dict):
        copy: Any = {_key(k): _text_keys(v, seen) for k, v in value.items()}
    elif isinstance(value, list):
        copy = [_text_keys(item, seen) for item in value]
    else:
        return value
    seen[id(value)] = copy
    return copy


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    return {True: "true", False: "false", None: "null"}.get(key, str(key)) if key in (True, False, None) else str(key)

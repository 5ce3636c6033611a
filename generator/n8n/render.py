"""Data as TypeScript and JavaScript text: JSON literals under keys of our own, so that nothing of a document can
become code; and the Jinja shells around them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.json_text import indented
from generator.templates import Templates

_unescaped = json.JSONEncoder(ensure_ascii=False).encode
_finite = json.JSONEncoder(allow_nan=False).encode
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SHORT = 3
"""Lists of fewer entries are written again rather than looked for."""


def literal(value: Any, indent: int = 0) -> str:
    """`value` as a source literal, tabs for indentation. Keys that are identifiers stand without quotes, which is
    what n8n's lint reads; `__proto__`, which would set a prototype, is computed."""
    return Literals().text(value, indent)


class Literals:
    """Literals that have much in common: the same text, key, and the same list at the same depth are made once. What
    is written must not change as long as this lives."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._known: dict[tuple[int, int], tuple[slice, Sequence[Any]]] = {}
        self._texts = _Texts()
        self._heads: dict[int, _Heads] = {}

    def text(self, value: Any, indent: int = 0) -> str:
        """As `literal`."""
        start = len(self._pieces)
        self._write(value, indent)
        return "".join(self._pieces[start:])

    def _write(self, value: Any, indent: int) -> None:
        if isinstance(value, dict):
            self._object(value, indent)
        elif not isinstance(value, (list, tuple)):
            self._pieces.append(text_literal(value))
        elif len(value) < _SHORT:
            self._array(value, indent)
        else:
            self._known_array(value, indent)

    def _known_array(self, value: Sequence[Any], indent: int) -> None:
        place = (id(value), indent)
        if place in self._known:
            self._pieces += self._pieces[self._known[place][0]]
        else:
            start = len(self._pieces)
            self._array(value, indent)
            # The value is kept so that its id stays its own.
            self._known[place] = slice(start, len(self._pieces)), value

    def _object(self, value: dict[Any, Any], indent: int) -> None:
        add, texts = self._pieces.append, self._texts
        if not value:
            add("{}")
            return
        heads = self._heads.get(indent) or self._heads.setdefault(indent, _Heads("\t" * (indent + 1)))
        add("{\n")
        for key, item in value.items():
            if type(item) is str:
                add(f"{heads[key]}{texts[item]},\n")
            else:
                add(heads[key])
                self._write(item, indent + 1)
                add(",\n")
        add("\t" * indent + "}")

    def _array(self, value: Sequence[Any], indent: int) -> None:
        add = self._pieces.append
        if not any(isinstance(item, (dict, list, tuple)) or item is None for item in value):
            line = f"[{', '.join([text_literal(item) for item in value])}]"
            # As long as JSON in ASCII has it.
            if (len(line) if line.isascii() else len(json.dumps(value))) < 80:
                add(line)
                return
        pad = "\t" * (indent + 1)
        add("[\n")
        for item in value:
            add(pad)
            self._write(item, indent + 1)
            add(",\n")
        add(pad[1:] + "]")


class _Texts(dict[str, str]):
    """Texts to their literals."""

    def __missing__(self, value: str) -> str:
        found = self[value] = text_literal(value)
        return found


class _Heads(dict[Any, str]):
    """Keys to what stands before their values, at one depth."""

    def __init__(self, pad: str) -> None:
        super().__init__()
        self._pad = pad

    def __missing__(self, key: Any) -> str:
        found = self[key] = f"{self._pad}{_key(str(key))}: "
        return found


def _key(key: str) -> str:
    if key == "__proto__":
        return f"[{text_literal(key)}]"
    return key if _IDENTIFIER.fullmatch(key) else text_literal(key)


def text_literal(value: Any) -> str:
    """A JSON literal in which no character is invisible, reorders the text, ends a line or is half a character."""
    if not isinstance(value, str):
        return _finite(value)
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    text = _unescaped(value)
    return text if text.isprintable() else "".join(_escaped(c) if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def json_file(value: Any) -> bytes:
    """A JSON file, ASCII only: whatever it holds, any tool reads it the same."""
    return indented(value, tabs=True)


template = Templates(Path(__file__).parent / "templates", {"literal": literal}).fill
"""One of our templates, filled in."""


_MARKUP = "\\`*_{}[]()#+!|~"


def markdown(text: str) -> str:
    """A document's text inside Markdown: one line, nothing of it markup."""
    if not text.isprintable():
        text = "".join(" " if _hidden(c) else c for c in text)
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in _MARKUP:
        text = text.replace(mark, f"\\{mark}")
    return text

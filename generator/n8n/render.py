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
from generator.n8n.remember import remembered
from generator.templates import Templates

_unescaped = json.JSONEncoder(ensure_ascii=False).encode
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def literal(value: Any, indent: int = 0) -> str:
    """`value` as a source literal, tabs for indentation. Keys that are identifiers stand without quotes, which is
    what n8n's lint reads; `__proto__`, which would set a prototype, is computed."""
    parts: list[str] = []
    _write(value, indent, parts, {})
    return "".join(parts)


def _write(value: Any, indent: int, parts: list[str], known: dict[tuple[int, int], slice]) -> None:
    """Adds the pieces of the literal. `known`: where in `parts` the objects and lists written so far stand, by
    identity and depth, since many stand in many places."""
    if not isinstance(value, (dict, list, tuple)):
        parts.append(text_literal(value))
        return
    place = (id(value), indent)
    if place in known:
        parts += parts[known[place]]
        return
    start = len(parts)
    if isinstance(value, dict):
        _object(value, indent, parts, known)
    else:
        _array(value, indent, parts, known)
    known[place] = slice(start, len(parts))


def _object(value: dict[Any, Any], indent: int, parts: list[str], known: dict[tuple[int, int], slice]) -> None:
    if not value:
        parts.append("{}")
        return
    pad = "\t" * (indent + 1)
    parts.append("{\n")
    for key, item in value.items():
        if type(item) is str:
            parts.append(f"{pad}{_key(str(key))}: {_quoted(item)},\n")
        else:
            parts.append(f"{pad}{_key(str(key))}: ")
            _write(item, indent + 1, parts, known)
            parts.append(",\n")
    parts.append(pad[1:] + "}")


def _array(value: Sequence[Any], indent: int, parts: list[str], known: dict[tuple[int, int], slice]) -> None:
    if all(isinstance(item, (str, int, float)) for item in value):
        line = "[" + ", ".join([text_literal(item) for item in value]) + "]"
        # As long as JSON in ASCII has it.
        if (len(line) if line.isascii() else len(json.dumps(value))) < 80:
            parts.append(line)
            return
    pad = "\t" * (indent + 1)
    parts.append("[\n")
    for item in value:
        parts.append(pad)
        _write(item, indent + 1, parts, known)
        parts.append(",\n")
    parts.append(pad[1:] + "]")


def text_literal(value: Any) -> str:
    """A JSON literal in which no character is invisible, reorders the text, ends a line or is half a character."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, allow_nan=False)


@remembered
def _quoted(value: str) -> str:
    text = _unescaped(value)
    if text.isprintable():
        return text
    return "".join(_escaped(c) if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


@remembered
def _key(key: str) -> str:
    if key == "__proto__":
        return f"[{text_literal(key)}]"
    return key if _IDENTIFIER.fullmatch(key) else text_literal(key)


def json_file(value: Any) -> bytes:
    """A JSON file, ASCII only: whatever it holds, any tool reads it the same."""
    return indented(value, tabs=True)


template = Templates(Path(__file__).parent / "templates", {"literal": literal}).fill
"""One of our templates, filled in."""


_MARKUP = re.compile(r"[\\`*_{}\[\]()#+!|~]")


def markdown(text: str) -> str:
    """A document's text inside Markdown: one line, nothing of it markup."""
    if not text.isprintable():
        text = "".join(" " if _hidden(c) else c for c in text)
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\g<0>", text)

"""Data as TypeScript and JavaScript text: JSON literals under keys of our own, so that nothing of a document can
become code; and the Jinja shells around them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specloom.generator.n8n.package.shells import Templates
from specloom.generator.output.json_text import indented
from specloom.schemas.memo import table

_unescaped = json.JSONEncoder(ensure_ascii=False).encode
_finite = json.JSONEncoder(allow_nan=False).encode
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SCALARS = frozenset({str, int, float, bool})
_SHORT = 3
"""Lists of fewer entries are written again rather than looked for."""


class Identifier(str):
    """A constant's name, which stands in the source as it is."""


def literal(value: Any, indent: int = 0) -> str:
    """`value` as a source literal, tabs for indentation. Keys that are identifiers stand without quotes, which is
    what n8n's lint reads; `__proto__`, which would set a prototype, is computed."""
    return Literals().encoded(value, indent).decode()


class Literals:
    """Literals that have much in common, in UTF-8: the same text, and the same list at the same depth, are made once.
    What is written must not change as long as this lives."""

    def __init__(self) -> None:
        self._texts = _Texts()
        self._objects = _Objects()
        self._lists: dict[tuple[int, int], tuple[Sequence[Any], bytes]] = table()

    def encoded(self, value: Any, indent: int = 0) -> bytes:
        """As `literal`."""
        if isinstance(value, dict):
            texts, encoded, inner = self._texts, self.encoded, indent + 1
            found = [texts[item] if type(item) is str else encoded(item, inner) for item in value.values()]
            return self._objects[indent, *value] % tuple(found)
        if not isinstance(value, (list, tuple)):
            return value.encode() if isinstance(value, Identifier) else text_literal(value).encode()
        if len(value) < _SHORT:
            return self._list(value, indent)
        place = (id(value), indent)
        known = self._lists.get(place)
        if known is None:  # the value is kept so that its id stays its own
            known = self._lists[place] = value, self._list(value, indent)
        return known[1]

    def _list(self, value: Sequence[Any], indent: int) -> bytes:
        texts, encoded, inner = self._texts, self.encoded, indent + 1
        found = [texts[item] if type(item) is str else encoded(item, inner) for item in value]
        if _SCALARS.issuperset(map(type, value)):
            line = b"[%b]" % b", ".join(found)
            # As long as JSON in ASCII has it.
            if (len(line) if line.isascii() else len(json.dumps(value))) < 80:
                return line
        pad = b"\t" * inner
        return b"[\n%b%b,\n%b]" % (pad, (b",\n" + pad).join(found), pad[1:])


class _Texts(dict[str, bytes]):
    """Texts to their literals."""

    def __missing__(self, value: str) -> bytes:
        found = self[value] = text_literal(value).encode()
        return found


class _Objects(dict[tuple[Any, ...], bytes]):
    """The depth and the keys of an object to all of it but the values, for which %b stands."""

    def __missing__(self, place: tuple[Any, ...]) -> bytes:
        indent, *keys = place
        pad = "\t" * indent
        heads = [_key(str(key)).replace("%", "%%") for key in keys]
        entries = "".join([f"\t{pad}{head}: %b,\n" for head in heads])
        found = self[place] = f"{{\n{entries}{pad}}}".encode() if keys else b"{}"
        return found


def _key(key: str) -> str:
    if key == "__proto__":
        return f"[{text_literal(key)}]"
    return key if _IDENTIFIER.fullmatch(key) else text_literal(key)


def text_literal(value: Any) -> str:
    """A JSON literal in which no character is invisible, reorders the text, ends a line or is half a character."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value) if isinstance(value, int) else _finite(value)
    if value.isprintable():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "".join(_escaped(c) if _hidden(c) else c for c in _unescaped(value))


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def json_file(value: Any) -> bytes:
    """A JSON file, ASCII only: whatever it holds, any tool reads it the same."""
    return indented(value, tabs=True)


_TEMPLATES = Templates(Path(__file__).parent / "templates", {"literal": literal})
template, wrapped = _TEMPLATES.fill, _TEMPLATES.wrap
"""One of our templates, filled in; one around a text."""


def both_languages(path: str, ts: bytes, js: bytes) -> dict[str, bytes]:
    """A file and what it compiles to, by path."""
    return {f"{path}.ts": ts, f"dist/{path}.js": js}


_MARKUP = "\\`*_{}[]()#+!|~"


def markdown(text: str) -> str:
    """A document's text inside Markdown: one line, nothing of it markup."""
    text = text.strip()
    if "  " in text or not text.isprintable():
        text = " ".join("".join(" " if _hidden(c) else c for c in text).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in _MARKUP:
        text = text.replace(mark, f"\\{mark}")
    return text

"""JSON with its outer levels spread over lines and what lies deeper on one: readable, and not slow."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import orjson

from generator.json_text import in_ascii

_Text = Callable[[Any, bytes], bytes]
"""The text of a value whose last line begins with that margin, a line feed included."""


def written(value: Any, depth: int) -> bytes:
    """The text with the outer `depth` levels on lines, the rest on one line; in ASCII, with a line feed at its end."""
    return _written(value, depth, _line)


def outlined(value: Any, depth: int) -> Any:
    """The outer `depth` levels as they are, over the texts of what lies deeper: to be `spread`, or to be part of what
    is `written`, for which no text is made twice."""
    return _outlined(value, depth, {})


def spread(outline: Any) -> bytes:
    """The text with all levels of an outline on lines."""
    return _written(outline, 3, _indented)


def _written(value: Any, depth: int, text: _Text) -> bytes:
    """The outer levels are written bit by bit: large apps do not stand in memory as a whole and in parts."""
    out = BytesIO()
    _write(out.write, value, depth, b"\n", text)
    out.write(b"\n")
    return out.getvalue()


def _write(put: Callable[[bytes], object], value: Any, depth: int, margin: bytes, text: _Text) -> None:
    if not depth or not value or not isinstance(value, (dict, list)):
        put(text(value, margin))
        return
    opening, closing = (b"{", b"}") if isinstance(value, dict) else (b"[", b"]")
    inner = margin + b"  "
    before = opening + inner
    for key, one in value.items() if isinstance(value, dict) else (("", one) for one in value):
        put(before + (_line(key, b"") + b": " if isinstance(value, dict) else b""))
        _write(put, one, depth - 1, inner, text)
        before = b"," + inner
    put(margin + closing)


def _outlined(value: Any, depth: int, known: dict[tuple[int, int], Any]) -> Any:
    """`known`: what was made, by identity and depth, as steps share fields and parts of samples."""
    if not value or type(value) is str and value.isascii():
        return value
    if depth and isinstance(value, dict):
        return {key: _outlined(one, depth - 1, known) for key, one in value.items()}
    same = (id(value), depth)
    if same not in known:
        if depth and isinstance(value, list):
            known[same] = [_outlined(one, depth - 1, known) for one in value]
        else:
            known[same] = orjson.Fragment(_line(value, b""))
    return known[same]


def _indented(outline: Any, margin: bytes) -> bytes:
    # Texts of JSON hold no line feed.
    return in_ascii(orjson.dumps(outline, option=orjson.OPT_INDENT_2)).replace(b"\n", margin)


def _line(value: Any, margin: bytes) -> bytes:
    """What `json.dumps` writes at ten times the price, but for the spelling of numbers near zero (1e-6, not 1e-06)."""
    try:
        return in_ascii(msgspec.json.format(orjson.dumps(value), indent=0))
    except (TypeError, ValueError):  # numbers beyond 64 bits
        return json.dumps(value).encode()

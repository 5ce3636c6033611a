"""JSON with its outer levels spread over lines and what lies deeper on one: readable, and not slow."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import orjson

from generator.json_text import in_ascii

_SPREAD = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def outlined(value: Any, depth: int) -> Any:
    """The outer `depth` levels as they are, over the texts of what lies deeper. What comes out may be part of what
    is outlined with less depth."""
    return _outlined(value, depth, {})


def written(outline: Any) -> bytes:
    """The text, with a line feed at its end: each level on lines of its own, down to what is a text already."""
    return in_ascii(orjson.dumps(outline, option=_SPREAD))


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
            known[same] = orjson.Fragment(_line(value))
    return known[same]


def _line(value: Any) -> bytes:
    """What `json.dumps` writes at ten times the price, but for the spelling of numbers near zero (1e-6, not 1e-06)."""
    try:
        return in_ascii(msgspec.json.format(orjson.dumps(value), indent=0))
    except (TypeError, ValueError):  # numbers beyond 64 bits
        return json.dumps(value).encode()

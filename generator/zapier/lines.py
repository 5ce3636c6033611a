"""JSON with its outer levels spread over lines and what lies deeper on one: readable, and not slow."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import orjson

from generator.json_text import in_ascii

_SPREAD = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def written(value: Any, depth: int) -> bytes:
    """The text with up to `depth` levels spread over lines, in ASCII, with a line feed at its end."""
    try:
        text = orjson.dumps(_spread(value, depth, {}), option=_SPREAD)
    except TypeError:  # half a character in a key, for which orjson has no text
        text = _line(value) + b"\n"
    return in_ascii(text)


def _spread(value: Any, depth: int, known: dict[int, orjson.Fragment]) -> Any:
    """The outer levels as they are, over the texts of what lies deeper. `known`: those, by the identity of what they
    are of, as steps share fields and parts of samples."""
    if not value or type(value) is str and value.isascii():
        return value
    if depth and isinstance(value, dict):
        return {key: _spread(one, depth - 1, known) for key, one in value.items()}
    if depth and isinstance(value, list):
        return [_spread(one, depth - 1, known) for one in value]
    text = known.get(id(value))
    if text is None:
        text = known[id(value)] = orjson.Fragment(_line(value))
    return text


def _line(value: Any) -> bytes:
    """What `json.dumps` writes, at a tenth of its price."""
    try:
        return in_ascii(msgspec.json.format(orjson.dumps(value), indent=0))
    except (TypeError, ValueError):  # numbers beyond 64 bits, half a character
        return json.dumps(value).encode()

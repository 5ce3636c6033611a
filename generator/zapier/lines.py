"""JSON with its outer levels spread over lines and what lies deeper on one: readable, and not slow."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

Piece = str | list[Any] | dict[str, Any]
"""A value whose inner parts are JSON texts already; so are the keys of its objects."""

_text = json.JSONEncoder(check_circular=False).encode


def pieces(value: Any, depth: int) -> Piece:
    """The value as `written` can spread it over up to `depth` levels, each inner text made once."""
    return _pieces(value, depth, {})


def _pieces(value: Any, depth: int, made: dict[int, str]) -> Piece:
    """`made`: texts by the identity of what they are of, as steps share fields and parts of samples."""
    if isinstance(value, str):
        return _quoted(value)
    if not isinstance(value, (dict, list)) or not value:
        return _text(value)
    if depth:
        if isinstance(value, list):
            return [_pieces(one, depth - 1, made) for one in value]
        return {_text(key): _pieces(one, depth - 1, made) for key, one in value.items()}
    known = made.get(id(value))
    if known is None:
        known = made[id(value)] = _text(value)
    return known


def written(piece: Piece, depth: int) -> bytes:
    """The text, with a line feed at its end."""
    parts: list[str] = []
    _spread(piece, depth, "", parts)
    parts.append("\n")
    return "".join(parts).encode()


def _spread(piece: Piece, depth: int, indent: str, parts: list[str]) -> None:
    """Adds the text to `parts`."""
    if isinstance(piece, str) or not depth:
        parts.append(_on_one_line(piece))
        return
    inner = f"{indent}  "
    opening, closing = "[]" if isinstance(piece, list) else "{}"
    before = f"{opening}\n{inner}"
    for key, one in _entries(piece):
        parts.append(before + key)
        if isinstance(one, str):
            parts.append(one)
        else:
            _spread(one, depth - 1, inner, parts)
        before = f",\n{inner}"
    parts.append(f"\n{indent}{closing}")


def _on_one_line(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    inner = ", ".join([key + _on_one_line(one) for key, one in _entries(piece)])
    return f"[{inner}]" if isinstance(piece, list) else f"{{{inner}}}"


def _entries(piece: list[Any] | dict[str, Any]) -> list[tuple[str, Any]]:
    if isinstance(piece, list):
        return [("", one) for one in piece]
    return [(f"{key}: ", one) for key, one in piece.items()]

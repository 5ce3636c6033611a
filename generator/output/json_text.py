"""JSON for files, as `json.dumps` writes it at a tenth of its price: indented, by lines for large data, or readable."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

Json = dict[str, Any]
"""An object of JSON that is really free: its shape is a platform's."""

_MARGIN = re.compile(rb"^(?:  )+", re.M)
_SMALL = re.compile(rb"e-[0-9],?\n")
_shortest = msgspec.json.Encoder().encode
"""Not orjson's, whose results keep the buffer they were written to: of these here many are kept."""


def readable(value: Any) -> bytes:
    """For people: two spaces a level, in UTF-8; half characters are '?'. Ends with a line feed."""
    return _quickly(value) or (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def indented(value: Any, tabs: bool = False, floats: bool = True) -> bytes:
    """For programs, in ASCII: two spaces a level, or a tab; ends with a line feed. Whoever knows that there are no
    `floats` in it is served faster. All numbers must be finite."""
    quick = _quickly(value)
    if quick is None or (floats and _may_differ(quick)):
        return (json.dumps(value, indent="\t" if tabs else 2, allow_nan=False) + "\n").encode()
    text = in_ascii(quick)
    return _tabbed(text, value) if tabs else text


def by_line(value: Mapping[str, Any], levels: int) -> bytes:
    """Large data that people compare, in ASCII: the outer `levels` of objects are opened, one entry a line, indented
    with tabs; what is inside an entry follows on its line. Ends with a line feed. All numbers must be finite."""
    return _opened(value, levels, b"\n") + b"\n"


def _opened(value: Any, levels: int, margin: bytes) -> bytes:
    """`margin`: the line feed and the tabs before the object's end."""
    if not levels or not isinstance(value, dict) or not value:
        return line(value)
    inner = margin + b"\t"
    entries = [line(key) + b": " + _opened(item, levels - 1, inner) for key, item in value.items()]
    return b"{" + inner + (b"," + inner).join(entries) + margin + b"}"


def line(value: Any) -> bytes:
    """The shortest text, without a line feed. All numbers must be finite."""
    try:
        return in_ascii(_shortest(value))
    except ValueError:  # half a character
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _tabbed(text: bytes, value: Any) -> bytes:
    if b"  " not in orjson.dumps(value):  # then all there are stand in margins
        return text.replace(b"  ", b"\t")
    return _MARGIN.sub(lambda margin: b"\t" * (len(margin[0]) // 2), text)


def _quickly(value: Any) -> bytes | None:
    """None where orjson writes nothing: numbers beyond its range, odd keys."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except (TypeError, ValueError):
        return None


def _may_differ(text: bytes) -> bool:
    """Whether there is a small number in it, say 0.00001, which the two write differently: no text ends like one."""
    return b"0.0000" in text or _SMALL.search(text) is not None


def in_ascii(text: bytes) -> bytes:
    """JSON with escapes for what is not ASCII, which nothing but its texts holds."""
    if b"\x7f" in text:
        text = text.replace(b"\x7f", b"\\u007f")
    return text if text.isascii() else text.decode().encode("ascii", "json escapes")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


codecs.register_error("json escapes", _escaped)

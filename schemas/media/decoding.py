"""A reply's bytes to what they say. The twin is generator/runtime/src/replies.ts: tests/vectors/replies.json."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from specloom.schemas.media.events import streamed
from specloom.schemas.media.kinds import media_kind

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:+-]+)", re.IGNORECASE | re.ASCII)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_AS_THE_WEB = dict.fromkeys(("iso8859-1", "ascii"), "cp1252")
"""What the Encoding Standard of the web reads under these labels."""
_LINES = re.compile("[\n\x1e]")
_NOTHING = object()


def decode(data: bytes, content_type: str = "", promised: str = "") -> Any:
    """The body of a reply that is no file; None where it is empty. `promised` is the media type the document names: a
    reply in another type is still read for what it is, and one without a type as what was promised."""
    text = decode_text(data, content_type)
    if not text.strip():
        return None
    kind, wanted = media_kind(content_type), media_kind(promised)
    read = kind or wanted or "json"
    if read == "lines":
        return [_value_of(line.strip()) for line in _LINES.split(text) if line.strip()]
    if read == "events":
        return streamed(text, _value_of)
    if read == "form":
        return _pairs_of(text)
    # Many services send JSON under any type; who was promised a text gets it as it is.
    asked = kind == "json" or (kind != "file" and wanted != "text")
    value = _parsed(text) if asked else _NOTHING
    return text if value is _NOTHING else value


def decode_text(data: bytes, content_type: str = "") -> str:
    """Text in the encoding that its first bytes, its Content-Type or its XML declaration names; UTF-8 otherwise."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    named = _CHARSET.search(content_type)
    declared = None if named else _DECLARED.match(data[:200])
    label = named[1] if named else declared[1].decode("ascii") if declared else ""
    return data.decode(_encoding(label), "replace")


def _encoding(label: str) -> str:
    try:
        known = codecs.lookup(label) if label else None
    except (LookupError, ValueError):
        known = None
    if known is None or not known._is_text_encoding:
        return "utf-8"
    return _AS_THE_WEB.get(known.name, known.name)


def _no_constant(_name: str) -> None:
    """NaN and Infinity are no JSON: they become null."""


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _value_of(text: str) -> Any:
    value = _parsed(text)
    return text if value is _NOTHING else value


def _pairs_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in parse_qsl(text.strip(), keep_blank_values=True):
        known = found.get(key, _NOTHING)
        found[key] = value if known is _NOTHING else [*(known if isinstance(known, list) else [known]), value]
    return found

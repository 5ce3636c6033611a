"""Bodies in the media type that the document promises: events, lines of JSON, and texts in their charset."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from specloom.schemas.media.kinds import media_kind

_WORDS = re.compile(r"\S+\s*")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:+-]+)", re.IGNORECASE)
DONE = "[DONE]"


def written(body: Any, media_type: str) -> tuple[bytes, str]:
    """A decoded body as it goes over the wire, and its Content-Type: JSON where the document names a range."""
    kind = media_kind(media_type)
    content_type = media_type if kind else "application/json"
    if kind == "events":
        text = body if isinstance(body, str) and body.startswith(("data:", "event:")) else "".join(_events(body))
    elif kind == "lines" and isinstance(body, list):
        text = "".join(f"{_json(one)}\n" for one in body)
    elif isinstance(body, str) and kind not in ("json", None):
        text = body
    else:
        text = _json(body)
    return text.encode(_charset(content_type), "replace"), content_type


def _events(body: Any) -> Iterator[str]:
    """The documented events; without any the answer, word by word, as chat completions stream it."""
    told = body.get("events") if isinstance(body, Mapping) else None
    if isinstance(told, list) and told:
        yield from (f"data: {one if isinstance(one, str) else _json(one)}\n\n" for one in told)
        return
    answer = body.get("text", "") if isinstance(body, Mapping) else str(body)
    for word in _WORDS.findall(str(answer)):
        yield f"data: {_json({'choices': [{'index': 0, 'delta': {'content': word}}]})}\n\n"
    yield f"data: {DONE}\n\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _charset(content_type: str) -> str:
    named = _CHARSET.search(content_type)
    try:
        return named[1] if named and "".encode(named[1]) == b"" else "utf-8"
    except LookupError:
        return "utf-8"

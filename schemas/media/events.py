"""Server-sent events as one value: a streamed answer becomes its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from specloom.schemas.expressions import lookup

_PIECES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("choices", "0", "delta", "content"), ""),
    (("choices", "0", "text"), ""),
    (("delta",), "response.output_text.delta"),
    (("delta", "text"), ""),
    (("delta", "message", "content", "text"), ""),
    (("candidates", "0", "content", "parts", "0", "text"), ""),
    (("message", "content"), ""),
    (("token", "text"), ""),
    (("completion",), ""),
    (("response",), ""),
    (("content",), ""),
    (("text",), ""),
    (("delta",), ""),
)
"""Where the pieces of an answer stand in the events of those who stream one, and the `type` of these events; most
particular first."""
_BLANK = re.compile("\n{2,}")


def streamed(text: str, value_of: Callable[[str], Any]) -> dict[str, Any]:
    """{text?, error?, events}; chat completions also in their unstreamed form. `value_of` reads one event's data."""
    values = [value_of(data) for data in _event_data(text) if data and data != "[DONE]"]
    answer = _answer(values)
    found: dict[str, Any] = {} if answer is None else {"text": answer}
    failed = next((error for value in values if (error := lookup(value, ("error",)))), None)
    if failed:
        found["error"] = failed
    return {**found, **_completion(values, answer), "events": values}


def _event_data(text: str) -> list[str]:
    """The `data` of each event (WHATWG, server-sent events); what follows the last empty line counts too."""
    blocks = _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return ["\n".join(map(_data, filter(_is_data, block.split("\n")))) for block in blocks]


def _is_data(line: str) -> bool:
    return line == "data" or line.startswith("data:")


def _data(line: str) -> str:
    return line[5:].removeprefix(" ")


def _answer(values: list[Any]) -> str | None:
    if values and all(isinstance(value, str) for value in values):
        return "".join(values)
    for path, kind in _PIECES:
        counted = [value for value in values if not kind or lookup(value, ("type",)) == kind]
        pieces = [piece for value in counted if isinstance(piece := lookup(value, path), str)]
        if pieces:
            return "".join(pieces)
    return None


def _completion(values: list[Any], text: str | None) -> dict[str, Any]:
    """Chunks of a chat completion as the completion they are pieces of, so that its documented fields are there."""
    chunks = [v for v in values if isinstance(v, Mapping) and isinstance(v.get("choices"), list)]
    if not chunks or text is None:
        return {}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "text": text}
    choice |= _last("finish_reason", (lookup(chunk, ("choices", "0", "finish_reason")) for chunk in chunks))
    usage = _last("usage", (lookup(chunk, ("usage",)) for chunk in chunks))
    told = {key: chunks[0][key] for key in ("id", "created", "model") if key in chunks[0]}
    return {**told, "choices": [choice], **usage}


def _last(key: str, values: Any) -> dict[str, Any]:
    told = [value for value in values if value is not None]
    return {key: told[-1]} if told else {}

"""Values that fit a field: what an example shows where a document has none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from specloom.schemas.expressions import split_pointer
from specloom.schemas.memo import table
from specloom.schemas.model import Field

_BY_FORMAT = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T10:30:00Z",
    "time": "10:30:00Z",
    "duration": "PT30S",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "byte": "U3BlY2xvb20=",
}


Memory = dict[int, tuple[Field, str, Any]]
"""By a field's id: the field, so that the id stays its own, what it is called in an object, and its sample."""


def sample_of(fields: Iterable[Field], memory: Memory | None = None) -> dict[str, Any]:
    """An object with every field that has something to show, without optional fields of alternatives. Equal fields
    share one sample where there is a `memory`."""
    memory = table() if memory is None else memory
    result: dict[str, Any] = {}
    for field in fields:
        known = memory.get(id(field))
        if known is None:
            known = (field, _called(field), sample(field, memory) if _applies(field) else None)
            memory[id(field)] = known
        _, name, value = known
        if value is None:
            continue
        if field.pointer:
            result[name] = value
        elif field.name == "body":
            return value if isinstance(value, dict) else {"body": value}
    return result


def _called(field: Field) -> str:
    pointer = field.pointer
    if "~" in pointer or "/" in pointer[1:]:
        return split_pointer(pointer)[-1]
    return field.name if pointer[1:] == field.name else pointer[1:]  # one text is enough


def _applies(field: Field) -> bool:
    return field.location != "selector" and (not field.when or field.required)


def sample(field: Field, memory: Memory | None = None) -> Any:
    """One value of the field; None where nothing honest can be shown."""
    if field.example is not None:
        return field.example if not field.repeated or isinstance(field.example, list) else [field.example]
    if field.default is not None:
        return field.default
    value = _single(field, memory)
    if value is None:
        return [] if field.repeated else None
    return [value] if field.repeated else value


def _single(field: Field, memory: Memory | None) -> Any:
    if field.choices:
        return field.choices[0].value
    if field.type == "object":
        return sample_of(field.fields, memory)
    if field.type == "boolean":
        return True
    if field.type in ("integer", "number"):
        low = field.minimum if field.minimum is not None else min(1, field.maximum if field.maximum is not None else 1)
        step = (field.multiple_of or 1) if field.exclusive_minimum else 0
        return int(low + step) if field.type == "integer" else low + step
    if field.type == "string":
        text = _BY_FORMAT.get(field.format) or ("" if field.pattern else field.title.lower()) or None
        if text is not None and field.max_length is not None:
            text = text[: field.max_length] or None
        return text
    return None

"""What a step gives to the next: Make's interface (the fields to map) and samples, both from the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.fields.parameters import label
from specloom.schemas.expressions import Exchange, Expression, lookup
from specloom.schemas.http.result import normalize
from specloom.schemas.memo import cached, table
from specloom.schemas.model import URL_FIELDS, Field, Operation, Service

Interface = list[dict[str, Any]]

_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "any": "any", "file": "buffer"}
_TEXTS = {"date-time": "date", "uri": "url", "email": "email"}
"""Of texts, by their format."""
_DEPTH = 6


class Interfaces:
    """Writes the shapes of replies. What stands in many replies is written once, and shared.

    `room` is how many levels of objects in objects are shown. Everything is known by the id of what it was written
    for, which is kept beside it, so that nothing else gets this id."""

    def __init__(self) -> None:
        self._fields: dict[tuple[int, int], tuple[Field, dict[str, Any]]] = table()
        self._lists: dict[tuple[int, int], tuple[Sequence[Field], Interface]] = table()
        self._raws: dict[tuple[int, str], dict[str, Any]] = table()
        self._heights: dict[int, tuple[Sequence[Field], int]] = table()

    def of_fields(self, fields: Sequence[Field], room: int = _DEPTH) -> Interface:
        """The shape of a reply. Fields whose name Make would read as an expression are left out."""
        room = min(room, self._height(fields))
        known = self._lists.get((id(fields), room))
        if known is None:
            named = [field for field in fields if field.name and iml.is_constant(field.name)]
            known = self._lists[id(fields), room] = fields, [self._of_field(field, room) for field in named]
        return known[1]

    def _height(self, fields: Sequence[Field]) -> int:
        """How many levels of objects there are in these."""
        known = self._heights.get(id(fields))
        if known is None:
            objects = [field.fields for field in fields if field.type == "object" and field.fields]
            height = max((1 + self._height(each) for each in objects), default=0)
            known = self._heights[id(fields)] = fields, height
        return known[1]

    def _of_field(self, field: Field, room: int) -> dict[str, Any]:
        if not field.fields:
            room = 0
        known = self._fields.get((id(field), room))
        if known is None:
            known = self._fields[id(field), room] = field, self._made(field, room)
        return known[1]

    def _made(self, field: Field, room: int) -> dict[str, Any]:
        written: dict[str, Any] = {"name": field.name[:128], "type": "text", "label": label(field)}
        if field.type == "object":
            written["type"] = "collection"
            if field.fields and room:
                written["spec"] = self.of_fields(field.fields, room - 1)
        elif field.type == "string":
            written["type"] = _TEXTS.get(field.format, "text")
        else:
            written["type"] = _TYPES[field.type]
        if not field.repeated:
            return written
        if field.type == "object":
            return {**written, "type": "array"}
        return {**written, "type": "array", "spec": {"type": written["type"]}}

    def of_result(self, operation: Operation, reply: Sequence[Field], *, repeated: bool) -> Interface:
        """The normalized result of one operation, with the vendor's reply under `raw`."""
        if operation.output.binary:
            return [*_STATE, *_FILE]
        return [
            *_STATE,
            *_content_lines(operation.output.type, frozenset(operation.output.mapping)),
            *_RESULT,
            self._raw(reply, repeated),
        ]

    def _raw(self, reply: Sequence[Field], repeated: bool) -> dict[str, Any]:
        spec = self.of_fields(reply, _DEPTH - 1)
        kind = "array" if repeated else "collection" if spec else "any"
        line = _line("raw", kind, "Raw Reply", **({"spec": spec} if spec else {}))
        return self._raws.setdefault((id(spec), kind), line)


def _line(name: str, kind: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": text or names.words(name), **more}


_STATE = [_line("success", "boolean"), _line("status", "text"), _line("type", "text")]
_RATE_LIMIT = _line(
    "rate_limit",
    "collection",
    "Rate Limit",
    spec=[_line("limit", "number"), _line("remaining", "number"), _line("reset", "number")],
)
_FILE = [
    _line("fileName", "filename", "File Name", semantic="file:name"),
    _line("data", "buffer", "Data", semantic="file:data"),
    _line("content_type", "text", "Content Type"),
    _line("service", "text"),
    _line("operation", "text"),
    _RATE_LIMIT,
]
_RESULT = [
    _line("id", "text", "ID"), _line("job_id", "text", "Job ID"), _line("request_id", "text", "Request ID"),
    _line("service", "text"), _line("operation", "text"), _line("expires_at", "date", "Expires At"),
    _line("usage", "collection",
          spec=[_line("cost", "number"), _line("remaining", "number"), _line("unit", "text")]),
    _RATE_LIMIT,
    _line("error", "collection", spec=[_line("type", "text"), _line("message", "text"), _line("status", "integer"),
                                       _line("retryable", "boolean")]),
]  # fmt: skip
"""What every result holds beside the vendor's reply."""


@cached(128)
def _content_lines(kind: str, mapped: frozenset[str]) -> Interface:
    key = "text" if kind == "text" else URL_FIELDS.get(kind, "")
    if not key:
        return []
    return [
        _line(key, "text" if key == "text" else "url", names.words(key).replace("Url", "URL")),
        _line("items", "array", spec=_item_lines(kind, mapped)),
    ]


def _item_lines(kind: str, mapped: frozenset[str]) -> Interface:
    if kind == "text":
        return [_line("type", "text"), _line("text", "text")]
    lines = [_line("type", "text"), _line("url", "url", "URL")]
    if "item_id" in mapped:
        lines.append(_line("id", "text", "ID"))
    texts = ("content_type", "file_name", "preview_url")
    lines += [_line(name, "text") for name in texts if name in mapped]
    return lines + [_line(n, "number") for n in ("file_size", "width", "height", "duration") if n in mapped]


def listed_fields(operation: Operation, items: Expression) -> tuple[Field, ...]:
    """The shape of one element of the list an expression names in the reply."""
    reference = items.reference
    fields: Sequence[Field] = operation.output.fields
    if reference is None or (not reference.path and operation.output.repeated):
        return tuple(fields)
    for token in reference.path:
        found = next((field for field in fields if field.name == token), None)
        if found is None:
            return ()
        fields = found.fields
    return tuple(fields)


def listed_sample(operation: Operation, items: Expression) -> dict[str, Any]:
    reference = items.reference
    value = lookup(operation.output.sample, reference.path) if reference else None
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, dict) else {}


def result_sample(service: Service, operation: Operation, reply: Operation) -> dict[str, Any]:
    """The result of a documented reply; `reply` is the operation whose reply it is (the poll, for a job)."""
    if operation.output.binary:
        return {"success": True, "status": "succeeded", "type": operation.output.type, "fileName": "example",
                "service": service.key, "operation": operation.operation_id}  # fmt: skip
    exchange = Exchange(status=200, body=reply.output.sample)
    result = normalize(service, operation, exchange)
    return {key: value for key, value in result.items() if value is not None}

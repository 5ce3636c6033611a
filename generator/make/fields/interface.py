"""What a step gives to the next: Make's interface (the fields to map) and samples, both from the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.fields.parameters import label
from specloom.schemas.memo import table
from specloom.schemas.model import URL_FIELDS, Field, Operation, Service
from specloom.schemas.steps.output import StepOutput, result_names
from specloom.schemas.steps.samples import element_samples, step_sample

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

    def of_step(
        self, operation: Operation, gives: StepOutput, sample: Mapping[str, Any], *, repeated: bool
    ) -> Interface:
        """What a step gives that is no list, with the vendor's reply under `raw` where it says more; of a record
        without a schema what the sample shows."""
        if gives.kind == "file":
            return _FILE
        if gives.kind == "record":
            if repeated:
                return [_line("items", "array", spec=self.of_fields(gives.fields))]
            return self.of_fields(gives.fields) or [_shown(name, value) for name, value in sample.items()]
        lines = _result_lines(operation, frozenset(operation.output.mapping))
        return [*lines, self._raw(gives.fields, repeated)] if gives.more else list(lines)

    def of_elements(self, gives: StepOutput, scalar: bool) -> Interface:
        """One element of a list, or one event."""
        if scalar:
            return [_line("value", "any")]
        own = self.of_fields(gives.fields)
        if not gives.media:
            return own
        flat = _flat_line(gives.media[0].type)
        kept = [line if line["name"] != flat["name"] else {**line, "name": f"{flat['name']}_original"} for line in own]
        return [flat, *kept]

    def _raw(self, reply: Sequence[Field], repeated: bool) -> dict[str, Any]:
        spec = self.of_fields(reply, _DEPTH - 1)
        kind = "array" if repeated else "collection" if spec else "any"
        line = _line("raw", kind, "Raw reply", **({"spec": spec} if spec else {}))
        return self._raws.setdefault((id(spec), kind), line)


def as_asked(shown: Interface, parameters: Sequence[Mapping[str, Any]]) -> Interface:
    """What a step gives, with what its form asks for as well under the form's labels and in the form's order."""
    asked = {each["name"]: each["label"] for each in parameters}
    both = {line["name"]: line for line in shown if line["name"] in asked}
    ordered = [both[name] for name in asked if name in both]
    if list(both.values()) == ordered and all(line["label"] == asked[line["name"]] for line in ordered):
        return shown
    following = iter([{**line, "label": asked[line["name"]]} for line in ordered])
    return [next(following) if line["name"] in both else line for line in shown]


def _line(name: str, kind: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": text or names.words(name), **more}


def _shown(name: str, value: Any) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "collection"}
    return _line(name, kinds.get(type(value), "text" if isinstance(value, str) else "any"))


_FILE = [
    _line("status", "text"),
    _line("content_type", "text", "Content type"),
    _line("file_name", "filename", "File name", semantic="file:name"),
    _line("data", "buffer", "Data", semantic="file:data"),
]
_LINES = {
    "id": _line("id", "text", "ID"),
    "status": _line("status", "text"),
    "content_type": _line("content_type", "text"),
    "file_name": _line("file_name", "text"),
    **{name: _line(name, "number") for name in ("width", "height", "duration")},
    "usage": _line("usage", "collection",
                   spec=[_line("cost", "number"), _line("remaining", "number"), _line("unit", "text")]),
    "expires_at": _line("expires_at", "date"),
}  # fmt: skip


def _flat_line(kind: str) -> dict[str, Any]:
    key = URL_FIELDS.get(kind, "text")
    return _line(key, "text" if key == "text" else "url", names.words(key))


def _result_lines(operation: Operation, mapped: frozenset[str]) -> Interface:
    kind = operation.output.type
    items = _line("items", "array", spec=_item_lines(kind, mapped))
    shown = [_LINES.get(name, items) for name in result_names(operation)[1:]]
    job = [_line("job_id", "text", "Job ID")] if operation.job else []
    return [_flat_line(kind), *shown, *job]


def _item_lines(kind: str, mapped: frozenset[str]) -> Interface:
    if kind == "text":
        return [_line("type", "text"), _line("text", "text")]
    lines = [_line("type", "text"), _line("url", "url", "URL")]
    if "item_id" in mapped:
        lines.append(_line("id", "text", "ID"))
    texts = ("content_type", "file_name", "preview_url")
    lines += [_line(name, "text") for name in texts if name in mapped]
    return lines + [_line(n, "number") for n in ("file_size", "width", "height", "duration") if n in mapped]


def element_sample(service: Service, operation: Operation, gives: StepOutput) -> dict[str, Any]:
    return next(iter(element_samples(service, operation, gives)), {})


def step_samples(service: Service, operation: Operation, gives: StepOutput) -> dict[str, Any]:
    """What the step gives of a documented reply."""
    if gives.kind == "file":
        accept = operation.accept if "*" not in operation.accept else "application/octet-stream"
        return {"status": "succeeded", "content_type": accept.split(",")[0], "file_name": "example"}
    return step_sample(service, operation, gives)

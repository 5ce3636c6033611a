"""What stands where in the data between steps: results of operations, inputs, events, steps of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.workflows.source.model import Input
from specloom.schemas.model import URL_FIELDS, Field, Operation, Service
from specloom.schemas.steps.output import DETAILS

ValueKind = Literal["any", "object", "list", "scalar", "file"]
_ITEM = ("content_type", "file_name", "preview_url", "file_size", "width", "height", "duration")


class NoSuchField(ValueError):
    """The path leads nowhere; `str()` names the field that is missing, `hint` those that are there."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class ValueSchema(Struct, frozen=True):
    """`optional` values may be absent. A file is data with a name, handed from one step to the next."""

    kind: ValueKind = "any"
    fields: Mapping[str, ValueSchema] = {}
    element: ValueSchema | None = None
    optional: bool = False

    def at(self, steps: Sequence[str | int]) -> ValueSchema:
        """The shape at a path. Raises NoSuchField."""
        shape = self
        optional = False
        for step in steps:
            shape = shape._member(step)
            optional = optional or shape.optional
        return ValueSchema(shape.kind, shape.fields, shape.element, optional or shape.optional)

    def _member(self, step: str | int) -> ValueSchema:
        if self.kind == "any":
            return ANY
        if isinstance(step, int):
            if self.kind == "list":
                return self.element or ANY
            raise NoSuchField(f"[{step}] is asked of what is no list", "leave it out")
        if self.kind == "object" and step in self.fields:
            return self.fields[step]
        known = ", ".join(self.fields) or "nothing"
        hint = "take an element first: [0]" if self.kind == "list" else f"there are: {known}"
        raise NoSuchField(f"there is no field {step!r}", hint)


ANY = ValueSchema()
SCALAR = ValueSchema("scalar")
FILE = ValueSchema("file")


def record(fields: Mapping[str, ValueSchema]) -> ValueSchema:
    return ValueSchema("object", fields)


def of_inputs(inputs: Iterable[Input]) -> ValueSchema:
    """What the workflow is started with."""
    return record(
        {i.name: ValueSchema("file" if i.type == "file" else "scalar", optional=not i.required) for i in inputs}
    )


def of_fields(fields: Iterable[Field]) -> ValueSchema:
    """A reply, or an event, as the document describes it; anything where it does not."""
    listed = {f.name: _of_field(f) for f in fields}
    return record(listed) if listed else ANY


def _of_field(given: Field) -> ValueSchema:
    inner = of_fields(given.fields) if given.type == "object" else ANY if given.type == "any" else SCALAR
    return ValueSchema("list", element=inner) if given.repeated else inner


def reply_of(service: Service, operation: Operation) -> Operation:
    """The operation whose reply is the result: the poll of a job, else itself. Where the operation that starts the job
    says what the result is, that is read from the poll's reply."""
    polled = service.operation(operation.job.poll.operation_id) if operation.job else None
    if polled is None or operation.output.type == "none":
        return polled or operation
    shape = {name: getattr(polled.output, name) for name in ("fields", "repeated", "sample", "sample_is_documented")}
    return replace(polled, output=replace(operation.output, **shape))


def is_list(operation: Operation) -> bool:
    """Whether the platforms hand out each element by itself."""
    return operation.pagination is not None


def of_result(service: Service, operation: Operation) -> ValueSchema:
    """The normalized result: those of its fields that this operation really fills."""
    reply = reply_of(service, operation)
    output = reply.output
    if output.binary:
        return FILE
    fields: dict[str, ValueSchema] = {name: SCALAR for name in ("success", "status", "type", "service", "operation")}
    flat = "text" if output.type == "text" else URL_FIELDS.get(output.type, "")
    if flat:
        fields[flat] = SCALAR
        fields["items"] = ValueSchema("list", element=_item(reply))
        fields |= {name: SCALAR for name in DETAILS if name in output.mapping}
    fields |= {name: SCALAR for name in ("id", "request_id", "expires_at") if name in output.mapping}
    if operation.usage:
        told = {"cost": operation.usage.cost, "remaining": operation.usage.remaining, "unit": operation.usage.unit}
        fields["usage"] = record({name: SCALAR for name, value in told.items() if value})
    if service.rate_limit:
        limits = {"limit": service.rate_limit.limit, "remaining": service.rate_limit.remaining}
        fields["rate_limit"] = record({name: SCALAR for name, value in limits.items() if value})
    raw = of_fields(output.fields)
    fields["raw"] = ValueSchema("list", element=raw) if output.repeated else raw
    return record(fields)


def _item(reply: Operation) -> ValueSchema:
    fields = {"type": SCALAR, "text" if reply.output.type == "text" else "url": SCALAR}
    if "item_id" in reply.output.mapping:
        fields["id"] = SCALAR
    return record(fields | {name: SCALAR for name in _ITEM if name in reply.output.mapping})

"""What the JavaScript runtime needs of a service, as JSON; its shapes are typed in generator/runtime/src/wire.d.ts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from specloom.generator.output.json_text import line
from specloom.schemas.expressions import Expression, Reference
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.memo import table
from specloom.schemas.model import (
    Auth,
    ErrorRules,
    Field,
    Job,
    Link,
    Operation,
    Output,
    Pagination,
    RateLimit,
    Service,
    Usage,
)
from specloom.schemas.model.operations import PAGE_SIGNS
from specloom.schemas.steps.output import StepOutput, StepOutputs

Wire = dict[str, Any]
MOST_SHOWN = 10
"""Fields of a record that is shortened for people."""
WireFields = dict[int, Wire]
"""What was made of the fields so far, by identity: many operations share theirs, and then share the result."""


def wire(service: Service) -> Wire:
    """The service as the runtime reads it: expressions parsed, falsy keys left out. JSON-able.

    It holds strangers' keys (`__proto__` among them), so it must reach JavaScript through JSON.parse or
    `require('….json')`, never as an object literal.
    """
    return {
        "key": service.key,
        "title": service.title,
        **_present(baseUrl=service.base_url),
        **_present(schemes=_schemes(service)),
        **_present(errors=_errors(service.errors), rateLimit=_rate_limit(service.rate_limit)),
        "operations": _operations(service),
    }


def _operations(service: Service) -> Wire:
    known: WireFields = table()
    ways = service.connections
    whole = set(ways[0].ids) if len(ways) == 1 else None
    outputs = StepOutputs(service)
    return {
        o.operation_id: {
            **wire_operation(o, known), **_present(gives=_gives(outputs.of(o))), **_security(o, whole),
        }
        for o in service.operations
    }  # fmt: skip


def _schemes(service: Service) -> Wire:
    return {scheme.id: _auth(scheme) for way in service.connections for scheme in way.schemes}


def _security(operation: Operation, whole: set[str] | None) -> Wire:
    """Nothing where it takes all that the only connection has."""
    security = operation.security
    if security is None or [set(entry) for entry in security] == [whole]:
        return {}
    return {"security": [list(entry) for entry in security]}


def _gives(output: StepOutput) -> Wire:
    """What a step gives, as the runtime reads it. Names of fields only where a record has too many to show all."""
    first = list(output.first[:MOST_SHOWN]) if len(output.fields) > MOST_SHOWN else []
    rest = _present(items=_maybe(output.items), media=media(output.media), more=output.more, first=first)
    return {"kind": output.kind, **rest} if rest or output.kind != "record" else {}


def media(outputs: Iterable[Output]) -> list[Wire]:
    return [_output(output) for output in outputs]


def folded(service: Wire) -> Wire:
    """A service's wire as files hold it: operations have most of their fields in common, so all fields stand in
    `inputs` once, and operations name them. The core's `unfold` gives back what `wire` made."""
    inputs = Named("name", line)
    operations = {
        key: {**operation, "fields": inputs.names_of(operation["fields"])} if "fields" in operation else operation
        for key, operation in service["operations"].items()
    }
    return {**service, "inputs": inputs.found, "operations": operations}


class Named:
    """Fields by a name of their own, `limit~1`, and `limit~2` where it is another limit: `found`. What a field is
    called is its `key`; `text` tells which are equal. Most of these are the same object, which is not to change."""

    def __init__(self, key: str, text: Callable[[Wire], bytes]) -> None:
        self.found: dict[str, Wire] = {}
        self._key = key
        self._text = text
        self._names: dict[int, str] = table()
        self._names_by_text: dict[bytes, str] = {}
        self._counts: dict[str, int] = {}

    def names_of(self, fields: Iterable[Wire]) -> list[str]:
        names = self._names
        return [names.get(id(field)) or self.name_of(field) for field in fields]

    def name_of(self, field: Wire) -> str:
        text = self._text(field)
        name = self._names_by_text.get(text)
        if name is None:
            called = field[self._key]
            count = self._counts[called] = self._counts.get(called, 0) + 1
            name = self._names_by_text[text] = f"{called}~{count}"
            self.found[name] = field
        self._names[id(field)] = name
        return name


_Names = tuple[tuple[str, ...], Callable[[Any], Sequence[Any]]]


def _names(names: Mapping[str, str]) -> _Names:
    """By their names in the model: (those in the wire, what gets the values)."""
    return tuple(names.values()), attrgetter(*names)


_CALL = _names({"server": "server", "media_type": "mediaType", "body_required": "bodyRequired", "accept": "accept"})
_REST = _names({name: name for name in ("duration", "sensitive")})
_FIELD = _names({
    **{name: name for name in ("pointer", "type", "format", "repeated", "required", "nullable", "style", "explode")},
    "allow_reserved": "allowReserved", "encoding": "encoding", "file": "file",
})  # fmt: skip
"""What is said as it is."""


def wire_operation(operation: Operation, known: WireFields | None = None) -> Wire:
    """One operation as the runtime reads it."""
    result: Wire = {"id": operation.operation_id, "method": operation.method, "path": operation.path}
    result |= _said(operation, _CALL)
    if fields := _fields(operation.fields, table() if known is None else known):
        result["fields"] = fields
    result["output"] = _output(operation.output)
    if operation.job:
        result["job"] = _job(operation.job)
    if operation.pagination:
        result["pagination"] = {**_pagination(operation.pagination), "start": operation.first_page}
    if operation.usage and (usage := _usage(operation.usage)):
        result["usage"] = usage
    return result | _said(operation, _REST)


def _fields(fields: Iterable[Field], known: WireFields) -> list[Wire]:
    return [wire_field(field, known) for field in fields if not field.read_only]


def wire_field(field: Field, known: WireFields | None = None) -> Wire:
    """One input as the runtime reads it. `constant`: sent with its default although nobody is asked for it."""
    known = table() if known is None else known
    found = known.get(id(field))
    if found is None:
        found = known[id(field)] = _field(field, known)
    return found


def _field(field: Field, known: WireFields) -> Wire:
    result: Wire = {"name": field.name, "in": field.location, **_said(field, _FIELD)}
    if field.fields and (fields := _fields(field.fields, known)):
        result["fields"] = fields
    if field.values:
        result["values"] = wire_field(field.values, known)
    if field.kinds:
        result["kinds"] = list(field.kinds)
    if field.choices and (field.type == "any" or (field.kinds and not field.open)):
        result["choices"] = [choice.value for choice in field.choices]
    if field.when:
        result["when"] = [{"field": c.field, "values": list(c.values)} for c in field.when]
    if field.default is not None:  # False and 0 are defaults too
        if is_constant(field):
            result["constant"] = True
        result["default"] = field.default
    return result


def runtime_files(language: Literal["ts", "js"]) -> Mapping[str, bytes]:
    """The runtime's modules by file name, to be written side by side; `core` is the one to import."""
    return sources(Path(__file__).parent, language)


def sources(runtime: Path, language: Literal["ts", "js"]) -> dict[str, bytes]:
    """The modules of a runtime, which holds TypeScript in `src` and what it compiles to in `dist`."""
    folder = runtime / {"ts": "src", "js": "dist"}[language]
    return {entry.name: entry.read_bytes() for entry in sorted(folder.iterdir()) if entry.is_file()}


def _present(**values: Any) -> Wire:
    return {key: value for key, value in values.items() if value}


def _said(part: Field | Operation, names: _Names) -> Wire:
    keys, values_of = names
    return {key: value for key, value in zip(keys, values_of(part), strict=True) if value}


def expression(value: Expression) -> Wire:
    """`{parts: ["text", {root, path}]}`."""
    return {"parts": [_reference(p) if isinstance(p, Reference) else p for p in value.parts]}


def _reference(reference: Reference) -> Wire:
    return {"root": reference.root, "path": list(reference.path)}


def _maybe(value: Expression | float | None) -> Any:
    return expression(value) if isinstance(value, Expression) else value


def _link(link: Link) -> Wire:
    parameters = {
        name: expression(value) if isinstance(value, Expression) else {"value": value}
        for name, value in link.parameters.items()
    }
    return {"name": link.name, "operation": link.operation_id, **_present(parameters=parameters)}


def _auth(auth: Auth) -> Wire:
    location = {"location": auth.location, "name": auth.name} if auth.kind == "apiKey" else {}
    return {"kind": auth.kind, **_present(valuePrefix=auth.value_prefix), **location}


def _errors(errors: ErrorRules) -> Wire:
    return _present(message=_maybe(errors.message), types=dict(errors.types), retryAfter=_maybe(errors.retry_after))


def _rate_limit(limit: RateLimit | None) -> Wire:
    if limit is None:
        return {}
    rules = {"limit": limit.limit, "remaining": limit.remaining, "reset": limit.reset}
    found = {name: _maybe(rule) for name, rule in rules.items() if rule is not None}
    return found | _present(requests=limit.requests, seconds=limit.seconds)


def _output(output: Output) -> Wire:
    mapping = {name: expression(value) for name, value in output.mapping.items()}
    return {
        "type": output.type,
        **_present(
            items=_maybe(output.items),
            mapping=mapping,
            download=output.download and _link(output.download),
            binary=output.binary,
        ),
    }


def _job(job: Job) -> Wire:
    return {
        "poll": _link(job.poll),
        "status": expression(job.status),
        **_present(
            succeeded=list(job.succeeded),
            failed=list(job.failed),
            canceled=list(job.canceled),
            queued=list(job.queued),
            error=_maybe(job.error),
            callbackField=job.callback_field,
        ),
        "interval": job.interval,
        "timeout": job.timeout,
    }


def _pagination(pagination: Pagination) -> Wire:
    return {
        "style": pagination.style,
        "items": expression(pagination.items),
        **_present(
            parameter=pagination.parameter,
            sizeParameter=pagination.size_parameter,
            next=_maybe(pagination.next),
            **{sign: _maybe(getattr(pagination, sign)) for sign in PAGE_SIGNS},
        ),
    }


def _usage(usage: Usage) -> Wire:
    cost = {} if usage.cost is None else {"cost": _maybe(usage.cost)}
    return {**cost, **_present(unit=usage.unit, remaining=_maybe(usage.remaining))}

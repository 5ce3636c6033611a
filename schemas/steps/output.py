"""What a step gives to the next one: of what kind it is, by the document alone, and what samples show of it.

The JavaScript twin of `made` and `element` is generator/runtime/src/output.ts; Make's is communication/outputs.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from specloom.schemas.expressions import Exchange, Expression, Reference, lookup, parse, split_pointer
from specloom.schemas.http.items import items_of
from specloom.schemas.http.result import FINAL, Result, flat_field
from specloom.schemas.memo import cached, table
from specloom.schemas.model import URL_FIELDS, Field, Operation, Output, Service

OutputKind = Literal["result", "file", "list", "record"]

DETAILS = ("content_type", "file_name", "width", "height", "duration")
"""Of the first item, beside the flat field."""
_SHOWN = frozenset(("url", "text", "id", "item_id", "expires_at", "status", "success", *DETAILS))
"""Result fields by which a step's output tells what it reads from the reply."""
_NONE = Output()
_WHOLE = parse("$response.body#")
_FLAT = {name.replace("_", ""): kind for kind, name in URL_FIELDS.items()}
_DATED = re.compile(r"(^|_)(date|time|at|on)$|[a-z](At|On|Date|Time)$|^(created|updated|modified)$")
_SCALARS = ("string", "integer", "number", "boolean")
_LEAST_ALIKE = 3
"""Fewer names in common say nothing."""


class StepOutput(Struct, frozen=True):
    """`result`: what was made; `file`: the reply itself; `list`: its elements one by one; `record`: the reply as it
    is. `items`: where a list's elements stand. `media`: how an element is read for what it shows, the element being
    the whole reply; the first that finds something counts. `more`: the reply says more than the result's fields.
    `first`: names of a record's fields, those that people look for before the others."""

    kind: OutputKind
    items: Expression | None = None
    media: tuple[Output, ...] = ()
    more: bool = False
    first: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    """Of the reply, or of a list's element."""
    names: tuple[str, ...] = ()
    """What can be mapped of it: what the step adds, then the reply's own."""


class StepOutputs:
    """Of the operations of one service; what many replies have in common is looked at once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._known: dict[str, StepOutput] = {}
        self._results = _results(service)
        self._first: dict[int, tuple[Sequence[Field], tuple[str, ...]]] = table()

    def of(self, operation: Operation) -> StepOutput:
        known = self._known.get(operation.operation_id)
        if known is None:
            known = self._known[operation.operation_id] = self._made(operation)
        return known

    def _made(self, operation: Operation) -> StepOutput:
        service = self.service
        polled = service.operation(operation.job.poll.operation_id) if operation.job else None
        output = (polled or operation).output
        if operation.output.binary:
            return StepOutput("file", fields=output.fields, names=("status", "content_type", "file_name"))
        items = listed(operation)
        if items is not None:
            fields = fields_at(operation, items)
            media = self.media(fields, operation.output)
            flat = [_flat_name(each.type) for each in media]
            return StepOutput(
                "list", items=items, media=media, fields=fields, first=self.first(fields), names=_names(flat, fields)
            )
        if operation.output.type == "none":
            names = _names((), output.fields)
            return StepOutput("record", fields=output.fields, first=self.first(output.fields), names=names)
        names = _names(result_names(operation), output.fields)
        return StepOutput("result", more=says_more(operation, output), fields=output.fields, names=names)

    def media(self, fields: tuple[Field, ...], output: Output = _NONE) -> tuple[Output, ...]:
        """How an element of these fields shows an image, a recording and the like: as the list's own result says, as
        the operation that reads one such element says, or by a field that bears the flat name."""
        if output.type != "none":
            return (_rooted(output),)
        alike = self._results.get(frozenset(field.name for field in fields))
        if alike is not None:
            return (alike.output,)
        named = [(_FLAT.get(_bare(f.name)), f) for f in fields if f.type in ("string", "any") and not f.repeated]
        return tuple(
            Output(type=kind, mapping={"url": parse(f"$response.body#{f.pointer}")})  # type: ignore[arg-type]
            for kind, f in named
            if kind and f.pointer.startswith("/")
        )

    def first(self, fields: Sequence[Field]) -> tuple[str, ...]:
        """id, name or title, status, dates, then required ones; each in the document's order."""
        known = self._first.get(id(fields))
        if known is None:
            known = self._first[id(fields)] = fields, _first(fields)
        return known[1]


def result_names(operation: Operation) -> tuple[str, ...]:
    """What a step that makes something can give, beside the reply itself."""
    output = operation.output
    several = output.items is not None
    given = {"id": {"id", "item_id"}, **{name: {name} for name in (*DETAILS, "expires_at")}}
    told = [name for name, rules in given.items() if rules & output.mapping.keys()]
    more = [*(["items"] if several else []), *(["usage"] if operation.usage else [])]
    order = ("id", "status", *DETAILS, "items", "usage", "expires_at")
    return (_flat_name(output.type), *(name for name in order if name in ("status", *told, *more)))


def _flat_name(kind: str) -> str:
    return URL_FIELDS.get(kind, "text")


def _names(added: Sequence[str], fields: Sequence[Field]) -> tuple[str, ...]:
    own = (field.name for field in fields if field.location != "selector" and field.pointer.startswith("/"))
    return tuple(dict.fromkeys((*added, *own)))


def listed(operation: Operation) -> Expression | None:
    """Where the elements stand of the list that an operation reads; None where it reads none."""
    output = operation.output
    if output.binary or operation.job:
        return None
    if operation.pagination is not None:
        return operation.pagination.items
    if output.type == "none":
        return None if operation.writes else output.items or (_WHOLE if output.repeated else None)
    asks = any(f.required and f.location in ("path", "query", "body") for f in operation.fields)
    read = not operation.writes and not asks and not {"id", "status"} & output.mapping.keys()
    return output.items if read else None


def fields_at(operation: Operation, items: Expression) -> tuple[Field, ...]:
    """The shape of one element of the list that an expression names in the reply."""
    reference = items.reference
    fields = operation.output.fields
    if reference is None or reference.root != "response.body" or (not reference.path and operation.output.repeated):
        return fields if reference is None or not reference.path else ()
    for token in reference.path:
        inner = next((f for f in fields if f.name == token or split_pointer(f.pointer or "/")[-1:] == (token,)), None)
        if inner is None:
            return ()
        fields = inner.fields
    return fields


def has_scalars(operation: Operation, items: Expression) -> bool:
    """Whether the elements are texts or numbers."""
    reference = items.reference
    fields = operation.output.fields
    if reference is None or not reference.path:
        only = fields[0] if len(fields) == 1 else None
        return only is not None and not only.pointer and only.type in _SCALARS
    for token in reference.path[:-1]:
        fields = next((f.fields for f in fields if f.name == token), ())
    last = next((f for f in fields if f.name == reference.path[-1]), None)
    return last is not None and last.repeated and last.type in _SCALARS


def elements_of(operation: Operation, reply: Any) -> list[Any]:
    """The elements of a documented reply."""
    items = listed(operation)
    reference = items.reference if items is not None else None
    found = lookup(reply, reference.path) if reference is not None else None
    return [one for one in found if one is not None] if isinstance(found, list) else []


def says_more(operation: Operation, output: Output) -> bool:
    """Whether the reply holds what no field of the step's output tells; `output` is that of the operation whose reply
    it is (the poll, for a job)."""
    rules = [rule for name, rule in operation.output.mapping.items() if name in _SHOWN]
    job, usage = operation.job, operation.usage
    rules += [job.status, *([job.error] if job.error else [])] if job else []
    rules += [rule for rule in (usage.cost, usage.remaining) if isinstance(rule, Expression)] if usage else []
    items = operation.output.items
    start = items.reference.path if items is not None and items.reference is not None else ()
    told = {_place(reference, start) for rule in rules for reference in rule.references}
    return not output.fields or any(path not in told for path in _leaves(output.fields, ()))


def _place(reference: Reference, start: tuple[str, ...]) -> tuple[str, ...]:
    return (*start, *reference.path) if reference.root == "item" else reference.path


def _leaves(fields: Sequence[Field], path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for field in fields:
        if field.location == "selector":
            continue
        here = (*path, *(split_pointer(field.pointer) if field.pointer.startswith("/") else (field.name,)))
        found += _leaves(field.fields, here) if field.fields else [here]
    return found


def _rooted(output: Output) -> Output:
    """The rules of a list's result for one element alone, which is then the whole reply."""
    return Output(
        type=output.type,
        mapping={key: _on_body(rule) for key, rule in output.mapping.items() if rule.uses("item")},
        download=output.download,
    )


def _on_body(rule: Expression) -> Expression:
    parts = tuple(_of_body(part) if isinstance(part, Reference) else part for part in rule.parts)
    return Expression(rule.source.replace("$item#", "$response.body#"), parts)


def _of_body(reference: Reference) -> Reference:
    return Reference("response.body", reference.path) if reference.root == "item" else reference


def _results(service: Service) -> Mapping[frozenset[str], Operation]:
    """Operations that read one thing and give a media result, by the names in their replies."""
    found: dict[frozenset[str], Operation] = {}
    for operation in service.operations:
        output = operation.output
        if output.type in ("none", "text") or operation.writes or operation.job or output.binary:
            continue
        if len(output.fields) >= _LEAST_ALIKE and listed(operation) is None:
            found.setdefault(frozenset(field.name for field in output.fields), operation)
    return found


@cached(65536)
def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _first(fields: Sequence[Field]) -> tuple[str, ...]:
    names = [field.name for field in fields if field.location != "selector"]
    wanted = [next((n for n in names if n.lower() in group), "") for group in (("id",), ("name", "title"))]
    wanted.append(next((name for name in names if name.lower() in ("status", "state")), ""))
    dates = [f.name for f in fields if f.format in ("date", "date-time") or _DATED.search(f.name)]
    required = [field.name for field in fields if field.required and field.location != "selector"]
    return tuple(dict.fromkeys(name for name in (*wanted, *dates, *required) if name))


def made(result: Result, *, raw: bool = False) -> dict[str, Any]:
    """What a step that makes something gives; `raw`: with the reply, which says more."""
    first: Mapping[str, Any] = result["items"][0] if result["items"] else {}
    flat = flat_field(result["type"], result["items"])
    given: dict[str, Any] = dict([flat]) if flat else {}
    usage = {name: value for name, value in result["usage"].items() if value is not None}
    unfinished = result["status"] not in FINAL
    given |= {
        "id": result["id"] or first.get("id"),
        "status": result["status"],
        **{name: first.get(name) for name in DETAILS},
        "items": result["items"] if len(result["items"]) > 1 else None,
        "usage": usage if usage.keys() - {"unit"} else None,
        "expires_at": result["expires_at"],
        "job_id": result["job_id"] if unfinished else None,
        "raw": result["raw"] if raw else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def element(service: Service, media: Sequence[Output], value: Any, base_url: str = "") -> dict[str, Any]:
    """One element of a list, or one event: its flat field first, its own fields after."""
    if not isinstance(value, Mapping):
        return {"value": value}
    for output in media:
        items = items_of(service, output, Exchange(200, value), base_url)
        if flat := flat_field(output.type, items):
            name, found = flat
            kept = value.get(name) not in (None, found)
            own = {(f"{name}_original" if key == name else key): v for key, v in value.items() if key != name or kept}
            return {name: found, **own}
    return dict(value)

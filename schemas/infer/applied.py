"""A service with proposals carried out, as loading it with their overlay would give it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from specloom.schemas.expressions import Expression, parse
from specloom.schemas.infer.proposal import Proposal
from specloom.schemas.load.fields.choices import label
from specloom.schemas.model import (
    Choice,
    ConnectionTest,
    Field,
    Job,
    Link,
    Operation,
    Options,
    Pagination,
    RateLimit,
    Response,
    Service,
    Trigger,
)
from specloom.schemas.model.operations import PAGE_SIGNS
from specloom.schemas.text import clean, one_line


def applied(service: Service, proposals: Iterable[Proposal]) -> Service:
    """Proposals that change the inputs asked for (credential) or need a new reading (subscription) are left to their
    overlay; the rest takes effect here."""
    changed = {operation.operation_id: operation for operation in service.operations}
    at = {operation.pointer: operation.operation_id for operation in service.operations}
    watched: list[Proposal] = []
    for proposal in proposals:
        if proposal.kind in ("options", "labels"):
            for operation_id, name in proposal.fields:
                changed[operation_id] = _with_field(changed[operation_id], name, proposal.block)
        elif proposal.kind == "trigger":
            watched.append(proposal)
            if "pagination" in proposal.block:
                operation = changed[proposal.operation_id]
                changed[proposal.operation_id] = _pagination(operation, proposal, changed)
        elif proposal.kind in _OPERATION:
            _add_links(proposal, changed, at)
            operation = changed[proposal.operation_id]
            changed[proposal.operation_id] = _OPERATION[proposal.kind](operation, proposal, changed)
        elif proposal.kind in _SERVICE:
            service = _SERVICE[proposal.kind](service, proposal.block)
    operations = tuple(changed[operation.operation_id] for operation in service.operations)
    found = {trigger.event: trigger for trigger in (*_triggers(watched, changed), *service.triggers)}
    return replace(service, operations=operations, triggers=_in_order(found.values(), operations))


def _in_order(triggers: Iterable[Trigger], operations: tuple[Operation, ...]) -> tuple[Trigger, ...]:
    """Watched lists first, in the operations' order, as the loader has them."""
    rank = {operation.operation_id: index for index, operation in enumerate(operations)}
    every = list(triggers)
    polling = [trigger for trigger in every if trigger.delivery == "polling"]
    polling.sort(key=lambda trigger: rank[trigger.operation_id])
    return (*polling, *(trigger for trigger in every if trigger.delivery != "polling"))


def _add_links(proposal: Proposal, known: dict[str, Operation], at: Mapping[str, str]) -> None:
    """The links that it adds to replies, of whichever operation; `at`: pointer to operationId."""
    for change in proposal.changes:
        if added := change.update.get("responses"):
            operation = known[at[change.pointer]]
            responses = tuple(_with_links(r, added.get(r.status, {}), known) for r in operation.responses)
            known[operation.operation_id] = replace(operation, responses=responses)


def _with_links(response: Response, added: Mapping[str, Any], known: Mapping[str, Operation]) -> Response:
    taken = {link.name for link in response.links}
    return replace(response, links=(*response.links, *(x for x in _links(added, known) if x.name not in taken)))


def _expression(text: Any) -> Expression | None:
    return parse(text) if isinstance(text, str) else None


def _pagination(operation: Operation, proposal: Proposal, known: Mapping[str, Operation]) -> Operation:
    told = proposal.block["pagination"]
    names = {field.pointer.removeprefix("/"): field.name for field in operation.fields}
    rules = Pagination(
        style=told["style"],
        items=parse(told["items"]),
        parameter=names.get(told.get("parameter", ""), ""),
        size_parameter=names.get(told.get("size_parameter", ""), ""),
        next=_expression(told.get("next")),
        start=told.get("start"),
        **{key: _expression(told.get(key)) for key in PAGE_SIGNS},
    )
    return replace(operation, pagination=rules)


def _result(operation: Operation, proposal: Proposal, known: Mapping[str, Operation]) -> Operation:
    told = proposal.block["result"]
    mapping = {key: parse(text) for key, text in told.items() if key not in ("type", "items", "download")}
    output = replace(operation.output, type=told["type"], items=_expression(told.get("items")), mapping=mapping)
    if "download" in told and operation.job:
        links = [link for r in known[operation.job.poll.operation_id].responses if r.ok for link in r.links]
        output = replace(output, download=next(link for link in links if link.name == told["download"]))
    return replace(operation, output=output)


def _job(operation: Operation, proposal: Proposal, known: Mapping[str, Operation]) -> Operation:
    told = proposal.block["job"]
    links = [link for r in operation.responses if r.ok for link in r.links]
    poll = next(link for link in links if link.name == told["poll"])
    job = Job(
        poll=poll,
        status=parse(told["status"]),
        succeeded=tuple(told["succeeded"]),
        failed=tuple(told.get("failed", ())),
        canceled=tuple(told.get("canceled", ())),
        queued=tuple(told.get("queued", ())),
        error=_expression(told.get("error")),
    )
    return replace(operation, job=job)


def _links(response: Mapping[str, Any], known: Mapping[str, Operation]) -> Iterable[Link]:
    for name, link in response.get("links", {}).items():
        target = known[link["operationId"]]
        names = {field.pointer: field.name for field in target.fields if field.location in ("path", "query")}
        parameters = {names.get(key, key): parse(text) for key, text in link["parameters"].items()}
        yield Link(name=name, operation_id=target.operation_id, parameters=parameters)


def _sensitive(operation: Operation, proposal: Proposal, known: Mapping[str, Operation]) -> Operation:
    return replace(operation, sensitive=True)


_OPERATION = {"pagination": _pagination, "result": _result, "job": _job, "sensitive": _sensitive, "list": _result}


def _connection(service: Service, block: Mapping[str, Any]) -> Service:
    told = block["connection"]
    test = ConnectionTest(
        operation_id=told["operation"],
        inputs=dict(told.get("parameters", {})),
        body=told.get("body"),
        raw_body="body" in told,
        valid=tuple(str(status) for status in told.get("valid", ("2XX",))),
        invalid=tuple(str(status) for status in told.get("invalid", ("401", "403"))),
        label=_expression(told.get("label")),
    )
    return replace(service, connection=test)


def _rate_limit(service: Service, block: Mapping[str, Any]) -> Service:
    told = block["rate_limit"]
    limits = RateLimit(
        limit=_expression(told.get("limit")),
        remaining=_expression(told.get("remaining")),
        reset=_expression(told.get("reset")),
    )
    return replace(service, rate_limit=limits)


_SERVICE = {"connection": _connection, "rate limit": _rate_limit}


def _with_field(operation: Operation, name: str, block: Mapping[str, Any]) -> Operation:
    fields = tuple(_changed(field, block) if field.name == name else field for field in operation.fields)
    return replace(operation, fields=fields)


def _changed(field: Field, block: Mapping[str, Any]) -> Field:
    if told := block.get("options"):
        source = Options(
            operation_id=told["operation"],
            items=parse(told["items"]),
            value=parse(told["value"]),
            label=parse(told["label"]),
        )
        return replace(field, options=source)
    names = block["choices"]
    return replace(field, choices=tuple(_named(choice, names) for choice in field.choices))


def _named(choice: Choice, names: Mapping[str, str]) -> Choice:
    text = str(choice.value).lower() if isinstance(choice.value, bool) else str(choice.value)
    return replace(choice, label=one_line(names.get(text, "")) or label(choice.value))


def _triggers(proposals: Iterable[Proposal], known: Mapping[str, Operation]) -> Iterable[Trigger]:
    for proposal in proposals:
        told, operation = proposal.block["trigger"], known[proposal.operation_id]
        name = one_line(told.get("event", "")) or f"New {operation.resource}"
        yield Trigger(
            event=operation.operation_id,
            name=name,
            description=clean(f"Triggers when there is a {name.lower()}."),
            delivery="polling",
            operation_id=operation.operation_id,
            payload=operation.output.fields,
            dedupe=told["dedupe"],
            order=told.get("order", ""),
        )

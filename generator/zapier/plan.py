"""What becomes of each operation on Zapier: an action, a search, part of a trigger, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from specloom.generator.platforms import unsigned
from specloom.generator.zapier.keys import Keys, step_key
from specloom.schemas.expressions import Expression, lookup
from specloom.schemas.model import Field, Operation, Service, Trigger

WAIT = 25
"""Seconds a step spends on waiting for a result, of the 30 Zapier gives it."""

PlannedStep = tuple[Operation, str]


class ZapierPlan(Struct):
    """Keys by operation and by trigger; `left_out` by operationId says why."""

    creates: list[PlannedStep] = []
    searches: list[PlannedStep] = []
    triggers: list[tuple[Trigger, str]] = []
    left_out: dict[str, str] = {}
    results: dict[frozenset[str], Operation] = {}
    """Operations that read one thing and give a media result, by the names in their replies."""
    result_key: str = ""
    """Key of the search for results of slow steps."""

    def alike(self, operation: Operation) -> Operation | None:
        """The operation that reads one element of this list, if it gives a media result out of the same shape: then
        the list's elements can be told as such results too."""
        names = frozenset(f.name for f in element_fields(operation))
        return self.results.get(names) if len(names) > 2 else None


def plan(service: Service) -> ZapierPlan:
    """Writing operations become creates, reading ones searches; what only serves a trigger is neither."""
    found = ZapierPlan(results=_results(service))
    trigger_keys, create_keys, search_keys = Keys(), Keys(), Keys()
    serving = dict(_serving(service))
    for trigger in service.triggers:
        source = service.operation(trigger.operation_id)
        if source is not None and (reason := unsigned(source, service.auth)):
            found.left_out[f"trigger:{trigger.event}"] = reason
            continue
        found.triggers.append((trigger, trigger_keys.unique(step_key(trigger.event))))
    for operation in service.operations:
        name = operation.operation_id
        if operation.deprecated:
            found.left_out[name] = f"{service.title} marks it as deprecated"
        elif reason := unsigned(operation, service.auth):
            found.left_out[name] = reason
        elif name in serving:
            found.left_out[name] = serving[name]
        elif operation.writes:
            found.creates.append((operation, create_keys.unique(step_key(name))))
        else:
            found.searches.append((operation, search_keys.unique(step_key(name))))
    found.result_key = search_keys.unique("get_result")
    return found


def _serving(service: Service) -> Iterator[tuple[str, str]]:
    """Zapier subscribes and unsubscribes by itself; as actions these calls would only do harm."""
    for trigger in service.triggers:
        if trigger.delivery != "webhook" or not trigger.operation_id:
            continue
        yield trigger.operation_id, f"the trigger {trigger.name} subscribes with it"
        if trigger.unsubscribe:
            yield trigger.unsubscribe.operation_id, f"the trigger {trigger.name} unsubscribes with it"


def is_slow(operation: Operation) -> bool:
    """Whether the gateway should run it: it takes longer than a step may, and the service calls nobody back."""
    if operation.job is not None:
        return not operation.job.callback_field
    return operation.duration is not None and operation.duration > WAIT


def is_list(operation: Operation) -> bool:
    """Whether the reply is a list of things of one kind, each of them a result."""
    return operation.output.type == "none" and (operation.pagination is not None or operation.output.repeated)


def elements_of(operation: Operation, reply: object) -> list[object]:
    """The elements of a documented reply of a list."""
    rule = operation.pagination.items if operation.pagination else None
    found = lookup(reply, _pointer(rule)) if rule is not None else reply
    return found if isinstance(found, list) else []


def element_fields(operation: Operation) -> tuple[Field, ...]:
    """The shape of an element of a list's reply."""
    fields = operation.output.fields
    for name in _pointer(operation.pagination.items) if operation.pagination else ():
        inner = next((f for f in fields if f.pointer in (f"/{name}", name) or f.name == name), None)
        fields = inner.fields if inner else ()
    return fields


def _pointer(rule: Expression) -> tuple[str, ...]:
    return rule.reference.path if rule.reference and rule.reference.root == "response.body" else ()


def _results(service: Service) -> dict[frozenset[str], Operation]:
    found: dict[frozenset[str], Operation] = {}
    for operation in service.operations:
        if operation.output.type not in ("none", "text") and not operation.writes and not operation.job:
            found.setdefault(frozenset(f.name for f in operation.output.fields), operation)
    return found

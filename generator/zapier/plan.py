"""What becomes of each operation on Zapier: an action, a search, part of a trigger, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from specloom.generator.platforms import unsigned
from specloom.generator.zapier.keys import Keys, step_key
from specloom.schemas.model import Operation, Service, Trigger

WAIT = 25
"""Seconds a step spends on waiting for a result, of the 30 Zapier gives it."""

ENDS = 30
"""Seconds after which Zapier ends a step."""

PlannedStep = tuple[Operation, str]


class ZapierPlan(Struct):
    """Keys by operation and by trigger; `left_out` by operationId says why."""

    creates: list[PlannedStep] = []
    searches: list[PlannedStep] = []
    triggers: list[tuple[Trigger, str]] = []
    left_out: dict[str, str] = {}
    gateway: bool = True
    result_key: str = ""
    """Key of the search for results of slow steps."""


def plan(service: Service, *, gateway: bool = True) -> ZapierPlan:
    """Writing operations become creates, reading ones searches; what only serves a trigger is neither. Without a
    `gateway` a call that outlasts a step is left out."""
    found = ZapierPlan(gateway=gateway)
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
        elif not gateway and operation.job is None and (operation.duration or 0) > ENDS:
            seconds = f"{operation.duration:g}"
            found.left_out[name] = f"a call takes about {seconds} s, and Zapier ends a step after {ENDS}"
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

"""The trigger nodes: one that watches lists, one that is called by the service."""

from __future__ import annotations

from msgspec import Struct

from specloom.generator.n8n.fields.controls import Layout, LayoutMemo, layout
from specloom.generator.n8n.fields.properties import properties
from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.names import operation_key, unique
from specloom.generator.n8n.node.description import shown
from specloom.generator.n8n.node.steps import step_layout
from specloom.generator.n8n.text import help_text, label, sort_key
from specloom.schemas.model import Service, Trigger


class TriggerEvent(Struct, frozen=True, kw_only=True):
    """One event as a trigger node offers it."""

    trigger: Trigger
    key: str
    """Its value of the Event parameter."""
    name: str
    layout: Layout
    page_size: int | None = None


def events(service: Service, delivery: str) -> tuple[TriggerEvent, ...]:
    """The events of one delivery, in alphabetical order."""
    names: set[str] = set()
    keys: set[str] = set()
    found: list[TriggerEvent] = []
    known = LayoutMemo()
    for trigger in service.triggers:
        if trigger.delivery != delivery:
            continue
        name = unique(label(trigger.name, trigger.event), names, " ")
        key = unique(operation_key(trigger.event), keys)
        names.add(name)
        keys.add(key)
        found.append(_event(service, trigger, key, name, known))
    return tuple(sorted(found, key=lambda event: sort_key(event.name)))


def _event(service: Service, trigger: Trigger, key: str, name: str, known: LayoutMemo) -> TriggerEvent:
    operation = service.operation(trigger.operation_id)
    lists = f"trigger:{key}"
    if operation is None:
        return TriggerEvent(trigger=trigger, key=key, name=name, layout=Layout())
    if trigger.delivery == "polling":
        inputs = step_layout(operation, lists, known)
        return TriggerEvent(trigger=trigger, key=key, name=name, layout=inputs, page_size=operation.largest_page)
    inputs = layout(operation.fields, lists, without=[trigger.url_field], known=known)
    return TriggerEvent(trigger=trigger, key=key, name=name, layout=inputs)


def event_properties(found: tuple[TriggerEvent, ...], service: Service) -> list[Property]:
    """The Event list, then what each event asks for."""
    options = []
    for event in found:
        text = help_text(event.trigger.description, name=event.name)
        options.append({"name": event.name, "value": event.key, **({"description": text} if text else {})})
    result: list[Property] = [{
        "displayName": "Event",
        "name": "event",
        "type": "options",
        "noDataExpression": True,
        "options": options,
        "default": options[0]["value"],
    }]  # fmt: skip
    for event in found:
        chosen = {"show": {"event": [event.key]}}
        result += [shown(given, chosen) for given in properties(event.layout, service.title)]
    return result

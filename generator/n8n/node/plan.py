"""operations.json: everything the run-time needs, as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from specloom.generator.n8n.credentials.emit import Credential
from specloom.generator.n8n.credentials.servers import address
from specloom.generator.n8n.fields.choices import arranged, method_name, options_of
from specloom.generator.n8n.fields.controls import Control
from specloom.generator.n8n.fields.forms import form
from specloom.generator.n8n.names import parameter_name
from specloom.generator.n8n.node.steps import N8nStep, ResourceGroup, listed
from specloom.generator.n8n.node.triggers import TriggerEvent
from specloom.generator.runtime.wire import expression, media, wire
from specloom.schemas.model import Operation, Options, Service, Signature, Trigger
from specloom.schemas.steps.output import StepOutputs

N8nPlan = dict[str, Any]


def plan(
    service: Service, groups: Sequence[ResourceGroup], credentials: Sequence[Credential], events: Sequence[TriggerEvent]
) -> N8nPlan:
    """The plan as runtime/plan.ts describes it."""
    steps = [step for group in groups for step in group.steps]
    outputs = StepOutputs(service)
    layouts = [*(step.layout for step in steps), *(event.layout for event in events)]
    lists = [control for layout in layouts for control in listed(layout)]
    return {
        "service": wire(service),
        "address": list(address(service).template),
        "credentials": [_credential(c) for c in credentials],
        "steps": {group.key: {step.key: _step(step) for step in group.steps} for group in groups},
        "lists": _lists(lists),
        "loaders": _loaders(service, lists),
        "triggers": {event.key: _event(event, outputs) for event in events},
    }


def _credential(credential: Credential) -> N8nPlan:
    found: N8nPlan = {"name": credential.name, "choice": credential.choice, "label": credential.label}
    secrets = [{"scheme": scheme, "key": key} for scheme, key in credential.secrets.items()]
    more = {"oauth2": credential.oauth2, "renews": credential.token is not None, "secrets": secrets}
    return {**found, **{name: value for name, value in more.items() if value}}


def _step(step: N8nStep) -> N8nPlan:
    found: N8nPlan = {"operation": step.operation.operation_id, "form": form(step.layout)}
    if step.page_size:
        found["pageSize"] = step.page_size
    if step.starter is not None:
        found |= {"resumes": step.starter.operation_id, "name": step.phrase}
    if needs := _needs(step.operation):
        found["needs"] = needs
    return found


def _needs(operation: Operation) -> str:
    """What the key must be good for."""
    parts = []
    scopes = dict.fromkeys(scope for entry in operation.security or () for own in entry.values() for scope in own)
    if scopes:
        parts.append(f"the scope {' or '.join(scopes)}")
    if operation.domains:
        parts.append(f"the domain {' or '.join(operation.domains)}")
    return " and ".join(parts)


def _lists(controls: Iterable[Control]) -> N8nPlan:
    return {method_name(c): arranged(options_of(c.field)) for c in controls if c.kind == "open"}


def _loaders(service: Service, controls: Iterable[Control]) -> N8nPlan:
    found: N8nPlan = {}
    for control in controls:
        options = control.field.options
        if control.kind in ("dynamic", "dynamics") and options is not None:
            found[method_name(control)] = _loader(service, options)
    return found


def _loader(service: Service, options: Options) -> N8nPlan:
    operation = service.operation(options.operation_id)
    required = [f.name for f in operation.fields if f.required] if operation else []
    return {
        "operation": options.operation_id,
        "items": expression(options.items),
        "value": expression(options.value),
        "label": expression(options.label),
        **({"inputs": {name: parameter_name(name) for name in required}} if required else {}),
    }


def _event(event: TriggerEvent, outputs: StepOutputs) -> N8nPlan:
    trigger = event.trigger
    found: N8nPlan = {
        "operation": trigger.operation_id,
        "form": form(event.layout),
        "pageSize": event.page_size,
        "urlField": trigger.url_field,
        "unsubscribe": _unsubscribe(trigger),
        "signature": _signature(trigger.signature) if trigger.signature else None,
        "dedupe": trigger.dedupe,
        "when": {name: list(values) for name, values in trigger.when.items()},
        "order": trigger.order,
        "media": media(outputs.media(trigger.payload)) if trigger.delivery == "webhook" else None,
    }
    return {key: value for key, value in found.items() if value}


def _unsubscribe(trigger: Trigger) -> N8nPlan | None:
    link = trigger.unsubscribe
    if link is None:
        return None
    parameters = {
        name: expression(value) if hasattr(value, "parts") else {"value": value}
        for name, value in link.parameters.items()
    }
    return {"name": link.name, "operation": link.operation_id, "parameters": parameters}


def _signature(signature: Signature) -> N8nPlan:
    found: N8nPlan = {
        "algorithm": signature.algorithm,
        "content": signature.content,
        "signatureHeader": signature.signature_header,
        "timestampHeader": signature.timestamp_header,
        "idHeader": signature.id_header,
        "encoding": signature.encoding,
        "prefix": signature.prefix,
        "tolerance": signature.tolerance,
    }
    return {key: value for key, value in found.items() if value}

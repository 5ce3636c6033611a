"""Triggers: lists that Zapier watches, and hooks the service calls."""

from __future__ import annotations

from specloom.generator.output.json_text import Json
from specloom.generator.runtime.wire import expression, media
from specloom.generator.zapier.fields.dropdowns import page_size, paging_fields
from specloom.generator.zapier.fields.form import FUNCTION
from specloom.generator.zapier.steps import StepBuilder, ZapierStep, field_bindings, query_hatch
from specloom.generator.zapier.text import help_text, label, plain, singular, title
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Link, Operation, Trigger
from specloom.schemas.steps.output import StepOutput
from specloom.schemas.text import brief


def trigger_step(builder: StepBuilder, trigger: Trigger, key: str) -> ZapierStep | str:
    """The trigger, or why there is none."""
    operation = builder.service.operation(trigger.operation_id) if trigger.operation_id else None
    if trigger.delivery == "polling":
        return _polling(builder, trigger, operation, key) if operation else "its list is not in the document"
    return _hook(builder, trigger, operation, key)


def _polling(builder: StepBuilder, trigger: Trigger, operation: Operation, key: str) -> ZapierStep:
    when = {name: list(values) for name, values in trigger.when.items()}
    listed = builder.watched_output(operation, trigger.dedupe, when)
    listing = listed.listing | {name: value for name, value in (("when", when), ("order", trigger.order)) if value}
    form = builder.dropdowns.form(operation, paging_fields(operation), [query_hatch()])
    runtime: Json = {
        "operation": operation.operation_id, "name": plain(trigger.name), "own": {"query": "additional_query"},
        "inputs": form.inputs, "list": listing, **page_size(operation),
    }  # fmt: skip
    if form.dynamic:
        runtime["dynamic"] = form.dynamic
    groups: Json = {"inputFieldGroups": form.groups} if form.groups else {}
    shown: Json = {
        "type": "polling", "perform": FUNCTION, "inputFields": form.fields, "sample": listed.sample,
        "outputFields": listed.fields, **groups,
    }  # fmt: skip
    definition = _definition(builder, trigger, operation, key, shown)
    bindings = [_binding(key, "perform", "poll"), *field_bindings("triggers", key, form)]
    return ZapierStep(definition, runtime, bindings)


def _hook(builder: StepBuilder, trigger: Trigger, operation: Operation | None, key: str) -> ZapierStep:
    when = {name: list(values) for name, values in trigger.when.items()}
    events = [e for e in trigger.samples if isinstance(e, dict)] or [{"id": "1"}]
    gives = StepOutput("list", media=builder.gives.media(trigger.payload), fields=trigger.payload)
    samples = [builder.samples.of_event(event, trigger.dedupe, gives) for event in events]
    shown: Json = {"type": "hook", "perform": FUNCTION, "performList": FUNCTION}
    runtime: Json = {"name": plain(trigger.name), "own": {}, "inputs": []}
    if len(samples) > 1:
        runtime["samples"] = samples[1:]
    runtime["list"] = {"dedupe": trigger.dedupe, **({"when": when} if when else {})}
    if gives.media:
        runtime["media"] = media(gives.media)
    bindings = [_binding(key, "perform", "hook"), _binding(key, "performList", "samples")]
    if operation is not None:
        form = builder.dropdowns.form(operation, frozenset((trigger.url_field,)))
        shown |= {"inputFields": form.fields, "performSubscribe": FUNCTION}
        if form.groups:
            shown["inputFieldGroups"] = form.groups
        runtime |= {"operation": operation.operation_id, "inputs": form.inputs, "urlField": trigger.url_field}
        if form.dynamic:
            runtime["dynamic"] = form.dynamic
        bindings += [_binding(key, "performSubscribe", "subscribe"), *field_bindings("triggers", key, form)]
    if trigger.unsubscribe is not None:
        shown["performUnsubscribe"] = FUNCTION
        runtime["unsubscribe"] = _link(trigger.unsubscribe)
        bindings.append(_binding(key, "performUnsubscribe", "unsubscribe"))
    shown |= {"sample": samples[0], "outputFields": builder.outputs.of(samples[0], trigger.payload, primary="id")}
    definition = _definition(builder, trigger, operation, key, shown)
    if operation is None:
        # Zapier shows its URL then, for the user to enter it at the service.
        directions = f"Copy the URL and enter it at {plain(builder.service.title)} as the address of this webhook."
        definition["display"]["directions"] = directions
    return ZapierStep(definition, runtime, bindings)


def _definition(builder: StepBuilder, trigger: Trigger, operation: Operation | None, key: str, shown: Json) -> Json:
    described = help_text(brief(trigger.description))
    if not described.startswith("Triggers when "):
        described = help_text(f"Triggers when there is this event: {trigger.name or key}")
    described = described.rstrip(".!?…: ") + "."
    noun = label(singular(operation.resource) if operation else trigger.name, builder.service.title)
    return {
        "key": key,
        "noun": noun,
        "display": {"label": title(trigger.name, key), "description": described},
        "operation": shown,
    }


def _binding(key: str, place: str, run: str) -> Json:
    return {"path": ["triggers", key, "operation", place], "run": run, "step": f"triggers.{key}"}


def _link(link: Link) -> Json:
    parameters = {
        name: expression(value) if isinstance(value, Expression) else {"value": value}
        for name, value in link.parameters.items()
    }
    return {"name": link.name, "operation": link.operation_id, "parameters": parameters}

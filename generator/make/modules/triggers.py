"""Watching for news: polling triggers with an epoch, and instant triggers whose webhook attaches and detaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication.elements import element as element_output
from specloom.generator.make.communication.requests import request
from specloom.generator.make.communication.results import Meaning
from specloom.generator.make.components import names
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields import interface
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.parameters import parameters
from specloom.generator.make.fields.values import Inputs
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.generator.make.modules.actions import scope
from specloom.generator.make.modules.searches import LIMITED, filters, list_items, list_request
from specloom.generator.platforms import Placement
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Field, Link, Operation, Trigger
from specloom.schemas.steps.output import StepOutput, element, has_scalars

_EVENT = Operation(operation_id="", resource="", name="")
_EPOCH_LIMIT = 300
_ADJECTIVES = ("New", "Updated", "Deleted", "Finished", "Created")
_STALE = "formatDate(addHours(now, 0 - 24), 'YYYY-MM-DDTHH:mm:ss', 'UTC')"
"""Work that is unfinished after a day is stuck, and nothing waits for it any longer."""
_LABELS = ("name", "title", "label", "prompt", "filename", "file_name")


def trigger(app: App, found: Trigger) -> None:
    """Adds the module of one trigger. Raises Inexpressible when Make cannot express it."""
    if found.delivery == "polling":
        _polling(app, found)
    else:
        _instant(app, found)


def _label(found: Trigger) -> str:
    """In Make's words, in the plural: `New Project` is `Watch New Projects`, `Artwork Finished` `Watch Finished
    Artworks`."""
    text = iml.line(found.name or names.words(found.event), 120)
    words = text.split()
    if not words or words[0].lower() == "watch":
        return text or "Watch"
    if len(words) > 1 and words[-1].endswith("ed") and words[0] not in _ADJECTIVES:
        words = [words[-1], *words[:-1]]
    return " ".join(["Watch", *words[:-1], _plural(words[-1])])


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")) or not noun.isalpha():
        return noun if noun.endswith("s") or not noun.isalpha() else noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else noun + "s"


def _name(app: App, found: Trigger) -> str:
    return app.name("watch " + found.event, "module")


def _polling(app: App, found: Trigger) -> None:
    operation = app.operation(found.operation_id)
    if operation is None:
        raise iml.Inexpressible(f"the list {found.operation_id!r} is missing")
    name = _name(app, found)
    asked, given = filters(operation)
    items = list_items(operation)
    gives = app.gives.of(operation)
    listed = gives.fields
    written = list_request(app, operation, asked, given, extras=False)
    _watch(app, found, operation, listed, written["response"])
    app.add(
        Component(
            name=name,
            kind="module",
            meta={
                "label": _label(found),
                "description": iml.line(found.description, 1000),
                "moduleType": "trigger",
                "connection": app.connection,
            },
            codes={
                "communication": written,
                "epoch": {"response": {"limit": _EPOCH_LIMIT, "output": _choice(found, {f.name for f in listed})}},
                "staticParams": [*parameters(asked, app.form(given)), LIMITED],
                "mappableParams": [],
                "interface": app.interfaces.of_elements(gives, has_scalars(operation, items)),
                "samples": interface.element_sample(app.service, operation, gives),
                "scope": scope(app, operation),
            },
            resource=operation.resource,
        )
    )
    app.written.append(Placement(source=f"trigger:{found.event}", kind="trigger", name=name))


def _watch(app: App, found: Trigger, operation: Operation, listed: Sequence[Field], response: dict[str, Any]) -> None:
    """Makes the reply to a list that is watched of the reply to a list."""
    container = response["iterate"]
    oldest = _oldest_unfinished(app, found, listed, container[2:-2])
    if oldest:
        response["temp"] = {**response.get("temp", {}), "oldest": iml.wrap(oldest)}
    response["iterate"] = _iterate(found, container, hold=bool(oldest))
    response["trigger"] = {"type": "id", "order": "unordered", "id": _item(found.dedupe)}
    if found.order:
        response["trigger"] |= {"type": "date", "date": _item(found.order)}
        return
    hint = "Name the field with the time in x-specloom.trigger.order."
    app.problem("make-trigger", f"{found.name}: without a time Make can only go by IDs that grow", operation, hint)


def _item(field: str) -> str:
    return iml.wrap(iml.path("item", field.split(".")))


def _oldest_unfinished(app: App, found: Trigger, listed: Sequence[Field], items: str) -> str:
    """The time of the oldest element that is still being worked on; '' where the states are not known.

    Make remembers the time it has got to. An element that finishes after a younger one would be passed over for
    good, so younger ones wait for it.
    """
    state = next(iter(found.when), "")
    field = next((f for f in listed if f.name == state and not f.open), None)
    dated = any(f.name == found.order and f.format == "date-time" for f in listed)
    jobs = [o.job for o in app.service.operations if o.job and o.job.status.reference]
    job = next((j for j in jobs if j.status.reference and j.status.reference.path[-1:] == (state,)), None)
    if field is None or job is None or not dated:
        return ""
    final = (*job.succeeded, *job.failed, *job.canceled)
    running = [choice.value for choice in field.choices if choice.value not in final]
    maps = [f"map({items}, {iml.quote(found.order)}, {iml.quote(state)}, {iml.quote(str(value))})" for value in running]
    return f"first(sort(merge({', '.join(maps)})))" if maps and not any("," in str(v) for v in running) else ""


def _iterate(found: Trigger, container: str, *, hold: bool) -> Any:
    """Only elements in one of the states that count, and with the time Make needs to put them in order."""
    checks = [iml.is_one_of(iml.path("item", key.split(".")), values) for key, values in found.when.items()]
    if found.order:
        time = iml.path("item", found.order.split("."))
        checks.append(f"ifempty({time}, '') != ''")
        if hold:
            checks.append(f"ifempty(temp.oldest, '') = '' || temp.oldest < {_STALE} || {time} < temp.oldest")
    return {"container": container, "condition": iml.wrap(iml.both(*checks))} if checks else container


def _choice(found: Trigger, known: set[str]) -> dict[str, str]:
    """How an element is shown to a person who chooses where to start."""
    best = next((name for name in _LABELS if name in known), "")
    identity = iml.path("item", found.dedupe.split("."))
    shown = f"ifempty({iml.member('item', best)}, {identity})" if best else identity
    return {"label": iml.wrap(shown), "date": _item(found.order) if found.order else "{{undefined}}"}


def _instant(app: App, found: Trigger) -> None:
    """The webhook goes before the module that uses it."""
    operation = app.operation(found.operation_id) if found.operation_id else None
    hook = app.name(found.event, "webhook")
    codes: dict[str, Any] = {"communication": _receive(app, found), "params": [], "attach": {}, "detach": {}}
    if operation is not None:
        _register(app, found, operation, codes)
    meta = {"label": _label(found), "webhookType": "web", "connection": app.connection if operation else None}
    codes["requiredScope"] = scope(app, operation) if operation else []
    app.add(Component(name=hook, kind="webhook", meta=meta, codes=codes))
    module = _told(app, found, hook, operation.resource if operation else "")
    app.add(module)
    app.written.append(Placement(source=f"trigger:{found.event}", kind="trigger", name=module.name))
    if found.signature is not None:
        message = f"{found.name}: Make shows a webhook its parsed body only, so the signature is not checked"
        app.problem("make-signature", message, operation, "Read the result again before acting on it.")


def _told(app: App, found: Trigger, hook: str, resource: str) -> Component:
    """The module that the webhook starts."""
    event = StepOutput("list", media=app.gives.media(found.payload), fields=found.payload)
    return Component(
        name=_name(app, found),
        kind="module",
        meta={
            "label": _label(found),
            "description": iml.line(found.description, 1000),
            "moduleType": "instant_trigger",
            "webhook": hook,
        },
        codes={
            "communication": {},
            "staticParams": [],
            "mappableParams": [],
            "interface": app.interfaces.of_elements(event, False),
            "samples": element(app.service, event.media, found.samples[0]) if found.samples else {},
        },
        resource=resource,
    )


def _receive(app: App, found: Trigger) -> dict[str, Any]:
    media = next(iter(app.gives.media(found.payload)), None)
    report = app.result_report(Operation(operation_id=found.event, resource="", name=found.name))
    read = Meaning(service=app.service, operation=_EVENT, base=app.base, report=report)
    output = "{{body}}" if media is None or media.download else element_output(read, media, found.payload, False)
    checks = [iml.is_one_of(iml.path("body", key.split(".")), values) for key, values in found.when.items()]
    return {"output": output, **({"condition": iml.wrap(iml.both(*checks))} if checks else {})}


def _register(app: App, found: Trigger, operation: Operation, codes: dict[str, Any]) -> None:
    """Subscribes Make's address when the trigger is added, and ends that when it is removed."""
    asked = [field for field in operation.fields if field.name != found.url_field]
    given = form_names(asked)
    inputs = app.inputs(asked, given)
    inputs.refs = {**inputs.refs, found.url_field: "webhook.url"}
    inputs.ready = frozenset({found.url_field})
    attach = request(operation, inputs, app.field_report(operation))
    codes["params"] = parameters(asked, app.form(given))
    link = found.unsubscribe
    kept = _kept(link) if link else {}
    attach["response"] = {"data": {name: iml.wrap(value) for name, value in kept.items()}}
    attach["log"] = {"sanitize": [*app.log["sanitize"], *(f"response.body.{n}" for n in ("secret", "signing_secret"))]}
    codes["attach"] = attach
    ends = app.operation(link.operation_id) if link else None
    if link is None or ends is None:
        app.problem("make-webhook", f"{found.name}: nothing in the document ends the subscription", operation)
        return
    refs = {field: f"webhook.{name}" for field, name in zip(link.parameters, kept, strict=True)}
    detach = request(ends, app.signed(Inputs(refs, frozenset(refs))), app.field_report(ends))
    codes["detach"] = {**detach, "log": app.log}


def _kept(link: Link) -> dict[str, str]:
    """What Make keeps of the subscription's reply: the first value under the name its own documentation uses."""
    kept: dict[str, str] = {}
    for index, (name, source) in enumerate(link.parameters.items()):
        key = "externalHookId" if index == 0 else names.free_parameter(name, ("externalHookId", *kept))
        kept[key] = translate(source, BODY) if isinstance(source, Expression) else iml.literal(source)
    return kept

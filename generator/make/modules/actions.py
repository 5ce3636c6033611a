"""Modules for single operations: what writes, what reads one thing, and work that takes time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication import results
from specloom.generator.make.communication.elements import from_gateway
from specloom.generator.make.communication.form_bodies import is_joined, limited
from specloom.generator.make.communication.reply_types import read_as
from specloom.generator.make.communication.requests import (
    EXTRA_BODY,
    EXTRA_QUERY,
    MakeRequest,
    body_type,
    has_json_body,
    request,
)
from specloom.generator.make.communication.stages import staged
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields import interface
from specloom.generator.make.fields.forms import Parameter, form_names
from specloom.generator.make.fields.parameters import parameters
from specloom.generator.make.fields.schemas import sends_as_is
from specloom.generator.make.iml.expressions import BODY, KEPT
from specloom.generator.make.modules import gateway
from specloom.generator.make.modules.jobs import poll_request, start_response
from specloom.generator.platforms import Placement
from specloom.schemas.expressions import Reference, join_pointer
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.model import Field, Operation
from specloom.schemas.text import with_notes

CONFIRM, WAIT = "confirm", "waitForCompletion"
_CONFIRMED = f"parameters.{CONFIRM} = true"
_CRUD = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete", "GET": "read"}
READ, WRITE = 2, 3


def action(app: App, operation: Operation) -> None:
    """Adds the module of one operation. Raises Inexpressible when Make cannot send it."""
    given = form_names(operation.fields, results.OWN)
    name = app.name(operation.operation_id, "module")
    first = request(operation, app.inputs(operation.fields, given), app.field_report(operation), extras=True)
    routed = app.gateway and gateway.routes(operation)
    through = gateway.run(app, operation, given) if routed else None
    steps = _steps(app, operation, first, through)
    asked = parameters(_fields_asked(operation), app.form(given))
    gives = app.gives.of(operation)
    shown = interface.step_samples(app.service, operation, gives)
    several = _reply_of(app, operation).output.repeated
    app.add(
        Component(
            name=name,
            kind="module",
            meta={
                "label": label(operation),
                "description": description(app, operation),
                "moduleType": "action",
                "actionCrud": _CRUD[operation.method],
                "connection": app.connection,
            },
            codes={
                "communication": steps[0] if len(steps) == 1 else steps,
                "staticParams": [],
                "mappableParams": [*asked, *_own_parameters(operation)],
                "interface": interface.as_asked(
                    app.interfaces.of_step(operation, gives, shown, repeated=several), asked
                ),
                "samples": shown,
                "scope": scope(app, operation),
            },
            resource=operation.resource,
            rank=WRITE if operation.writes else READ,
        )
    )
    app.written.append(Placement(source=operation.operation_id, kind="action", name=name, inputs=given))
    _warn(app, operation, routed)


def _fields_asked(operation: Operation) -> Sequence[Field]:
    return limited(operation.fields) if body_type(operation.media_type) == "urlencoded" else operation.fields


def _steps(app: App, operation: Operation, first: MakeRequest, through: MakeRequest | None) -> list[MakeRequest]:
    steps = _job(app, operation, first, through) if operation.job else [_single(app, operation, first, through)]
    if through is not None:
        steps = [through, *steps]
    if operation.sensitive:
        steps = _guarded(app, operation, steps)
    return [each for step in steps for each in staged(step)]


def label(operation: Operation) -> str:
    return iml.line(operation.name or operation.summary or operation.operation_id, 256)


def description(app: App, operation: Operation) -> str:
    told = operation.description or operation.summary or operation.name
    parts = ["Asks to be confirmed; its result is kept out of the logs"] if operation.sensitive else []
    return iml.line(with_notes(iml.plain(told), parts), 1000) + "."


def scope(app: App, operation: Operation) -> list[str]:
    scopes = operation.scopes_of(app.service.auth.id)
    return [each for each in scopes if 0 < len(each) <= 512 and iml.is_constant(each)]


def meaning(app: App, operation: Operation, **more: Any) -> results.Meaning:
    job = operation.job or app.polled_by(operation)
    link = operation.output.download
    report = app.result_report(operation)
    scope = more.pop("scope", BODY)
    scope = read_as(operation, scope)
    sent = replace(scope, request=partial(_sent, operation), method=operation.method)
    return results.Meaning(
        service=app.service,
        operation=operation,
        base=app.base,
        report=report,
        job=job,
        scope=sent,
        target=app.operation(link.operation_id) if link else None,
        more=app.gives.of(operation).more,
        **more,
    )


def _sent(operation: Operation, reference: Reference) -> str:
    """What the request carried, as an expression over the step's inputs. Raises Inexpressible."""
    location = reference.root.removeprefix("request.")
    given = form_names(operation.fields, results.OWN)
    if location == "body" and reference.path:
        pointer = join_pointer(reference.path[:1])
        found = next((f for f in operation.fields if f.location == "body" and f.pointer == pointer), None)
        if found is not None and (len(reference.path) == 1 or sends_as_is(found)):
            return iml.path(f"parameters.{given[found.name]}", reference.path[1:])
    found = next((f for f in operation.fields if f.location == location and (f.pointer,) == reference.path), None)
    if found is None:
        raise iml.Inexpressible(f"the request's own {location} is not known here")
    return f"parameters.{given[found.name]}"


def _reply_of(app: App, operation: Operation) -> Operation:
    return app.poll_of(operation) or operation


def _single(app: App, operation: Operation, first: MakeRequest, through: MakeRequest | None) -> MakeRequest:
    step = {**first, "response": results.response(meaning(app, operation)), "log": log(app, operation)}
    # What a request needs in `temp` and what its reply leaves there are one collection in Make.
    if through is not None:
        step["condition"] = {"condition": iml.wrap(gateway.ABSENT), "default": _through(app, operation)}
    return step


def _through(app: App, operation: Operation) -> Any:
    return from_gateway(operation, app.gives.of(operation))


def log(app: App, operation: Operation) -> dict[str, Any]:
    """Make keeps neither the credential nor any secret of this operation in its logs."""
    paths = list(app.log["sanitize"])
    if operation.sensitive:
        paths += ["request.body", "response.body"]
    secrets = [f.name for f in operation.fields if f.secret]
    if secrets and any(f.location == "body" and is_joined(f) for f in operation.fields):
        paths.append("request.body")  # a text, in which they have no place of their own
    paths += [f"request.body.{name}" for name in secrets if name.isidentifier()]
    return {"sanitize": paths}


def _job(app: App, operation: Operation, first: MakeRequest, through: MakeRequest | None) -> list[MakeRequest]:
    """Start, ask until it is finished or Make's time is nearly up, then say what is known."""
    direct = gateway.ABSENT if through is not None else ""
    start = {**first, "response": start_response(), "log": log(app, operation)}
    poll = poll_request(app, operation)
    if direct:
        start["condition"] = iml.wrap(direct)
    poll["condition"] = iml.wrap(iml.both(direct, f"parameters.{WAIT} != false"))
    reading = meaning(app, operation, scope=KEPT)
    last: MakeRequest = {"response": results.response(reading, state_known=True)}
    if direct:
        last["condition"] = {"condition": iml.wrap(direct), "default": _through(app, operation)}
    return [start, poll, last]


def _guarded(app: App, operation: Operation, steps: list[MakeRequest]) -> list[MakeRequest]:
    """Nothing is sent unless the user has confirmed; the first step says so, the others hold to it anyway."""
    refusal = iml.line(f"Nothing was sent. Turn on Confirm to run this step: {label(operation)}.", 500)
    guard: MakeRequest = {
        "condition": iml.wrap(f"parameters.{CONFIRM} != true"),
        "response": {
            "valid": {"condition": iml.wrap(_CONFIRMED), "message": refusal, "type": "DataError"},
            "output": {},
        },
    }
    refused = {"error": {"type": "invalid_request", "message": refusal}}
    for step in steps:
        own = step.get("condition", "")
        inner = own["condition"] if isinstance(own, dict) else own
        whole = iml.wrap(iml.both(_CONFIRMED, inner[2:-2] if inner else ""))
        step["condition"] = whole if step is not steps[-1] else {"condition": whole, "default": refused}
    return [guard, *steps]


def _own_parameters(operation: Operation) -> list[Parameter]:
    """Inputs a step has beside the document's own."""
    asked: list[Parameter] = []
    if operation.sensitive:
        asked.append(
            {
                "name": CONFIRM,
                "type": "boolean",
                "label": "Confirm",
                "help": _consequence(operation),
                "required": True,
                "default": False,
            }
        )
    if operation.job:
        asked.append(_WAITS)
    return [*asked, *extra_parameters(operation)]


def _consequence(operation: Operation) -> str:
    if operation.method == "DELETE":
        return "Turn it on to run this step. What is deleted cannot be brought back."
    return "Turn it on to run this step, which makes, changes or revokes a secret. It cannot be undone."


def extra_parameters(operation: Operation) -> list[Parameter]:
    """The escape hatch: what the document does not know can still be sent."""
    return [_MORE_QUERY, _MORE_BODY] if has_json_body(operation) else [_MORE_QUERY]


def _more(name: str, title: str, what: str) -> Parameter:
    return {
        "name": name,
        "type": "text",
        "label": title,
        "help": f"{what} that are not listed here, as a JSON object. They win over those of the form.",
        "multiline": True,
        "advanced": True,
    }


_MORE_QUERY = _more(EXTRA_QUERY, "Additional query", "Query parameters")
_MORE_BODY = _more(EXTRA_BODY, "Additional body", "Body fields")
_WAITS: Parameter = {
    "name": WAIT,
    "type": "boolean",
    "label": "Wait for completion",
    "help": "Longer than 40 seconds, or when this is off, the step returns its ID for a later Get a result.",
    "default": True,
}


def _warn(app: App, operation: Operation, routed: bool) -> None:
    if media_kind(operation.accept) == "events":
        hint = "Offer application/json beside it; n8n, Zapier and the gateway put the stream together."
        app.problem("make-stream", "Make reads no event stream: its text is given as it comes", operation, hint)
    if operation.duration and operation.duration > gateway.LIMIT:
        hint = "Set a gateway in the connection; Make stops a step after 40 seconds."
        message = f"The call takes about {operation.duration:g} s, longer than Make waits"
        app.problem("make-slow", message, operation, hint if routed else "Make stops a step after 40 seconds.")

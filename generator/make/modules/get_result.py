"""Get Result: what became of work that a step started and did not wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication import errors, results
from specloom.generator.make.communication.elements import from_gateway
from specloom.generator.make.communication.requests import MakeRequest, request
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields import interface
from specloom.generator.make.fields.forms import Parameter
from specloom.generator.make.fields.values import Inputs
from specloom.generator.make.iml.expressions import KEPT
from specloom.generator.make.modules import gateway
from specloom.generator.make.modules.actions import READ, label, meaning
from specloom.generator.make.modules.jobs import state_response
from specloom.schemas.model import Operation

_ID, _KIND = "id", "work"


def get_result(app: App, operations: Sequence[Operation]) -> None:
    """Adds the module, where the service starts work or has calls the gateway turns into jobs."""
    started = [o for o in operations if o.job and _poll_input(app, o)]
    slow = [o for o in operations if gateway.routes(o)] if app.gateway else []
    if not started and not slow:
        return
    steps: list[MakeRequest] = [_from_gateway(app)] if app.gateway else []
    polls = _polls(app, started)
    steps += [_ask(app, operation, len(polls) > 1) for operation in polls]
    sample = started[0] if started else slow[0]
    steps.append(_say(app, polls, sample))
    shown = interface.step_samples(app.service, sample, app.gives.of(sample))
    app.add(
        Component(
            name=app.name("getResult", "module"),
            kind="module",
            meta={
                "label": "Get a result",
                "description": "Returns what became of work that was started earlier and not waited for.",
                "moduleType": "action",
                "actionCrud": "read",
                "connection": app.connection,
            },
            codes={
                "communication": steps,
                "staticParams": [],
                "mappableParams": _parameters(app, polls),
                "interface": app.interfaces.of_step(sample, app.gives.of(sample), shown, repeated=False),
                "samples": shown,
                "scope": [],
            },
            resource=_polled(app, polls[0]).resource if len(polls) == 1 else "",
            rank=READ,
        )
    )


def _poll_input(app: App, operation: Operation) -> str:
    """The one input of the operation that tells the state; '' where it needs more than an ID."""
    polled = app.poll_of(operation)
    needed = [field.name for field in polled.fields if field.required] if polled else []
    return needed[0] if len(needed) == 1 else ""


def _polls(app: App, started: Sequence[Operation]) -> list[Operation]:
    """One starting operation for each way to ask."""
    found: dict[str, Operation] = {}
    for operation in started:
        if operation.job:
            found.setdefault(operation.job.poll.operation_id, operation)
    return list(found.values())


def _parameters(app: App, polls: Sequence[Operation]) -> list[Parameter]:
    asked: list[Parameter] = []
    if len(polls) > 1:
        options = [{"label": label(_polled(app, o)), "value": _polled(app, o).operation_id} for o in polls]
        asked.append(
            {"name": _KIND, "type": "select", "label": "Kind of work", "options": options, "required": True}
        )  # fmt: skip
    asked.append(
        {"name": _ID, "type": "text", "label": "ID", "required": True,
         "help": "The ID that the starting step returned"
         + (", or its Job ID when it ran through a gateway." if app.gateway else ".")}
    )  # fmt: skip
    return asked


def _polled(app: App, operation: Operation) -> Operation:
    return app.poll_of(operation) or operation


def _from_gateway(app: App) -> MakeRequest:
    app.routed = True
    return {
        "url": f"{{{{connection.gatewayUrl}}}}/jobs/{{{{encodeURL(parameters.{_ID})}}}}",
        "method": "GET",
        "encodeUrl": False,
        **app.whole(gateway.headers()),
        "condition": iml.wrap(gateway.PRESENT),
        "response": {"temp": {"result": "{{body}}"}, **errors.gateway_rules(), "output": "{{body}}"},
        "log": app.log,
    }


def _ask(app: App, operation: Operation, several: bool) -> MakeRequest:
    polled, job = _polled(app, operation), operation.job
    name = _poll_input(app, operation)
    inputs = app.signed(Inputs({name: f"parameters.{_ID}"}))
    written = request(polled, inputs, app.field_report(polled))
    chosen = iml.is_one_of(f"parameters.{_KIND}", [polled.operation_id]) if several else ""
    if condition := iml.both(gateway.ABSENT if app.gateway else "", chosen):
        written["condition"] = iml.wrap(condition)
    written["response"] = state_response(app, operation, job) if job else {}
    written["log"] = app.log
    return written


def _say(app: App, polls: Sequence[Operation], sample: Operation) -> MakeRequest:
    """The result of the reply that was kept, or what the gateway said."""
    if not polls:
        hint = "Results are kept by a gateway: name one in the connection."
        refused = {"condition": iml.wrap(gateway.PRESENT), "message": hint, "type": "InvalidConfigurationError"}
        told: dict[str, Any] = {"valid": refused, "output": {}}
    else:
        told = results.response(meaning(app, polls[0], scope=KEPT), state_known=True)
    if not app.gateway:
        return {"response": told}
    shown = from_gateway(sample, app.gives.of(sample))
    return {"response": told, "condition": {"condition": iml.wrap(gateway.ABSENT), "default": shown}}

"""Work that is started now and finished later: asking for its state, and Get Result for whoever did not wait."""

from __future__ import annotations

from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication import errors, results
from specloom.generator.make.communication.requests import MakeRequest, request
from specloom.generator.make.fields.values import Inputs
from specloom.generator.make.iml.expressions import ACCEPTED, BODY, translate
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Job, Operation

_BUDGET = 30.0
"""Seconds of the 40 a module has that go to asking; the rest is for the call that starts the work."""
_ROUND_TRIP = 0.5


def start_response() -> dict[str, Any]:
    """What later requests need of the reply that started the work. Until the first poll it is all that is known."""
    kept = {"accepted": "{{body}}", "acceptedHeaders": "{{headers}}", "reply": "{{body}}"}
    return {
        "temp": {**kept, "replyHeaders": "{{headers}}", "replyStatus": "{{statusCode}}", "status": "queued"},
        "output": "{{body}}",
    }


def poll_request(app: App, operation: Operation) -> MakeRequest:
    """Asks for the state again and again, as long as Make's time allows. Raises Inexpressible."""
    job, polled = _job(app, operation)
    inputs = app.signed(link_inputs(job, operation))
    written = request(polled, inputs, app.field_report(polled))
    written["response"] = state_response(app, operation, job)
    written["repeat"] = repeat(job)
    written["log"] = app.log
    return written


def _job(app: App, operation: Operation) -> tuple[Job, Operation]:
    job, polled = operation.job, app.poll_of(operation)
    if job is None or polled is None:
        raise iml.Inexpressible("the operation that tells its state is missing")
    return job, polled


def link_inputs(job: Job, operation: Operation) -> Inputs:
    """The poll's inputs, taken from the reply that started the work (`temp.accepted`)."""
    refs: dict[str, str] = {}
    for name, source in job.poll.parameters.items():
        refs[name] = translate(source, ACCEPTED) if isinstance(source, Expression) else iml.literal(source)
    return Inputs(refs, frozenset(refs))


def repeat(job: Job) -> dict[str, Any]:
    """Make reads `delay` and `limit` as plain numbers, and lets the condition see `temp` only."""
    rounds = int(min(_BUDGET, job.timeout) / (job.interval + _ROUND_TRIP))
    return {
        "condition": iml.wrap(results.RUNNING),
        "delay": int(job.interval * 1000),
        "limit": max(1, rounds),
    }


def state_response(app: App, operation: Operation, job: Job) -> dict[str, Any]:
    """Keeps the reply and its state in `temp`; a failed or canceled job fails the step with the vendor's words."""
    reading = results.Meaning(
        service=app.service, operation=operation, base=app.base, report=app.result_report(operation), job=job
    )
    state = results.state(reading)
    value = translate(job.status, BODY)
    bad = [iml.literal(each) for each in (*job.failed, *job.canceled)]
    written: dict[str, Any] = {
        "temp": {
            "reply": "{{body}}",
            "replyHeaders": "{{headers}}",
            "replyStatus": "{{statusCode}}",
            "status": state,
        }
    }
    if bad:
        written["valid"] = {
            "condition": iml.wrap(iml.both(*(f"{value} != {each}" for each in bad))),
            "message": iml.wrap(_message(app, operation, job, value)),
            "type": errors.MAKE_TYPES["outcome_unknown"],
        }
    written["output"] = "{{body}}"
    return written


def _message(app: App, operation: Operation, job: Job, state: str) -> str:
    """The vendor's reason, or else which final state it was."""
    text = f"'The work ended as ' + {state}"
    for rule in (app.service.errors.message, job.error):
        if rule is not None:
            try:
                text = f"ifempty({translate(rule, BODY)}, {text})"
            except iml.Inexpressible as error:
                app.result_report(operation)("error", error)
    return text

"""Takes jobs through their states: accepted, queued or running, and an end that the prompt may choose."""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

from specloom.connector.emulator.replies.files import EmulatedFiles
from specloom.connector.emulator.replies.fitting import (
    EmulatedCall,
    body_path,
    exchange_of,
    fitted,
    linked,
    put_at,
    rename,
)
from specloom.connector.emulator.replies.ids import like
from specloom.connector.emulator.replies.replies import EmulatedReply, success
from specloom.connector.emulator.settings import EmulatorSettings
from specloom.connector.emulator.state.store import EmulatedOutcome, EmulatedWork
from specloom.schemas.expressions import Exchange, Expression, evaluate, lookup
from specloom.schemas.model import Job, Operation, Service

_WORDS: tuple[tuple[str, EmulatedOutcome], ...] = (
    ("fail", "failed"),
    ("cancel", "canceled"),
    ("never ends", "never"),
)


def accepted(call: EmulatedCall) -> tuple[EmulatedReply, dict[str, str]]:
    """The reply that a job has begun, and the inputs its poll is to be called with."""
    job = call.operation.job
    assert job is not None
    reply = success(call.operation, call.inputs)
    reply.body = fitted(call, reply.body)
    old = success(call.operation).body
    for parameter in job.poll.parameters.values():
        path = body_path(parameter) if isinstance(parameter, Expression) else None
        value = lookup(reply.body, path) if path else None
        if path and value == lookup(old, path):
            reply.body = rename(reply.body, value, like(value, f"{call.salt}:{value}"))
    exchange = exchange_of(call, reply.status, reply.body)
    return reply, {name: str(value) for name, value in linked(job.poll.parameters, exchange).items()}


def outcome_of(call: EmulatedCall) -> EmulatedOutcome:
    """A text among the inputs decides: 'fail', 'cancel' or 'never ends' in it."""
    job = call.operation.job
    hidden = job.callback_field if job else ""
    texts = [v.lower() for n, v in call.inputs.items() if isinstance(v, str) and n != hidden]
    return next((outcome for word, outcome in _WORDS if any(word in text for text in texts)), "succeeded")


def job_seconds(operation: Operation, settings: EmulatorSettings) -> float:
    if not settings.realistic:
        return settings.job_seconds
    return (operation.duration or settings.realistic_job_seconds) * settings.pace


def advance(work: EmulatedWork, settings: EmulatorSettings, *, polled: bool = False) -> bool:
    """Whether the job is done by now; a poll moves an instant job on."""
    with work.lock:
        work.polls += polled
        by_polls = not settings.realistic and work.polls >= settings.polls
        return work.outcome != "never" and (by_polls or time.time() >= work.done_at)


def state_body(service: Service, work: EmulatedWork, files: EmulatedFiles, done: bool) -> Any:
    """The poll's reply in the job's state; the final one is made once and stays."""
    poll, job = _poll(service, work)
    with work.lock:
        if work.final is not None:
            return deepcopy(work.final)
        phase = work.outcome if done else "queued" if work.polls < 1 and job.queued else "running"
        body = _fitted(work, poll, job, phase)
        body = files.rewritten(work.call, body, poll)
        if done:
            work.final = deepcopy(body)
            if phase == "succeeded":
                files.finished(work.call, body)
        return body


def _poll(service: Service, work: EmulatedWork) -> tuple[Operation, Job]:
    job = work.call.operation.job
    poll = service.operation(job.poll.operation_id) if job else None
    assert job is not None and poll is not None
    return poll, job


def _fitted(work: EmulatedWork, poll: Operation, job: Job, phase: str) -> Any:
    sample, state = example(poll, job, phase)
    body = _carried_over(fitted(work.call, sample, poll), work)
    identifier = body_path(poll.output.mapping.get("id"))
    if identifier and len(work.poll_inputs) == 1:
        put_at(body, identifier, next(iter(work.poll_inputs.values())))
    status = body_path(job.status)
    if status and state:
        put_at(body, status, state)
    error = body_path(job.error)
    if phase == "failed" and error and not lookup(body, error):
        put_at(body, error, "The work failed because its prompt asked for it.")
    return body


def _carried_over(body: Any, work: EmulatedWork) -> Any:
    """The reply's ids, times and whatever else the acceptance said already, except what changes with the state."""
    job = work.call.operation.job
    changing = {path[0] for e in (job.status if job else None, job.error if job else None) if (path := body_path(e))}
    if not isinstance(body, dict) or not isinstance(work.accepted, dict):
        return body
    for name, value in work.accepted.items():
        scalar = isinstance(value, (str, dict)) and type(body.get(name)) is type(value)
        if name in body and scalar and name not in changing:
            body[name] = deepcopy(value)
    return body


def example(poll: Operation, job: Job, phase: str) -> tuple[Any, str]:
    """A documented reply in this phase, else the success one with another state, and the state."""
    states = {
        "succeeded": job.succeeded,
        "failed": job.failed,
        "canceled": job.canceled,
        "queued": job.queued,
    }
    finals = {*job.succeeded, *job.failed, *job.canceled, *job.queued}
    examples = [example.value for r in poll.responses if r.ok for example in r.examples] or [poll.output.sample]
    named = [(str(evaluate(job.status, Exchange(body=body))), body) for body in examples]
    for state, body in named:
        if state in states.get(phase, ()) or (phase in ("running", "never") and state not in finals):
            return body, state
    state = next(iter(states.get(phase) or ()), "") or ("processing" if phase != "succeeded" else "")
    if phase == "queued" and not job.queued:
        state = "processing"
    body = deepcopy(next((b for s, b in named if s in job.succeeded), named[0][1]))
    if phase != "succeeded":
        _empty(body, poll)
    return body, state


def _empty(body: Any, poll: Operation) -> None:
    """A job that is not done has no result."""
    items = body_path(poll.output.items)
    if items and isinstance(lookup(body, items), list):
        put_at(body, items, [])
    for name in ("url", "text", "preview_url"):
        path = body_path(poll.output.mapping.get(name))
        if path:
            put_at(body, path, None)

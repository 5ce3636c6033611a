"""Proposals: which operations only start work, and how it is awaited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from specloom.schemas.infer.api import Api, asked_names, body, says, segments
from specloom.schemas.infer.evidence import Evidence
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.rules.work.polls import Poll, Polls
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import TURNS, bare
from specloom.schemas.model import Operation, Response
from specloom.schemas.text import words

_ERRORS = (
    "error", "errormessage", "failurereason", "failurereasons", "errordetail", "failuredetail", "failure", "reason",
    "statusreason", "statusmessage",
)  # fmt: skip
_LINK = "poll"
_LATER = re.compile(
    r"\b(asynchronous|async|background|polling|poll (the|this|for)|long[- ]running|begins? (running|processing)"
    r"|initiates?|when (it is|the \w+ is) (done|ready))",
    re.I,
)
_ASKS = frozenset("status state progress result results".split())
LEAST = 0.5


def jobs(api: Api) -> Iterator[Proposal]:
    polls = Polls(api)
    for operation, block in api.open_operations:
        if _may_start(operation) and not operation.job and "job" not in block:
            if proposal := _job(api, operation, polls):
                yield proposal


def _may_start(operation: Operation) -> bool:
    """Work is started by POST or PUT, by what does not itself end or fetch something."""
    if operation.method not in ("POST", "PUT") or operation.output.binary:
        return False
    return not says(operation, known("words", "ends_work"))


def _job(api: Api, operation: Operation, polls: Polls) -> Proposal | None:
    reply = next((r for r in operation.responses if r.ok), None)
    poll = polls.best(operation, reply) if reply else None
    if reply is None or poll is None:
        return None
    evidence = _weighed(operation, poll, reply)
    if evidence.confidence < LEAST:
        return None
    state = poll.state
    job: dict[str, Any] = {"poll": poll.link or _LINK, "status": body(state.path), **state.values}
    if error := _error(api, poll.operation):
        job["error"] = body(error)
    update: dict[str, Any] = {"x-specloom": {"job": job}}
    if not poll.link:
        link = {"operationId": poll.operation.operation_id, "parameters": dict(poll.parameters)}
        update = {"responses": {reply.status: {"links": {_LINK: link}}}, **update}
    return Proposal(
        kind="job",
        operation_id=operation.operation_id,
        reason=evidence.reason,
        confidence=evidence.confidence,
        changes=(ProposedChange(operation.pointer, update),),
    )


def _weighed(operation: Operation, poll: Poll, reply: Response) -> Evidence:
    state, found = poll.state, Evidence(-2.2)
    ends = ", ".join(state.values["succeeded"])
    found.add(poll.closeness, f"{poll.reason}, which tells a state ({ends} is the end)")
    found.add(2.0, "it answers 202", reply.status == "202")
    found.add(1.0, "a value says that it runs", state.runs)
    found.add(0.6, "a value says that it failed", "failed" in state.values)
    found.add(0.8, "its reply has an address that tells a state", poll.address)
    found.add(-2.0, "", not state.waits)
    found.add(-2.5, "", state.worldly)
    found.add(-0.4 * min(state.unknown, 4), "", state.unknown)
    found.add(-0.4, "", state.in_prose)
    found.add(-4.0, "", bare(state.path[-1]) in asked_names(operation))  # the caller says how far it is
    _weigh_words(operation, poll, found)
    return found


def _weigh_words(operation: Operation, poll: Poll, found: Evidence) -> None:
    fixed = segments(operation.path)
    last = {word.lower() for part in fixed[-1:] for word in words(part)}
    every = {word.lower() for part in fixed for word in words(part)}
    asked = {word.lower() for part in segments(poll.operation.path)[-2:] for word in words(part)}
    works, records = known("words", "works"), known("words", "records")
    makes = says(operation, known("words", "sure_makes")) or TURNS.search(f"{operation.operation_id} {operation.path}")
    works_by_path = last & works or (every & works and asked & works)
    found.add(1.5, "its words say that it makes something", makes)
    found.add(1.3, f"its path is about work: {operation.path}", works_by_path)
    found.add(1.2, "its reply says nothing but which work it is", poll.handle and (makes or works_by_path))
    found.add(1.0, "the document says that it takes time", _LATER.search(operation.description[:2000]))
    found.add(0.8, "the poll's words ask for a state", says(poll.operation, _ASKS))
    found.add(-2.5, "", last & records and not makes and not last & works)
    found.add(-2.0, "", last & known("words", "uploads"))
    found.add(-2.5, "", any(text.startswith("$request.path.") for text in list(poll.parameters.values())[:1]))


def _error(api: Api, poll: Operation) -> Path | None:
    found = {bare(path[-1]): path for path, f in api.replies.walk(poll, 2) if f.type == "string" and not f.repeated}
    path = next((found[name] for name in _ERRORS if name in found), None)
    return ("0", *path) if path and poll.output.repeated else path

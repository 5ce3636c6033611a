"""Operations that only start work: an id in the reply, and a GET that tells the state by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from specloom.schemas.infer.api import Api, body, says
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.words import CANCELED, FAILED, ID, MAKES, QUEUED, RUNNING, STATUS, SUCCEEDED, TURNS, bare
from specloom.schemas.model import Field, Operation, Response

_ERRORS = ("error", "errormessage", "failurereason", "failurereasons", "errordetail", "failure", "reason")
_LINK = "poll"
_JOBS = tuple(
    "jobs tasks generations predictions operations requests runs queries results status task job generation "
    "prediction operation request result".split()
)


class State(Struct, frozen=True):
    """The status field of a poll's reply, and its values by what they mean."""

    path: Path
    values: Mapping[str, list[str]]
    other: bool
    """Some value is in no vocabulary."""


def jobs(api: Api) -> Iterator[Proposal]:
    polls = Polls(api)
    for operation, block in api.open_operations:
        if operation.writes and not operation.job and "job" not in block and not operation.output.binary:
            if proposal := _job(api, operation, polls):
                yield proposal


class Polls:
    """GETs that tell a state, by the path before the id that they ask for."""

    def __init__(self, api: Api) -> None:
        self._known = {path: found for path, found in api.children.items() if state_of(api, found[0])}
        self._below: dict[str, list[str]] = {}
        for word in _JOBS:
            for path in self._known:
                if path.endswith(f"/{word}"):
                    self._below.setdefault(path.removesuffix(f"/{word}"), []).append(path)

    def of(self, path: str) -> Iterator[tuple[Operation, str]]:
        """What may tell about work that was started there, with the parameter of the id: `/v1/images/generate` is told
        about by `/v1/images/{id}` or by `/v1/tasks/{id}`."""
        if path in self._known:
            yield self._known[path]
        holder = path or "/"
        while holder:
            holder = holder.rpartition("/")[0]
            if holder and holder in self._known:  # whatever lies at `/{id}` is not about this
                yield self._known[holder]
            yield from (self._known[below] for below in self._below.get(holder, ()) if below != path)


def _job(api: Api, operation: Operation, polls: Polls) -> Proposal | None:
    reply = next((r for r in operation.responses if r.ok), None)
    if reply is None:
        return None
    linked = _linked(api, reply)
    poll, parameters, name = linked or _by_path(api, operation, polls) or (None, {}, "")
    state = state_of(api, poll) if poll else None
    if poll is None or state is None or poll.operation_id == operation.operation_id:
        return None
    confidence, reason = _sureness(api, operation, poll, state, reply, linked is not None)
    if confidence < 0.5:
        return None
    job: dict[str, Any] = {"poll": name or _LINK, "status": body(state.path), **state.values}
    if error := _error(api, poll):
        job["error"] = body(error)
    update: dict[str, Any] = {"x-specloom": {"job": job}}
    if not linked:
        link = {"operationId": poll.operation_id, "parameters": parameters}
        update = {"responses": {reply.status: {"links": {_LINK: link}}}, **update}
    return Proposal(
        kind="job",
        operation_id=operation.operation_id,
        reason=reason,
        confidence=confidence,
        changes=(ProposedChange(operation.pointer, update),),
    )


def _linked(api: Api, reply: Response) -> tuple[Operation, dict[str, str], str] | None:
    """The document's own link to a GET that tells a state."""
    for link in reply.links:
        target = api.service.operation(link.operation_id)
        if target and target.method == "GET" and state_of(api, target):
            return target, {}, link.name
    return None


def _by_path(api: Api, operation: Operation, polls: Polls) -> tuple[Operation, dict[str, str], str] | None:
    """`POST /jobs` and `GET /jobs/{id}`; or a GET by an id that the reply names as the parameter is named."""
    for poll, parameter in polls.of(operation.path.rstrip("/")):
        found = _id(api, operation, parameter)
        if found is None:
            continue
        own = {f.pointer: f.name for f in operation.fields if f.location == "path"}
        others = [f.pointer for f in poll.fields if f.required and f.location == "path" and f.pointer != parameter]
        if all(name in own for name in others) and not _asks_more(poll):
            known = {name: f"$request.path.{name}" for name in others}
            return poll, {parameter: body(found), **known}, ""
    return None


def _asks_more(poll: Operation) -> bool:
    return any(f.required and f.default is None and f.location != "path" for f in poll.fields)


def _id(api: Api, operation: Operation, parameter: str) -> Path | None:
    """Where the reply has the id: by the parameter's own name, else the plain `id`."""
    found: dict[str, Path] = {}
    if operation.output.repeated:
        return None
    for path, field in api.replies.walk(operation, 2):
        if field.type in ("string", "integer") and not field.repeated:
            found.setdefault(bare(path[-1]), path)
    if bare(parameter) in found:
        return found[bare(parameter)]
    stem = bare(parameter).removesuffix("id")
    return found.get("id") or (found.get(f"{stem}id") if stem else None) or _only(found)


def _only(found: Mapping[str, Path]) -> Path | None:
    ids = [path for name, path in found.items() if name in ID]
    return ids[0] if len(ids) == 1 else None


def state_of(api: Api, operation: Operation) -> State | None:
    """Its status field with values that say both 'done' and 'not yet'; None where there is none."""
    if operation.output.repeated:
        return None
    for path, field in api.replies.named(operation, 2, STATUS):
        if field.choices and not field.repeated:
            state = _state(path, field)
            if state is not None:
                return state
    return None


def _state(path: Path, field: Field) -> State | None:
    values: dict[str, list[str]] = {}
    other = False
    waiting = False
    for choice in field.choices:
        if not isinstance(choice.value, str):
            return None
        word = bare(choice.value)
        name = next((key for key, known in _MEANINGS.items() if word in known), "")
        if name:
            values.setdefault(name, []).append(choice.value)
        runs = word in RUNNING or word.endswith("ing")
        other = other or not (name or runs)
        waiting = waiting or runs or word in QUEUED
    if "succeeded" not in values or not waiting:
        return None
    return State(path, {key: values[key] for key in _MEANINGS if key in values}, other)


_MEANINGS = {"succeeded": SUCCEEDED, "failed": FAILED, "canceled": CANCELED, "queued": QUEUED}


def _error(api: Api, poll: Operation) -> Path | None:
    found = {bare(path[-1]): path for path, f in api.replies.walk(poll, 2) if f.type == "string" and not f.repeated}
    return next((found[name] for name in _ERRORS if name in found), None)


def _is_sure(api: Api, operation: Operation, poll: Operation) -> bool:
    """The poll's path continues the operation's own, or the reply names the id as the poll does."""
    holder, _, last = poll.path.rstrip("/").rpartition("/")
    if holder == operation.path.rstrip("/"):
        return True
    name = bare(last)
    return name != "id" and any(bare(path[-1]) == name for path, _ in api.replies.walk(operation, 2))


def _sureness(
    api: Api, operation: Operation, poll: Operation, state: State, reply: Response, linked: bool
) -> tuple[float, str]:
    how = "its reply links to" if linked else "its reply has the id for"
    reason = f"{how} {poll.operation_id}, which tells a state ({', '.join(state.values['succeeded'])} is the end)"
    confidence = 0.55
    if reply.status == "202":
        confidence = 0.93
        reason = f"it answers 202; {reason}"
    elif says(operation, MAKES) or TURNS.search(f"{operation.operation_id} {operation.path}"):
        confidence = 0.91
    elif linked:
        confidence = 0.8
    if not linked and not _is_sure(api, operation, poll):
        confidence = min(confidence, 0.8)
    if "failed" not in state.values:
        confidence -= 0.1
    if state.other:
        confidence -= 0.1
    return round(confidence, 2), reason

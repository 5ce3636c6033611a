"""A call with nothing but stock modules: the request, what becomes of a refusal, and the loop that waits for a job."""

from __future__ import annotations

import math
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from specloom.generator.make.iml import literal, wrap
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.make.modules import Apps, Way
from specloom.generator.workflows.make.requests import IML, mapper, module_name
from specloom.generator.workflows.raw import NoRawPlace, RawReply
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import JqPath, ResolvePath
from specloom.generator.workflows.source.model import Call
from specloom.generator.workflows.source.services import address
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Job, Operation

Rest = Callable[[Way], list[Json]]
"""What comes after a list of tasks, on the way taken to its end."""
Branch = tuple[str, list[list[Json]], Callable[[], list[Json]]]
"""(name, the conditions of its filter, its modules)"""
ROUNDS = 40
"""How often a job is looked after at most: each time costs the person something."""


class FlowWriter(Protocol):
    """What writes the rest of the blueprint, and knows what happens on errors."""

    checked: Checked
    apps: Apps

    def module(self, kind: str, version: int, title: str, mapper: Json | None, **more: Any) -> Json: ...
    def resolver(self, way: Way) -> ResolvePath: ...
    def router(self, title: str, routes: Sequence[Branch]) -> list[Json]: ...
    def guarded(self) -> bool:
        """Whether the source does more about an error than to stop."""

    def refused(self, way: Way) -> list[Json]:
        """What the source does about an error."""


def call(writer: FlowWriter, task: Call, way: Way, rest: Rest) -> list[Json]:
    """The modules of a call, and all that comes after it."""
    operation = writer.checked.operation(task)
    started = _request(writer, task, operation, task.inputs, writer.resolver(way), task.title)
    job = operation.job
    if job is None:
        return _answered(writer, task, operation, started, way, rest)
    return _answered(writer, task, operation, started, way, lambda w: _wait(writer, task, job, started, w, rest))


def _request(
    writer: FlowWriter, task: Call, operation: Operation, given: Mapping[str, Any], resolve: ResolvePath, title: str
) -> Json:
    service = writer.checked.services[task.service]
    files = {
        field.name: writer.apps.file(given[field.name], resolve)
        for field in operation.fields
        if field.file == "binary" and isinstance(given.get(field.name), JqPath)
    }
    filled = mapper(operation, address(writer.checked.services[task.service]), given, resolve, files)
    kind = module_name(service.auth, operation)
    module = writer.module(kind, 3, title, filled, parameters={"handleErrors": True})
    if operation.output.binary:
        kinds = (mimetypes.guess_extension(r.media_type) for r in operation.responses if r.ok and r.media_type)
        writer.apps.file_names[str(module["id"])] = operation.operation_id + next((k for k in kinds if k), ".bin")
    return module


def _answered(writer: FlowWriter, task: Call, operation: Operation, module: Json, way: Way, rest: Rest) -> list[Json]:
    """A request, and the two ways from it: by the status of its reply."""
    made = str(module["id"])
    status = wrap(f"{made}.statusCode")
    after = way.after(task.name, made, task.export)
    if not writer.guarded():
        return [module, *rest(after)]
    module["parameters"]["handleErrors"] = False
    routes: list[Branch] = [
        ("Accepted", [[{"a": status, "o": "number:less", "b": "400"}]], lambda: rest(after)),
        (
            "Refused",
            [[{"a": status, "o": "number:greaterorequal", "b": "400"}]],
            lambda: writer.refused(_failing(writer, task, operation, way, made)),
        ),
    ]
    return [module, *writer.router(f"Did it work? {task.title}", routes)]


def _failing(writer: FlowWriter, task: Call, operation: Operation, way: Way, module: str, status: str = "") -> Way:
    """The way that a failed call takes: what its error says is read from the reply."""
    service = writer.checked.services[task.service]
    told = literal(f"{task.title} failed")
    if status:
        told = f"ifempty({status}; {told})"
    if service.errors.message is not None:
        try:
            message = RawReply(service, operation, "", IML).translate(service.errors.message, f"{module}.data")
            told = f"ifempty({message}; {told})"
        except NoRawPlace:
            pass  # the message is in a header, which the module lists under no name
    error = {"status": f"{module}.statusCode", "title": literal("request_failed"), "detail": told}
    return replace(way, failed=module, refusal=error)


def _wait(writer: FlowWriter, task: Call, job: Job, started: Json, way: Way, rest: Rest) -> list[Json]:
    """Looks again and again until the job is done, and goes on once: what is finished is kept in a variable."""
    operation = writer.checked.operation(task)
    service = writer.checked.services[task.service]
    polled = service.operation(job.poll.operation_id)
    assert polled is not None  # the loader only keeps jobs whose poll exists
    raw = RawReply(service, operation, address(service), IML)
    asked = {n: JqPath("poll", (n,)) if isinstance(v, Expression) else v for n, v in job.poll.parameters.items()}
    told = f"{started['id']}.data"
    codes = {n: raw.translate(v, told) for n, v in job.poll.parameters.items() if isinstance(v, Expression)}
    mark = next(iter(codes.values()), str(started["id"]))
    name = f"{task.name}Done"
    repeater, rounds, waiting = _rounds(writer, job, name, mark)
    title = f"Look for the result: {task.title}"
    look = _request(writer, task, polled, asked, lambda path: codes[str(path.steps[0])], title)
    look["parameters"]["handleErrors"] = not writer.guarded()
    made = str(look["id"])
    state = raw.translate(job.status, f"{made}.data")
    failing = _failing(writer, task, operation, way, made, state)

    def done() -> Json:
        variable = {"name": name, "scope": "roundtrip", "value": wrap(mark)}
        return writer.module("util:SetVariable2", 1, "Look no more", variable)

    succeeded, failed = _outcomes(job, state, made, f"{repeater}.i", rounds)
    after = way.after(task.name, made, task.export)
    routes: list[Branch] = [
        ("Succeeded", succeeded, lambda: [done(), *rest(after)]),
        ("Failed", failed, lambda: [done(), *writer.refused(failing)]),
    ]
    return [*waiting, look, *writer.router(f"What became of it? {task.title}", routes)]


def _rounds(writer: FlowWriter, job: Job, name: str, mark: str) -> tuple[int, int, list[Json]]:
    """(module that counts, number of rounds, the modules): each round waits, unless the variable says it is done."""
    seconds = max(1, math.ceil(max(job.interval, job.timeout / ROUNDS)))
    rounds = max(2, math.ceil(job.timeout / seconds))
    counted = {"start": "1", "repeats": str(rounds), "step": "1"}
    repeater = writer.module("builtin:BasicRepeater", 1, f"Look {rounds} times", counted)
    known = writer.module("util:GetVariable2", 1, "Is it done already?", {"name": name})
    sleep = writer.module("util:FunctionSleep", 1, f"Wait {seconds} seconds", {"duration": seconds})
    unfinished = {"a": wrap(f"{known['id']}.{name}"), "o": "text:notequal", "b": wrap(mark)}
    sleep["filter"] = {"name": "Not done yet", "conditions": [[unfinished]]}
    return repeater["id"], rounds, [repeater, known, sleep]


def _outcomes(job: Job, status: str, module: str, turn: str, rounds: int) -> tuple[list[list[Json]], list[list[Json]]]:
    """The conditions of success and of failure, to which an error and the last round belong."""
    succeeded = [[{"a": wrap(status), "o": "text:equal", "b": value}] for value in job.succeeded]
    failed = [[{"a": wrap(status), "o": "text:equal", "b": value}] for value in (*job.failed, *job.canceled)]
    failed.append([{"a": wrap(f"{module}.statusCode"), "o": "number:greaterorequal", "b": "400"}])
    last = [{"a": wrap(turn), "o": "number:equal", "b": str(rounds)}]
    failed.append([*last, *({"a": wrap(status), "o": "text:notequal", "b": value} for value in job.succeeded)])
    return succeeded, failed

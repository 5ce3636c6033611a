"""A workflow as data: tasks whose inputs are parsed expressions. No platform, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from specloom.generator.workflows.source.expressions import JqNode
from specloom.schemas.problems import Location

Then = str
"""'continue', 'end', 'exit', or the name of a task of the same list."""
Value = Any
"""JSON whose leaves may be expressions (`Node`)."""


class Task(Struct, frozen=True, kw_only=True):
    name: str
    at: Location
    title: str = ""
    note: str = ""
    """What a person should know about it; shown beside the step."""
    notes: Mapping[str, str] = {}
    """The same by platform, where it is so on that one only."""
    then: Then = "continue"
    export: str = ""
    """Its output is `$context.<export>` from here on."""

    def note_on(self, platform: str) -> str:
        return " ".join(text for text in (self.note, self.notes.get(platform, "")) if text)


class Call(Task, frozen=True, kw_only=True):
    """An operation of a service, by its operationId; the output is the normalized result."""

    service: str
    operation: str
    inputs: Mapping[str, Value] = {}
    results: Literal["poll", "webhook"] = "poll"
    """How the platform hears that a job is done, where it has the choice."""


class Step(Task, frozen=True, kw_only=True):
    """A step of the platform itself, from the catalogue."""

    function: str
    inputs: Mapping[str, Value] = {}


class SetFields(Task, frozen=True, kw_only=True):
    fields: Mapping[str, Value]


class For(Task, frozen=True, kw_only=True):
    each: str
    """Variable of the element, with its `$`."""
    items: JqNode
    body: tuple[Task, ...]


class Case(Struct, frozen=True, kw_only=True):
    name: str
    when: JqNode | None
    """None: in all other cases."""
    then: Then
    at: Location


class Switch(Task, frozen=True, kw_only=True):
    cases: tuple[Case, ...]


class Wait(Task, frozen=True, kw_only=True):
    seconds: float


class Try(Task, frozen=True, kw_only=True):
    body: tuple[Task, ...]
    error: str
    """Variable of the error, with its `$`."""
    handler: tuple[Task, ...]


class Raise(Task, frozen=True, kw_only=True):
    status: int
    reason: Value
    detail: Value = ""


class Input(Struct, frozen=True, kw_only=True):
    """One thing the workflow is started with."""

    name: str
    title: str
    description: str = ""
    type: Literal["string", "integer", "number", "boolean", "file"] = "string"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    sample: Any = None
    media_type: str = ""
    """Of a file."""
    long: bool = False


class Start(Struct, frozen=True, kw_only=True):
    """What starts the workflow. form: a person fills in `inputs`; event: `service`'s trigger `event`."""

    kind: Literal["form", "webhook", "schedule", "manual", "event"]
    at: Location
    inputs: tuple[Input, ...] = ()
    service: str = ""
    event: str = ""
    subscribe: Mapping[str, Any] = {}
    """Inputs of the operation that subscribes to the event."""
    cron: str = ""
    every: float = 0
    """Seconds."""


class Workflow(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    summary: str
    version: str
    at: Location
    start: Start
    tasks: tuple[Task, ...]
    output: Mapping[str, Value] = {}
    """What the workflow promises, by name; expressions over the last task's output."""
    tags: Mapping[str, Any] = {}

    @property
    def services(self) -> tuple[str, ...]:
        """Keys of the services it uses, in the order of their first use."""
        found = [task.service for task in walk(self.tasks) if isinstance(task, Call)]
        own = [self.start.service] if self.start.service else []
        return tuple(dict.fromkeys(own + found))

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.function for t in walk(self.tasks) if isinstance(t, Step)))


def walk(tasks: tuple[Task, ...]) -> Iterator[Task]:
    """All tasks, those inside others after the one they are in."""
    for task in tasks:
        yield task
        for inner in inside(task):
            yield from walk(inner)


def inside(task: Task) -> tuple[tuple[Task, ...], ...]:
    """The lists of tasks a task holds."""
    if isinstance(task, For):
        return (task.body,)
    return (task.body, task.handler) if isinstance(task, Try) else ()


def nodes(value: Value) -> Iterator[JqNode]:
    """Every expression in a value."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from nodes(each)
    elif isinstance(value, JqNode):
        yield value

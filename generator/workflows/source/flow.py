"""Which task follows which, and what each can refer to: the graph both the checks and the writers go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.expressions import CONTEXT, DOT, INPUT, JqNode, JqPath
from specloom.generator.workflows.source.model import (
    Call,
    For,
    Raise,
    SetFields,
    Step,
    Switch,
    Task,
    Then,
    Try,
    Value,
    Wait,
    Workflow,
)
from specloom.generator.workflows.source.schemas import (
    ANY,
    SCALAR,
    NoSuchField,
    ValueSchema,
    of_fields,
    of_inputs,
    of_result,
    record,
)
from specloom.schemas.model import Service
from specloom.schemas.problems import Problem

Services = Mapping[str, Service]
"""By key."""

ERROR = record({"status": SCALAR, "title": SCALAR, "detail": SCALAR})
"""What a caught error holds."""


@dataclass(frozen=True, slots=True)
class Producer:
    """Where data comes from: the start, a task's output, an element of a loop, or a caught error."""

    kind: Literal["start", "task", "each", "error"]
    name: str = ""
    """Of the task."""
    shape: ValueSchema = field(default=ANY, compare=False)


class Scope(Struct, frozen=True):
    """What a task can refer to. `dot`: the outputs of which one arrives as `.`, by the way taken."""

    start: Producer
    dot: tuple[Producer, ...] = ()
    context: Mapping[str, Producer] = {}
    variables: Mapping[str, Producer] = {}
    loops: tuple[str, ...] = ()
    """The loops it stands in, the innermost last."""
    after_loop: bool = False

    def producers(self, path: JqPath) -> tuple[tuple[Producer, ...], tuple[str | int, ...]]:
        """Who the path refers to, and the path within. Raises NoSuchField."""
        if path.root == DOT:
            return self._arriving(), path.steps
        if path.root == INPUT:
            return (self.start,), path.steps
        if path.root == CONTEXT:
            return (self._exported(path),), path.steps[1:]
        found = self.variables.get(path.root)
        if found is None:
            known = ", ".join([*self.variables, INPUT, *(f"{CONTEXT}.{name}" for name in self.context)])
            raise NoSuchField(f"{path.root} is not known here", f"known: {known}")
        return (found,), path.steps

    def _arriving(self) -> tuple[Producer, ...]:
        if self.dot:
            return self.dot
        reason = "after a loop" if self.after_loop else "here"
        raise NoSuchField(f"there is no single output that '.' could mean {reason}", f"use {INPUT} or {CONTEXT}")

    def _exported(self, path: JqPath) -> Producer:
        name = path.steps[0] if path.steps else ""
        found = self.context.get(str(name))
        if found is None:
            known = ", ".join(self.context) or "nothing"
            hint = f"exported on every way to here: {known}"
            raise NoSuchField(f"the context has no {name!r} here", hint)
        return found

    def shape(self, path: JqPath) -> ValueSchema:
        """The shape of what the path leads to. Raises NoSuchField."""
        producers, steps = self.producers(path)
        shapes = [producer.shape.at(steps) for producer in producers]
        if len({producer.name for producer in producers}) > 1 and any(p.kind == "task" for p in producers):
            keys = {tuple(producer.shape.fields) for producer in producers}
            if len(keys) > 1:
                hint = "end each way with a 'set' of the same fields"
                raise NoSuchField("'.' means different things, by the way taken to here", hint)
        return replace(shapes[0], optional=any(shape.optional for shape in shapes))


class Flow(Struct):
    """`scopes` by task; `end` is what the workflow's output can refer to; None where no way leads to its end."""

    scopes: dict[str, Scope] = {}
    end: Scope | None = None
    problems: list[Problem] = []


def flow(workflow: Workflow, start: ValueSchema, output: Callable[[Task], ValueSchema]) -> Flow:
    """Follows every way through the workflow. `output` tells what a task gives."""
    return _Walk(output).run(workflow, start)


def target(tasks: Sequence[Task], index: int, then: Then) -> int | Literal["exit", "end"]:
    """Where it goes on after the task at `index`: a place in the list, or out of it. Raises KeyError."""
    if then in ("exit", "end"):
        return "exit" if then == "exit" else "end"
    if then == "continue":
        return index + 1 if index + 1 < len(tasks) else "exit"
    names = {task.name: place for place, task in enumerate(tasks)}
    return names[then]


class _Walk:
    def __init__(self, output: Callable[[Task], ValueSchema]) -> None:
        self.output = output
        self.flow = Flow()
        self.ends: list[Scope] = []

    def run(self, workflow: Workflow, start: ValueSchema) -> Flow:
        producer = Producer("start", shape=start)
        arrived = self._list(workflow.tasks, Scope(producer, (producer,)))
        ways = [*([arrived] if arrived else []), *self.ends]
        self.flow.end = _merged(ways) if ways else None
        return self.flow

    def _list(self, tasks: Sequence[Task], scope: Scope) -> Scope | None:
        """What is known after the list; None where no way leads to its end."""
        arriving: dict[int | str, list[Scope]] = {0: [scope]}
        for index, task in enumerate(tasks):
            incoming = arriving.get(index)
            if not incoming:
                self._problem(
                    task, "unreachable", f"no way leads to the task {task.name!r}", "see the 'then' before it"
                )
                continue
            known = _merged(incoming)
            self.flow.scopes[task.name] = known
            for then, leaving in self._leaving(task, known):
                try:
                    place = target(tasks, index, then)
                except KeyError:
                    hint = "name a task of the same list, or continue, exit, end"
                    self._problem(task, "then", f"'then' names no task: {then!r}", hint)
                    continue
                if isinstance(place, int) and place <= index:
                    hint = "use 'for', or let the step wait for its result"
                    self._problem(task, "then", f"{then!r} leads back", hint)
                elif place == "end":
                    self.ends.append(leaving)
                else:
                    arriving.setdefault(place, []).append(leaving)
        return _merged(arriving["exit"]) if "exit" in arriving else None

    def _leaving(self, task: Task, scope: Scope) -> list[tuple[Then, Scope]]:
        """The ways on from a task, with what is known on each."""
        if isinstance(task, Switch):
            ways = [(case.then, scope) for case in task.cases]
            return ways if task.cases[-1].when is None else [*ways, (task.then, scope)]
        if isinstance(task, Raise):
            return []
        if isinstance(task, Wait):
            return [(task.then, scope)]
        if isinstance(task, For):
            self._list(task.body, self._inside(task, scope))
            return [(task.then, replace(scope, dot=(), after_loop=True))]
        if isinstance(task, Try):
            return self._tried(task, scope)
        made = Producer("task", task.name, self.output(task))
        context = {**scope.context, task.export: made} if task.export else scope.context
        return [(task.then, replace(scope, dot=(made,), context=context, after_loop=False))]

    def _inside(self, task: For, scope: Scope) -> Scope:
        try:
            items = scope.shape(task.items) if isinstance(task.items, JqPath) else ANY
        except NoSuchField:
            items = ANY
        each = Producer("each", task.name, items.element or ANY)
        variables = {**scope.variables, task.each: each}
        loops = (*scope.loops, task.name)
        return replace(scope, dot=(), variables=variables, loops=loops, after_loop=False)

    def _tried(self, task: Try, scope: Scope) -> list[tuple[Then, Scope]]:
        failed = Producer("error", task.name, ERROR)
        variables = {**scope.variables, task.error: failed}
        ways = [
            self._list(task.body, scope),
            self._list(task.handler, replace(scope, dot=(), variables=variables, after_loop=False)),
        ]
        # What the body exported is known afterwards only if the error's way exports it too.
        done = [replace(way, variables=scope.variables) for way in ways if way is not None]
        return [(task.then, _merged(done))] if done else []

    def _problem(self, task: Task, code: str, message: str, hint: str) -> None:
        self.flow.problems.append(Problem("error", code, message, hint, task.at))


def _merged(scopes: Sequence[Scope]) -> Scope:
    """What is known whichever of these ways was taken."""
    first = scopes[0]
    context = {n: p for n, p in first.context.items() if all(s.context.get(n) == p for s in scopes)}
    unknown = any(not scope.dot for scope in scopes)
    dot = tuple(dict.fromkeys(p for scope in scopes for p in scope.dot))
    return replace(first, dot=() if unknown else dot, context=context, after_loop=any(s.after_loop for s in scopes))


def start_shape(workflow: Workflow, services: Services) -> ValueSchema:
    """What the workflow is started with. Raises KeyError for an event nobody knows."""
    start = workflow.start
    if start.kind != "event":
        return of_inputs(start.inputs) if start.inputs else record({})
    triggers = {trigger.event: trigger for trigger in services[start.service].triggers}
    return of_fields(triggers[start.event].payload)


def output_shape(task: Task, services: Services) -> ValueSchema:
    """What a task gives to the next."""
    if isinstance(task, SetFields):
        return record({name: _set_shape(value) for name, value in task.fields.items()})
    if isinstance(task, Step):
        function = catalogue().get(task.function)
        return function.shape(task.inputs) if function else ANY
    if isinstance(task, Call) and task.service in services:
        operation = services[task.service].operation(task.operation)
        return of_result(services[task.service], operation) if operation else ANY
    return ANY


def _set_shape(value: Value) -> ValueSchema:
    if isinstance(value, dict):
        return record({name: _set_shape(each) for name, each in value.items()})
    return ANY if isinstance(value, (list, JqNode)) else ValueSchema("scalar")

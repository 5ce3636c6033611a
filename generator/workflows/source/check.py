"""Checks a workflow against the services and the catalogue: all it calls exists, all it reads is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.workflows.source.arguments import argument_problems
from specloom.generator.workflows.source.catalogue import Function, catalogue
from specloom.generator.workflows.source.expressions import (
    DOT,
    INPUT,
    Alternative,
    Comparison,
    Constant,
    JqNode,
    JqPath,
    Text,
    is_condition,
)
from specloom.generator.workflows.source.flow import Flow, Scope, Services, flow, output_shape, start_shape
from specloom.generator.workflows.source.load import LoadedWorkflow
from specloom.generator.workflows.source.model import (
    Call,
    Case,
    For,
    Raise,
    SetFields,
    Step,
    Switch,
    Task,
    Value,
    Workflow,
    walk,
)
from specloom.generator.workflows.source.schemas import ANY, NoSuchField, ValueSchema
from specloom.schemas.model import Operation, Trigger
from specloom.schemas.problems import Location, Problem


class Checked(Struct, frozen=True):
    """A workflow that can be written, with what its tasks can refer to."""

    workflow: Workflow
    services: Services
    flow: Flow

    def operation(self, call: Call) -> Operation:
        found = self.services[call.service].operation(call.operation)
        assert found is not None  # a checked workflow
        return found

    def trigger(self) -> Trigger:
        start = self.workflow.start
        return next(t for t in self.services[start.service].triggers if t.event == start.event)


def check(loaded: LoadedWorkflow, services: Services) -> tuple[Checked | None, tuple[Problem, ...]]:
    """(the checked workflow, every problem of the file with its line). None where there is an error."""
    if loaded.workflow is None:
        return None, loaded.problems
    checker = _Checker(loaded.workflow, services)
    found = checker.run()
    problems = (*loaded.problems, *loaded.located(checker.problems))
    broken = any(problem.level == "error" for problem in problems)
    return (None if broken else Checked(loaded.workflow, services, found)), problems


class _Checker:
    def __init__(self, workflow: Workflow, services: Services) -> None:
        self.workflow = workflow
        self.services = services
        self.problems: list[Problem] = []
        self.scopes: Mapping[str, Scope] = {}

    def run(self) -> Flow:
        self._names()
        try:
            start = start_shape(self.workflow, self.services)
        except KeyError:
            self._unknown_event()
            start = ANY
        found = flow(self.workflow, start, lambda task: output_shape(task, self.services))
        self.problems += found.problems
        self.scopes = found.scopes
        for task in walk(self.workflow.tasks):
            if task.name in self.scopes:
                self._task(task, self.scopes[task.name])
        if found.end is None and self.workflow.output:
            self._problem(self.workflow.at, "output", "no way leads to the workflow's end", "remove its 'output'")
        elif found.end is not None:
            place = replace(self.workflow.at, pointer="/output/as")
            self._read(self.workflow.output, found.end, place)
        return found

    def _names(self) -> None:
        seen: set[str] = set()
        titles: set[str] = set()
        for task in walk(self.workflow.tasks):
            if task.name in seen:
                self._problem(task.at, "name", f"the task {task.name!r} stands twice", "give each its own name")
            elif task.title in titles:
                self._problem(task.at, "name", f"two tasks have the title {task.title!r}", "set metadata.title")
            seen.add(task.name)
            titles.add(task.title)

    def _unknown_event(self) -> None:
        start = self.workflow.start
        if start.service not in self.services:
            return self._unknown_service(start.at, start.service)
        known = ", ".join(t.event for t in self.services[start.service].triggers) or "none"
        message = f"{start.service} has no event {start.event!r}"
        return self._problem(start.at, "event", message, f"its events: {known}")

    def _unknown_service(self, at: Location, key: str) -> None:
        known = ", ".join(self.services)
        hint = f"known: {known}; others with --document openapi.yaml"
        self._problem(at, "service", f"there is no service {key!r}", hint)

    def _task(self, task: Task, scope: Scope) -> None:
        if isinstance(task, Call):
            self._call(task, scope)
        elif isinstance(task, Step):
            self._step(task, scope)
        elif isinstance(task, SetFields):
            self._read(task.fields, scope, _at(task, "set"))
        elif isinstance(task, Switch):
            for case in task.cases:
                self._case(case, scope)
        elif isinstance(task, For):
            self._for(task, scope)
        elif isinstance(task, Raise):
            self._read([task.reason, task.detail], scope, _at(task, "raise"))

    def _call(self, task: Call, scope: Scope) -> None:
        service = self.services.get(task.service)
        if service is None:
            return self._unknown_service(task.at, task.service)
        operation = service.operation(task.operation)
        place = _at(task, "with", "parameters")
        if operation is None:
            known = ", ".join(o.operation_id for o in service.operations)
            message = f"{task.service} has no operation {task.operation!r}"
            return self._problem(_at(task, "with", "operationId"), "operation", message, f"there are: {known}")
        if operation.sensitive:
            hint = "run it by hand"
            return self._problem(task.at, "sensitive", f"{task.operation} makes or removes a secret", hint)
        if operation.deprecated:
            return self._problem(task.at, "deprecated", f"{task.operation} is deprecated", "the platforms leave it out")
        if task.results == "webhook" and not (operation.job and operation.job.callback_field):
            hint = "leave metadata.results out"
            self._problem(task.at, "webhook", f"{task.operation} calls nobody back", hint)
        files = {f.name for f in operation.fields if f.type == "file" or f.file in ("base64", "binary")}
        self._read(task.inputs, scope, place, files, task)
        for code, name, message, hint in argument_problems(operation, task.inputs):
            self._problem(
                replace(place, pointer=f"{place.pointer}/{name}" if name else place.pointer), code, message, hint
            )
        return None

    def _step(self, task: Step, scope: Scope) -> None:
        function = catalogue().get(task.function)
        if function is None:
            hint = f"there are: {', '.join(catalogue())}"
            return self._problem(_at(task, "call"), "function", f"the catalogue has no {task.function!r}", hint)
        if function.start and self.workflow.start.kind not in function.start:
            message = f"{task.function} goes only with a workflow that starts with: {', '.join(function.start)}"
            self._problem(task.at, "function", message)
        place = _at(task, "with")
        for name, message, hint in _function_inputs(function, task.inputs):
            self._problem(replace(place, pointer=f"{place.pointer}/{name}"), "input", message, hint)
        files = {given.name for given in function.inputs if given.type == "file"}
        return self._read(task.inputs, scope, place, files, task)

    def _case(self, case: Case, scope: Scope) -> None:
        if case.when is None:
            return
        place = replace(case.at, pointer=f"{case.at.pointer}/when")
        if not is_condition(case.when):
            hint = 'compare: ${ .type == "image" }'
            self._problem(place, "condition", "'when' must be a comparison", hint)
        self._node(case.when, scope, place, condition=True)

    def _for(self, task: For, scope: Scope) -> None:
        place = _at(task, "for", "in")
        if not isinstance(task.items, JqPath):
            return self._problem(place, "for", "'in' must be the path of a list")
        shape = self._path(task.items, scope, place)
        if shape is not None and shape.kind not in ("list", "any"):
            return self._problem(place, "for", f"{task.items} is no list")
        return None

    def _read(
        self, value: Value, scope: Scope, at: Location, files: Sequence[str] | set[str] = (), task: Task | None = None
    ) -> None:
        """Checks every expression in a value; the inputs called `files` take a file, and nothing else does."""
        for name, given in value.items() if isinstance(value, Mapping) else enumerate(value):
            place = replace(at, pointer=f"{at.pointer}/{name}")
            if name in files and isinstance(given, JqPath) and task is not None:
                self._file(given, scope, place, task)
            elif isinstance(given, (Mapping, list)):
                self._read(given, scope, place)
            elif isinstance(given, JqNode):
                self._node(given, scope, place)

    def _file(self, path: JqPath, scope: Scope, at: Location, task: Task) -> None:
        shape = self._path(path, scope, at)
        if shape is None:
            return
        if shape.kind != "file":
            hint = "use the output of a step that gives a file"
            return self._problem(at, "file", f"{path} is no file", hint)
        first = bool(scope.dot) and all(p.kind == "start" for p in scope.dot)
        if path.root != DOT and not (path.root == INPUT and first):
            hint = "put this step right behind the one that gives the file"
            self._problem(at, "file", f"the file {path} is gone when {task.name!r} runs", hint)
        return None

    def _node(self, node: JqNode, scope: Scope, at: Location, *, condition: bool = False) -> None:
        if is_condition(node) and not condition:
            return self._problem(at, "expression", "a comparison is no value", "use it in a switch")
        if isinstance(node, JqPath):
            shape = self._path(node, scope, at)
            if shape is not None and shape.kind == "file":
                self._problem(at, "file", f"{node} is a file, and not accepted here")
            elif shape is not None and shape.optional and not condition:
                self._problem(at, "optional", f"{node} may be empty", f'say what to take then: ${{ {node} // "…" }}')
        elif isinstance(node, Text):
            for part in node.parts:
                if not isinstance(part, str):
                    self._node(part, scope, at)
        elif isinstance(node, Alternative):
            if isinstance(node.left, JqPath):
                self._path(node.left, scope, at)
            else:
                self._node(node.left, scope, at)
            self._node(node.right, scope, at)
        elif not isinstance(node, Constant):
            inner = isinstance(node, Comparison)
            for side in (node.left, node.right):
                self._node(side, scope, at, condition=not inner or isinstance(side, JqPath))
        return None

    def _path(self, path: JqPath, scope: Scope, at: Location) -> ValueSchema | None:
        try:
            return scope.shape(path)
        except NoSuchField as error:
            self._problem(at, "reference", f"{path}: {error}", error.hint)
            return None

    def _problem(self, at: Location, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem("error", code, message, hint, at))


def _at(task: Task, *tokens: str) -> Location:
    return replace(task.at, pointer="/".join([task.at.pointer, *tokens]))


def _function_inputs(function: Function, given: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(input, message, hint) for what is missing, unknown, or of the wrong form."""
    known = {each.name: each for each in function.inputs}
    found = [
        (n, f"{function.name} has no input {n!r}", f"there are: {', '.join(known)}") for n in given if n not in known
    ]
    for each in function.inputs:
        value = given.get(each.name)
        if value is None and each.required:
            found.append(("", f"{function.name} needs {each.name!r}", ""))
        elif value is not None and each.type in ("object", "list"):
            fits = isinstance(value, dict if each.type == "object" else list)
            found += [] if fits else [(each.name, f"{each.name!r} must be written out as {each.type}", "")]
    return found

"""Calls and platform steps as Make modules, with the names the generated app gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.make.communication.results import OWN
from specloom.generator.make.components import names
from specloom.generator.make.emit import emit
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.schemas import shape
from specloom.generator.make.iml import Inexpressible
from specloom.generator.make.modules.actions import WAIT
from specloom.generator.output.json_text import Json
from specloom.generator.platforms import Emission, EmitOptions
from specloom.generator.workflows.make.expressions import mapped
from specloom.generator.workflows.source.arguments import implied
from specloom.generator.workflows.source.catalogue import catalogue, filled
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import JqNode, JqPath, ResolvePath
from specloom.generator.workflows.source.model import Call, For, Step, Task, walk
from specloom.schemas.model import Field


class Way(Struct, frozen=True):
    """Where one is on the way through a workflow, and which module holds what (ids as texts, '' for none)."""

    start: str
    dot: str = ""
    last: str = ""
    """The task whose output `dot` is; '' for the start."""
    outputs: Mapping[str, str] = {}
    context: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    """Variable to the loop it belongs to; '' for an error."""
    failed: str = ""
    """The module whose error is being handled."""
    refusal: Mapping[str, str] = {}
    """What the error says, where the reply of a request tells it: status, title and detail as expressions."""

    fixed: Mapping[str, Mapping[str, str]] = {}
    """Fields that a task sets, as expressions: no module is needed to hold them."""

    def after(self, task: str, module: str, export: str) -> Way:
        context = {**self.context, export: task} if export else self.context
        return replace(self, dot=module, last=task, outputs={**self.outputs, task: module}, context=context)


class Apps:
    """The Make apps of the services: which module stands for what."""

    def __init__(self, checked: Checked, ids: Mapping[str, str]) -> None:
        self.checked = checked
        self.ids = ids
        self._emitted: dict[str, Emission] = {}
        self.file_names: dict[str, str] = {}
        """Modules that give bytes without a name, and the name they get."""

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(walk(self.checked.workflow.tasks))

    def emitted(self, key: str) -> Emission:
        if key not in self._emitted:
            self._emitted[key] = emit(self.checked.services[key], EmitOptions())
        return self._emitted[key]

    def id(self, key: str) -> str:
        return self.ids.get(key) or names.app(self.checked.services[key].key)

    def module(self, key: str, source: str) -> str:
        """The module an operation or a trigger became. Raises Inexpressible."""
        found = next((w for w in self.emitted(key).written if w.source == source and w.name), None)
        if found is None or found.kind in ("left out", "credential test"):
            other = [w for w in self.emitted(key).written if w.source == source and w.kind in ("action", "search")]
            if not other:
                raise Inexpressible(f"the Make app of {key} leaves {source} out")
            found = other[0]
        return f"{self.id(key)}:{found.name}"

    def result_module(self, key: str) -> tuple[str, list[Json]]:
        """Get Result, and what it asks for."""
        files = self.emitted(key).files
        listed = json.loads(files["makecomapp.json"])["components"]["module"]
        asked = json.loads(files[listed["getResult"]["codeFiles"]["mappableParams"]])
        return f"{self.id(key)}:getResult", asked

    def file(self, value: Any, resolve: ResolvePath) -> Json:
        """A file as Make hands it on: its name and its bytes. Raises Inexpressible."""
        if not isinstance(value, JqPath):
            raise Inexpressible("a file must come from the step before")
        base = resolve(value)
        name = "name" if value.steps else "fileName"
        return {"fileName": self.file_names.get(base) or f"{{{{{base}.{name}}}}}", "data": f"{{{{{base}.data}}}}"}

    def place(self, task: str, steps: Sequence[str | int]) -> Sequence[str | int]:
        """Where Make has a field of a task's output."""
        made = next((t for t in self.tasks if t.name == task), None)
        if isinstance(made, Step):
            function = catalogue()[made.function]
            if function.outputs and steps:
                return [*function.outputs[str(steps[0])]["make"].split("."), *steps[1:]]
        if isinstance(made, For) and isinstance(made.items, JqPath):
            return self._row(made, steps)
        return steps

    def _row(self, loop: For, steps: Sequence[str | int]) -> Sequence[str | int]:
        """Columns of a sheet have numbers on Make."""
        assert isinstance(loop.items, JqPath)
        producers, _ = self.checked.flow.scopes[loop.name].producers(loop.items)
        made = next((t for t in self.tasks if t.name == producers[0].name), None)
        if not isinstance(made, Step) or not catalogue()[made.function].rows:
            return steps
        if not steps:
            raise Inexpressible("a row as a whole cannot be passed on: name its column")
        columns = made.inputs[catalogue()[made.function].rows]
        return [str(columns.index(steps[0])), *steps[1:]]


class ScenarioWriter(Protocol):
    checked: Checked
    apps: Apps

    def module(self, kind: str, version: int, title: str, mapper: Json | None, **more: Any) -> Json: ...


def call_modules(writer: ScenarioWriter, task: Call, resolve: ResolvePath) -> list[Json]:
    """The module of an operation and, for a job, the one that waits on where the first had to stop."""
    operation = writer.checked.operation(task)
    name = writer.apps.module(task.service, operation.operation_id)
    given = implied(operation.fields, task.inputs)
    mapper = _form(writer.apps, operation.fields, given, resolve, form_names(operation.fields, OWN))
    if operation.job is None:
        return [writer.module(name, 1, task.title, mapper)]
    started = writer.module(name, 1, task.title, {**mapper, WAIT: True})
    kind, asked = writer.apps.result_module(task.service)
    identity = f"{{{{ifempty({started['id']}.job_id; {started['id']}.id)}}}}"
    fields = {"id": identity}
    choices = next((p["options"] for p in asked if p["name"] == "work"), None)
    if choices:
        fields["work"] = operation.job.poll.operation_id
    return [started, writer.module(kind, 1, f"Result: {task.title}", fields)]


def _form(
    apps: Apps, fields: Sequence[Field], given: Mapping[str, Any], resolve: ResolvePath, called: Mapping[str, str]
) -> Json:
    """Inputs by the names the app's form gives them."""
    written: Json = {}
    for each in fields:
        if each.name not in given:
            continue
        if each.location == "selector" and not any(
            c.field == each.name for f in fields if f.name in given for c in f.when
        ):
            continue
        written[called[each.name]] = _entered(apps, each, given[each.name], resolve)
    return written


def _entered(apps: Apps, each: Field, value: Any, resolve: ResolvePath) -> Any:
    kind = shape(each)
    if kind == "file":
        return apps.file(value, resolve)
    if isinstance(value, Mapping) and each.fields and kind == "collection":
        return _form(apps, each.fields, value, resolve, form_names(each.fields))
    if kind == "json" and not isinstance(value, JqNode):
        return json.dumps(mapped(value, resolve), ensure_ascii=False)
    return mapped(value, resolve)


def step_module(writer: ScenarioWriter, task: Step, resolve: ResolvePath) -> Json:
    """A stock module, filled from the catalogue."""
    function = catalogue()[task.function]
    entry = function.platforms["make"]
    files = {given.name for given in function.inputs if given.type == "file"}
    inputs = {n: writer.apps.file(v, resolve) if n in files else mapped(v, resolve) for n, v in task.inputs.items()}
    mapper = filled(entry["mapper"], inputs, lambda own: own)
    return writer.module(entry["module"], entry["version"], task.title, mapper)

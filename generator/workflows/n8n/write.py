"""A checked workflow as n8n's workflow JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid5

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.json_text import Json
from specloom.generator.workflows.n8n.calls import SWITCH, WAIT, call
from specloom.generator.workflows.n8n.canvas import SPACE, Canvas, Port
from specloom.generator.workflows.n8n.expressions import condition, literal, parameter, script, wrapped
from specloom.generator.workflows.n8n.notes import notes
from specloom.generator.workflows.n8n.references import Flavour, References
from specloom.generator.workflows.n8n.starts import pinned, settings, start
from specloom.generator.workflows.raw import NoRawPlace
from specloom.generator.workflows.source.catalogue import catalogue, filled
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import JqPath
from specloom.generator.workflows.source.flow import Scope, target
from specloom.generator.workflows.source.model import Call, For, Raise, SetFields, Step, Switch, Task, Then, Try, Wait
from specloom.schemas.problems import Problem

SET, RESULT, WENT_WRONG = "n8n-nodes-base.set", "Result", "What Went Wrong"
_STATUS = "Number($json.error?.status ?? $json.error?.httpCode ?? $json.error?.response?.status ?? 0)"
_DETAIL = (
    "$json.error?.message ?? $json.error ?? $json.message ?? "
    "($json.status ? 'The service reports: ' + $json.status : 'The step failed')"
)
_TITLE = "$json.error?.type ?? 'request_failed'"


class WrittenWorkflow(Struct, frozen=True):
    """One n8n workflow, and what of the source it cannot express."""

    document: Json
    problems: tuple[Problem, ...] = ()


def write(checked: Checked, flavour: Flavour) -> WrittenWorkflow:
    """The workflow. Its name says which flavour it is; all ids are made from names."""
    workflow = checked.workflow
    key = f"{workflow.name}/{flavour}"
    writer = _Writer(checked, flavour, Canvas(key))
    writer.run()
    notes(writer.canvas, checked, flavour)
    pins = pinned(checked, flavour)
    identity = uuid5(SPACE, key)
    document: Json = {
        "id": identity.hex[:16],
        "name": workflow.title + (" (HTTP)" if flavour == "http" else ""),
        "nodes": writer.canvas.nodes,
        "connections": writer.canvas.connections,
        "pinData": {writer.references.outputs["start", ""]: pins} if pins else {},
        "settings": {"executionOrder": "v1"},
        "active": False,
        "versionId": str(uuid5(SPACE, f"{key}/{workflow.version}")),
        "meta": {"templateCredsSetupCompleted": False},
        "tags": [],
    }
    return WrittenWorkflow(document, tuple(writer.problems))


class _Writer:
    def __init__(self, checked: Checked, flavour: Flavour, canvas: Canvas) -> None:
        self.checked = checked
        self.flavour: Flavour = flavour
        self.canvas = canvas
        self.references = References(checked, flavour)
        self.problems: list[Problem] = []
        self._ends: list[Port] = []
        self._errors: list[list[Port]] = []
        """Error outputs of the steps in each `try` that is open, the innermost last."""

    def run(self) -> None:
        started = start(self.canvas, self.checked, self.flavour)
        self.references.outputs["start", ""] = started.node
        ports = settings(self.canvas, self.checked, self.flavour, [started])
        ends = [*self._tasks(self.checked.workflow.tasks, ports), *self._ends]
        if self.checked.workflow.output and self.checked.flow.end is not None and ends:
            self._set(RESULT, self.checked.workflow.output, self.checked.flow.end, ends)

    def _tasks(self, tasks: Sequence[Task], ports: list[Port]) -> list[Port]:
        """The nodes of a list. Returns the outputs that lead out of it."""
        arriving: dict[int | str, list[Port]] = {0: ports}
        for index, task in enumerate(tasks):
            if not arriving.get(index):
                continue
            scope = self.checked.flow.scopes[task.name]
            for then, port in self._task(task, scope, arriving[index]):
                place = target(tasks, index, then)
                if place == "end":
                    self._ends.append(port)
                else:
                    arriving.setdefault(place, []).append(port)
        return arriving.get("exit", [])

    def _task(self, task: Task, scope: Scope, ports: list[Port]) -> list[tuple[Then, Port]]:
        try:
            found = self._made(task, scope, ports)
        except NoRawPlace as error:
            hint = "leave it out, or use the flavour with our node only"
            self.problems.append(Problem("error", f"n8n-{self.flavour}", str(error), hint, task.at))
            found = [(task.then, port) for port in ports]
        return found

    def _made(self, task: Task, scope: Scope, ports: list[Port]) -> list[tuple[Then, Port]]:
        if isinstance(task, Switch):
            return self._switch(task, scope, ports)
        if isinstance(task, Try):
            return [(task.then, port) for port in self._try(task, ports)]
        if isinstance(task, Raise):
            self._raise(task, scope, ports)
            return []
        if isinstance(task, For):
            return [(task.then, self._for(task, scope, ports))]
        if isinstance(task, Wait):
            seconds = int(task.seconds) if task.seconds.is_integer() else task.seconds
            given = {"amount": seconds, "unit": "seconds"}
            webhook = self.canvas.id(f"{task.title}/webhook")
            return [(task.then, self.canvas.add(task.title, WAIT, 1.1, given, ports, webhookId=webhook))]
        if isinstance(task, SetFields):
            port = self._set(task.title, task.fields, scope, ports)
        elif isinstance(task, Step):
            port = self._step(task, scope, ports)
        else:
            assert isinstance(task, Call)
            return [(task.then, call(self, task, scope, ports))]
        self.references.outputs["task", task.name] = port.node
        return [(task.then, port)]

    # Nodes

    def _set(self, name: str, fields: Mapping[str, Any], scope: Scope, ports: Sequence[Port]) -> Port:
        resolve = self.references.resolver(scope)
        values = []
        for key, value in fields.items():
            written = parameter(value, resolve)
            kind = {bool: "boolean", int: "number", float: "number", dict: "object", list: "array"}.get(type(written))
            values.append(
                {"id": self.canvas.id(f"{name}/{key}"), "name": key, "value": written, "type": kind or "string"}
            )
        once = {"executeOnce": True} if scope.after_loop else {}
        return self.canvas.add(name, SET, 3.4, {"assignments": {"assignments": values}, "options": {}}, ports, **once)

    def _step(self, task: Step, scope: Scope, ports: Sequence[Port]) -> Port:
        entry = catalogue()[task.function].platforms["n8n"]
        files = self.files(task.inputs, scope)
        resolve = self.references.resolver(scope)
        inputs = {n: files.get(n) or parameter(v, resolve) for n, v in task.inputs.items()}
        parameters = filled(entry["parameters"], inputs, lambda own: own)
        more: Json = {"executeOnce": True} if scope.after_loop else {}
        if "credential" in entry:
            more["credentials"] = {entry["credential"]["type"]: {"id": None, "name": entry["credential"]["name"]}}
        if entry["type"] in (WAIT, "n8n-nodes-base.form"):
            more["webhookId"] = self.canvas.id(f"{task.title}/webhook")
        port = self.canvas.add(task.title, entry["type"], entry["version"], parameters, ports, **more)
        self.canvas.node(port.node).update(self.failing(port))
        return port

    def _switch(self, task: Switch, scope: Scope, ports: Sequence[Port]) -> list[tuple[Then, Port]]:
        resolve = self.references.resolver(scope)
        rules = [
            {
                "conditions": condition(case.when, resolve, self.canvas.id(f"{task.name}/{case.name}")),
                "renameOutput": True,
                "outputKey": case.name,
            }
            for case in task.cases
            if case.when is not None
        ]
        last = task.cases[-1]
        other = last.name if last.when is None else "Otherwise"
        options = {"fallbackOutput": "extra", "renameFallbackOutput": other}
        parameters = {"rules": {"values": rules}, "options": options}
        port = self.canvas.add(task.title, SWITCH, 3.2, parameters, ports, outputs=len(rules) + 1)
        ways = [case.then for case in task.cases] + ([task.then] if last.when is not None else [])
        return [(then, replace(port, output=place, row=port.row + place)) for place, then in enumerate(ways)]

    def _raise(self, task: Raise, scope: Scope, ports: Sequence[Port]) -> None:
        resolve = self.references.resolver(scope)
        told = [v for v in (task.reason, task.detail) if v]
        parts = [script(v, resolve) if not isinstance(v, str) else None for v in told]
        if all(part is None for part in parts):
            message = literal(": ".join(map(str, told)))
        else:
            shown = [
                f"{{{{ {p} }}}}" if p else str(v).replace("{", "(").replace("}", ")")
                for v, p in zip(told, parts, strict=True)
            ]
            message = "=" + ": ".join(shown)
        self.canvas.add(task.title, "n8n-nodes-base.stopAndError", 1, {"errorMessage": message}, ports)

    def _for(self, task: For, scope: Scope, ports: list[Port]) -> Port:
        """Loop Over Items: one output when all are done, one for each element."""
        if self._needs_split(task, scope):
            options: Json = {"options": {}}
            field = self._list_field(task, scope)
            ports = [
                self.canvas.add(
                    f"Split Out: {task.title}",
                    "n8n-nodes-base.splitOut",
                    1,
                    {"fieldToSplitOut": field, **options},
                    ports,
                )
            ]
        loop = self.canvas.add(task.title, "n8n-nodes-base.splitInBatches", 3, {"options": {}}, ports)
        self.references.outputs["each", task.name] = loop.node
        back = self._tasks(task.body, [replace(loop, output=1, row=loop.row + 1)])
        self.canvas.connect(back, loop.node)
        return replace(loop, column=max(loop.column, self.canvas.right))

    def _needs_split(self, task: For, scope: Scope) -> bool:
        """Rows of a sheet and elements of a list come one by one already."""
        assert isinstance(task.items, JqPath)
        producers, _ = scope.producers(task.items)
        made = self.references.tasks.get(producers[0].name)
        return not (isinstance(made, Step) and catalogue()[made.function].rows)

    def _list_field(self, task: For, scope: Scope) -> str:
        assert isinstance(task.items, JqPath)
        producers, steps = scope.producers(task.items)
        origin = self.references.origin(task)
        if task.items.root != ".":
            raise NoRawPlace(f"{task.items} must be the output of the step before the loop")
        if self.flavour == "http" and origin is not None and steps == ("items",):
            return self.references.raw(origin).list_path()
        return ".".join(map(str, steps))

    def _try(self, task: Try, ports: list[Port]) -> list[Port]:
        self._errors.append([])
        exits = self._tasks(task.body, ports)
        errors = self._errors.pop()
        if not errors:
            return exits
        column = max(1, min(port.column for port in errors))
        row = self.canvas.bottom
        values = [
            {"id": self.canvas.id(f"{task.name}/{key}"), "name": key, "value": wrapped(code), "type": kind}
            for key, code, kind in (
                ("status", _STATUS, "number"),
                ("title", _TITLE, "string"),
                ("detail", _DETAIL, "string"),
            )
        ]
        told = {"assignments": {"assignments": values}, "options": {}}
        below = [replace(port, row=row) for port in errors]
        head = self.canvas.add(WENT_WRONG, SET, 3.4, told, below, column=column)
        self.references.outputs["error", task.name] = head.node
        return [*exits, *self._tasks(task.handler, [head])]

    # What the writer of calls asks for

    def failing(self, port: Port, output: int = 1) -> Json:
        if not self._errors:
            return {}
        self._errors[-1].append(replace(port, output=output))
        return {"onError": "continueErrorOutput"}

    def failed(self, port: Port, title: str, message: str) -> None:
        if self._errors:
            self._errors[-1].append(port)
        else:
            name = f"Failed: {title}"
            self.canvas.add(name, "n8n-nodes-base.stopAndError", 1, {"errorMessage": literal(message)}, [port])

    def files(self, inputs: Mapping[str, Any], scope: Scope) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in inputs.items():
            if isinstance(value, JqPath) and scope.shape(value).kind == "file":
                # A form's file has the form field's name, a step's file n8n's usual one.
                found[name] = str(value.steps[-1]) if value.steps else "data"
        return found

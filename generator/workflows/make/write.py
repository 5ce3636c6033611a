"""A checked workflow as a Make scenario blueprint: modules in a row, and a router wherever ways part.

Routes of a router never meet again. So the workflow is followed way by way, and what comes after a junction stands
on each route that leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.make.iml import Inexpressible
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.make.expressions import alternatives, filtered, mapped, path, together
from specloom.generator.workflows.make.layout import arrange
from specloom.generator.workflows.make.modules import Apps, Way, call_modules, step_module
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import CONTEXT, DOT, INPUT, JqPath
from specloom.generator.workflows.source.flow import target
from specloom.generator.workflows.source.model import Call, For, Raise, SetFields, Step, Switch, Task, Try, Wait
from specloom.schemas.problems import Problem

Rest = Callable[[Way], list[Json]]
"""What comes after a list of tasks, on the way taken to its end."""

LONGEST_SLEEP = 300
MOST = 120
"""Modules of a scenario that can still be read."""
SET = "util:SetVariables"


class WrittenScenario(Struct, frozen=True):
    """One blueprint, and what of the source Make cannot express. `connections`: what a person connects."""

    document: Json
    problems: tuple[Problem, ...] = ()


def write(checked: Checked, apps: Mapping[str, str] | None = None) -> WrittenScenario:
    """The blueprint. `apps`: service key to the id Make gave the app, such as 'app#tuen-abc123'."""
    writer = _Writer(checked, Apps(checked, apps or {}))
    flow = writer.run()
    arrange(flow)
    workflow = checked.workflow
    document: Json = {
        "name": workflow.title,
        "description": workflow.summary,
        "flow": flow,
        "metadata": {
            "version": 1,
            "instant": workflow.start.kind in ("form", "webhook", "event"),
            "scenario": {
                "roundtrips": 1,
                "maxErrors": 3,
                "autoCommit": True,
                "autoCommitTriggerLast": True,
                "sequential": False,
                "confidential": False,
                "dataloss": False,
                "dlq": False,
                "freshVariables": False,
            },
            "designer": {"orphans": []},
        },
    }
    return WrittenScenario(document, tuple(writer.problems))


class _Writer(Struct):
    checked: Checked
    apps: Apps
    problems: list[Problem] = []
    count: int = 0
    handlers: list[tuple[Try, Rest]] = []
    """The `try` that is open around the task, the innermost last, and what follows its handler."""

    def run(self) -> list[Json]:
        way = Way(start="")
        flow: list[Json] = []
        module = self._start()
        if module is not None:
            flow.append(module)
            way = Way(start=str(module["id"]), dot=str(module["id"]))
        return flow + self._tasks(self.checked.workflow.tasks, 0, way, self._result)

    def _start(self) -> Json | None:
        start = self.checked.workflow.start
        if start.kind in ("form", "webhook"):
            return self.module("gateway:CustomWebHook", 1, "Webhook", {}, parameters={"maxResults": 1})
        if start.kind == "event":
            trigger = self.checked.trigger()
            name = self.apps.module(start.service, f"trigger:{start.event}")
            return self.module(name, 1, trigger.name, {})
        return None

    def _result(self, way: Way) -> list[Json]:
        """The promised output, in variables that a person finds in the run's log."""
        if not self.checked.workflow.output:
            return []
        return [self._variables("Result", self.checked.workflow.output, way)]

    def module(self, kind: str, version: int, title: str, mapper: Json | None, **more: Any) -> Json:
        """A module with the next number."""
        self.count += 1
        if self.count > MOST:
            raise Inexpressible(f"the scenario would have more than {MOST} modules")
        found: Json = {"id": self.count, "module": kind, "version": version, "parameters": {}, "mapper": mapper}
        return {**found, **more, "metadata": {"designer": {"x": 0, "y": 0, "name": title}}}

    # Ways

    def _tasks(self, tasks: Sequence[Task], index: int, way: Way, rest: Rest) -> list[Json]:
        """The modules from the task at `index` on, to the end of this way."""
        if index >= len(tasks):
            return rest(way)
        task = tasks[index]

        def on(then: str) -> Rest:
            place = target(tasks, index, then)
            if place == "end":
                return self._result
            return rest if place == "exit" else lambda way: self._tasks(tasks, int(place), way, rest)

        try:
            return self._task(task, way, on)
        except Inexpressible as error:
            hint = "leave it out on Make, or write it differently"
            problem = Problem("error", "make", f"{task.title}: {error}", hint, task.at)
            if problem not in self.problems:
                self.problems.append(problem)
            return on(task.then)(way)

    def _task(self, task: Task, way: Way, on: Callable[[str], Rest]) -> list[Json]:
        if isinstance(task, Switch):
            return [self._router(task, way, on)]
        if isinstance(task, Try):
            return self._try(task, way, on(task.then))
        if isinstance(task, For):
            return self._for(task, way, on(task.then))
        if isinstance(task, Raise):
            return self._raise(way)
        modules = self._modules(task, way)
        if isinstance(task, Wait):
            return modules + on(task.then)(way)
        made = str(modules[-1]["id"])
        way = way.after(task.name, made, task.export)
        if self.handlers and not isinstance(task, SetFields):
            for module in modules:
                module["onerror"] = self._handled(module, way)
        return modules + on(task.then)(way)

    def _modules(self, task: Task, way: Way) -> list[Json]:
        if isinstance(task, SetFields):
            return [self._variables(task.title, task.fields, way)]
        if isinstance(task, Wait):
            if task.seconds > LONGEST_SLEEP:
                raise Inexpressible(f"Make sleeps {LONGEST_SLEEP} seconds at most")
            return [self.module("util:FunctionSleep", 1, task.title, {"duration": max(1, round(task.seconds))})]
        if isinstance(task, Call):
            return call_modules(self, task, self.resolver(way))
        assert isinstance(task, Step)
        return [step_module(self, task, self.resolver(way))]

    def _variables(self, title: str, fields: Mapping[str, Any], way: Way) -> Json:
        resolve = self.resolver(way)
        variables = [{"name": name, "value": mapped(value, resolve)} for name, value in fields.items()]
        return self.module(SET, 1, title, {"scope": "roundtrip", "variables": variables})

    def _router(self, task: Switch, way: Way, on: Callable[[str], Rest]) -> Json:
        router = self.module("builtin:BasicRouter", 1, task.title, None)
        del router["parameters"]
        routes, before = [], [[]]  # type: ignore[var-annotated]
        cases = [(case.name, case.when, case.then) for case in task.cases]
        if task.cases[-1].when is not None:
            cases.append(("Otherwise", None, task.then))
        for name, when, then in cases:
            wanted = together(before, alternatives(when)) if when is not None else before
            if when is not None:
                before = together(before, alternatives(when, negated=True))
            flow = on(then)(way)
            if not flow:
                continue
            errors = {name: f"{way.failed}.error.message" for name, loop in way.variables.items() if not loop}
            conditions = filtered(wanted, self.resolver(way), errors)
            flow[0]["filter"] = {"name": name, "conditions": conditions}
            routes.append({"flow": flow})
        return {**router, "routes": routes}

    def _for(self, task: For, way: Way, rest: Rest) -> list[Json]:
        """One bundle for each element; an aggregator makes them one again where something comes after the loop."""
        assert isinstance(task.items, JqPath)
        modules: list[Json] = []
        producers, _ = self.checked.flow.scopes[task.name].producers(task.items)
        made = next((t for t in self.apps.tasks if t.name == producers[0].name), None)
        if isinstance(made, Step) and catalogue()[made.function].rows:
            feeder = way.outputs[made.name]
        else:
            array = mapped(task.items, self.resolver(way))
            modules.append(self.module("builtin:BasicFeeder", 1, task.title, {"array": array}))
            feeder = str(modules[-1]["id"])
        inside = replace(
            way, dot="", outputs={**way.outputs, task.name: feeder}, variables={**way.variables, task.each: task.name}
        )
        modules += self._tasks(task.body, 0, inside, lambda _: [])
        following = self.module(
            "builtin:BasicAggregator", 1, f"End: {task.title}", {}, parameters={"feeder": int(feeder)}
        )
        after = rest(replace(way, dot=""))
        if not after:
            self.count -= 1
            return modules
        if modules and modules[-1].get("routes"):
            raise Inexpressible("after a router inside a loop nothing can follow the loop")
        return [*modules, following, *after]

    def _try(self, task: Try, way: Way, rest: Rest) -> list[Json]:
        self.handlers.append((task, rest))
        try:
            return self._tasks(task.body, 0, way, lambda w: self._outside(lambda: rest(w)))
        finally:
            self.handlers.pop()

    def _outside(self, work: Callable[[], list[Json]]) -> list[Json]:
        """What comes after a `try` is no longer guarded by it."""
        kept = self.handlers.pop()
        try:
            return work()
        finally:
            self.handlers.append(kept)

    def _handled(self, module: Json, way: Way) -> list[Json]:
        """The handler of a module's error: what the source says, and then Make's directive."""
        task, rest = self.handlers[-1]
        failed = str(module["id"])
        inside = replace(way, dot="", failed=failed, variables={**way.variables, task.error: ""})
        kept, self.handlers = self.handlers, []
        try:
            return self._tasks(task.handler, 0, inside, lambda w: [*rest(w), self._directive("builtin:Ignore")])
        finally:
            self.handlers = kept

    def _directive(self, name: str) -> Json:
        found = self.module(name, 1, name.partition(":")[2], {})
        del found["parameters"]
        return found

    def _raise(self, way: Way) -> list[Json]:
        if not way.failed:
            raise Inexpressible("Make raises an error only while it handles one")
        return [self._directive("builtin:Rollback")]

    # References

    def resolver(self, way: Way) -> Callable[[JqPath], str]:
        """How a module on this way reads a path."""

        def resolve(given: JqPath) -> str:
            if given.root == DOT:
                return self._read(way.last or "", way.dot, given.steps)
            if given.root == INPUT:
                return self._read("", way.start, given.steps)
            if given.root == CONTEXT:
                name = way.context[str(given.steps[0])]
                return self._read(name, way.outputs[name], given.steps[1:])
            owner = way.variables[given.root]
            if not owner:
                return _error(way.failed, given.steps)
            return self._read(owner, way.outputs[owner], given.steps)

        return resolve

    def _read(self, task: str, module: str, steps: Sequence[str | int]) -> str:
        if not module:
            raise Inexpressible("there is nothing here that '.' could mean")
        return path(module, self.apps.place(task, steps))


def _error(module: str, steps: Sequence[str | int]) -> str:
    told = {"detail": f"{module}.error.message", "title": f"{module}.error.type"}
    # The message of our apps begins with the status: '[402] …'.
    told["status"] = f"substring({module}.error.message; 1; 4)"
    return told[str(steps[0])] if steps else f"{module}.error.message"

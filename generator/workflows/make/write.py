"""A checked workflow as a Make scenario blueprint: modules in a row, and a router wherever ways part.

Routes of a router never meet again. So the workflow is followed way by way, and what comes after a junction stands
on each route that leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.make.iml import Inexpressible, wrap
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.make.blueprint import WrittenScenario, blueprint
from specloom.generator.workflows.make.calls import Branch, Rest, call
from specloom.generator.workflows.make.expressions import alternatives, code, filtered, mapped, path, together
from specloom.generator.workflows.make.layout import arrange
from specloom.generator.workflows.make.modules import Apps, Way, call_modules, step_module
from specloom.generator.workflows.make.references import ScenarioFlavour, resolver
from specloom.generator.workflows.raw import NoRawPlace
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import Comparison, Constant, JqNode, JqPath, ResolvePath
from specloom.generator.workflows.source.flow import target
from specloom.generator.workflows.source.model import Call, For, Raise, SetFields, Step, Switch, Task, Try, Wait, walk
from specloom.schemas.problems import Problem

LONGEST_SLEEP = 300
MOST = 120
"""Modules of a scenario that can still be read."""
SET = "util:SetVariables"
_CODES: Mapping[ScenarioFlavour, str] = {"app": "make", "http": "make-http"}


def write(checked: Checked, apps: Mapping[str, str] | None = None, flavour: ScenarioFlavour = "app") -> WrittenScenario:
    """The blueprint. `apps`: service key to the id Make gave the app, such as 'app#tuen-abc123'."""
    writer = _Writer(checked, Apps(checked, apps or {}), flavour)
    flow = writer.run()
    arrange(flow)
    workflow = checked.workflow
    title = workflow.title + (" (HTTP)" if flavour == "http" else "")
    instant = workflow.start.kind in ("form", "webhook", "event")
    document = blueprint(title, workflow.summary, flow, instant=instant)
    return WrittenScenario(document, tuple(writer.problems))


class _Writer(Struct):
    checked: Checked
    apps: Apps
    flavour: ScenarioFlavour
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
        if start.kind in ("form", "webhook") or (start.kind == "event" and self.flavour == "http"):
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
        except (Inexpressible, NoRawPlace) as error:
            hint = "leave it out on Make, or write it differently"
            problem = Problem("error", _CODES[self.flavour], f"{task.title}: {error}", hint, task.at)
            if problem not in self.problems:
                self.problems.append(problem)
            return on(task.then)(way)

    def _task(self, task: Task, way: Way, on: Callable[[str], Rest]) -> list[Json]:
        if isinstance(task, Switch):
            return self._router(task, way, on)
        if isinstance(task, Try):
            return self._try(task, way, on(task.then))
        if isinstance(task, For):
            return self._for(task, way, on(task.then))
        if isinstance(task, Raise):
            return self._raise(way)
        if isinstance(task, Call) and self.flavour == "http":
            return call(self, task, way, on(task.then))
        if isinstance(task, SetFields) and not any(isinstance(v, (Mapping, list)) for v in task.fields.values()):
            return on(task.then)(self._fixed(task, way))
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

    def _fixed(self, task: SetFields, way: Way) -> Way:
        """Fields are kept as what they are read from: a module that sets them would cost a run."""
        resolve = self.resolver(way)
        fields = {n: code(v if isinstance(v, JqNode) else Constant(v), resolve) for n, v in task.fields.items()}
        after = way.after(task.name, "", task.export)
        return replace(after, fixed={**way.fixed, task.name: fields})

    def _variables(self, title: str, fields: Mapping[str, Any], way: Way) -> Json:
        resolve = self.resolver(way)
        variables = [{"name": name, "value": mapped(value, resolve)} for name, value in fields.items()]
        return self.module(SET, 1, title, {"scope": "roundtrip", "variables": variables})

    def _router(self, task: Switch, way: Way, on: Callable[[str], Rest]) -> list[Json]:
        routes: list[Branch] = []
        before: list[list[Comparison]] = [[]]
        cases = [(case.name, case.when, case.then) for case in task.cases]
        if task.cases[-1].when is not None:
            cases.append(("Otherwise", None, task.then))
        caught = [name for name, loop in way.variables.items() if not loop and not way.refusal]
        errors = {name: f"{way.failed}.error.message" for name in caught}
        for name, when, then in cases:
            wanted = together(before, alternatives(when)) if when is not None else before
            if when is not None:
                before = together(before, alternatives(when, negated=True))
            conditions = filtered(wanted, self.resolver(way), errors)
            routes.append((name, conditions, partial(on(then), way)))
        return self.router(task.title, routes)

    def router(self, title: str, routes: Sequence[Branch]) -> list[Json]:
        """A router with those of the routes that hold something; nothing where none does."""
        router = self.module("builtin:BasicRouter", 1, title, None)
        del router["parameters"]
        kept = []
        for name, conditions, modules in routes:
            flow = modules()
            if flow and conditions:
                flow[0]["filter"] = {"name": name, "conditions": conditions}
            kept += [{"flow": flow}] if flow else []
        return [{**router, "routes": kept}] if kept else []

    def _for(self, task: For, way: Way, rest: Rest) -> list[Json]:
        """One bundle for each element; an aggregator makes them one again where something comes after the loop."""
        assert isinstance(task.items, JqPath)
        if self.flavour == "http":
            return self._rounds(task, way, rest)
        modules: list[Json] = []
        producers, _ = self.checked.flow.scopes[task.name].producers(task.items)
        made = next((t for t in self.apps.tasks if t.name == producers[0].name), None)
        if isinstance(made, Step) and catalogue()[made.function].rows:
            feeder = way.outputs[made.name]
        else:
            array = mapped(task.items, self.resolver(way))
            modules.append(self.module("builtin:BasicFeeder", 1, task.title, {"array": array}))
            feeder = str(modules[-1]["id"])
        modules += self._body(task, way, feeder)
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

    def _body(self, task: For, way: Way, feeder: str) -> list[Json]:
        inside = replace(
            way, dot="", outputs={**way.outputs, task.name: feeder}, variables={**way.variables, task.each: task.name}
        )
        return self._tasks(task.body, 0, inside, lambda _: [])

    def _rounds(self, task: For, way: Way, rest: Rest) -> list[Json]:
        """The loop on one route of a router; what follows it on the next, which Make begins when the first is done."""
        assert isinstance(task.items, JqPath)
        producers, _ = self.checked.flow.scopes[task.name].producers(task.items)
        made = next((t for t in self.apps.tasks if t.name == producers[0].name), None)
        before: list[Json] = []
        if isinstance(made, Step) and catalogue()[made.function].rows:
            rows = way.outputs[made.name]
            columns = made.inputs[catalogue()[made.function].rows]
            cells = {str(place): wrap(path(rows, (str(place),))) for place in range(len(columns))}
            before = [self.module("builtin:BasicAggregator", 1, "All rows", cells, parameters={"feeder": int(rows)})]
            array = wrap(f"{before[0]['id']}.array")
        else:
            array = mapped(task.items, self.resolver(way))

        def each() -> list[Json]:
            feeder = self.module("builtin:BasicFeeder", 1, task.title, {"array": array})
            return [feeder, *self._body(task, way, str(feeder["id"]))]

        after = replace(way, dot="")
        return before + self.router(f"First {task.title}", [("", [], each), ("", [], lambda: rest(after))])

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

    def guarded(self) -> bool:
        """Whether the source does more about an error than to stop."""
        return bool(self.handlers) and not all(isinstance(t, Raise) for t in walk(self.handlers[-1][0].handler))

    def refused(self, way: Way) -> list[Json]:
        """What the source does about a request that was refused; on a route of a router, not in an error handler."""
        if not self.handlers:
            return []
        task, rest = self.handlers[-1]
        kept, self.handlers = self.handlers, []
        try:
            return self._tasks(task.handler, 0, replace(way, dot="", variables={**way.variables, task.error: ""}), rest)
        finally:
            self.handlers = kept

    def _raise(self, way: Way) -> list[Json]:
        if way.refusal:
            return []  # Make raises an error only while it handles one: the way ends
        if not way.failed:
            raise Inexpressible("Make raises an error only while it handles one")
        return [self._directive("builtin:Rollback")]

    def resolver(self, way: Way) -> ResolvePath:
        return resolver(self.apps, self.flavour, way)

"""A checked workflow as a recipe for Zapier: Zaps have no import format, so a person builds it, step by step.

App, event and field names are those of the generated Zapier app; nothing here is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.output.markdown import cell, code, inline
from specloom.generator.output.readme import table as markdown_table
from specloom.generator.workflows.source.catalogue import catalogue, filled
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.flow import Scope
from specloom.generator.workflows.source.model import Call, For, Raise, SetFields, Step, Switch, Task, Try, Wait, walk
from specloom.generator.workflows.zapier.words import Words
from specloom.generator.zapier.plan import is_slow

TRIGGERS = {
    "form": "Zapier Forms: New Form Submission",
    "webhook": "Webhooks by Zapier: Catch Hook",
    "schedule": "Schedule by Zapier",
    "manual": "Zapier Chrome extension: New Push",
}
"""Kind of start to the app and its event."""


def write(checked: Checked) -> str:
    """The recipe, as Markdown."""
    return Recipe(checked).text()


class Recipe(Words):
    lines: list[str] = []
    number: int = 1

    def text(self) -> str:
        workflow = self.checked.workflow
        self._count(workflow.tasks)
        self.lines += [f"# {workflow.title}", "", workflow.summary, ""]
        self.lines += [
            "Zapier cannot import a Zap from a file. Build it in the editor with these steps, in this order.",
            "",
        ]
        self._before()
        self._trigger()
        self._list(workflow.tasks)
        if workflow.output and self.checked.flow.end is not None:
            self.lines += ["## What it gives", ""]
            self.table(
                ("Result", "Where it is"),
                {n: self.value(v, self.checked.flow.end) for n, v in workflow.output.items()},
            )
        return "\n".join(self.lines).rstrip() + "\n"

    def _count(self, tasks: Sequence[Task]) -> None:
        """Numbers the steps before anything is written: a step may refer to any before it."""
        for task in walk(tuple(tasks)):
            if not isinstance(task, (SetFields, Try)):
                self.number += 1
                self.numbers[task.name] = self.number

    def _before(self) -> None:
        workflow = self.checked.workflow
        self.lines += ["## Before you start", ""]
        for key in workflow.services:
            title = inline(self.checked.services[key].title)
            self.lines.append(
                f"- Install the private app **{title}** (`specloom build --platform zapier`) and connect it."
            )
        stock = dict.fromkeys(catalogue()[name].platforms["zapier"]["app"] for name in workflow.functions)
        self.lines += [f"- Connect **{app}**." for app in stock]
        self.lines.append("")

    def _trigger(self) -> None:
        start = self.checked.workflow.start
        if start.kind == "event":
            step = self.app(start.service).step(f"trigger:{start.event}")
            label = step["display"]["label"] if step else start.event
            self.lines += [f"## 1. Trigger: {inline(self.checked.services[start.service].title)}: {inline(label)}", ""]
            self.table(("Field", "Value"), {n: code(json.dumps(v)) for n, v in start.subscribe.items()})
            return
        self.lines += [f"## 1. Trigger: {TRIGGERS[start.kind]}", ""]
        if start.cron:
            self.lines += [f"At the times of the cron expression {code(start.cron)}.", ""]
        rows = {each.title: "required" if each.required else "optional" for each in start.inputs}
        self.table(("Field of the form", ""), rows)

    # Steps

    def _list(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            if task.name not in self.checked.flow.scopes:
                continue
            self._task(task, self.checked.flow.scopes[task.name])
            ends = {"end": "The Zap ends here.", "exit": "This path ends here."}
            onward = ends.get(task.then) or (f"Go on with {self._named(task.then)}." if task.then != "continue" else "")
            if onward:
                self.lines += [onward, ""]

    def _named(self, name: str) -> str:
        """The step a jump leads to. What sets fields only is no step on Zapier: there the way ends."""
        first = next((task for task in walk((self.tasks[name],)) if task.name in self.numbers), None)
        return f"step {self.numbers[first.name]}, {first.title}" if first else "the end of the Zap"

    def _task(self, task: Task, scope: Scope) -> None:
        if isinstance(task, SetFields):
            return
        if isinstance(task, Try):
            self._try(task)
            return
        writers: dict[type[Task], Any] = {
            Call: self._call,
            Step: self._step,
            Wait: self._wait,
            For: self._for,
            Switch: self._switch,
            Raise: self._raise,
        }
        writers[type(task)](task, scope)

    def head(self, task: Task, app: str, event: str = "", more: str = "") -> None:
        """Begins a step. `more`: what is to be said about it in a sentence."""
        told = f"App **{inline(app)}**, event **{inline(event)}**" if event else f"**{inline(app)}**" if app else ""
        self.lines += [f"## {self.numbers[task.name]}. {task.title}", "", f"{told}{more}" if more else f"{told}.", ""]
        if note := task.note_on("zapier"):
            self.lines += [f"*{note}*", ""]

    def _call(self, task: Call, scope: Scope) -> None:
        service, operation = self.checked.services[task.service], self.checked.operation(task)
        step = self.app(task.service).step(task.operation)
        label = step["display"]["label"] if step else operation.name
        self.head(task, service.title, label)
        labels = self.app(task.service).labels(task.operation)
        rows = {labels.get(name, name): self.value(value, scope) for name, value in task.inputs.items()}
        self.table(("Field", "Value"), rows)
        if is_slow(operation):
            self.lines += [
                "Zapier ends a step after 30 seconds. Connect a Specloom gateway in the app, which waits for the "
                "result, or add the app's search **Get Result** behind this step with its ID.",
                "",
            ]

    def _step(self, task: Step, scope: Scope) -> None:
        entry = catalogue()[task.function].platforms["zapier"]
        self.head(task, entry["app"], entry["action"])
        inputs = {name: self.value(value, scope) for name, value in task.inputs.items()}
        rows = filled(entry["fields"], inputs, lambda own: own)
        flat = {label: value for label, value in rows.items() if not isinstance(value, Mapping)}
        for value in rows.values():
            flat |= value if isinstance(value, Mapping) else {}
        self.table(("Field", "Value"), flat)

    def _wait(self, task: Wait, scope: Scope) -> None:
        self.head(task, "Delay by Zapier", "Delay For", f": {task.seconds:g} seconds.")

    def _for(self, task: For, scope: Scope) -> None:
        more = ". The steps up to the end of the loop run once for each."
        self.head(task, "Looping by Zapier", "Create Loop From Line Items", more)
        self.table(("Field", "Value"), {"Values to Loop": self.value(task.items, scope)})
        self._list(task.body)
        self.lines += [f"*End of the loop {task.title}.*", ""]

    def _switch(self, task: Switch, scope: Scope) -> None:
        self.head(task, "Paths", more=": one for each of these rules, in this order.")
        rows = {}
        for case in task.cases:
            rule = self.condition(case.when, scope) if case.when is not None else "Fallback"
            onward = {"end": "the Zap ends", "continue": "the next step", "exit": "the path ends"}
            rows[case.name] = f"{rule} → {onward.get(case.then) or self._named(case.then)}"
        self.table(("Path", "Rule and where it leads"), rows)

    def _raise(self, task: Raise, scope: Scope) -> None:
        told = ": ".join(self.value(v, scope) for v in (task.reason, task.detail) if v)
        self.head(task, "", more=f"Let the Zap stop here: {told}")

    def failing(self, task: Task) -> list[int]:
        """The steps of a task that can fail."""
        return [self.numbers[task.name]]

    def _try(self, task: Try) -> None:
        self._list(task.body)
        guarded = [t for t in walk(task.body) if t.name in self.numbers and isinstance(t, (Call, Step))]
        steps = [number for each in guarded for number in self.failing(each)]
        self.lines += [
            f"## If one of the steps {', '.join(map(str, steps))} fails",
            "",
            "Add **Error handling** to each of them, with these steps on its path.",
            "",
        ]
        self._list(task.handler)
        self.lines += ["*End of the error path.*", ""]

    def table(self, head: tuple[str, str], rows: Mapping[str, Any]) -> None:
        if not rows:
            return
        cells = [
            (cell(str(name)), cell(value, markup=True) if isinstance(value, str) else str(value))
            for name, value in rows.items()
        ]
        self.lines += [markdown_table(head, cells), ""]

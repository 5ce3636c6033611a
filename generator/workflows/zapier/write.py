"""A checked workflow as a recipe for Zapier: Zaps have no import format, so a person builds it, step by step.

App, event and field names are those of the generated Zapier app; nothing here is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct

from specloom.generator.output.markdown import cell, code, inline
from specloom.generator.output.readme import table
from specloom.generator.workflows.source.catalogue import catalogue, filled
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import (
    INPUT,
    Alternative,
    Both,
    Comparison,
    Constant,
    JqNode,
    JqPath,
    Text,
)
from specloom.generator.workflows.source.flow import Producer, Scope
from specloom.generator.workflows.source.model import Call, For, Raise, SetFields, Step, Switch, Task, Try, Wait, walk
from specloom.generator.workflows.zapier.app import ZapierApp, app_of
from specloom.generator.zapier.plan import is_slow

_OPERATORS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_ERROR = {"status": "the error's status", "title": "the error's type", "detail": "the error's message"}


def write(checked: Checked) -> str:
    """The recipe, as Markdown."""
    return _Recipe(checked).text()


class _Recipe(Struct, dict=True):
    checked: Checked
    lines: list[str] = []
    number: int = 1
    numbers: dict[str, int] = {}
    """Task to its step; loops and tries have none."""
    apps: dict[str, ZapierApp] = {}

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        return {task.name: task for task in walk(self.checked.workflow.tasks)}

    def app(self, key: str) -> ZapierApp:
        if key not in self.apps:
            self.apps[key] = app_of(self.checked.services[key])
        return self.apps[key]

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
            self._table(
                ("Result", "Where it is"),
                {n: self._value(v, self.checked.flow.end) for n, v in workflow.output.items()},
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
        kinds = {
            "form": "Zapier Forms: New Form Submission",
            "webhook": "Webhooks by Zapier: Catch Hook",
            "schedule": "Schedule by Zapier",
            "manual": "Zapier Chrome extension: New Push",
        }
        if start.kind == "event":
            step = self.app(start.service).step(f"trigger:{start.event}")
            label = step["display"]["label"] if step else start.event
            self.lines += [f"## 1. Trigger: {inline(self.checked.services[start.service].title)}: {inline(label)}", ""]
            self._table(("Field", "Value"), {n: code(json.dumps(v)) for n, v in start.subscribe.items()})
            return
        self.lines += [f"## 1. Trigger: {kinds[start.kind]}", ""]
        if start.cron:
            self.lines += [f"At the times of the cron expression {code(start.cron)}.", ""]
        rows = {each.title: "required" if each.required else "optional" for each in start.inputs}
        self._table(("Field of the form", ""), rows)

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

    def _head(self, task: Task, what: str) -> None:
        self.lines += [f"## {self.numbers[task.name]}. {task.title}", "", what, ""]
        if task.note:
            self.lines += [f"*{task.note}*", ""]

    def _call(self, task: Call, scope: Scope) -> None:
        service, operation = self.checked.services[task.service], self.checked.operation(task)
        step = self.app(task.service).step(task.operation)
        label = step["display"]["label"] if step else operation.name
        self._head(task, f"App **{inline(service.title)}**, event **{inline(label)}**.")
        labels = self.app(task.service).labels(task.operation)
        rows = {labels.get(name, name): self._value(value, scope) for name, value in task.inputs.items()}
        self._table(("Field", "Value"), rows)
        if is_slow(operation):
            self.lines += [
                "Zapier ends a step after 30 seconds. Connect a Specloom gateway in the app, which waits for the "
                "result, or add the app's search **Get Result** behind this step with its ID.",
                "",
            ]

    def _step(self, task: Step, scope: Scope) -> None:
        entry = catalogue()[task.function].platforms["zapier"]
        self._head(task, f"App **{entry['app']}**, event **{entry['action']}**.")
        inputs = {name: self._value(value, scope) for name, value in task.inputs.items()}
        rows = filled(entry["fields"], inputs, lambda own: own)
        flat = {label: value for label, value in rows.items() if not isinstance(value, Mapping)}
        for value in rows.values():
            flat |= value if isinstance(value, Mapping) else {}
        self._table(("Field", "Value"), flat)

    def _wait(self, task: Wait, scope: Scope) -> None:
        self._head(task, f"App **Delay by Zapier**, event **Delay For**: {task.seconds:g} seconds.")

    def _for(self, task: For, scope: Scope) -> None:
        self._head(
            task,
            "App **Looping by Zapier**, event **Create Loop From Line Items**. The steps up to the end of the loop "
            "run once for each.",
        )
        self._table(("Field", "Value"), {"Values to Loop": self._value(task.items, scope)})
        self._list(task.body)
        self.lines += [f"*End of the loop {task.title}.*", ""]

    def _switch(self, task: Switch, scope: Scope) -> None:
        self._head(task, "**Paths**: one for each of these rules, in this order.")
        rows = {}
        for case in task.cases:
            rule = self._condition(case.when, scope) if case.when is not None else "Fallback"
            onward = {"end": "the Zap ends", "continue": "the next step", "exit": "the path ends"}
            rows[case.name] = f"{rule} → {onward.get(case.then) or self._named(case.then)}"
        self._table(("Path", "Rule and where it leads"), rows)

    def _raise(self, task: Raise, scope: Scope) -> None:
        told = ": ".join(self._value(v, scope) for v in (task.reason, task.detail) if v)
        self._head(task, f"Let the Zap stop here: {told}")

    def _try(self, task: Try) -> None:
        self._list(task.body)
        steps = [
            self.numbers[t.name] for t in walk(task.body) if t.name in self.numbers and isinstance(t, (Call, Step))
        ]
        self.lines += [
            f"## If one of the steps {', '.join(map(str, steps))} fails",
            "",
            "Add **Error handling** to each of them, with these steps on its path.",
            "",
        ]
        self._list(task.handler)
        self.lines += ["*End of the error path.*", ""]

    def _table(self, head: tuple[str, str], rows: Mapping[str, Any]) -> None:
        if not rows:
            return
        cells = [
            (cell(str(name)), cell(value, markup=True) if isinstance(value, str) else str(value))
            for name, value in rows.items()
        ]
        self.lines += [table(head, cells), ""]

    # Values

    def _value(self, value: Any, scope: Scope) -> Any:
        """What a person enters or maps, in words."""
        if isinstance(value, Mapping):
            return {key: self._value(each, scope) for key, each in value.items()}
        if isinstance(value, list):
            return ", ".join(str(self._value(each, scope)) for each in value)
        if isinstance(value, JqPath):
            return self._path(value, scope)
        if isinstance(value, Text):
            return " ".join(code(p) if isinstance(p, str) else str(self._value(p, scope)) for p in value.parts if p)
        if isinstance(value, Alternative):
            return f"{self._value(value.left, scope)}, or if that is empty {self._value(value.right, scope)}"
        plain = value.value if isinstance(value, Constant) else value
        return code(plain if isinstance(plain, str) else json.dumps(plain)) if plain != "" else "an empty text"

    def _condition(self, node: JqNode, scope: Scope) -> str:
        if isinstance(node, Both):
            return f"{self._condition(node.left, scope)} **{node.word}** {self._condition(node.right, scope)}"
        assert isinstance(node, Comparison)
        return f"{self._value(node.left, scope)} {_OPERATORS[node.operator]} {self._value(node.right, scope)}"

    def _path(self, path: JqPath, scope: Scope) -> str:
        producers, steps = scope.producers(path)
        told = dict.fromkeys(self._produced(producer, steps, path) for producer in producers)
        return " or, by the path taken, ".join(told)

    def _produced(self, producer: Producer, steps: tuple[str | int, ...], path: JqPath) -> str:
        if producer.kind == "error":
            return _ERROR.get(str(steps[0]), "the error") if steps else "the error"
        if producer.kind == "start" or path.root == INPUT:
            return f"**1. Trigger › {self._label(steps)}**"
        task = self.tasks[producer.name]
        if isinstance(task, SetFields) and steps:
            return str(self._value(_within(task.fields, steps), self.checked.flow.scopes[task.name]))
        number = self.numbers.get(task.name, 1)
        labels = self._outputs(task)
        key = "__".join(str(s) for s in steps if not isinstance(s, int))
        return f"**{number}. {task.title} › {labels.get(key) or self._label(steps)}**"

    def _outputs(self, task: Task) -> Mapping[str, str]:
        step = self.app(task.service).step(task.operation) if isinstance(task, Call) else None
        fields = step["operation"].get("outputFields", []) if step else []
        named = [f for f in fields if isinstance(f, dict) and "key" in f]
        return {str(f["key"]).replace("[]", "__"): str(f.get("label", f["key"])) for f in named}

    def _label(self, steps: tuple[str | int, ...]) -> str:
        titles = {each.name: each.title for each in self.checked.workflow.start.inputs}
        words = [titles.get(str(s), str(s)) if not isinstance(s, int) else str(s + 1) for s in steps]
        return " › ".join(words) or "File"


def _within(fields: Mapping[str, Any], steps: tuple[str | int, ...]) -> Any:
    found: Any = fields
    for step in steps:
        found = found[step] if isinstance(found, Mapping) else found
    return found

"""What a recipe says in words: values that a person enters or maps, and conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from specloom.generator.output.markdown import code
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
from specloom.generator.workflows.source.model import Call, SetFields, Task, walk
from specloom.generator.workflows.zapier.app import ZapierApp, app_of

_OPERATORS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_ERROR = {"status": "the error's status", "title": "the error's type", "detail": "the error's message"}


class Words(Struct, dict=True):
    checked: Checked
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

    def value(self, value: Any, scope: Scope) -> Any:
        """What a person enters or maps, in words."""
        if isinstance(value, Mapping):
            return {key: self.value(each, scope) for key, each in value.items()}
        if isinstance(value, list):
            return ", ".join(str(self.value(each, scope)) for each in value)
        if isinstance(value, JqPath):
            return self._path(value, scope)
        if isinstance(value, Text):
            return " ".join(code(p) if isinstance(p, str) else str(self.value(p, scope)) for p in value.parts if p)
        if isinstance(value, Alternative):
            return f"{self.value(value.left, scope)}, or if that is empty {self.value(value.right, scope)}"
        plain = value.value if isinstance(value, Constant) else value
        return code(plain if isinstance(plain, str) else json.dumps(plain)) if plain != "" else "an empty text"

    def condition(self, node: JqNode, scope: Scope) -> str:
        if isinstance(node, Both):
            return f"{self.condition(node.left, scope)} **{node.word}** {self.condition(node.right, scope)}"
        assert isinstance(node, Comparison)
        return f"{self.value(node.left, scope)} {_OPERATORS[node.operator]} {self.value(node.right, scope)}"

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
            return str(self.value(within(task.fields, steps), self.checked.flow.scopes[task.name]))
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


def within(fields: Mapping[str, Any], steps: tuple[str | int, ...]) -> Any:
    found: Any = fields
    for step in steps:
        found = found[step] if isinstance(found, Mapping) else found
    return found

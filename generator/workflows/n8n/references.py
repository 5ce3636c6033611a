"""What an expression of a source reads, as n8n finds it: `$json`, or an earlier node's output by its name."""

from __future__ import annotations

import re
from typing import Literal

from specloom.generator.workflows.n8n.expressions import JAVASCRIPT, member, quote
from specloom.generator.workflows.raw import NoRawPlace, RawReply
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import DOT, JqPath, ResolvePath
from specloom.generator.workflows.source.flow import Producer, Scope
from specloom.generator.workflows.source.model import Call, For, Step, Task, walk
from specloom.generator.workflows.source.schemas import is_list

Flavour = Literal["node", "http"]
SETTINGS = "Settings"


def base_url(key: str) -> str:
    """The JavaScript of a service's base URL in the HTTP flavour."""
    return f"$('{SETTINGS}').first().json.{key.replace('-', '_')}"


def node(name: str) -> str:
    """How n8n refers to another node."""
    return f"$({quote(name)})" if re.search(r"['\\\\{}]", name) else f"$('{name}')"


class References:
    """Knows which node stands for which task. Nodes are named after tasks, whose names are letters and digits."""

    def __init__(self, checked: Checked, flavour: Flavour) -> None:
        self.checked = checked
        self.flavour = flavour
        self.tasks: dict[str, Task] = {task.name: task for task in walk(checked.workflow.tasks)}
        self.outputs: dict[tuple[str, str], str] = {}
        """(kind of producer, task) to the node whose output it is."""

    def resolver(self, scope: Scope) -> ResolvePath:
        """How a task with this scope reads a path."""

        def resolve(path: JqPath) -> str:
            producers, steps = scope.producers(path)
            producer = producers[0]
            base = "$json" if path.root == DOT else self._node(producer, scope)
            return self._read(producer, base, steps)

        return resolve

    def _node(self, producer: Producer, scope: Scope) -> str:
        name = self.outputs[producer.kind, producer.name]
        loops = self._loops(producer)
        alone = scope.after_loop or len(scope.loops) > len(loops)
        return f"{node(name)}.{'first()' if alone else 'item'}.json"

    def _loops(self, producer: Producer) -> tuple[str, ...]:
        """The loops whose rounds each have an output of their own of it."""
        if producer.kind == "start":
            return ()
        found = self.checked.flow.scopes[producer.name].loops
        return (*found, producer.name) if producer.kind == "each" else found

    def _read(self, producer: Producer, base: str, steps: tuple[str | int, ...]) -> str:
        if producer.kind == "start" and self._called():
            return member(f"{base}.body", steps)
        task = self.tasks.get(producer.name)
        if producer.kind == "task" and isinstance(task, Step) and steps:
            places = catalogue()[task.function].outputs
            own = places[str(steps[0])]["n8n"].split(".") if str(steps[0]) in places else [steps[0]]
            return member(base, [*own, *steps[1:]])
        if self.flavour == "http" and producer.kind == "task" and isinstance(task, Call):
            return self.raw(task).script(base, steps)
        origin = self.origin(task) if producer.kind == "each" and isinstance(task, For) else None
        if self.flavour == "http" and origin is not None and not is_list(self.checked.operation(origin)):
            return self.raw(origin).element(base, steps)
        if producer.kind == "each" and not steps:
            raise NoRawPlace("an element as a whole cannot be passed on in n8n: name one of its fields")
        return member(base, steps)

    def _called(self) -> bool:
        """Whether the start is a plain webhook, which puts what it gets under `body`."""
        start = self.checked.workflow.start
        return start.kind == "webhook" or (start.kind == "event" and self.flavour == "http")

    def origin(self, loop: For) -> Call | None:
        """The call whose result a loop goes through, if it is one."""
        if not isinstance(loop.items, JqPath):
            return None
        producers, _ = self.checked.flow.scopes[loop.name].producers(loop.items)
        task = self.tasks.get(producers[0].name)
        return task if isinstance(task, Call) else None

    def raw(self, call: Call) -> RawReply:
        service = self.checked.services[call.service]
        return RawReply(service, self.checked.operation(call), base_url(call.service), JAVASCRIPT)

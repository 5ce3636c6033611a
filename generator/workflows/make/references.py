"""What an expression of a source reads, as a scenario finds it: a field of an earlier module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from specloom.generator.make.iml import Inexpressible
from specloom.generator.workflows.make.expressions import path
from specloom.generator.workflows.make.modules import Apps, Way
from specloom.generator.workflows.make.requests import IML
from specloom.generator.workflows.raw import RawReply
from specloom.generator.workflows.source.expressions import CONTEXT, DOT, INPUT, JqPath, ResolvePath
from specloom.generator.workflows.source.model import Call, For
from specloom.generator.workflows.source.services import address

ScenarioFlavour = Literal["app", "http"]
"""With the generated apps, or with nothing but Make's own HTTP module."""
PathSteps = Sequence[str | int]


def resolver(apps: Apps, flavour: ScenarioFlavour, way: Way) -> ResolvePath:
    """How a module on this way reads a path."""

    def read(task: str, module: str, steps: PathSteps) -> str:
        if task in way.fixed and steps:
            return way.fixed[task][str(steps[0])]
        if not module:
            raise Inexpressible("there is nothing here that '.' could mean")
        return _raw(apps, task, module, steps) if flavour == "http" else path(module, apps.place(task, steps))

    def resolve(given: JqPath) -> str:
        if given.root == DOT:
            return read(way.last or "", way.dot, given.steps)
        if given.root == INPUT:
            return read("", way.start, given.steps)
        if given.root == CONTEXT:
            name = way.context[str(given.steps[0])]
            return read(name, way.outputs[name], given.steps[1:])
        owner = way.variables[given.root]
        return read(owner, way.outputs[owner], given.steps) if owner else _error(way, given.steps)

    return resolve


def _raw(apps: Apps, task: str, module: str, steps: PathSteps) -> str:
    """A field of the result, where the vendor's own reply has it; a reply that is a file is the module itself."""
    made = next((t for t in apps.tasks if t.name == task), None)
    if isinstance(made, Call):
        binary = apps.checked.operation(made).output.binary
        return module if binary and not steps else _reply(apps, made).script(f"{module}.data", steps)
    if isinstance(made, For) and isinstance(made.items, JqPath):
        producers, _ = apps.checked.flow.scopes[made.name].producers(made.items)
        origin = next((t for t in apps.tasks if t.name == producers[0].name), None)
        if isinstance(origin, Call):
            return _reply(apps, origin).element(module, steps)
    return path(module, apps.place(task, steps))


def _reply(apps: Apps, call: Call) -> RawReply:
    service = apps.checked.services[call.service]
    return RawReply(service, apps.checked.operation(call), address(service), IML)


def _error(way: Way, steps: PathSteps) -> str:
    if way.refusal:
        return way.refusal[str(steps[0]) if steps else "detail"]
    module = way.failed
    told = {"detail": f"{module}.error.message", "title": f"{module}.error.type"}
    # The message of our apps begins with the status: '[402] …'.
    told["status"] = f"substring({module}.error.message; 1; 4)"
    return told[str(steps[0])] if steps else f"{module}.error.message"

"""The steps of the node: which operations it offers, under which names, with which parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

from msgspec import Struct

from specloom.generator.n8n.fields.controls import Control, Layout, LayoutMemo, layout
from specloom.generator.n8n.names import operation_key, resource_key, unique
from specloom.generator.n8n.text import STANDARD, help_text, label, plain, sentence_case, singular, sort_key
from specloom.schemas.memo import remembered
from specloom.schemas.model import Operation, Service
from specloom.schemas.naming import nouns
from specloom.schemas.steps.output import StepOutput, StepOutputs

MEDIA = ("image", "audio", "video", "model3d", "file")
"""Kinds of result that are files."""


class N8nStep(Struct, frozen=True, kw_only=True):
    """One operation as the node offers it."""

    operation: Operation
    key: str
    name: str
    phrase: str
    """What it does to what, without its resource beside it."""
    help: str
    """What it does, how long it takes, and what of it nobody documents."""
    layout: Layout
    gives: StepOutput
    starter: Operation | None = None
    """The operation that begins the work after which this one asks."""

    @property
    def downloads(self) -> bool:
        """Its result can be put into a binary field."""
        return self.operation.output.type in MEDIA and not self.operation.output.binary

    @property
    def generates(self) -> bool:
        """It makes something that was not there, rather than to read or change what is."""
        return self.operation.generates

    @property
    def page_size(self) -> int | None:
        """The largest page the service gives, as far as the document says."""
        return self.operation.largest_page


class ResourceGroup(Struct, frozen=True, kw_only=True):
    """One resource: `key` is its value, `name` what people read."""

    key: str
    name: str
    description: str
    steps: tuple[N8nStep, ...] = ()

    @property
    def usual(self) -> N8nStep:
        """The step that is chosen at first: the first that generates, else the first that is not sensitive."""
        ranked = sorted(self.steps, key=lambda step: (step.operation.sensitive, not step.generates))
        return ranked[0]


def groups(service: Service) -> tuple[ResourceGroup, ...]:
    """The resources in the document's order, their steps by name; what generates comes first: steps everywhere,
    resources where that is what the service is for. Deprecated operations are left out."""
    tags: dict[str, list[Operation]] = {}
    for operation in service.operations:
        if not operation.deprecated:
            tags.setdefault(nouns.singular(operation.group), []).append(operation)
    descriptions = {nouns.singular(resource.name): resource.description for resource in service.resources}
    found: list[ResourceGroup] = []
    keys: set[str] = set()
    names: set[str] = set()
    known = LayoutMemo()
    outputs = StepOutputs(service)
    for tag, operations in tags.items():
        key = unique(resource_key(tag), keys)
        name = unique(singular(label(tag, key)), names, " ")
        keys.add(key)
        names.add(name)
        text = help_text(descriptions.get(tag, ""), name=name)
        found.append(ResourceGroup(key=key, name=name, description=text, steps=_steps(operations, outputs, known)))
    generative = service.generates
    return tuple(sorted(found, key=lambda group: _behind(group, generative)))


def _behind(group: ResourceGroup, generative: bool) -> tuple[bool, bool]:
    """What stands behind the others: resources that generate nothing, and those that are sensitive all through."""
    first = group.usual
    return first.operation.sensitive, generative and not first.generates


def _steps(operations: Sequence[Operation], outputs: StepOutputs, known: LayoutMemo) -> tuple[N8nStep, ...]:
    found: list[N8nStep] = []
    keys: set[str] = set()
    names: set[str] = set()
    phrases: set[str] = set()
    starters = {o.job.poll.operation_id: o for o in reversed(outputs.service.operations) if o.job is not None}
    for operation in operations:
        key = unique(operation_key(operation.operation_id), keys)
        name = STANDARD.get(key) or label(operation.action or operation.name, key)
        name = unique(name, names, " ")
        phrase = unique(label(operation.name, key), phrases, " ") if operation.action else name
        keys.add(key)
        names.add(name)
        phrases.add(phrase)
        text = _help(operation, outputs.service, name)
        form, gives = step_layout(operation, key, known), outputs.of(operation)
        starter = None if operation.job else starters.get(operation.operation_id)
        step = N8nStep(
            operation=operation, key=key, name=name, phrase=phrase, help=text, layout=form, gives=gives, starter=starter
        )  # fmt: skip
        found.append(step)
    made = [step for step in found if step.generates]
    return (*made, *sorted((step for step in found if not step.generates), key=lambda step: sort_key(step.name)))


def step_layout(operation: Operation, key: str, known: LayoutMemo) -> Layout:
    """The parameters of an operation, without those that Return All and Limit stand for."""
    rules = operation.pagination
    paging = [name for name in (rules.parameter, rules.size_parameter) if name] if rules else []
    return layout(operation.fields, key, without=paging, known=known)


def option(step: N8nStep) -> dict[str, Any]:
    """The step's entry in the Operation list. Sensitive ones are not offered to AI agents."""
    operation = step.operation
    action = sentence_case(step.phrase, operation.operation_id)
    found: dict[str, Any] = {"name": step.name, "value": step.key, "action": action}
    if step.help:
        found["description"] = step.help
    if operation.sensitive:
        found["displayOptions"] = {"hide": {"@tool": [True]}}
    if step.key == "getAll":
        found["action"] = action.replace("Get all ", "Get many ")
        found["description"] = found.get("description", "").replace(" all ", " many ") or "Get many"
    return found


def _help(operation: Operation, service: Service, name: str) -> str:
    parts = [operation.description or operation.summary]
    if operation.duration and operation.duration >= 10 and not re.search(r"\d\s*(seconds|minutes|s\b)", parts[0]):
        parts.append(f"Takes about {round(operation.duration)} seconds")
    if operation.inferred:
        parts.append(f"Not documented by {plain(service.title, 60)}: {operation.inferred}")
    return help_text(*parts, name=name)


@remembered
def listed(found: Layout) -> tuple[Control, ...]:
    """The controls whose choices the node looks up at run time, those inside objects included."""
    level = [control for control in found if control.path]
    inside = [listed(Layout(c.direct, c.more)) for c in found if c.direct or c.more]
    return (*level, *chain.from_iterable(inside))

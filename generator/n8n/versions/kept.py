"""Versions of the nodes. Workflows made with an earlier document keep the node of that document as version 1; what
they hold that the new document takes as well is simply the new one's. Only what is asked for makes a version: no node
brings back what a reply no longer says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.diff.fields import inputs
from specloom.generator.n8n.fields.forms import N8nForm, form
from specloom.generator.n8n.node.steps import N8nStep, groups
from specloom.generator.n8n.versions.breaking import doubtful, endpoint, unkept
from specloom.generator.selection import needs
from specloom.schemas.model import Operation, Service, Trigger
from specloom.schemas.problems import Problem


class Versions(Struct, frozen=True):
    """`offered`: by version what its nodes offer, the newest last. `problems`: what of earlier ones cannot be kept."""

    offered: Mapping[int, Service]
    problems: tuple[Problem, ...] = ()


class _Carried(Struct, frozen=True):
    """What of an earlier service the new one's steps cannot stand for: operationIds and events."""

    operations: frozenset[str]
    events: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.operations or self.events)


def versions(service: Service, earlier: Sequence[Service]) -> Versions:
    """`earlier`: the same service as its former documents had it, oldest first. A document that breaks nothing of the
    one before it takes its place, under its number."""
    problems = [problem for old in earlier for problem in unkept(old, service)]
    chain: list[Service] = []
    for one in (*(old for old in earlier if old.key == service.key), service):
        if chain and not _carried(chain[-1], one):
            chain.pop()
        chain.append(one)
    offered: dict[int, Service] = {}
    for number, old in enumerate(chain[:-1], 1):
        carried = _carried(old, service)
        offered[number] = _offered(old, service, carried)
        problems += doubtful(old, service, carried.operations)
    return Versions({**offered, len(chain): service}, tuple(dict.fromkeys(problems)))


# What has to be carried along


def _carried(old: Service, new: Service) -> _Carried:
    steps = _steps(new)
    found = {s.operation.operation_id for place, s in _steps(old).items() if not _works(s, steps.get(place))}
    # An operation and those it calls are of one document: they name each other's inputs.
    while more := {o.operation_id for o in old.operations if o.operation_id not in found and _calls(old, o, found)}:
        found |= more
    events = {t.event: t for t in new.triggers}
    lost = {t.event for t in old.triggers if t.operation_id in found or not _same_event(t, events.get(t.event))}
    return _Carried(frozenset(found), frozenset(lost))


def _steps(service: Service) -> dict[tuple[str, str], N8nStep]:
    """By what a workflow holds: the values of Resource and Operation."""
    return {(group.key, step.key): step for group in groups(service) for step in group.steps}


def _calls(service: Service, operation: Operation, names: set[str]) -> bool:
    return any(name in names for name, _ in needs(service, operation))


def _works(old: N8nStep, new: N8nStep | None) -> bool:
    """Whether what a workflow holds for the old step is what the new one asks for."""
    if new is None or new.operation.operation_id != old.operation.operation_id:
        return False
    was, now = old.operation, new.operation
    if (was.pagination is None) != (now.pagination is None):
        return False
    if any(change.effect == "breaking" for change in inputs(was.operation_id, was.fields, now.fields)):
        return False
    return _holds(form(new.layout), form(old.layout))


def _holds(new: N8nForm, old: N8nForm) -> bool:
    """Whether every parameter of the old form is at the same place of the new one, in the same shape."""
    for part in ("direct", "more"):
        entries = {entry["name"]: entry for entry in new.get(part, ())}
        for entry in old.get(part, ()):
            other = entries.get(entry["name"])
            if other is None or _shape(other) != _shape(entry) or not _holds(other, entry):
                return False
    return True


def _shape(entry: N8nForm) -> N8nForm:
    return {key: value for key, value in entry.items() if key not in ("direct", "more")}


def _same_event(old: Trigger, new: Trigger | None) -> bool:
    kept = ("delivery", "operation_id", "url_field", "dedupe")
    return new is not None and all(getattr(old, name) == getattr(new, name) for name in kept)


# What an earlier version offers


def _offered(old: Service, new: Service, carried: _Carried) -> Service:
    """The old operations and events, those that are not carried as the new document has them; all else is new."""
    resources = {resource.name: resource for resource in new.resources}
    events = {trigger.event: trigger for trigger in new.triggers}
    return replace(
        new,
        version=old.version,
        operations=tuple(_operation(o, new.operation(o.operation_id), carried) for o in old.operations),
        resources=tuple(resources.get(resource.name, resource) for resource in old.resources),
        triggers=tuple(t if t.event in carried.events else events[t.event] for t in old.triggers),
    )


def _operation(old: Operation, new: Operation | None, carried: _Carried) -> Operation:
    """Under its old key in any case; a carried one is asked as it was, and told of and guarded as it is now."""
    if new is None:
        return old
    if old.operation_id not in carried.operations:
        same = (new.resource, new.deprecated) == (old.resource, old.deprecated)
        return new if same else replace(new, resource=old.resource, deprecated=old.deprecated)
    asked = ("resource", "method", "path", "server", "media_type", "body_required", "fields", "pagination", "job",
             "deprecated")  # fmt: skip
    found = replace(new, **{name: getattr(old, name) for name in asked})
    return found if _answers_alike(old, new) else replace(found, output=old.output, accept=old.accept)


def _answers_alike(old: Operation, new: Operation) -> bool:
    """Whether the new document's account of the reply is good for the old call too: then it is the truer one."""
    if endpoint(old) != endpoint(new) or (old.output.type, old.output.binary) != (new.output.type, new.output.binary):
        return False
    return all(o.job is None and o.output.download is None for o in (old, new))

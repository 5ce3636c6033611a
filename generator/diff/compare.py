"""What changes for people who already use the connectors, when a document changes.

They depend on keys (operations, inputs, events), on what an input takes, and on the fields of a reply they have mapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from specloom.generator.diff.change import Change, Effect
from specloom.generator.diff.fields import inputs, reply
from specloom.generator.platforms import EmitOptions, emitter
from specloom.schemas.model import Operation, Service, Trigger


class Diff(Struct, frozen=True):
    old: Service
    new: Service
    changes: tuple[Change, ...]

    @property
    def breaks(self) -> bool:
        return any(change.effect == "breaking" for change in self.changes)


def diff(old: Service, new: Service, platforms: Sequence[str] = ()) -> Diff:
    """Breaking changes first, then in the document's order. With `platforms`, both services are written for them and
    their keys compared too."""
    found = [
        *_service(old, new), *_operations(old, new), *_triggers(old, new),
        *(change for platform in platforms for change in _keys(old, new, platform)),
    ]  # fmt: skip
    unique = dict.fromkeys(found)
    return Diff(old, new, tuple(sorted(unique, key=lambda change: change.effect != "breaking")))


# The service


def _service(old: Service, new: Service) -> Iterator[Change]:
    if old.key != new.key:
        hint = f"keep it with 'x-specloom: {{key: {old.key}}}'"
        message = f"its key becomes {new.key!r} (was {old.key!r}): the packages get other names"
        yield Change("breaking", "service-key", "", message, hint)
    was, now = old.auth, new.auth
    if (was.kind, was.location, was.name, was.flow) != (now.kind, now.location, now.name, now.flow):
        message = f"people sign in differently: {_sign_in(old)} becomes {_sign_in(new)}"
        yield Change("breaking", "auth", "", message, "everybody has to connect again")
    if old.base_url != new.base_url:
        effect: Effect = "safe" if new.base_url else "breaking"
        yield Change(
            effect, "server", "", f"the base URL becomes {new.base_url or 'a question'} (was {old.base_url or 'one'})"
        )
    known = {variable.name for server in old.servers[:1] for variable in server.variables}
    for variable in (v for server in new.servers[:1] for v in server.variables):
        if variable.name not in known and not variable.default:
            message = f"the connection asks for {variable.name!r}, without a default"
            yield Change("breaking", "server-variable", "", message, "give it a default")


def _sign_in(service: Service) -> str:
    auth = service.auth
    place = f" in {auth.location} {auth.name}" if auth.kind == "apiKey" else f" {auth.flow or auth.scheme}"
    return f"{auth.kind}{place}".strip()


# Operations


def _operations(old: Service, new: Service) -> Iterator[Change]:
    now = {operation.operation_id: operation for operation in new.operations}
    was = {operation.operation_id: operation for operation in old.operations}
    added = [operation for name, operation in now.items() if name not in was]
    renamed: set[str] = set()
    for name, operation in was.items():
        if name in now:
            yield from _operation(operation, now[name])
            continue
        other = _renamed(operation, added)
        if other is None:
            effect: Effect = "safe" if operation.deprecated else "breaking"
            yield Change(effect, "operation-removed", name, f"{operation.method} {operation.path} is gone")
        else:
            renamed.add(other.operation_id)
            hint = "keep the old operationId"
            yield Change("breaking", "operation-renamed", name, f"its key becomes {other.operation_id!r}", hint)
            yield from _operation(operation, other)
    for operation in added:
        if operation.operation_id not in renamed:
            yield Change("safe", "operation-added", operation.operation_id, f"new: {operation.name}")


def _renamed(operation: Operation, added: Sequence[Operation]) -> Operation | None:
    """The same call under another id: the same method and path, but for the names of its parameters."""
    shape = re.sub(r"\{[^}]*\}", "{}", operation.path)
    for other in added:
        if other.method == operation.method and re.sub(r"\{[^}]*\}", "{}", other.path) == shape:
            return other
    return None


def _operation(old: Operation, new: Operation) -> Iterator[Change]:
    name = old.operation_id
    if old.resource != new.resource:
        message = f"its tag becomes {new.resource!r} (was {old.resource!r}): n8n finds it by both"
        yield Change("breaking", "tag", name, message, "keep the first tag")
    if new.deprecated and not old.deprecated:
        yield Change("breaking", "deprecated", name, "it is deprecated now, and left out", "build with --deprecated")
    if old.deprecated and not new.deprecated:
        yield Change("safe", "undeprecated", name, "it is no longer deprecated")
    if new.sensitive and not old.sensitive:
        yield Change("breaking", "sensitive", name, "it has to be confirmed now, and is no tool for AI agents")
    if old.writes != new.writes:
        yield Change("breaking", "kind", name, f"it becomes {'an action' if new.writes else 'a search'} on Zapier")
    yield from inputs(name, old.fields, new.fields)
    yield from _output(name, old, new)


def _output(name: str, old: Operation, new: Operation) -> Iterator[Change]:
    if old.output.type != new.output.type:
        effect: Effect = "safe" if old.output.type == "none" else "breaking"
        message = f"its result is {_kind(new)} (was {_kind(old)})"
        yield Change(effect, "result-type", name, message)
    if old.output.repeated != new.output.repeated:
        yield Change(
            "breaking", "reply-list", name, f"its reply {'is a list' if new.output.repeated else 'is no list'} now"
        )
    if (old.job is None) != (new.job is None):
        yield Change(
            "breaking" if old.job else "safe",
            "job",
            name,
            "it waits no longer" if old.job else "it waits for the work to be done",
        )
    if (old.pagination is None) != (new.pagination is None):
        more = "its reply is read as a list that comes in pages" if new.pagination else "its pages are no longer turned"
        yield Change("breaking", "pagination", name, more)
    yield from reply(name, old.output.fields, new.output.fields)


def _kind(operation: Operation) -> str:
    return {"none": "the reply itself", "model3d": "a 3D model"}.get(operation.output.type, operation.output.type)


# Events, and keys


def _triggers(old: Service, new: Service) -> Iterator[Change]:
    was, now = {t.event: t for t in old.triggers}, {t.event: t for t in new.triggers}
    for event, trigger in was.items():
        subject = f"trigger:{event}"
        if event not in now:
            yield Change("breaking", "trigger-removed", subject, f"{trigger.name!r} is gone")
        else:
            yield from _trigger(subject, trigger, now[event])
    for event, trigger in now.items():
        if event not in was:
            yield Change("safe", "trigger-added", f"trigger:{event}", f"new: {trigger.name}")


def _trigger(subject: str, old: Trigger, new: Trigger) -> Iterator[Change]:
    if old.delivery != new.delivery:
        yield Change("breaking", "trigger-delivery", subject, f"it is delivered by {new.delivery} (was {old.delivery})")
    if old.dedupe != new.dedupe:
        message = f"elements are told apart by {new.dedupe!r} (was {old.dedupe!r}): old ones come again"
        yield Change("breaking", "trigger-dedupe", subject, message)
    yield from reply(subject, old.payload, new.payload)


def _keys(old: Service, new: Service, platform: str) -> Iterator[Change]:
    """Keys that this platform's own rules change: a new neighbour of the same name, say."""
    was, now = _written(old, platform), _written(new, platform)
    for source, (name, keys) in was.items():
        if source not in now:
            continue
        other, others = now[source]
        if other != name:
            yield Change("breaking", "platform-key", source, f"{platform}: its key becomes {other!r} (was {name!r})")
        for field, key in keys.items():
            if field in others and others[field] != key:
                message = f"{platform}: the key of input {field!r} becomes {others[field]!r} (was {key!r})"
                yield Change("breaking", "platform-key", source, message)


def _written(service: Service, platform: str) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    emission = emitter(platform)(service, EmitOptions())
    kinds = ("action", "search", "trigger")
    return {entry.source: (entry.name, entry.inputs) for entry in emission.written if entry.kind in kinds}

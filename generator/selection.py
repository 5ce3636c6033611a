"""Which operations of a document become steps: by tag, by operation, and in parts where there are too many."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.model import Field, Operation, Service
from specloom.schemas.problems import Location, Problem, SpecloomError

LARGE = 300
"""Operations above which nobody finds theirs in one node's list."""
VAST = 2000
"""Operations above which no platform opens a connector of them all: split unless the user forbids it."""
MAX_KEY = 30


class Selection(Struct, frozen=True):
    """Names may hold `*` and `?`. Without tags and operations, everything is selected."""

    tags: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    deprecated: bool = False
    lenient: bool = False
    """Names of which the document has none are passed over: a former document need not have them."""

    @property
    def narrows(self) -> bool:
        return bool(self.tags or self.operations)


class Selected(Struct, frozen=True):
    """The service to write, why the rest is not in it, and what is in it only because others need it."""

    service: Service
    unselected: Mapping[str, str]
    needed: Mapping[str, str]


def select(service: Service, selection: Selection) -> Selected:
    """Raises SpecloomError for a tag or operation that the document does not have."""
    if selection.deprecated:
        service = replace(service, operations=tuple(_in_use(operation) for operation in service.operations))
    if not selection.narrows:
        return Selected(service, {}, {})
    tags = _matching(selection.tags, [resource.name for resource in service.resources], "tag", selection.lenient)
    names = _matching(
        selection.operations, [o.operation_id for o in service.operations], "operation", selection.lenient
    )
    chosen = {o.operation_id for o in service.operations if o.resource in tags or o.operation_id in names}
    told = " ".join(
        [*(f"--tag {tag!r}" for tag in selection.tags), *(f"--operation {o!r}" for o in selection.operations)]
    )
    return _kept(service, chosen, f"not selected by {told}")


def _in_use(operation: Operation) -> Operation:
    """Deprecated operations are written as any other, and say so."""
    if not operation.deprecated:
        return operation
    text = operation.description or operation.summary
    return replace(operation, deprecated=False, description=f"Deprecated. {text}".strip())


def _matching(patterns: Sequence[str], known: Sequence[str], what: str, lenient: bool) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        hits = {name for name in known if fnmatchcase(name.lower(), pattern.lower())}
        if not hits and not lenient:
            import difflib  # most runs do without

            near = difflib.get_close_matches(pattern, known, 3, 0.5) or list(known[:3])
            raise SpecloomError(f"no {what} {pattern[:80]!r} in this document", hint=f"known: {', '.join(near)}, …")
        found |= hits
    return found


def _kept(service: Service, chosen: set[str], reason: str = "") -> Selected:
    """Those `chosen` and what they need; the `reason` is told of each that is left, where there is one."""
    triggers = tuple(t for t in service.triggers if not t.operation_id or t.operation_id in chosen)
    whole, service = service, replace(service, triggers=triggers)
    needed: dict[str, str] = {}
    todo = [operation for operation in service.operations if operation.operation_id in chosen]
    while todo:
        operation = todo.pop()
        for name, why in needs(service, operation):
            found = whole.operation(name)  # which knows it by name already
            if found is not None and name not in chosen and name not in needed:
                needed[name] = why
                todo.append(found)
    if service.connection is not None and service.connection.operation_id not in chosen:
        needed.setdefault(service.connection.operation_id, "it tells a good key from a bad one")
    operations = tuple(o for o in service.operations if o.operation_id in chosen or o.operation_id in needed)
    used = {operation.resource for operation in operations}
    resources = tuple(resource for resource in service.resources if resource.name in used)
    kept = {operation.operation_id for operation in operations}
    left = {o.operation_id: reason for o in service.operations if reason and o.operation_id not in kept}
    return Selected(replace(service, operations=operations, resources=resources), left, needed)


def needs(service: Service, operation: Operation) -> Iterator[tuple[str, str]]:
    """Other operations without which this one's step does not work."""
    if operation.job is not None:
        yield operation.job.poll.operation_id, f"it tells the state of {operation.operation_id}"
    if operation.output.download is not None:
        yield operation.output.download.operation_id, f"it gives the file of {operation.operation_id}"
    for field in _all(operation.fields):
        if field.options is not None:
            yield field.options.operation_id, f"it lists the choices of {field.name}"
    for trigger in service.triggers:
        if trigger.operation_id == operation.operation_id and trigger.unsubscribe is not None:
            yield trigger.unsubscribe.operation_id, f"it ends {operation.operation_id}"


def _all(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.fields)


def parts_of(service: Service, selection: Selection, divide: bool | None) -> tuple[Selected, ...]:
    """The connectors to write. `divide` None leaves it to the number of operations. Raises SpecloomError as select."""
    if divide is None:
        divide = not selection.narrows and len(service.operations) > VAST
    return split(select(service, selection).service) if divide else (select(service, selection),)


def split(service: Service) -> tuple[Selected, ...]:
    """One connector a tag, or family of tags (`core_v1`, `core_v1.pods`); the service as it is where it is small.
    Problems of an operation stay with it, those of the whole document stand in the first connector alone."""
    families = _families(service)
    if len(families) < 2 or len(service.operations) <= LARGE:
        return (Selected(service, {}, {}),)
    known = {operation.operation_id for operation in service.operations}
    taken: set[str] = set()
    parts: list[Selected] = []
    for family, tags in families.items():
        chosen = {o.operation_id for o in service.operations if o.resource in tags}
        key = _part_key(service.key, family, taken)
        taken.add(key)
        part = _kept(service, chosen)
        own = {operation.operation_id for operation in part.service.operations}
        told = own if parts else own | {problem.location.operation for problem in service.problems} - known
        problems = tuple(problem for problem in service.problems if problem.location.operation in told)
        shared = sum(_family(tag) == family for tag in tags) > 1
        title = f"{service.title} {family if shared else tags[0]}"[:60]
        part = replace(part, service=replace(part.service, key=key, title=title, problems=problems))
        parts.append(replace(part, unselected={}))  # the others have reports of their own
    return tuple(parts)


def _families(service: Service) -> dict[str, list[str]]:
    """Tags by the name of their family. Those that have nothing to offer make no connector: what they hold is
    accounted for in the first one."""
    found: dict[str, list[str]] = {}
    for resource in service.resources:
        found.setdefault(_family(resource.name), []).append(resource.name)
    offered = {_family(operation.resource) for operation in service.operations if not operation.deprecated}
    if not offered:
        return {}
    first = next(family for family in found if family in offered)
    for family in [family for family in found if family not in offered]:
        found[first] += found.pop(family)
    return found


def _family(tag: str) -> str:
    """'users' of 'users.user' and 'users.calendar'."""
    return re.split(r"[./:>]", tag, maxsplit=1)[0].strip() or tag


def _part_key(key: str, family: str, taken: set[str]) -> str:
    """Stays the same when the document grows: it depends on the tag alone."""
    slug = "-".join(re.findall(r"[a-z0-9]+", family.lower())) or "part"
    if len(slug) > MAX_KEY - 5:
        slug = f"{slug[: MAX_KEY - 10].strip('-')}-{hashlib.sha256(family.encode()).hexdigest()[:4]}"
    head = key[: MAX_KEY - 1 - len(slug)].strip("-")
    found = f"{head}-{slug}".strip("-") if head else slug
    found = found if found[0].isalpha() else f"x{found}"[:MAX_KEY]
    if found in taken:
        found = f"{found[: MAX_KEY - 5]}-{hashlib.sha256(family.encode()).hexdigest()[:4]}"
    return found


def advice(service: Service) -> tuple[Problem, ...]:
    """What to do about a service that is too large for one connector."""
    count = len(service.operations)
    if count <= LARGE:
        return ()
    hint = "choose with --tag or --operation, or write one connector a tag with --split"
    message = f"{count} operations are too many to choose from in one list"
    return (Problem("warning", "large", message, hint, Location()),)

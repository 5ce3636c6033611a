"""Mistakes of a document that hurt when its connector runs: findings of `specloom check`, each at its very place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from specloom.schemas.expressions import Expression, join_pointer
from specloom.schemas.model import Field, Operation, Service

_EXTENSION = "x-specloom"


class Mistake(Struct, frozen=True):
    """`pointer` leads to the place in the document."""

    code: str
    message: str
    hint: str
    pointer: str


def mistakes(service: Service, operation: Operation) -> Iterator[Mistake]:
    yield from _states(service, operation)
    yield from _expressions(service, operation)
    yield from _links(service, operation)


def _holder(service: Service, operation: Operation) -> Operation | None:
    """The operation whose reply holds the result: for a job, its poll."""
    return service.operation(operation.job.poll.operation_id) if operation.job else operation


def _states(service: Service, operation: Operation) -> Iterator[Mistake]:
    """A state that never comes lets the job run until it times out."""
    job, poll = operation.job, _holder(service, operation)
    reference = job.status.reference if job else None
    if job is None or poll is None or reference is None or reference.root != "response.body":
        return
    field = _field(poll, reference.path)
    known = {choice.value for choice in field.choices} if field else set()
    for kind in ("succeeded", "failed", "canceled", "queued"):
        for value in getattr(job, kind):
            if known and field and not field.open and value not in known:
                listed = ", ".join(sorted(map(str, known)))
                pointer = f"{operation.pointer}/{_EXTENSION}/job/{kind}"
                yield Mistake(
                    "unknown-state", f"{value!r} is no state of {poll.operation_id}", f"it has: {listed[:200]}", pointer
                )


def _expressions(service: Service, operation: Operation) -> Iterator[Mistake]:
    """What a result or a list is read from, where the reply's schema has no such place."""
    holder = _holder(service, operation)
    if holder is None or not holder.output.fields or operation.output.items is not None:
        return
    for key, expression in operation.output.mapping.items():
        if missing := _missing(holder, expression):
            hint = f"the reply of {holder.operation_id} has: {', '.join(f.name for f in holder.output.fields)[:200]}"
            yield Mistake(
                "points-nowhere",
                f"{missing} is not in the reply",
                hint,
                f"{operation.pointer}/{_EXTENSION}/result/{key}",
            )


def _missing(holder: Operation, expression: Expression) -> str:
    """The pointer that leads nowhere; '' where all do, or where the schema is open."""
    for reference in expression.references:
        if reference.root == "response.body" and reference.path and not _reaches(holder.output.fields, reference.path):
            return join_pointer(reference.path)
    return ""


def _reaches(fields: tuple[Field, ...], path: tuple[str, ...]) -> bool:
    for token in path:
        if token.isdigit():
            continue
        found = next((f for f in fields if (f.pointer.rpartition("/")[2] or f.name) == token or f.name == token), None)
        if found is None:
            return not fields or len(fields) > 150  # nothing is known here, or not everything
        if not found.fields:
            return True
        fields = found.fields
    return True


def _field(operation: Operation, path: tuple[str, ...]) -> Field | None:
    fields, found = operation.output.fields, None
    for token in path:
        found = next((f for f in fields if f.name == token), None)
        fields = found.fields if found else ()
    return found


def _links(service: Service, operation: Operation) -> Iterator[Mistake]:
    for response in operation.responses:
        for link in response.links:
            target = service.operation(link.operation_id)
            names = {field.name for field in target.fields} if target else set()
            for name in link.parameters if target else ():
                if name not in names:
                    pointer = f"{operation.pointer}/responses/{response.status}/links/{link.name}"
                    hint = f"{link.operation_id} has: {', '.join(sorted(names))[:200]}"
                    yield Mistake(
                        "link-parameter", f"link {link.name!r} gives {name!r}, which is no input", hint, pointer
                    )


def _is_misspelt(key: object) -> bool:
    other = isinstance(key, str) and key.startswith("x-s") and key != _EXTENSION
    return other and bool(get_close_matches(str(key), [_EXTENSION], cutoff=0.8))


def misspelt(value: Any, pointer: str = "", depth: int = 0) -> Iterator[Mistake]:
    """`x-speclom`, and paths with `<id>` for `{id}`."""
    if depth > 6 or not isinstance(value, dict):
        return
    for key, child in value.items():
        here = f"{pointer}{join_pointer((str(key),))}"
        if (
            isinstance(key, str)
            and key != _EXTENSION
            and key[:3] == "x-s"
            and get_close_matches(key, [_EXTENSION], cutoff=0.8)
        ):
            yield Mistake("misspelt-extension", f"{key!r} is read by nobody", f"write {_EXTENSION!r}", here)
        elif pointer == "/paths" and isinstance(key, str) and re.search(r"<[A-Za-z_]\w*>", key):
            yield Mistake("angle-parameter", f"path {key[:80]!r} has a parameter in <>", "write it as {name}", here)
        yield from misspelt(child, here, depth + 1)

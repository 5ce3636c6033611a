"""Names that all operations of a document have together."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec.structs import replace

from specloom.schemas.model import Operation
from specloom.schemas.naming.rest import RestName, rest_names
from specloom.schemas.naming.verbs import contradicts
from specloom.schemas.text import title_case


def named(operations: Iterable[Operation], given: Container[str]) -> tuple[Operation, ...]:
    """With what their paths say of them. A name that the document gives (`given`: those operationIds) stays, and so
    does a summary that says something else; an operationId alone says less than method and path."""
    every = tuple(operations)
    found = rest_names((o.operation_id, o.method, o.path) for o in every)
    return tuple(_named(o, found.get(o.operation_id), given) for o in every)


def _named(operation: Operation, name: RestName | None, given: Container[str]) -> Operation:
    if name is None:
        return operation
    own = operation.operation_id in given
    worse = operation.summary and (name.further or contradicts(name.action, operation.summary))
    return replace(
        operation,
        collection=name.collection,
        action="" if own or worse else name.action,
        name=operation.name if own or operation.summary or not name.action else title_case(name.phrase),
    )

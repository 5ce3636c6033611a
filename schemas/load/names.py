"""Names that all operations of a document have together."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from specloom.schemas.document.node import Node
from specloom.schemas.model import Operation
from specloom.schemas.naming.rest import rest_names
from specloom.schemas.naming.verbs import contradicts
from specloom.schemas.text import title_case


def named(known: Collection[tuple[Operation, Node]]) -> tuple[Operation, ...]:
    """With what their paths say of them. A name that the document gives (`x-specloom.name`) stays, and so does a
    summary that says something else; an operationId alone says less than method and path."""
    found = rest_names((o.operation_id, o.method, o.path) for o, _ in known)
    result = []
    for operation, node in known:
        name = found.get(operation.operation_id)
        if name is None:
            result.append(operation)
            continue
        given = bool(node.get("x-specloom").text("name"))
        told = given or operation.summary or not name.action
        worse = operation.summary and (name.further or contradicts(name.action, operation.summary))
        result.append(
            replace(
                operation,
                collection=name.collection,
                action="" if given or worse else name.action,
                name=operation.name if told else title_case(name.phrase),
            )
        )
    return tuple(result)

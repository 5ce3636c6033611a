"""Replies that hold a list of records and nothing else: such a step gives one item per element."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from specloom.schemas.infer.api import Api, Listing
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.rules.pages.subject import OF_A_RECORD
from specloom.schemas.infer.words import LISTS, bare, singular
from specloom.schemas.model import Operation


def lists(api: Api, results: Collection[str]) -> Iterator[Proposal]:
    """`results`: operations that make something, by operationId."""
    for operation, block in api.open_operations:
        told = operation.pagination or operation.job or operation.output.type != "none" or operation.output.repeated
        if told or operation.method != "GET" or "result" in block or operation.operation_id in results:
            continue
        listing = api.listing(operation)
        if listing is None or not listing.path or operation.output.binary or operation.output.items is not None:
            continue
        confidence = _confidence(operation, listing)
        if confidence:
            value = {"type": "none", "items": listing.items}
            yield Proposal(
                kind="list",
                operation_id=operation.operation_id,
                reason=f"the reply is a list in {listing.path[-1]!r}",
                confidence=confidence,
                changes=(ProposedChange(operation.pointer, {"x-specloom": {"result": value}}),),
            )


def _confidence(operation: Operation, listing: Listing) -> float:
    """A record that has a list among its fields is no list."""
    beside = {bare(field.name) for field in operation.output.fields}
    name, last = bare(listing.path[-1]), bare(operation.path.rstrip("/").rpartition("/")[2])
    if beside & OF_A_RECORD or len(listing.path) > 2:
        return 0
    named = singular(name) == singular(last) or (len(name) > 3 and last.endswith(name))
    if name in LISTS or named:
        return 0.95
    return 0.92 if len(beside) == 1 and not operation.path.rstrip("/").endswith("}") else 0

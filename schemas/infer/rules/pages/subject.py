"""Whether the one list of a reply is what the operation reads, or one of a record's fields."""

from __future__ import annotations

from specloom.schemas.infer.api import Listing, segments
from specloom.schemas.infer.words import LISTS, bare, singular
from specloom.schemas.model import Field, Operation

OF_A_RECORD = frozenset("id uuid guid key slug".split())


def is_subject(operation: Operation, listing: Listing, parameter: str, style: str) -> bool:
    """`parameter` is what turns its pages: `next_episode` turns the episodes of a podcast."""
    if not listing.path:
        return True
    name = singular(bare(listing.path[-1]))
    of_one = operation.path.rstrip("/").endswith("}")
    if of_one and style == "link":
        return not _in_a_record(operation, listing)
    parts = [singular(bare(part)) for part in segments(operation.path)]
    if bare(listing.path[-1]) in LISTS or any(name == part or _inside(part, name) for part in parts):
        return True
    return (_inside(name, bare(parameter))) or not _in_a_record(operation, listing)


def _inside(one: str, other: str) -> bool:
    """`podcast` and `best_podcast`."""
    return (len(one) > 3 and one in other) or (len(other) > 3 and other in one)


def _in_a_record(operation: Operation, listing: Listing) -> bool:
    """Whether an id stands beside it, or beside an object that it is in."""
    fields: tuple[Field, ...] = operation.output.fields
    for token in listing.path:
        beside = {bare(field.name) for field in fields}
        if beside & OF_A_RECORD:
            return True
        inner = next((field for field in fields if token in (field.name, field.pointer.removeprefix("/"))), None)
        fields = inner.fields if inner else ()
    return False

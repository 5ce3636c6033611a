"""Inputs that take the id of something the service can list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from specloom.schemas.infer.api import Api, Listing, item, needed, segments
from specloom.schemas.infer.places import place
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.words import LABELS, bare, is_plural, singular
from specloom.schemas.memo import cached
from specloom.schemas.model import Field, Operation

_VERSION = re.compile(r"/v\d+(?=/)")
_STEM = re.compile(r"(.+?)[_\-. ]?(?:ids?|Ids?|IDs?|uuid|key|slug)\Z")


class OptionSource(Struct, frozen=True):
    """A list that choices can come from."""

    operation: Operation
    listing: Listing
    stem: str


def options(api: Api) -> Iterator[Proposal]:
    sources = list(_sources(api))
    if not sources:
        return
    by_path = {source.operation.path.rstrip("/"): source for source in sources}
    by_stem: dict[str, list[OptionSource]] = {}
    for source in sources:
        by_stem.setdefault(source.stem, []).append(source)
    found: dict[str, tuple[Proposal, list[tuple[str, str]]]] = {}
    for operation, _ in api.open_operations:
        for field in operation.fields:
            if not _asks_id(field):
                continue
            proposal = _option(api, operation, field, by_path, by_stem)
            if proposal is None:
                continue
            kept, concerned = found.setdefault(proposal.changes[0].pointer, (proposal, []))
            if kept.block == proposal.block:
                concerned.append((operation.operation_id, field.name))
    for proposal, concerned in found.values():
        yield Proposal(
            kind="options",
            operation_id=proposal.operation_id,
            reason=proposal.reason,
            confidence=proposal.confidence,
            changes=proposal.changes,
            fields=tuple(concerned),
        )


def _sources(api: Api) -> Iterator[OptionSource]:
    for path, operation in api.reads.items():
        fixed = segments(path)
        if operation.sensitive or operation.output.binary or path.endswith("}") or not fixed:
            continue
        if not is_plural(fixed[-1]) or needed(operation):
            continue
        listing = api.listing(operation)
        if listing and listing.fields and listing.field("id", "uuid", "key", "slug", f"{singular(fixed[-1])}id"):
            yield OptionSource(operation, listing, bare(singular(fixed[-1])))


def _asks_id(field: Field) -> bool:
    plain = field.type in ("string", "integer") and not field.choices and not field.options and not field.file
    return plain and field.location in ("path", "query", "body") and not field.read_only


def _option(
    api: Api,
    operation: Operation,
    field: Field,
    by_path: Mapping[str, OptionSource],
    by_stem: Mapping[str, list[OptionSource]],
) -> Proposal | None:
    source, confidence, reason = None, 0.0, ""
    if field.location == "path":
        prefix = operation.path.partition("/{" + field.pointer + "}")[0]
        source = by_path.get(prefix)
        confidence, reason = 0.92, f"{prefix}/{{{field.pointer}}} is an element of the list at {prefix}"
    if source is None and (stem := _stem(field.name)) is not None:
        source = _nearest(operation, by_stem.get(stem, ()))
        if source is not None:
            confidence = 0.91 if bare(field.name) in source.listing.by_name or _is_its_id(field, source) else 0.75
            reason = f"{field.name!r} is an id of what {source.operation.operation_id} lists"
    if source is None or source.operation.operation_id == operation.operation_id:
        return None
    value = _identity(source, field)
    pointer = place(api, operation, field) if value else None
    if value is None or pointer is None:
        return None
    label = source.listing.field(*LABELS[:2], f"{source.stem}name", *LABELS[2:])
    if label is None or label.type != "string" or label.repeated:
        label, confidence = value, min(confidence, 0.7)
    told = {
        "operation": source.operation.operation_id,
        "items": source.listing.items,
        "value": item((value.name,)),
        "label": item((label.name,)),
    }
    return Proposal(
        kind="options",
        operation_id=operation.operation_id,
        reason=reason,
        confidence=confidence,
        changes=(ProposedChange(pointer, {"x-specloom": {"options": told}}),),
    )


def _nearest(operation: Operation, several: Sequence[OptionSource]) -> OptionSource | None:
    """Of lists of one name that of the operation's own group, then the one whose path begins as its own does, then the
    shorter path; None where two are as near."""

    def distance(source: OptionSource) -> list[int]:
        other = source.operation
        start = segments(other.path)[:1] == segments(operation.path)[:1]
        return [other.resource != operation.resource, not start, other.path.count("/")]

    ranked = sorted(several, key=distance)
    if len(ranked) > 1 and distance(ranked[0]) == distance(ranked[1]):
        plain = {_VERSION.sub("", source.operation.path) for source in ranked[:2]}
        return ranked[0] if len(plain) == 1 else None  # of two versions of one list either will do
    return ranked[0] if ranked else None


def _is_its_id(field: Field, source: OptionSource) -> bool:
    """`account_id` where the service's only accounts are listed with an `id`."""
    return bare(field.name) == f"{source.stem}id" and source.listing.field("id") is not None


@cached(4096)
def _stem(name: str) -> str | None:
    """'voice' of 'voice_ids'."""
    match = _STEM.match(name)
    return bare(singular(match[1])) if match else None


def _identity(source: OptionSource, field: Field) -> Field | None:
    """The element's own field for it: of the input's name, else its id; of the same type."""
    names = (bare(field.name), "id", f"{source.stem}id", "uuid", "key", "slug")
    found = source.listing.field(*names)
    if found is None or found.repeated or found.fields:
        return None
    return found if found.type == field.type or "any" in (found.type, field.type) else None

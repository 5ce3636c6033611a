"""Lists that come in pages, by the names of their parameters and of what their replies say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specloom.schemas.infer.api import Api, Listing, body
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.words import CURSOR, MORE, NEXT, NEXT_LINK, OFFSET, PAGE, PAGING, SIZE, SURE_OFFSET, bare
from specloom.schemas.model import Field, Operation

Rule = tuple[dict[str, Any], float, str]


def pagination(api: Api) -> Iterator[Proposal]:
    for operation, block in api.open_operations:
        if operation.pagination or "pagination" in block or operation.method != "GET" or operation.output.binary:
            continue
        listing = api.listing(operation)
        found = rule(api, operation, listing) if listing else None
        if found is None or listing is None:
            continue
        told, confidence, reason = found
        value = {**told, "items": listing.items}
        yield Proposal(
            kind="pagination",
            operation_id=operation.operation_id,
            reason=reason,
            confidence=confidence,
            changes=(ProposedChange(operation.pointer, {"x-specloom": {"pagination": value}}),),
        )


def rule(api: Api, operation: Operation, listing: Listing) -> Rule | None:
    """(block, confidence, reason): what the reply says to do next comes before counting."""
    inputs = [field for field in operation.fields if field.location == "query" and not field.repeated]
    size = next((field for field in inputs if bare(field.pointer) in SIZE and field.type != "boolean"), None)
    sized = {"size_parameter": size.pointer} if size else {}
    for find in (_cursor, _page, _offset, _link):
        found = find(api, operation, inputs, listing)
        if found:
            block, confidence, reason = found
            if size is None and block["style"] != "link" and block["style"] != "cursor":
                confidence -= 0.05
            wanted = sized if block["style"] != "link" or size else {}
            return {**block, **wanted}, round(confidence, 2), reason
    return None


def _cursor(api: Api, operation: Operation, inputs: list[Field], listing: Listing) -> Rule | None:
    texts = [field for field in inputs if field.type == "string"]
    parameter = next((field for field in inputs if bare(field.pointer) in CURSOR), None)
    parameter = parameter or next((field for field in texts if bare(field.pointer) in PAGE), None)
    if parameter is None:
        return None
    name = bare(parameter.pointer)
    found = [
        (path, field)
        for path, field in _about_pages(api, operation, listing, NEXT)
        if field.type in ("string", "integer", "any") and field.format not in ("uri", "url")
    ]
    same = [entry for entry in found if bare(entry[0][-1]).removeprefix("next") == name.removeprefix("next")]
    if not found:
        return None
    path = (same or found)[0][0]
    reason = f"parameter {parameter.pointer!r} takes what the reply gives as {'.'.join(path)!r}"
    confidence = 0.95 if same or len(found) == 1 else 0.8
    block = {"style": "cursor", "parameter": parameter.pointer, "next": body(path)}
    return {**block, **_more(api, operation, listing)}, confidence, reason


def _page(api: Api, operation: Operation, inputs: list[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, PAGE)
    if parameter is None:
        return None
    reason = f"parameter {parameter.pointer!r} counts pages"
    confidence = 0.95 if parameter.type in ("integer", "number") else 0.85
    return {"style": "page", "parameter": parameter.pointer, **_more(api, operation, listing)}, confidence, reason


def _offset(api: Api, operation: Operation, inputs: list[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, SURE_OFFSET) or _number(inputs, OFFSET)
    if parameter is None:
        return None
    confidence = 0.95 if bare(parameter.pointer) in SURE_OFFSET else 0.75
    confidence -= 0.1 if parameter.type not in ("integer", "number") else 0
    reason = f"parameter {parameter.pointer!r} counts elements"
    return {"style": "offset", "parameter": parameter.pointer, **_more(api, operation, listing)}, confidence, reason


def _link(api: Api, operation: Operation, inputs: list[Field], listing: Listing) -> Rule | None:
    for path, field in _about_pages(api, operation, listing, NEXT_LINK):
        if field.type not in ("string", "any"):
            continue
        sure = field.format in ("uri", "url") or bare(path[-1]) != "next"
        return (
            {"style": "link", "next": body(path)},
            0.92 if sure else 0.7,
            f"the reply links to the next page: {path[-1]!r}",
        )
    headers = [h.name for r in operation.responses if r.ok for h in r.headers]
    if any(name.lower() == "link" for name in headers):
        return {"style": "link"}, 0.92, "the reply has a Link header"
    return None


def _number(inputs: list[Field], names: frozenset[str]) -> Field | None:
    """A counting parameter: untyped ones count too, but not texts with a format of their own."""
    for field in inputs:
        if bare(field.pointer) in names and not field.choices:
            if field.type in ("integer", "number") or (field.type in ("string", "any") and not field.format):
                return field
    return None


def _more(api: Api, operation: Operation, listing: Listing) -> dict[str, str]:
    for path, field in _about_pages(api, operation, listing, MORE):
        if field.type == "boolean":
            return {"more": body(path)}
    return {}


def _about_pages(
    api: Api, operation: Operation, listing: Listing, names: frozenset[str]
) -> Iterator[tuple[Path, Field]]:
    """Fields of the reply that may speak of pages, of these names: beside the list, and in objects named for it."""
    if operation.output.repeated:
        return
    beside = listing.path[:-1]
    for path, field in api.replies.named(operation, 3, names):
        if field.repeated or field.type == "object":
            continue
        if path[:-1] in ((), beside) or all(bare(token) in PAGING for token in path[:-1] if token not in beside):
            yield path, field

"""Lists that come in pages, by the names of their parameters and of what their replies say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specloom.schemas.infer.api import Api, Listing, body, says
from specloom.schemas.infer.proposal import CERTAIN, Proposal, ProposedChange
from specloom.schemas.infer.rules.pages.cursors import CURSOR, Rule, cursor, last_element
from specloom.schemas.infer.rules.pages.signs import SEARCHES, flags, next_link, number
from specloom.schemas.infer.rules.pages.subject import is_subject
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Field, Operation

_PAGE = known("pages", "page")
_OFFSET = known("pages", "offset")
_SURE_OFFSET = known("pages", "sure_offset")
_SIZE = known("pages", "size")


def pagination(api: Api) -> Iterator[Proposal]:
    for operation, block in api.open_operations:
        if operation.pagination or "pagination" in block or not _is_read(operation):
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


def _is_read(operation: Operation) -> bool:
    """Searches may be sent as POST, because what is asked for is long."""
    if operation.output.binary or operation.job is not None:
        return False
    return operation.method in ("GET", "QUERY") or (operation.method == "POST" and bool(says(operation, SEARCHES)))


def rule(api: Api, operation: Operation, listing: Listing) -> Rule | None:
    """What the reply says to do next comes before counting."""
    places = ("query",) if operation.method == "GET" else ("query", "body")
    inputs = [field for field in operation.fields if field.location in places and not field.repeated]
    size = next((field for field in inputs if bare(field.pointer) in _SIZE and field.type != "boolean"), None)
    found = _best(api, operation, inputs, listing)
    if found is None:
        return None
    block, confidence, reason = found
    if size is None and block["style"] not in ("link", "cursor"):
        confidence -= 0.05
    if not is_subject(operation, listing, block.get("parameter", ""), block["style"]):
        confidence = min(confidence, 0.7)
    sized = {"size_parameter": _name(size)} if size else {}
    return {**block, **sized}, round(confidence, 2), reason


def _best(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    """A link that carries a mark which nothing else in the reply gives goes before numbers, which such services do not
    count by; and so does a sure link before numbers that are unsure."""
    marked = cursor(api, operation, inputs, listing) or last_element(api, operation, inputs, listing)
    if marked:
        return marked
    counted = _page(api, operation, inputs, listing) or _offset(api, operation, inputs, listing)
    linked = _link(api, operation, inputs, listing)
    if counted is None or linked is None or linked[1] < CERTAIN:
        return counted or linked
    carries = any(bare(field.pointer) in CURSOR for field in inputs)
    return linked if carries or counted[1] < CERTAIN else counted


def _name(field: Field) -> str:
    return field.pointer.removeprefix("/")


def _page(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, _PAGE)
    if parameter is None:
        return None
    reason = f"parameter {parameter.pointer!r} counts pages"
    confidence = 0.95 if parameter.type in ("integer", "number") else 0.85
    block = {"style": "page", "parameter": _name(parameter), **flags(api, operation, listing, counted=True)}
    current = number(api, operation, listing, _PAGE | {"number", bare(parameter.pointer)})
    if "pages" in block and current:
        block["current"] = current
    return block, confidence, reason


def _offset(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, _SURE_OFFSET) or _number(inputs, _OFFSET)
    if parameter is None:
        return None
    confidence = 0.95 if bare(parameter.pointer) in _SURE_OFFSET else 0.75
    confidence -= 0.1 if parameter.type not in ("integer", "number") else 0
    reason = f"parameter {parameter.pointer!r} counts elements"
    signs = flags(api, operation, listing, counted=True)
    signs.pop("pages", None)
    return {"style": "offset", "parameter": _name(parameter), **signs}, confidence, reason


def _link(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    if operation.method != "GET":
        return None
    if found := next_link(api, operation, listing):
        path, sure = found
        return (
            {"style": "link", "next": body(path)},
            0.92 if sure else 0.7,
            f"the reply links to the next page: {path[-1]!r}",
        )
    headers = [h.name for r in operation.responses if r.ok for h in r.headers]
    if any(name.lower() == "link" for name in headers):
        return {"style": "link"}, 0.92, "the reply has a Link header"
    return None


def _number(inputs: Sequence[Field], names: frozenset[str]) -> Field | None:
    """A counting parameter: untyped ones count too, but not texts with a format of their own."""
    for field in inputs:
        if bare(field.pointer) in names and not field.choices:
            if field.type in ("integer", "number") or (field.type in ("string", "any") and not field.format):
                return field
    return None

"""Lists that come in pages, by the names of their parameters and of what their replies say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from specloom.schemas.infer.api import Api, Listing, body, item, says
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.rules.page_signs import SEARCHES, flags, near_pages, next_link, number
from specloom.schemas.infer.words import CURSOR, NEXT, OFFSET, PAGE, SIZE, SURE_OFFSET, bare
from specloom.schemas.model import Field, Operation

Rule = tuple[dict[str, Any], float, str]
_AFTER = frozenset(
    "startingafter startafter afterid lastid startingafterid startafterid lastkey fromid sinceid".split()
)
"""Parameters that take the last element's own name for it."""
_PERHAPS_AFTER = frozenset("after cursor marker".split())
_AFTER_WORDS = ("startingafter", "startafter", "after", "last", "from", "since")


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
    """(block, confidence, reason): what the reply says to do next comes before counting."""
    places = ("query",) if operation.method == "GET" else ("query", "body")
    inputs = [field for field in operation.fields if field.location in places and not field.repeated]
    size = next((field for field in inputs if bare(field.pointer) in SIZE and field.type != "boolean"), None)
    sized = {"size_parameter": _name(size)} if size else {}
    for find in (_cursor, _last_element, _page, _offset, _link):
        found = find(api, operation, inputs, listing)
        if found:
            block, confidence, reason = found
            if size is None and block["style"] not in ("link", "cursor"):
                confidence -= 0.05
            return {**block, **sized}, round(confidence, 2), reason
    return None


def _name(field: Field) -> str:
    return field.pointer.removeprefix("/")


def _cursor(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    told = [entry for entry in near_pages(api, operation, listing) if _is_cursor(entry[1])]
    best: tuple[int, Field, Path] | None = None
    for field in inputs:
        if field.choices or field.type not in ("string", "integer", "number", "any"):
            continue
        for path, said in told:
            score = _takes(field, path, said)
            if score and (best is None or score > best[0]):
                best = score, field, path
    if best is None:
        return None
    score, field, path = best
    others = sum(bare(entry[0][-1]) in NEXT for entry in told)
    reason = f"parameter {field.pointer!r} takes what the reply gives as {'.'.join(path)!r}"
    block = {"style": "cursor", "parameter": _name(field), "next": body(path)}
    more = {name: rule for name, rule in flags(api, operation, listing).items() if name in ("more", "last")}
    if more.get("more") == block["next"]:
        more = {}
    return {**block, **more}, 0.95 if score > 1 or others == 1 else 0.8, reason


def _is_cursor(field: Field) -> bool:
    return field.type in ("string", "integer", "any") and field.format not in ("uri", "url")


def _takes(field: Field, path: Path, said: Field) -> int:
    """How surely a parameter takes what the reply says there: 0 not at all, 1 by its kind, more by its name."""
    name, given = bare(field.pointer), bare(path[-1])
    counts = name in PAGE | OFFSET and field.type in ("integer", "number")
    if counts and said.type != "integer":
        return 0
    leads = [bare(token) for token in path[:-1]]
    inside = any(token.startswith("next") or token in ("more", "cursors", "cursor") for token in leads)
    if given.removeprefix("next").removeprefix("page") == name.removeprefix("next").removeprefix("page") != "":
        if given.startswith("next") or inside or name in CURSOR:
            return 3
    if given == f"next{name}" or (given == name and inside):
        return 3
    if counts:
        return 0
    return 1 if given in NEXT and (name in CURSOR or (name in PAGE and field.type == "string")) else 0


def _last_element(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    """The next page begins behind an element: its identifier is the cursor."""
    signs = flags(api, operation, listing)
    for field in inputs:
        name = bare(field.pointer)
        sure = name in _AFTER
        if not (sure or (name in _PERHAPS_AFTER and signs)) or field.type not in ("string", "integer", "any"):
            continue
        identity = _identity(name, listing)
        if identity is None or field.format.startswith("date"):
            continue
        block = {"style": "cursor", "parameter": _name(field), "next": item((identity.name,)), **signs}
        reason = f"parameter {field.pointer!r} takes the {identity.name!r} of the last element"
        return block, 0.95 if sure and signs else 0.92, reason
    return None


def _identity(parameter: str, listing: Listing) -> Field | None:
    """`id`, or what the parameter is called for: `after_key`."""
    word = next((word for word in _AFTER_WORDS if parameter.startswith(word)), "")
    own = parameter.removeprefix(word) if word else ""
    found = listing.field(own, "id") if own else listing.field("id")
    return found if found is not None and not found.repeated and found.type in ("string", "integer", "any") else None


def _page(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, PAGE)
    if parameter is None:
        return None
    reason = f"parameter {parameter.pointer!r} counts pages"
    confidence = 0.95 if parameter.type in ("integer", "number") else 0.85
    block = {"style": "page", "parameter": _name(parameter), **flags(api, operation, listing, counted=True)}
    current = number(api, operation, listing, PAGE | {"number", bare(parameter.pointer)})
    if "pages" in block and current:
        block["current"] = current
    return block, confidence, reason


def _offset(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    parameter = _number(inputs, SURE_OFFSET) or _number(inputs, OFFSET)
    if parameter is None:
        return None
    confidence = 0.95 if bare(parameter.pointer) in SURE_OFFSET else 0.75
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

"""Pages that begin behind a mark: one that the reply gives, or the last element's own id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from specloom.schemas.infer.api import Api, Listing, body, item
from specloom.schemas.infer.replies import Path, Places
from specloom.schemas.infer.rules.pages.signs import flags, near_pages
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Field, Operation

Rule = tuple[dict[str, Any], float, str]
"""(block, confidence, reason)."""
CURSOR = known("pages", "cursor")
_NEXT = known("pages", "next")
_COUNTS = known("pages", "page", "offset")
_PAGE = known("pages", "page")
_LAST_ELEMENT = known("pages", "last_element")
"""Parameters that take the last element's own name for it."""
_PERHAPS_LAST_ELEMENT = known("pages", "perhaps_last_element")
_BEFORE_THE_NAME = ("startingafter", "startafter", "after", "last")
_ADDRESS = re.compile(r"\b(url|uri|link|href|https?)\b", re.I)
_MARK = re.compile(r"\b(cursor|token)\b", re.I)


def cursor(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    every = list(near_pages(api, operation, listing))
    told = [entry for entry in every if _is_mark(entry[1])]
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
    others = sum(bare(entry[0][-1]) in _NEXT for entry in told)
    reason = f"parameter {field.pointer!r} takes what the reply gives as {'.'.join(path)!r}"
    block = {"style": "cursor", "parameter": field.pointer.removeprefix("/"), "next": body(path)}
    more = {name: rule for name, rule in flags(api, operation, listing).items() if name in ("more", "last")}
    if more.get("more") == block["next"]:
        more = {}
    sure = (score > 1 or others == 1) and not _may_be_address(path, told, every)
    return {**block, **more}, 0.95 if sure else 0.8, reason


def _is_mark(field: Field) -> bool:
    if field.type not in ("string", "integer", "any") or field.format in ("uri", "url", "uri-reference"):
        return False
    said = f"{field.description} {field.example if isinstance(field.example, str) else ''}"
    return bool(_MARK.search(said)) or not _ADDRESS.search(said)


def _may_be_address(path: Path, told: Places, every: Places) -> bool:
    """Beside `previous` a plain `next` is as often an address, which goes into no parameter."""
    if bare(path[-1]) != "next" or any(_MARK.search(field.description) for at, field in told if at == path):
        return False
    return any(at[:-1] == path[:-1] and bare(at[-1]) in ("previous", "prev") for at, _ in every)


def _takes(field: Field, path: Path, said: Field) -> int:
    """How surely a parameter takes what the reply says there: 0 not at all, 1 by its kind, more by its name."""
    name, given = bare(field.pointer), bare(path[-1])
    counts = name in _COUNTS and field.type in ("integer", "number")
    if counts and said.type != "integer":
        return 0
    leads = [bare(token) for token in path[:-1]]
    inside = any(token.startswith("next") or token in ("more", "cursors", "cursor") for token in leads)
    text = name in _COUNTS and field.type == said.type == "string"
    if given.removeprefix("next").removeprefix("page") == name.removeprefix("next").removeprefix("page") != "":
        if given.startswith("next") or inside or name in CURSOR or text:
            return 3
    if given == f"next{name}" or (given == name and inside):
        return 3
    if counts:
        return 0
    return 1 if given in _NEXT and (name in CURSOR or (name in _PAGE and field.type == "string")) else 0


def last_element(api: Api, operation: Operation, inputs: Sequence[Field], listing: Listing) -> Rule | None:
    """The next page begins behind an element: its identifier is the cursor."""
    signs = flags(api, operation, listing)
    for field in inputs:
        name = bare(field.pointer)
        sure = name in _LAST_ELEMENT
        if not (sure or (name in _PERHAPS_LAST_ELEMENT and signs)) or field.type not in ("string", "integer", "any"):
            continue
        identity = _identity(name, listing)
        if identity is None or field.format.startswith("date"):
            continue
        block = {
            "style": "cursor",
            "parameter": field.pointer.removeprefix("/"),
            "next": item((identity.name,)),
            **signs,
        }
        reason = f"parameter {field.pointer!r} takes the {identity.name!r} of the last element"
        return block, 0.95 if sure and signs else 0.92, reason
    return None


def _identity(parameter: str, listing: Listing) -> Field | None:
    """`id`, or what the parameter is called for: `after_key`."""
    word = next((word for word in _BEFORE_THE_NAME if parameter.startswith(word)), "")
    own = parameter.removeprefix(word) if word else ""
    found = listing.field(own, "id") if own else listing.field("id")
    return found if found is not None and not found.repeated and found.type in ("string", "integer", "any") else None

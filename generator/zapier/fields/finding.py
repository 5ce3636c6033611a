"""Finding one thing: lists that are searched by what their elements hold, and their pairs of find or create."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.dropdowns import id_of, paging_fields
from specloom.generator.zapier.plan import PlannedStep, ZapierPlan
from specloom.generator.zapier.text import help_text, label, title
from specloom.schemas.model import Field, Operation
from specloom.schemas.steps.output import fields_at, listed
from specloom.schemas.text import words

_TELLING = frozenset("name title label email username login slug code phone sku reference url domain".split())
"""Last words of what things are found by."""
Finders = Mapping[str, tuple[str, frozenset[str]]]
"""Of a list: the key of its search, and by which of its elements' fields it is searched."""


def found_by(searches: Sequence[PlannedStep]) -> Finders:
    """The lists, by operationId, that are searched by a text their elements hold: an address, a name."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for operation, key in searches:
        items = listed(operation)
        if items is None or any(f.required and f.default is None for f in operation.fields):
            continue
        elements = fields_at(operation, items)
        held = {f.name for f in elements if _tells_apart(f)}
        paging = paging_fields(operation)
        asked = {f.name for f in operation.fields if f.location == "query" and _tells_apart(f) and f.name not in paging}
        if id_of(elements) and held & asked:
            found[operation.operation_id] = key, frozenset(held & asked)
    return found


def _tells_apart(one: Field) -> bool:
    """Whether people find one thing by it."""
    last = words(one.name)[-1:]
    return one.type == "string" and not (one.choices or one.repeated) and bool(last) and last[0].lower() in _TELLING


def search_or_creates(planned: ZapierPlan, finders: Finders, definition: Json) -> Json:
    """Pairs of the search and the create at one address, where both ask for a field by which things are found."""
    creates = {o.path.rstrip("/"): (o, key) for o, key in reversed(planned.creates) if o.method == "POST"}
    pairs: Json = {}
    for operation, key in planned.searches:
        searched = finders.get(operation.operation_id)
        maker = creates.get(operation.path.rstrip("/"))
        if searched is None or maker is None or not _shares(maker[0], searched[1]):
            continue
        if not maker[0].sensitive:
            pairs[key] = _pair(key, maker[1], definition)
    return pairs


def _shares(create: Operation, names: frozenset[str]) -> bool:
    return any(field.name in names for field in create.fields if field.location == "body")


def _pair(search: str, create: str, definition: Json) -> Json:
    made = definition["creates"][create]
    noun = made["noun"]
    described = help_text(f"Finds {_article(noun)} {noun}, or creates one where there is none")
    return {
        "key": search,
        "display": {"label": title(f"Find or Create {label(noun, search, 40)}", search), "description": described},
        "search": search,
        "create": create,
    }


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeio" else "a"

"""Groups of a large form: what belongs to one object stands together, apart from what most people fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.walk import ADVANCED, Shown
from specloom.generator.zapier.text import label
from specloom.schemas.model import Field

LARGE = 15
"""Fields from which on a form is divided."""
_FEW = 3
"""Fields of an object that are worth a group."""
_ADVANCED_GROUP: Json = {"key": ADVANCED, "label": "Advanced", "emphasize": False}


def grouped(shown: Sequence[Shown], roots: Sequence[Field], keys: Mapping[str, str]) -> tuple[list[Shown], list[Json]]:
    """The fields of a form with their groups, and the groups in their order. `roots` are the inputs that the fields
    belong to, one for one."""
    if len(shown) < LARGE:
        return list(shown), []
    sizes = Counter(one.name for one in roots)
    groups: dict[str, Json] = {}
    entries: list[Shown] = []
    for (definition, when), root in zip(shown, roots, strict=True):
        if sizes[root.name] >= _FEW and not root.required and root.fields and "group" not in definition:
            key = keys[root.name]
            groups.setdefault(key, {"key": key, "label": label(root.title or root.name, key), "emphasize": False})
            definition = {**definition, "group": key}
        entries.append((definition, when))
    return entries, list(groups.values())


def groups_of(fields: Sequence[Any], dynamic: Sequence[Sequence[Json]], groups: Sequence[Json]) -> list[Json]:
    """The groups that a form has fields in, the advanced ones last."""
    conditional = (one["field"] for one in chain.from_iterable(dynamic))
    used = {one.get("group") for one in chain((f for f in fields if isinstance(f, dict)), conditional)}
    return [group for group in (*groups, _ADVANCED_GROUP) if group["key"] in used]

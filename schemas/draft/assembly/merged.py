"""The same thing told twice: what one leaves open the other fills in; what differs is a contradiction."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from specloom.schemas.draft.facts import Field, Note, Operation

_FACETS = (
    "format",
    "required",
    "default",
    "choices",
    "minimum",
    "maximum",
    "min_length",
    "max_length",
    "max_items",
    "multiple_of",
    "description",
    "items",
    "example",
)
_CONTRADICT = ("type", "required", "default", "choices", "minimum", "maximum", "max_length")
_EMPTY: tuple[Any, ...] = ("", None, (), UNSET)


def merge_fields(
    first: list[Field], second: list[Field], notes: list[Note] | None = None, where: str = ""
) -> list[Field]:
    """Those of `first` win. With `notes`, contradictions are told."""
    found = {(field.place, field.name): field for field in first}
    for field in second:
        key = (field.place, field.name)
        if key not in found:
            known = next(
                (k for k in found if k[1] == field.name and field.place == "query" and k[0] in ("query",)), None
            )
            key = known or key
        found[key] = _one(found[key], field, notes, where) if key in found else field
    return list(found.values())


def _one(first: Field, second: Field, notes: list[Note] | None, where: str) -> Field:
    if notes is not None:
        for facet in _CONTRADICT:
            one, other = getattr(first, facet), getattr(second, facet)
            if one not in _EMPTY and other not in _EMPTY and one != other and not _same(facet, one, other):
                told = (
                    f"{where}: {first.name} has {facet} {_shown(one)} here and {_shown(other)} there; the first is used"
                )
                notes.append(Note("contradiction", told, (first.cite, second.cite)))
    filled = {
        facet: getattr(second, facet)
        for facet in _FACETS
        if getattr(first, facet) in _EMPTY and getattr(second, facet) not in _EMPTY
    }
    if not first.type:
        filled["type"] = second.type
    if first.inferred and not second.inferred:
        filled["inferred"] = ""
    return replace(first, **filled)


def _same(facet: str, one: Any, other: Any) -> bool:
    """A number that is shown as an integer is no contradiction."""
    if facet == "type":
        return {one, other} <= {"integer", "number"} or {one, other} <= {"string", "file"}
    return facet == "choices" and set(map(str, one)) == set(map(str, other))


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value[:6]))
    return repr(value)[:60]


def merge_operation(first: Operation, second: Operation, notes: list[Note]) -> None:
    """Into `first`, which keeps its words."""
    where = f"{first.method} {first.path}"
    first.fields = merge_fields(first.fields, second.fields, notes, where)
    first.requests += second.requests
    first.replies += second.replies
    first.cites += [cite for cite in second.cites if cite not in first.cites]
    first.summary = first.summary or second.summary
    first.description = first.description or second.description
    first.tag = first.tag or second.tag
    first.host = first.host or second.host
    first.deprecated = first.deprecated or second.deprecated
    if (
        first.cost is not None
        and second.cost is not None
        and (first.cost.amount, first.cost.unit) != (second.cost.amount, second.cost.unit)
    ):
        told = (
            f"{where}: it costs {first.cost.amount} {first.cost.unit} here and {second.cost.amount} "
            f"{second.cost.unit} there; the first is used"
        )
        notes.append(Note("contradiction", told, (first.cost.cite, second.cost.cite)))
    first.cost = first.cost or second.cost

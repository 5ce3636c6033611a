"""How an input looks in a Make form: decided once, so that the form and the request built from it agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.schemas.durations import shown_date
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.memo import table
from specloom.schemas.model import Field

InterfaceSchema = Literal[
    "scalar", "date", "select", "scalars", "selects", "collection", "collections", "pairs", "json", "file", "files"
]

_DATES = {"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DDTHH:mm:ss.SSSZ", "unix-time": "X"}


def shape(field: Field, *, nested: bool = False) -> InterfaceSchema:
    """`json` is the form of last resort: a text in which the user writes JSON.

    A list of objects is a list of collections only where its elements can be sent as they are, because IML cannot
    rebuild the elements of a list.
    """
    if field.file in ("base64", "binary"):
        if nested or (field.repeated and field.file == "base64"):
            return "json"
        return "files" if field.repeated else "file"
    if (field.type == "any" and not field.choices) or field.type == "file":
        return "json"
    if field.type == "object":
        return _object_shape(field)
    if field.choices or field.options:
        return "selects" if field.repeated else "select"
    if field.repeated:
        return "scalars"
    return "date" if field.format in _DATES and not nested else "scalar"


def _object_shape(field: Field) -> InterfaceSchema:
    if not field.fields:
        scalar = field.values is not None and field.values.type in ("string", "integer", "number", "boolean")
        return "pairs" if scalar and not field.repeated and not field.values.repeated else "json"  # type: ignore[union-attr]
    if not field.repeated:
        return "collection"
    return "collections" if sends_as_is(field) else "json"


def sends_as_is(field: Field) -> bool:
    """Whether what the form of an object holds is already the JSON to send."""
    return all(_member_as_is(child) for child in field.fields)


def _member_as_is(child: Field) -> bool:
    if child.when or child.location == "selector" or child.name != names.parameter(child.name):
        return False
    if child.pointer != f"/{child.name}":  # a name of a parameter has nothing in it that a pointer escapes
        return False
    kind = shape(child, nested=True)
    if kind in ("collection", "collections"):
        return sends_as_is(child)
    return kind not in ("json", "pairs", "file", "files", "date")


def holds_constants(fields: Sequence[Field]) -> bool:
    """Whether something is sent that nobody is asked for."""
    return any(is_constant(field) or (not field.repeated and holds_constants(field.fields)) for field in fields)


def keeps_digits(field: Field) -> bool:
    """Whether its numbers may be beyond what Make's own hold: they are texts in the form, and digits in JSON."""
    is_long = field.type == "integer" and field.format in ("int64", "uint64")
    return is_long and not field.choices and not field.options


def form_default(field: Field) -> Any:
    """What the form has as its default: a date where that is asked for."""
    return shown_date(field.default, field.format)


def date_pattern(field: Field) -> str:
    """Make's pattern for the texts a date is sent as."""
    return _DATES[field.format]


def is_controller(field: Field) -> bool:
    """Whether Make can show other inputs depending on this one."""
    if not field.choices and field.type != "boolean":
        return False
    offered = any(iml.is_constant(choice.value) for choice in field.choices) and not field.options
    listed = offered and shape(field) == "select"  # a text of JSON has no list, whatever its choices
    return (listed or field.type == "boolean") and not field.repeated


def loses_choices(field: Field) -> bool:
    """Whether it has a choice whose value Make would read as an expression: it is not offered."""
    return bool(field.choices) and not all(iml.is_constant(choice.value) for choice in field.choices)


class Search:
    """Finds the fields that are `wanted`, also in objects in objects. What operations share is searched once."""

    def __init__(self, wanted: Callable[[Field], bool]) -> None:
        self._wanted = wanted
        self._found: dict[int, tuple[Sequence[Field], list[Field]]] = table()

    def within(self, fields: Sequence[Field]) -> list[Field]:
        known = self._found.get(id(fields))
        if known is None:
            found: list[Field] = []
            for field in fields:
                if self._wanted(field):
                    found.append(field)
                if field.fields:
                    found += self.within(field.fields)
            # With the fields themselves: while they are there, nothing else has their id.
            known = self._found[id(fields)] = fields, found
        return known[1]

"""What the forms of a service share: names of inputs, and the parameters and specs written so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from specloom.generator.make.components import names
from specloom.schemas.memo import table
from specloom.schemas.model import Field

Parameter = dict[str, Any]


class Parts(Struct):
    """What has been written for the forms of a service, by the id of what it was written for; that is kept beside it,
    so that nothing else gets this id."""

    parameters: dict[tuple[int, str], tuple[Field, Parameter]] = msgspec.field(default_factory=table)
    """By field and name."""
    specs: dict[tuple[int, bool, bool], tuple[Sequence[Field], list[Parameter]]] = msgspec.field(default_factory=table)
    """Forms of objects, by their fields and whether the required ones among these stay so."""


class MakeForm(Struct, frozen=True):
    """How an operation's fields are asked for. `names` is Field.name to parameter, `rpc` finds dynamic options, and
    `parts` are shared by the forms of a service, because so are its fields."""

    title: str
    names: Mapping[str, str]
    rpc: Callable[[Field], str | None]
    parts: Parts
    nested: bool = False
    """Of the parts of a collection."""
    listed: bool = False
    """Of the parts of a list's elements, which are sent as they are filled in."""


def form_names(fields: Sequence[Field], reserved: Sequence[str] = ()) -> dict[str, str]:
    """Field.name to the parameter's name; `reserved` are names the step needs for itself."""
    given = {field.name: names.parameter(field.name) for field in fields}
    taken = set(reserved)
    if len(taken.union(given.values())) == len(taken) + len(fields):  # no two are alike
        return given
    for field in fields:
        given[field.name] = names.free_parameter(field.name, taken)
        taken.add(given[field.name])
    return given


_SAID = 60
"""Characters of a default or an example that is shown."""


def unless_told(what: str, value: object, description: str) -> str:
    """`Default: 3`; '' where the description names it, or it is too long for a help text."""
    text = " ".join((str(value).lower() if isinstance(value, bool) else str(value)).split()).rstrip(".")
    told = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", description) if text else None
    return "" if told or not 0 < len(text) < _SAID else f"{what}: {text}"

"""What tells the alternatives of a oneOf or anyOf apart: a property of theirs, else a question of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from specloom.schemas.load.fields.schema import Schema, SchemaGroup, Shapes
from specloom.schemas.text import humanize, one_line, slug

Values = list[tuple[Any, ...]]


class SelectedAlternatives(Struct, frozen=True):
    property_name: str
    """'' where no property tells them apart."""
    values: Values
    """For each alternative the answers that mean it."""


def selection(shapes: Shapes, base: Schema, group: SchemaGroup, branches: Sequence[Schema]) -> SelectedAlternatives:
    discriminator = group.discriminator
    named = discriminator.text("propertyName") if discriminator else ""
    for name in (named, *(branches[0].properties if branches and len(branches) > 1 else ())):
        if name and (values := _values(shapes, base, group, branches, name, name == named)):
            return SelectedAlternatives(name, values)
    return SelectedAlternatives("", _invented(branches))


def _values(
    shapes: Shapes, base: Schema, group: SchemaGroup, branches: Sequence[Schema], name: str, is_discriminator: bool
) -> Values:
    """The values of property `name` in each alternative; [] unless no two alternatives share one."""
    mapped = _mapping(group) if is_discriminator else {}
    values: Values = []
    seen: set[str] = set()
    for branch in branches:
        node = branch.properties.get(name)
        if node is None and not (is_discriminator and (name in base.properties or branch.ref_name)):
            return []
        constants = _constants(shapes.of(node)) if node is not None else ()
        if is_discriminator and (len(constants) != 1 or branch.ref_name in mapped):
            constants = mapped.get(branch.ref_name) or ((branch.ref_name,) if branch.ref_name else constants)
        texts = {str(value) for value in constants}
        if not constants or texts & seen or "" in texts or len(texts) > 50:
            return []
        seen |= texts
        values.append(constants)
    return values


def _constants(shape: Schema) -> tuple[Any, ...]:
    if "const" in shape.keywords:
        found = [shape.keywords["const"]]
    else:
        enum = shape.keywords.get("enum")
        found = enum if isinstance(enum, list) else []
    usable = tuple(dict.fromkeys(value for value in found if isinstance(value, (str, int, float, bool))))
    return usable if len(usable) == len(found) else ()


def _mapping(group: SchemaGroup) -> dict[str, tuple[Any, ...]]:
    """Schema name to the values that the discriminator maps to it."""
    mapping = group.discriminator.get("mapping").value if group.discriminator else None
    result: dict[str, tuple[Any, ...]] = {}
    for value, target in mapping.items() if isinstance(mapping, dict) else ():
        name = str(target).rpartition("/")[2]
        result[name] = (*result.get(name, ()), value)
    return result


def _invented(branches: Sequence[Schema]) -> Values:
    """A short name for each alternative: its title, else what it demands that the others do not."""
    shared = set.intersection(*(set(branch.required) for branch in branches)) if len(branches) > 1 else set()
    texts: list[str] = []
    for index, branch in enumerate(branches):
        title = slug(one_line(branch.keywords.get("title"))) or slug(humanize(branch.ref_name))
        asked = [name for name in _ordered(branch) if name not in shared] or list(branch.properties)[:2]
        text = title or "_and_".join(asked[:3]) or f"option_{index + 1}"
        texts.append(text if text not in texts else f"{text}_{index + 1}")
    return [(text,) for text in texts]


def _ordered(branch: Schema) -> list[str]:
    return [name for name in branch.properties if name in branch.required] + sorted(
        name for name in branch.required if name not in branch.properties
    )

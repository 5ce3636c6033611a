"""Closed and open lists of values, with their labels, however a document writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.load.node import Node
from schemas.load.shape import Group, Shape, Shapes
from schemas.load.text import clean, humanize, one_line, slug
from schemas.model import Choice

_PLAIN = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*\Z|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
_NAMES = ("x-enumNames", "x-enum-varnames", "x-enum-names", "x-ms-enum-names")


def label(value: Any) -> str:
    """A machine-like value gets words ('square_hd': 'Square Hd'); anything else stands for itself."""
    if value is True or value is False:
        return "Yes" if value else "No"
    text = one_line(str(value))
    return humanize(text) if _PLAIN.match(text) and len(text) > 2 else text or "(empty)"


def choices_of(shapes: Shapes, shape: Shape, block: Mapping[str, Any]) -> tuple[Choice, ...]:
    """From `enum`, constants in oneOf/anyOf, and the labels beside them; of the whole list if it is one."""
    values, titles = _values(shapes, shape)
    named = block.get("choices") or {}
    if not values and named:
        values = [_typed(text, shape.type) for text in named]
    names = _names(shape, values)
    result: dict[str, Choice] = {}
    for index, value in enumerate(values):
        key = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        given = named.get(key)
        given = {"label": given} if isinstance(given, str) else given or {}
        text = given.get("label") or (titles[index] if index < len(titles) else "") or (names[index] if names else "")
        result.setdefault(
            f"{type(value).__name__}:{key}",
            Choice(
                value=value,
                label=one_line(text) or label(value),
                description=clean(given.get("description"), 500),
            ),
        )
    return tuple(result.values())


def is_open(shapes: Shapes, shape: Shape) -> bool:
    """Other values are fine too: no enum of its own, and any alternatives include a plain type."""
    if "enum" in shape.keywords or "const" in shape.keywords:
        return shape.keywords.get("x-extensible-enum") is not None
    for group in shape.groups:
        parts = [shapes.of(branch) for branch in group.branches]
        if parts and all("enum" in p.keywords or "const" in p.keywords for p in parts):
            return False
    return True


def _values(shapes: Shapes, shape: Shape) -> tuple[list[Any], list[str]]:
    values = shape.keywords.get("enum") or shape.keywords.get("x-extensible-enum")
    if isinstance(values, list):
        return [value for value in values if isinstance(value, (str, int, float, bool))], []
    found: list[Any] = []
    titles: list[str] = []
    for group in shape.groups:
        for branch in map(shapes.of, group.branches):
            constants = [branch.keywords["const"]] if "const" in branch.keywords else branch.keywords.get("enum")
            if isinstance(constants, list) and branch.type != "object":
                found += [value for value in constants if isinstance(value, (str, int, float, bool))]
                title = one_line(branch.keywords.get("title")) if len(constants) == 1 else ""
                titles += [title] * (len(found) - len(titles))
    return found, titles


def _names(shape: Shape, values: Sequence[Any]) -> list[str]:
    for key in _NAMES:
        names = shape.keywords.get(key)
        if isinstance(names, list) and len(names) == len(values):
            return [one_line(name) for name in names]
    enum = shape.keywords.get("x-ms-enum")
    listed = enum.get("values") if isinstance(enum, dict) else None
    if isinstance(listed, list) and len(listed) == len(values):
        return [one_line(entry.get("name")) if isinstance(entry, dict) else "" for entry in listed]
    return []


def _typed(text: str, kind: str) -> Any:
    try:
        return {"integer": int, "number": float}.get(kind, str)(text)
    except ValueError:
        return text


def selector_values(shapes: Shapes, group: Group, branches: Sequence[Shape]) -> tuple[str, list[Any]]:
    """The property that tells the alternatives apart ('' if none does), and the value that stands for each."""
    name = group.discriminator.text("propertyName") if group.discriminator else ""
    if not name:
        name = _telling(shapes, branches)
    if name and all(name in branch.properties for branch in branches):
        constants = [_constant(shapes, branch.properties[name]) for branch in branches]
        mapped = _mapping(group, branches) if group.discriminator else {}
        values = [
            constant if constant is not None else mapped.get(branch.ref_name, branch.ref_name)
            for constant, branch in zip(constants, branches, strict=True)
        ]
        if len({str(value) for value in values}) == len(values) and all(v not in (None, "") for v in values):
            return name, values
    texts: list[Any] = []
    for index, branch in enumerate(branches):
        title = slug(one_line(branch.keywords.get("title"))) or slug(humanize(branch.ref_name))
        text = title or "_and_".join(sorted(branch.required)) or f"option_{index + 1}"
        texts.append(text if text not in texts else f"{text}_{index + 1}")
    return "", texts


def _telling(shapes: Shapes, branches: Sequence[Shape]) -> str:
    for name in branches[0].properties if branches else ():
        values = [
            _constant(shapes, branch.properties[name]) if name in branch.properties else None for branch in branches
        ]
        if None not in values and len({str(value) for value in values}) == len(values):
            return name
    return ""


def _constant(shapes: Shapes, node: Node) -> Any:
    keywords = shapes.of(node).keywords
    if "const" in keywords:
        return keywords["const"]
    enum = keywords.get("enum")
    return enum[0] if isinstance(enum, list) and len(enum) == 1 else None


def _mapping(group: Group, branches: Sequence[Shape]) -> dict[str, str]:
    mapping = group.discriminator.get("mapping").value if group.discriminator else None
    if not isinstance(mapping, dict):
        return {}
    return {str(target).rpartition("/")[2]: value for value, target in mapping.items()}

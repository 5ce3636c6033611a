"""Closed and open lists of values, with their labels, however a document writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.schemas.document.reporter import Reporter
from specloom.schemas.load.fields.schema import Schema, Shapes
from specloom.schemas.memo import cached
from specloom.schemas.model import Choice
from specloom.schemas.text import clean, humanize, one_line

_PLAIN = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*\Z|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*\Z")
_SCALARS = frozenset((str, int, float, bool))
_NAMES = ("x-enumNames", "x-enum-varnames", "x-enum-names", "x-ms-enum-names")
_LISTED = frozenset(("enum", "x-extensible-enum"))
_NAME_KEYS = frozenset((*_NAMES, "x-ms-enum"))


def label(value: Any) -> str:
    """A machine-like value gets words ('square_hd': 'Square Hd'); anything else stands for itself."""
    if value is True or value is False:
        return "Yes" if value else "No"
    text = one_line(str(value))
    return humanize(text) if _PLAIN.match(text) and len(text) > 2 else text or "(empty)"


@cached(4096)
def labelled(values: tuple[str, ...]) -> tuple[Choice, ...]:
    """Texts as choices, each once."""
    return tuple(Choice(value=value, label=label(value)) for value in dict.fromkeys(values))


MAX_CHOICES = 2000
"""The longest real lists (instance types, time zones, fonts) are shorter."""


def choices_of(shapes: Shapes, shape: Schema, block: Mapping[str, Any], report: Reporter) -> tuple[Choice, ...]:
    """From `enum`, constants in oneOf/anyOf, and the labels beside them; of the whole list if it is one."""
    if not shape.groups and not block and _LISTED.isdisjoint(shape.keywords):
        return ()
    values, titles = _values(shapes, shape)
    named = block.get("choices") or {}
    if not values:
        if not named:
            return ()
        values = [_typed(text, shape.type) for text in named]
    names = _names(shape, values)
    if len(values) > MAX_CHOICES:
        told = f"more than {MAX_CHOICES} values are too many for a list"
        report.warn(shape.node, "choices", told, f"the first {MAX_CHOICES} are offered, others can be typed")
        values = values[:MAX_CHOICES]
    if not (named or names or any(titles)) and {*map(type, values)} == {str}:
        return labelled(tuple(values))
    result: dict[str, Choice] = {}
    for index, value in enumerate(values):
        key = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        given = named.get(key)
        given = {"label": given} if isinstance(given, str) else given or {}
        text = given.get("label") or (titles[index] if index < len(titles) else "") or (names[index] if names else "")
        name = one_line(text) or label(value)
        description = clean(given.get("description"), 500) if given else ""
        result.setdefault(f"{type(value).__name__}:{key}", Choice(value=value, label=name, description=description))
    return tuple(result.values())


def is_open(shapes: Shapes, shape: Schema, choices: Sequence[Choice]) -> bool:
    """Other values are fine too: no enum of its own, and any alternatives include a plain type."""
    if len(choices) >= MAX_CHOICES:
        return True
    if "enum" in shape.keywords or "const" in shape.keywords:
        return shape.keywords.get("x-extensible-enum") is not None
    for group in shape.groups:
        parts = [shapes.of(branch) for branch in group.branches[: MAX_CHOICES + 1]]
        if parts and all("enum" in p.keywords or "const" in p.keywords for p in parts):
            return False
    return True


def _values(shapes: Shapes, shape: Schema) -> tuple[list[Any], list[str]]:
    values = shape.keywords.get("enum") or shape.keywords.get("x-extensible-enum")
    if isinstance(values, list):
        return _scalars(values), []
    found: list[Any] = []
    titles: list[str] = []
    for group in shape.groups:
        for branch in map(shapes.of, group.branches[: MAX_CHOICES + 1]):
            constants = [branch.keywords["const"]] if "const" in branch.keywords else branch.keywords.get("enum")
            if isinstance(constants, list) and branch.type != "object":
                found += _scalars(constants)
                title = one_line(branch.keywords.get("title")) if len(constants) == 1 else ""
                titles += [title] * (len(found) - len(titles))
    return found, titles


def _scalars(values: list[Any]) -> list[Any]:
    return values if _SCALARS.issuperset(map(type, values)) else [one for one in values if type(one) in _SCALARS]


def _names(shape: Schema, values: Sequence[Any]) -> list[str]:
    if shape.keywords.keys().isdisjoint(_NAME_KEYS):
        return []
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

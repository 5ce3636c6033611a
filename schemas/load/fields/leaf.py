"""The fields of plain values: a text, a number, a yes or no, a short list of texts to choose from. They are most of a
document, need no Shape, and are the same wherever the same is said of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from specloom.schemas.load.fields import facets
from specloom.schemas.load.fields.choices import labelled
from specloom.schemas.model import Field, FieldLocation
from specloom.schemas.text import clean, one_line

MAX_CHOICES = 20
"""Longer lists are seldom written twice."""
_TYPES = frozenset(("string", "integer", "number", "boolean"))
_KEYWORDS: Mapping[str, tuple[type, ...]] = {
    "type": (str, list), "enum": (list,), "description": (str,), "format": (str,), "title": (str,),
    "example": (str, int, bool), "nullable": (bool,), "readOnly": (bool,), "deprecated": (bool,),
    "uniqueItems": (bool,), "minLength": (int,), "maxLength": (int,), "multipleOf": (int,),
    "minimum": (int,), "maximum": (int,), "exclusiveMinimum": (int, bool), "exclusiveMaximum": (int, bool),
}  # fmt: skip
"""What a plain value may say of itself, and how."""
_EXTENSIONS = ("x-specloom", "x-ms-", "x-enum", "x-extensible-enum")
"""How those begin that mean something to us; of all others nothing is made."""


def said(value: Any) -> tuple[Hashable, ...] | None:
    """All that is said of a plain value; None where it is none, or where there is more to it or something to report."""
    if value.__class__ is not dict or "type" not in value:
        return None
    found: list[Hashable] = []
    for key, entry in value.items():
        kind = entry.__class__
        if key not in _KEYWORDS:
            if key.startswith("x-") and not key.startswith(_EXTENSIONS):
                continue
            return None
        if kind not in _KEYWORDS[key]:
            return None
        if kind is list:
            if len(entry) > MAX_CHOICES or any(text.__class__ is not str for text in entry):
                return None
            entry = tuple(entry)
        found.append((key, entry, kind))  # 1 and true are the same to Python
    return tuple(found) if _type_of(value) else None


def field(
    value: dict[str, Any], name: str, pointer: str, required: bool, location: FieldLocation, media_type: str
) -> Field:
    """The field of a value of which something can be `said`."""
    kind = _type_of(value)
    facts: dict[str, Any] = {"type": kind, "title": facets.title_of(value.get("title"), name)}
    if text := value.get("description"):
        facts["description"] = clean(text)
    if "format" in value:
        facts["format"] = one_line(value["format"])
        facts["secret"] = value["format"] == "password"
        if form := facets.file_form(value, {}, media_type):
            facts.update(file=form, type="file" if form == "binary" else kind)
    if choices := value.get("enum"):
        facts["choices"] = labelled(tuple(choices))
    if not facets.LIMITS.isdisjoint(value):
        facets.limits(value, facts)
    return Field(
        name=facets.name_of(name),
        pointer=pointer,
        location=location,
        required=required,
        nullable=value.get("nullable") is True or value["type"].__class__ is list and "null" in value["type"],
        read_only=value.get("readOnly") is True,
        deprecated=value.get("deprecated") is True,
        example=value.get("example"),
        **facts,
    )


def _type_of(value: dict[str, Any]) -> str:
    """Its one type besides null; '' where it has none or several, or is no plain one."""
    declared = value["type"]
    if declared.__class__ is list:
        kinds = [kind for kind in declared if kind != "null"]
        declared = kinds[0] if len(kinds) == 1 else ""
    return declared if declared in _TYPES else ""

"""The fields of plain values: a text, a number, a yes or no, a list of texts to choose from.

They are two thirds of a document, need no Schema, and are the same at every depth and in both directions. Without this
second way to them, Stripe's and Kubernetes's documents take 11 to 14 % longer to load; a test holds both ways equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specloom.schemas.load.fields import facets
from specloom.schemas.load.fields.choices import MAX_CHOICES, labelled
from specloom.schemas.memo import content_key
from specloom.schemas.model import Field, FieldLocation
from specloom.schemas.text import clean, one_line

_TYPES = frozenset(("string", "integer", "number", "boolean"))
_KEYWORDS: Mapping[str, tuple[type, ...]] = {
    "type": (str, list), "enum": (list,), "description": (str,), "format": (str,), "title": (str,),
    "example": (str, int, bool), "nullable": (bool,), "readOnly": (bool,), "writeOnly": (bool,),
    "deprecated": (bool,), "uniqueItems": (bool,), "minLength": (int,), "maxLength": (int,), "multipleOf": (int,),
    "minimum": (int,), "maximum": (int,), "exclusiveMinimum": (int, bool), "exclusiveMaximum": (int, bool),
}  # fmt: skip
"""What a plain value may say of itself, and how."""
_TEXTS = frozenset((str,))
_EXTENSIONS = ("x-specloom", "x-ms-", "x-enum", "x-extensible-enum")
"""How those begin that mean something to us; of all others nothing is made."""


Known = dict[tuple[Any, ...], tuple[Any, Field]]


def scalar(
    known: Known, value: Any, name: str, pointer: str, required: bool, location: FieldLocation, media_type: str
) -> Field | None:
    """The field of a plain value, made once for its place; None for all else. What is `known` goes by the value's
    identity, beside the value so that its id stays its own, and by what it says."""
    place = (name, pointer, required, location, media_type)
    same = (id(value), place)
    found = known.get(same)
    if found is None:
        if not is_plain(value):
            return None
        equal = (content_key(value), place)
        found = known.get(equal) or (value, field_of(value, name, pointer, required, location, media_type))
        known[equal] = known[same] = value, found[1]
    return found[1]


def is_plain(value: Any) -> bool:
    """Whether it has one type besides null, and there is neither more to it nor something to report."""
    if value.__class__ is not dict or "type" not in value:
        return False
    for key, entry in value.items():
        kinds = _KEYWORDS.get(key)
        if kinds is None:
            if key[:2] != "x-" or key.startswith(_EXTENSIONS):
                return False
        elif entry.__class__ not in kinds:
            return False
        elif entry.__class__ is list and (len(entry) > MAX_CHOICES or not _TEXTS.issuperset(map(type, entry))):
            return False
    return bool(_type_of(value)) and not facets.only_value(value)


def field_of(
    value: dict[str, Any], name: str, pointer: str, required: bool, location: FieldLocation, media_type: str
) -> Field:
    """The field of a plain value, as FieldMaker's long way makes it."""
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
        nullable=value.get("nullable") is True or (value["type"].__class__ is list and "null" in value["type"]),
        read_only=value.get("readOnly") is True,
        write_only=value.get("writeOnly") is True,
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

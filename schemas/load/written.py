"""Bodies that people write themselves: XML, lines of JSON and the like have no form, but one text with an example."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.load.fields.schema import Schema, Shapes
from specloom.schemas.model import Field
from specloom.schemas.text import one_line

_DEPTH = 5
_VALUES = {"integer": "1", "number": "1.5", "boolean": "true", "object": "", "array": ""}


def written_body(media_type: str, required: bool, example: str) -> Field:
    return Field(
        name="body", location="body", pointer="", title="Body", type="string", required=required,
        description=f"The whole body, as {media_type.partition(';')[0].strip()}", example=example or None,
    )  # fmt: skip


def xml_sample(shapes: Shapes, schema: Node, name: str) -> str:
    """A document as the schema and its `xml` notes describe it; '' where they use what is no name in XML."""
    try:
        return ElementTree.tostring(_element(shapes, schema, name, 0), encoding="unicode")
    except ValueError:
        return ""


def root_name(refs: Refs, schema: Node) -> str:
    """Of the document: what the schema is called."""
    return one_line(refs.name(schema)) or "request"


def _element(shapes: Shapes, schema: Node, name: str, depth: int) -> ElementTree.Element:
    """Raises ValueError."""
    shape = shapes.of(schema)
    element = ElementTree.Element(_name(shape, name))
    notes = _notes(shape)
    if isinstance(notes.get("namespace"), str):
        prefix = notes.get("prefix")
        element.set(f"xmlns:{prefix}" if isinstance(prefix, str) else "xmlns", notes["namespace"])
    if shape.type not in ("object", "any") or not shape.properties:
        element.text = _value(shape)
    for key, node in shape.properties.items() if depth < _DEPTH else ():
        inner = shapes.of(node)
        if inner.keywords.get("readOnly") is True:
            continue
        if _notes(inner).get("attribute") is True:
            element.set(_name(inner, key), _value(inner))
        elif inner.type == "array" and inner.items is not None:
            wrapped, own = _notes(inner).get("wrapped") is True, _name(inner, key)
            holder = ElementTree.SubElement(element, own) if wrapped else element
            holder.append(_element(shapes, inner.items, key if wrapped else own, depth + 1))
        else:
            element.append(_element(shapes, node, key, depth + 1))
    return element


def _notes(shape: Schema) -> dict[str, Any]:
    notes = shape.keywords.get("xml")
    return notes if isinstance(notes, dict) else {}


def _name(shape: Schema, name: str) -> str:
    """Raises ValueError for what XML has no such name for."""
    notes = _notes(shape)
    own = notes.get("name") if isinstance(notes.get("name"), str) else name
    prefix = notes.get("prefix")
    if not own or any(character in own for character in " \t\r\n<>&'\"/=") or own[0].isdigit():
        raise ValueError(f"{own!r} is no name")
    return f"{prefix}:{own}" if isinstance(prefix, str) and prefix.isidentifier() else own


def _value(shape: Schema) -> str:
    choices = shape.keywords.get("enum")
    told = [shape.keywords.get(key) for key in ("example", "default", "const")]
    for given in (*told, *(choices[:1] if isinstance(choices, list) else ())):
        if isinstance(given, str | int | float):
            return str(given).lower() if isinstance(given, bool) else str(given)
    return _VALUES.get(shape.type, "text")

"""Form bodies: one key for each value, nested ones in brackets, as schemas/http/bodies.py writes them.

Make encodes a flat collection of keys and values itself. Where a list's separators are not to be encoded (`tags=a,b`)
the body is a text of our own, whose parts are encoded one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.make import iml
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.schemas import shape
from specloom.generator.make.fields.values import FormValue, Inputs, from_form, given_if, nested_value, value
from specloom.schemas.expressions import split_pointer
from specloom.schemas.http.styles import is_json, percent
from specloom.schemas.model import Field

MOST_ELEMENTS = (10, 3)
"""Objects in a list that a form sends, and in a list inside one: IML has no loops, so that each is written out."""
_APART = "\u241f"
"""Stands between the elements of a list while they are encoded: the picture of a unit separator, which no value has."""
_DELIMITERS = {"spaceDelimited": "+", "pipeDelimited": "%7C", "tabDelimited": "%09"}


class FormEntry(Struct, frozen=True):
    """One key. `expression` is IML without its mustaches: of a value, a list, or a list of {key, value} `pairs`, which
    stand in brackets behind the key. `delimiter` joins a list under its key, percent-encoded."""

    key: str
    expression: str
    kind: Literal["value", "list", "pairs"] = "value"
    delimiter: str = ""


def is_joined(field: Field) -> bool:
    """Whether a list stands under one key, its separators as they are."""
    plain = shape(field) in ("scalars", "selects") and not is_json(field.encoding)
    return plain and bool(field.style) and field.style != "deepObject" and not field.explode


def limited(fields: Sequence[Field]) -> Sequence[Field]:
    """The fields as a form can send them: lists of objects have at most as many elements as are written out."""
    joined = any(field.location == "body" and is_joined(field) for field in fields)
    return tuple(_limited(field, 0, joined) if field.location == "body" else field for field in fields)


def _limited(field: Field, depth: int, joined: bool) -> Field:
    kind = shape(field, nested=depth > 0)
    if kind == "pairs" and joined:
        return replace(field, max_items=MOST_ELEMENTS[0])
    if kind == "collection":
        inner = tuple(_limited(child, depth, joined) for child in field.fields)
        return field if inner == field.fields else replace(field, fields=inner)
    if kind != "collections" or field.encoding:
        return field
    most = MOST_ELEMENTS[min(depth, len(MOST_ELEMENTS) - 1)]
    inner = tuple(_limited(child, depth + 1, joined) for child in field.fields)
    return replace(field, max_items=min(field.max_items or most, most), fields=inner)


def unkept(field: Field) -> Iterator[iml.Inexpressible]:
    """What a form in Make does otherwise than the document, for the report."""
    if field.encoding:
        return
    for inner, depth in _within(field, 0):
        if shape(inner, nested=depth > 0) == "collections":
            most = MOST_ELEMENTS[min(depth, len(MOST_ELEMENTS) - 1)]
            if (inner.max_items or most) >= most:
                yield iml.Inexpressible(f"at most {most} elements of its list {inner.name!r} are sent")
        elif shape(inner, nested=depth > 0) == "json" and (inner.type in ("object", "any") or inner.repeated):
            yield iml.Inexpressible(
                f"the keys of {inner.name!r} are not known beforehand, so it is sent as a JSON text"
            )


def _within(field: Field, depth: int) -> Iterator[tuple[Field, int]]:
    yield field, depth
    for child in field.fields:
        yield from _within(child, depth + 1)


def form_body(entries: Sequence[FormEntry]) -> FormValue:
    """The flat collection that Make encodes."""
    tree: dict[str, FormValue] = {}
    pairs = []
    for entry in entries:
        if entry.kind == "pairs":
            pairs.append(_in_brackets(entry))
        else:
            tree[iml.constant(entry.key)] = iml.wrap(entry.expression)
    if pairs:
        listed = pairs[0] if len(pairs) == 1 else f"merge({', '.join(pairs)})"
        tree["{{...}}"] = iml.wrap(f"toCollection({listed}, 'key', 'value')")
    return tree


def _in_brackets(entry: FormEntry) -> str:
    """The pairs with `key[…]` around each of their keys. In JSON a quote inside a text is escaped, so that what the
    pattern finds is the key itself."""
    renamed = iml.quote(f'"key":"{entry.key}[$1]","value":')
    written = f"createJSON(ifempty({entry.expression}, ''))"
    found = f'parseJSON(replace({written}, \'/"key": ?"(.*?)", ?"value":/g\', {renamed}))'
    return f"if({entry.expression}, {found}, parseJSON('[]'))"


def is_text(entries: Sequence[FormEntry]) -> bool:
    return any(entry.delimiter for entry in entries)


def form_text(entries: Sequence[FormEntry], inputs: Inputs) -> FormValue:
    """The body as it goes over the wire; a space is '+'."""
    parts = [inputs.keep(iml.wrap(part)) for entry in entries for part in _parts(entry)]
    whole = f"replace({' + '.join(parts)}, '/^&/', '')" if parts else "''"
    return iml.wrap(f"replace({whole}, '/%20/g', '+')")


def _parts(entry: FormEntry) -> Iterator[str]:
    given, name = entry.expression, f"&{percent(entry.key)}"
    if entry.kind == "value":
        yield f"if(ifempty({given}, '') = '', '', {iml.quote(name + '=')} + encodeURL(ifempty({given}, '')))"
    elif entry.kind == "list":
        between = entry.delimiter or f"{name}="
        encoded = f"replace(encodeURL(join({given}, '{_APART}')), '/{percent(_APART)}/g', {iml.quote(between)})"
        yield f"if(length({given}) > 0, {iml.quote(name + '=')} + {encoded}, '')"
    else:
        for index in range(1, MOST_ELEMENTS[0] + 1):
            pair = f"{given}[{index}]"
            named = f"{iml.quote(name + '%5B')} + encodeURL(ifempty({pair}.key, '')) + '%5D='"
            yield f"if({pair}, {named} + encodeURL(ifempty({pair}.value, '')), '')"


# --- what a form consists of


def entries_of(field: Field, inputs: Inputs) -> Iterator[FormEntry]:
    """Of a top-level field. Raises Inexpressible."""
    key, kind = "/".join(split_pointer(field.pointer)), shape(field)
    if field.name in inputs.ready or is_json(field.encoding):
        yield FormEntry(key, _json(field, value(field, inputs), inputs))
    elif kind in ("scalars", "selects"):
        inner = _expression(value(field, inputs), inputs)
        if field.style == "deepObject":
            yield FormEntry(f"{key}[]", inner, "list")
        else:
            yield FormEntry(key, inner, "list", _DELIMITERS.get(field.style, ",") if is_joined(field) else "")
    elif kind == "collection" and field.style == "form" and field.explode:
        below = inputs.below(field)
        for child in field.fields:
            yield from _nested(child, "/".join(split_pointer(child.pointer)), below, 0)
    else:
        yield from _part(field, key, kind, value, inputs, 0)


def _nested(field: Field, key: str, inputs: Inputs, depth: int) -> Iterator[FormEntry]:
    """Of a part of an object."""
    kind = shape(field, nested=True)
    if field.location == "selector":
        return
    if kind in ("scalars", "selects"):
        yield FormEntry(f"{key}[]", _expression(nested_value(field, inputs), inputs), "list")
    else:
        yield from _part(field, key, kind, nested_value, inputs, depth)


def _part(field: Field, key: str, kind: str, of: Any, inputs: Inputs, depth: int) -> Iterator[FormEntry]:
    ref = inputs.refs[field.name]
    if kind == "collection":
        yield from _members(field, key, inputs.below(field), depth)
    elif kind == "collections":
        names = form_names(field.fields)
        for index in range(field.max_items or MOST_ELEMENTS[min(depth, 1)]):
            inner = from_form(field.fields, names, f"{ref}[{index + 1}]")
            inner.temps, inner.known = inputs.temps, inputs.known
            yield from _members(field, f"{key}[{index}]", inner, depth + 1)
    elif kind == "pairs":
        yield FormEntry(key, ref, "pairs")
    elif kind == "json" and (field.type in ("object", "any") or field.repeated):
        yield FormEntry(key, _json(field, of(field, inputs), inputs))
    else:
        yield FormEntry(key, _expression(of(field, inputs), inputs))


def _members(field: Field, key: str, inputs: Inputs, depth: int) -> Iterator[FormEntry]:
    for child in field.fields:
        yield from _nested(child, f"{key}[{'/'.join(split_pointer(child.pointer))}]", inputs, depth)


def _json(field: Field, written: FormValue, inputs: Inputs) -> str:
    made = f"createJSON(ifempty({_expression(written, inputs)}, ''))"
    return _expression(given_if(inputs.refs[field.name], iml.wrap(made), inputs), inputs)


def _expression(written: FormValue, inputs: Inputs) -> str:
    if iml.is_wrapped(written):
        return str(written[2:-2])
    return inputs.keep(written) if isinstance(written, dict | list) else iml.literal(written)

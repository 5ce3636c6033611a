"""OpenAPI's parameter styles in IML: parts of an address and cookies as encoded texts, lists with their separators."""

from __future__ import annotations

from collections.abc import Sequence

from specloom.generator.make import iml
from specloom.generator.make.fields.schemas import shape
from specloom.generator.make.fields.values import Inputs
from specloom.schemas.http.styles import percent
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.model import Field

_APART = "\u241f"
"""Stands between the elements of a list while they are encoded: the picture of a unit separator, which no value has."""
_RESERVED = "%3A %2F %3F %40 %21 %24 %27 %28 %29 %2C %3B %3D %5B %5D".split()
"""What `allowReserved` leaves as it is; the rest would end the value."""
SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_LEADS = {"label": ".", "matrix": ";"}


def is_spread(field: Field) -> bool:
    """Whether an object is written by its properties; one without known ones is JSON."""
    return field.type == "object" and not field.repeated and shape(field) == "collection" and not field.encoding


_SHORT = 60
"""Characters of an expression that stands in an address itself, which Make limits; a longer one stands in `temp`."""


def _inside(expression: str, inputs: Inputs) -> str:
    short = len(expression) <= _SHORT
    return iml.wrap(expression if short else inputs.keep(iml.wrap(expression)))


def given(ref: str) -> str:
    return f"ifempty({ref}, '') != ''"


def path_value(field: Field, inputs: Inputs) -> str:
    """One path parameter in its style. Raises Inexpressible."""
    ref, name = inputs.refs[field.name], percent(field.pointer)
    lead = _LEADS.get(field.style, "")
    separator = lead if field.explode and lead else _separator(field)
    prefix = f"{name}=" if field.style == "matrix" else ""
    if is_spread(field):
        parts = _properties(field, inputs, separator, "=" if field.explode else ",")
        text = parts if field.explode and lead else _without_lead(parts, separator)
        return ("" if field.explode else f"{lead}{prefix}") + _inside(text, inputs)
    if field.repeated:
        return lead + prefix + _inside(_list(field, ref, separator + (prefix if field.explode else "")), inputs)
    if is_constant(field):
        return f"{lead}{prefix}{iml.constant(percent(str(field.default)))}"
    return lead + prefix + _inside(_encoded(field, ref), inputs)


def query_text(fields: Sequence[Field], inputs: Inputs) -> str:
    """The query parameters whose separators are not to be encoded, behind the path: `?ids=a,b&…`, or nothing."""
    parts = []
    for field in fields:
        ref, name = inputs.refs[field.name], iml.quote(f"&{percent(field.pointer)}=")
        if is_spread(field):
            parts.append(_spread(field, name, _properties(field, inputs, ",", ","), inputs))
            continue
        elif field.repeated:
            value, test = _list(field, ref, _separator(field)), f"join({ref}, '') != ''"
        else:
            value, test = _encoded(field, f"ifempty({ref}, '')"), given(ref)
        shown = [iml.is_one_of(inputs.refs[c.field], c.values) for c in field.when if c.field in inputs.refs]
        test = iml.both(*shown, test)
        parts.append(f"if({test}, {name} + {value}, '')")
    return _inside(f"replace({' + '.join(parts)}, '/^&/', '?')", inputs) if parts else ""


def in_query_text(field: Field) -> bool:
    """Whether its separators, or what is reserved in it, would be encoded among Make's own parameters."""
    if field.encoding or field.style == "deepObject":
        return False
    if is_spread(field) or (field.repeated and field.type not in ("object", "any")):
        return not field.explode
    return field.allow_reserved and not field.repeated and field.type not in ("object", "any")


def cookies(fields: Sequence[Field], inputs: Inputs, credential: str) -> str:
    """The header's value, behind the credential's own; it disappears where there is none. Raises Inexpressible."""
    parts = []
    for field in fields:
        ref, name = inputs.refs[field.name], iml.quote(f"; {percent(field.pointer)}=")
        value = _list(field, ref, ",") if field.repeated else _encoded(field, f"ifempty({ref}, '')")
        test = f"join({ref}, '') != ''" if field.repeated else given(ref)
        parts.append(f"if({test}, {name} + {value}, '')")
    if credential:
        return credential + iml.wrap(" + ".join(parts))
    return iml.wrap(f"ifempty(replace({' + '.join(parts)}, '/^; /', ''), {iml.UNDEFINED})")


def _spread(field: Field, name: str, properties: str, inputs: Inputs) -> str:
    """The parameter with its value; nothing where no property is given."""
    text = f"replace(replace({name} + {properties}, '/=,/', '='), '/^[^=]*=$/', '')"
    shown = [iml.is_one_of(inputs.refs[c.field], c.values) for c in field.when if c.field in inputs.refs]
    return f"if({iml.both(*shown)}, {text}, '')" if shown else text


def header_object(field: Field, inputs: Inputs) -> str:
    """`r=1,g=2`, or `r,1,g,2`; it disappears where no property is given. Raises Inexpressible."""
    parts = _properties(field, inputs, ",", "=" if field.explode else ",", encoded=False)
    return iml.wrap(f"ifempty({_without_lead(parts, ',')}, {iml.UNDEFINED})")


def _separator(field: Field) -> str:
    return percent(SEPARATORS[field.style]) if field.style in SEPARATORS else ","


def _properties(field: Field, inputs: Inputs, separator: str, joint: str, *, encoded: bool = True) -> str:
    """Each property that is given, with the separator before it."""
    inner = inputs.below(field)
    parts = []
    for child in field.fields:
        if child.location == "selector" or shape(child, nested=True) in ("json", "collection", "collections", "pairs"):
            raise iml.Inexpressible(f"{child.name!r} is no plain value")
        name = iml.quote(f"{separator}{percent(child.pointer.removeprefix('/'))}{joint}")
        ref = inner.refs[child.name]
        value = _list(field, ref, ",") if child.repeated else _encoded(field, f"ifempty({ref}, '')")
        if not encoded:
            value = f"join({ref}, ',')" if child.repeated else f"ifempty({ref}, '')"
        test = f"join({ref}, '') != ''" if child.repeated else given(ref)
        parts.append(f"if({test}, {name} + {value}, '')")
    return " + ".join(parts)


def _without_lead(parts: str, separator: str) -> str:
    return f"replace({parts}, '/^[{separator}]/', '')"


def _list(field: Field, ref: str, separator: str) -> str:
    """The elements, each encoded by itself."""
    encoded = _encoded(field, f"join({ref}, '{_APART}')")
    return f"replace({encoded}, '/{percent(_APART)}/g', {iml.quote(separator)})"


def _encoded(field: Field, text: str) -> str:
    """Percent-encoded; what would end a path or a query stays so under `allowReserved`, too."""
    if not field.allow_reserved:
        return f"encodeURL({text})"
    kept = f"encodeURL({text})"
    for code in _RESERVED:
        if code != "%3F" or field.location != "path":
            kept = f"replace({kept}, '/{code}/g', {iml.quote(chr(int(code[1:], 16)))})"
    return f"replace({kept}, '/%25(?=[0-9A-Fa-f][0-9A-Fa-f])/g', '%')"

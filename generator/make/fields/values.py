"""From the form to the wire: the IML that turns what a person filled in into what the service expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from specloom.generator.make import iml
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.schemas import date_pattern, holds_constants, keeps_digits, sends_as_is, shape
from specloom.schemas.expressions import split_pointer
from specloom.schemas.http.styles import text
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.memo import cached, table
from specloom.schemas.model import Field, Operation

FormValue = Any
"""JSON with IML in it."""


class MadeValue(NamedTuple):
    """What was made of something once."""

    source: Any
    """Kept so that nothing else has its id while it is known by it."""
    value: FormValue
    temps: list[tuple[str, FormValue]]
    """What it needs in `temp`."""


def unsigned(operation: Operation) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return {}, {}


class Inputs(Struct):
    """Where a request takes its values from.

    `refs` is Field.name to the IML expression of what was filled in; a field without one is not sent. Those in
    `ready` are already what goes over the wire. `temps` collects helpers the request needs in its `temp`.
    """

    refs: Mapping[str, str]
    ready: frozenset[str] = frozenset()
    temps: dict[str, FormValue] = {}
    marks: bool = False
    """Digits that Make's numbers would lose are marked, to be put into JSON as they are."""
    cookie: str = ""
    """The credential, where it is a cookie: a request with cookies of its own replaces the base's."""
    sign: Callable[[Operation], tuple[Mapping[str, str], Mapping[str, str]]] = unsigned
    """Headers and query parameters with the credential of an operation, where the base does not carry it."""
    known: dict[tuple[int, str, int], MadeValue] = msgspec.field(default_factory=table)
    """What other requests have made, by its source, the reference to it and the helpers there were before it."""

    def below(self, field: Field) -> Inputs:
        """Where the parts of an object take their values from."""
        inner = from_form(field.fields, form_names(field.fields), self.refs[field.name])
        inner.temps, inner.known, inner.marks = self.temps, self.known, self.marks
        return inner

    def once(self, source: Any, ref: str, make: Callable[[], FormValue]) -> FormValue:
        """What `make` makes of `source` and the reference to it: the same in all requests of a service."""
        key = id(source), ref, len(self.temps)
        known = self.known.get(key)
        if known is None:
            made = make()
            known = self.known[key] = MadeValue(source, made, list(self.temps.items())[key[2] :])
        self.temps.update(known.temps)
        return known.value

    def keep(self, value: FormValue) -> str:
        """Puts `value` into `temp` and returns the expression that reads it."""
        name = f"part{len(self.temps) + 1}"
        self.temps[name] = value
        return f"temp.{name}"


def from_form(fields: Sequence[Field], form: Mapping[str, str], base: str = "parameters") -> Inputs:
    return Inputs({each.name: f"{base}.{form[each.name]}" for each in fields})


def value(field: Field, inputs: Inputs) -> FormValue:
    """What the body, query or form holds for a top-level field. Raises Inexpressible."""
    ref = inputs.refs[field.name]
    if field.name in inputs.ready:
        return int(ref) if ref.isdigit() else iml.wrap(ref)
    if is_constant(field):
        return only_when(field, iml.constant(field.default), inputs)
    return only_when(field, _converted(field, ref, inputs, nested=False), inputs)


def only_when(field: Field, written: FormValue, inputs: Inputs) -> FormValue:
    """The value while the field's conditions hold, and nothing otherwise."""
    checks = [iml.is_one_of(inputs.refs[c.field], c.values) for c in field.when if c.field in inputs.refs]
    return given_if(iml.both(*checks), written, inputs) if checks else written


def given_if(condition: str, written: FormValue, inputs: Inputs) -> FormValue:
    expression = written[2:-2] if iml.is_wrapped(written) else inputs.keep(written)
    return iml.wrap(f"if({condition}, {expression}, {iml.UNDEFINED})")


def _converted(field: Field, ref: str, inputs: Inputs, *, nested: bool) -> FormValue:
    kind = shape(field, nested=nested)
    if kind == "select":
        return _chosen(field, ref)
    if kind == "selects" and field.type in ("integer", "number"):
        return _if_given(ref, f"parseJSON('[' + join({ref}, ',') + ']')")
    if inputs.marks and not nested and keeps_digits(field):
        return _marked(ref, repeated=field.repeated)
    if kind == "json":
        return _if_given(ref, f"parseJSON(ifempty({ref}, 'null'))")
    if kind == "pairs":
        return _if_given(ref, f"toCollection({ref}, 'key', 'value')")
    if kind == "date":
        written = f"formatDate(ifempty({ref}, now), {iml.quote(date_pattern(field))})"
        return _if_given(ref, f"parseNumber({written})" if field.type in ("integer", "number") else written)
    if kind == "file":
        return _if_given(f"{ref}.data", f"base64(ifempty({ref}.data, ''))")
    if kind == "collection":
        return inputs.once(field.fields, ref, partial(_object, field, ref, inputs))
    return iml.wrap(ref)


MARK = "~number~"
"""Before digits that are to stand in JSON without quotes, and behind them."""


def _marked(ref: str, *, repeated: bool) -> FormValue:
    if repeated:
        return _if_given(ref, f"split('{MARK}' + join({ref}, '{MARK} {MARK}') + '{MARK}', ' ')")
    return iml.wrap(f"if(ifempty({ref}, '') != '', '{MARK}' + {ref} + '{MARK}', {iml.UNDEFINED})")


def with_digits(body: FormValue, inputs: Inputs) -> FormValue:
    """The JSON text of a body in which digits are marked."""
    kept = inputs.keep(body)
    digits = f'/"{MARK}(-?[0-9]+){MARK}"/g'
    return iml.wrap(f"replace(createJSON({kept}), {iml.quote(digits)}, '$1')")


_LISTED = 50
"""Choices that one expression may hold."""


def _chosen(field: Field, ref: str) -> FormValue:
    """A choice of the document's own kind, also where a text was mapped."""
    values = [choice.value for choice in field.choices if not isinstance(choice.value, str)]
    if not values or len(values) > _LISTED:
        return iml.wrap(ref)
    pairs = ", ".join(f"{iml.quote(text(value))}, {iml.literal(value)}" for value in values)
    return iml.wrap(f"switch(toString(ifempty({ref}, '')), {pairs}, {ref})")


def _object(field: Field, ref: str, inputs: Inputs) -> FormValue:
    if sends_as_is(field) and not holds_constants(field.fields):
        return iml.wrap(ref)
    return given_if(ref, _members(field.fields, inputs.below(field)), inputs)


def _if_given(ref: str, expression: str) -> str:
    return iml.wrap(f"if({ref}, {expression}, {iml.UNDEFINED})")


def nested_value(field: Field, inputs: Inputs) -> FormValue:
    """What a part of an object is sent as. Raises Inexpressible."""
    if is_constant(field):
        return only_when(field, iml.constant(field.default), inputs)
    return only_when(field, _converted(field, inputs.refs[field.name], inputs, nested=True), inputs)


def _members(fields: Sequence[Field], inputs: Inputs) -> dict[str, FormValue]:
    tree: dict[str, FormValue] = {}
    for each in fields:
        if each.location != "selector":
            place(tree, each.pointer, nested_value(each, inputs))
    return tree


@cached(32768)
def _tokens(pointer: str) -> tuple[str, ...]:
    return tuple(iml.constant(token) for token in split_pointer(pointer))


def place(tree: dict[str, FormValue], pointer: str, written: FormValue) -> None:
    """Puts a value where the pointer says. Raises Inexpressible when a key would be read as IML."""
    tokens = _tokens(pointer)
    for token in tokens[:-1]:
        tree = tree.setdefault(token, {})
        if not isinstance(tree, dict):
            raise iml.Inexpressible(f"{pointer} lies inside a value of its own")
    if not tokens:
        raise iml.Inexpressible("the whole object stands beside parts of it")
    earlier = tree.get(tokens[-1])
    if iml.is_wrapped(earlier) and iml.is_wrapped(written):  # alternatives share the name, and one of them applies
        written = iml.wrap(f"ifempty({str(earlier)[2:-2]}, {written[2:-2]})")
    tree[tokens[-1]] = written


def by_name(field: Field, inputs: Inputs) -> FormValue:
    """The value in its natural JSON shape, nested by names, as the gateway takes it. Raises Inexpressible."""
    ref = inputs.refs[field.name]
    if field.name in inputs.ready:
        return iml.wrap(ref)
    kind = shape(field)
    if kind == "collection" and not sends_as_is(field):
        inner = inputs.below(field)
        members = {
            iml.constant(each.name): _converted(each, inner.refs[each.name], inner, nested=True)
            for each in field.fields
        }
        return given_if(ref, members, inputs)
    return _converted(field, ref, inputs, nested=False)

"""The form of a step: Zapier's input fields, and beside them the data by which the runtime rebuilds the inputs.

Zapier's forms are flat. Objects become several fields, arrays of objects become line items, what is freer becomes
JSON. Fields that depend on an answer come from a function, which the runtime answers out of `dynamic`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.msgpack import encode

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.groups import grouped, groups_of
from specloom.generator.zapier.fields.inputs import InputFields
from specloom.generator.zapier.fields.line_items import Rows
from specloom.generator.zapier.fields.walk import ADVANCED, ROOT, Dropdown, FormPart, Shown, Walk
from specloom.generator.zapier.keys import Keys
from specloom.schemas.memo import table
from specloom.schemas.model import Field

FUNCTION = "$func$2$f$"
"""How Zapier's build writes a function of two arguments."""
RESERVED = ("confirm", "wait_for_completion", "additional_body", "additional_query")


class ZapierForm(Struct, frozen=True):
    """`fields` is Zapier's inputFields (FUNCTION stands for each entry of `dynamic`, in order); `inputs` says where
    the value of each key goes; `keys` are the form's keys by Field.name."""

    fields: list[Any]
    inputs: list[Json]
    dynamic: list[list[Json]]
    keys: dict[str, str]
    groups: list[Json] = []
    """Parts of it that Zapier shows together."""


class FormBuilder:
    """Builds the forms of one service. Equal forms are the same object, and others share what equal inputs add to
    them; neither must be changed."""

    def __init__(self) -> None:
        self._definitions = InputFields()
        self._rows = Rows(self._definitions)
        self._forms: dict[tuple[Any, ...], ZapierForm] = table()
        self._parts: dict[tuple[Any, ...], FormPart] = table()
        self._contents: dict[int, int] = table()
        """By the identity of a field."""
        self._alike: dict[Any, int] = table()

    def build(
        self,
        fields: Sequence[Field],
        extra: Sequence[Json] = (),
        hidden: frozenset[str] = frozenset(),
        dropdowns: Mapping[str, Dropdown] = {},
    ) -> ZapierForm:
        """The form of `fields` without those `hidden`, with `extra` (our own input fields) before the advanced ones
        at its end. `dropdowns` names the hidden trigger for a field's dynamic choices, by its dotted path."""
        asked_for = [f for f in fields if f.name not in hidden] if hidden else fields
        same = (*map(self._content, asked_for), encode(extra), *dropdowns.items())
        known = self._forms.get(same)
        if known is None:
            known = self._forms[same] = self._form(asked_for, extra, dropdowns)
        return known

    def _form(self, fields: Sequence[Field], extra: Sequence[Json], dropdowns: Mapping[str, Dropdown]) -> ZapierForm:
        walk = self._walk(dropdowns, Keys(RESERVED))
        roots = walk.keyed(fields, ROOT)
        roots_of: list[Field] = []
        for one in roots:
            part = None if one.when else self._part(one, walk)
            if part and walk.keys.take(part.keys):
                walk.add(part)
            else:  # it depends on what else this form asks for
                walk.field(one, fields, ROOT)
            roots_of += [one] * (len(walk.shown) - len(roots_of))
        keys = {one.name: walk.by_path[one.name,] for one in roots}
        entries, groups = grouped(walk.shown, roots_of, keys)
        shown, dynamic = _arranged(_in_order([*entries, *((one, ()) for one in extra)], groups), walk.asked)
        return ZapierForm(shown, walk.inputs, dynamic, keys, groups_of(shown, dynamic, groups))

    def _part(self, one: Field, of: Walk) -> FormPart:
        key, begins = of.by_path[one.name,], f"{one.name}."
        filled = [(path, name) for path, name in of.dropdowns.items() if path == one.name or path.startswith(begins)]
        same = (self._content(one), key, *filled)
        known = self._parts.get(same)
        if known is None:
            alone = self._walk(of.dropdowns, Keys((key,)))
            alone.by_path[one.name,] = key
            alone.field(one, (), ROOT)
            keys = alone.keys.taken - {key.lower()}
            known = self._parts[same] = FormPart(alone.shown, alone.inputs, alone.asked, keys)
        return known

    def _walk(self, dropdowns: Mapping[str, Dropdown], keys: Keys) -> Walk:
        return Walk(self._definitions, self._rows, dropdowns, keys)

    def _content(self, one: Field) -> int:
        """The same for fields that are equal in all: documents repeat them word for word."""
        known = self._contents.get(id(one))
        if known is None:
            known = self._contents[id(one)] = self._alike.setdefault(_told(one), len(self._alike))
        return known


_own = attrgetter(*(name for name in Field.__struct_fields__ if name not in ("fields", "values", "choices")))


def _told(one: Field) -> tuple[Any, ...]:
    """All that is told of a field; what it is made of by identity, for that the document's reader shares."""
    try:
        return (encode(_own(one)), id(one.fields), id(one.values), id(one.choices))
    except (OverflowError, TypeError, ValueError):  # numbers beyond 64 bits, half a character: equal to itself only
        return (id(one),)


def _in_order(entries: Sequence[Shown], groups: Sequence[Json]) -> list[Shown]:
    """Group by group, those of no group first."""
    if not any(entry[0].get("group") for entry in entries):
        return list(entries)
    places = {"": -1, **{group["key"]: place for place, group in enumerate(groups)}, ADVANCED: len(groups)}
    return sorted(entries, key=lambda entry: places[entry[0].get("group", "")])


def _arranged(entries: Sequence[Shown], asked: Collection[str]) -> tuple[list[Any], list[list[Json]]]:
    """(Zapier's inputFields, the groups that a function answers with)."""
    shown: list[Any] = []
    dynamic: list[list[Json]] = []
    for definition, when in entries:
        if definition["key"] in asked:
            definition = {**definition, "altersDynamicFields": True}
        if not when:
            shown.append(definition)
            continue
        if not shown or shown[-1] != FUNCTION:
            shown.append(FUNCTION)
            dynamic.append([])
        dynamic[-1].append({"field": definition, "when": list(when)})
    return shown, dynamic

"""The form of a step: Zapier's input fields, and beside them the data by which the runtime rebuilds the inputs.

Zapier's forms are flat. Objects become several fields, arrays of objects become line items, what is freer becomes
JSON. Fields that depend on an answer come from a function, which the runtime answers out of `dynamic`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.msgpack import encode

from generator.zapier.inputs import Json
from generator.zapier.keys import Keys
from generator.zapier.walk import ADVANCED, ROOT, Part, Shown, Walk
from schemas.model import Field

FUNCTION = "$func$2$f$"
"""How Zapier's build writes a function of two arguments."""
RESERVED = ("confirm", "wait_for_completion", "additional_body", "additional_query")


class Form(Struct, frozen=True):
    """`fields` is Zapier's inputFields (FUNCTION stands for each entry of `dynamic`, in order); `inputs` says where
    the value of each key goes; `keys` are the form's keys by Field.name."""

    fields: list[Any]
    inputs: list[Json]
    dynamic: list[list[Json]]
    keys: Mapping[str, str]


class FormBuilder(Struct):
    """Builds the forms of one service. Equal forms are the same object, and others share what equal inputs add to
    them; neither must be changed."""

    service_title: str
    _forms: dict[tuple[Any, ...], Form] = {}
    _parts: dict[tuple[Any, ...], Part] = {}
    _contents: dict[int, bytes] = {}
    """By the identity of a field."""

    def build(
        self,
        fields: Sequence[Field],
        extra: Sequence[Json] = (),
        hidden: frozenset[str] = frozenset(),
        dropdowns: Mapping[str, str] = {},
    ) -> Form:
        """The form of `fields` without those `hidden`, with `extra` (our own input fields) before the advanced ones
        at its end. `dropdowns` names the hidden trigger for a field's dynamic choices, by its dotted path."""
        asked_for = [f for f in fields if f.name not in hidden]
        same = (*map(self._content, asked_for), encode(extra), *dropdowns.items())
        if same not in self._forms:
            self._forms[same] = self._form(asked_for, extra, dropdowns)
        return self._forms[same]

    def _form(self, fields: Sequence[Field], extra: Sequence[Json], dropdowns: Mapping[str, str]) -> Form:
        walk = Walk(self.service_title, dropdowns, Keys(RESERVED))
        roots = walk.keyed(fields, ROOT)
        for one in roots:
            part = None if one.when else self._part(one, walk)
            if part and walk.keys.take(part.keys):
                walk.add(part)
            else:  # it depends on what else this form asks for
                walk.field(one, fields, ROOT)
        shown, dynamic = _arranged([*walk.shown, *((one, ()) for one in extra)], walk.asked)
        return Form(shown, walk.inputs, dynamic, {one.name: walk.by_path[one.name,] for one in roots})

    def _part(self, one: Field, of: Walk) -> Part:
        key, begins = of.by_path[one.name,], f"{one.name}."
        filled = [(path, name) for path, name in of.dropdowns.items() if path == one.name or path.startswith(begins)]
        same = (self._content(one), key, *filled)
        known = self._parts.get(same)
        if known is None:
            alone = Walk(self.service_title, of.dropdowns, Keys((*RESERVED, key)), by_path={(one.name,): key})
            before = frozenset(alone.keys.taken)
            alone.field(one, (), ROOT)
            known = self._parts[same] = Part(alone.shown, alone.inputs, alone.asked, alone.keys.taken - before)
        return known

    def _content(self, one: Field) -> bytes:
        """The same for fields that are equal in all: documents repeat them word for word."""
        known = self._contents.get(id(one))
        if known is None:
            known = self._contents[id(one)] = _encoded(one)
        return known


def _encoded(one: Field) -> bytes:
    try:
        return encode(one)
    except (OverflowError, TypeError, ValueError):  # numbers beyond 64 bits, half a character: equal to itself only
        return str(id(one)).encode()


def _arranged(entries: list[Shown], asked: Collection[str]) -> tuple[list[Any], list[list[Json]]]:
    """(Zapier's inputFields, the groups that a function answers with); advanced fields last."""
    entries.sort(key=lambda entry: entry[0].get("group") == ADVANCED)
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

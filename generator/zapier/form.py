"""The form of a step: Zapier's input fields, and beside them the data by which the runtime rebuilds the inputs.

Zapier's forms are flat. Objects become several fields, arrays of objects become line items, what is freer becomes
JSON. Fields that depend on an answer come from a function, which the runtime answers out of `dynamic`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from generator.zapier.inputs import Json, input_field, is_json, prefilled
from generator.zapier.keys import Keys, field_key
from generator.zapier.texts import help_text, label
from schemas.model import Field

FUNCTION = "$func$2$f$"
"""How Zapier's build writes a function of two arguments."""
ADVANCED = "advanced"
RESERVED = ("confirm", "wait_for_completion", "additional_body", "additional_query")


class Form(Struct, frozen=True):
    """`fields` is Zapier's inputFields (FUNCTION stands for each entry of `dynamic`, in order); `inputs` says where
    the value of each key goes; `keys` are the form's keys by the path of names in the model."""

    fields: list[Any]
    inputs: list[Json]
    dynamic: list[list[Json]]
    keys: Mapping[tuple[str, ...], str]
    lost: list[str]


class _Place(Struct, frozen=True):
    """Where the walk is: names and titles that lead here, and what must hold for it to be shown."""

    path: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    required: bool = True
    optional_of: str = ""
    when: tuple[Json, ...] = ()
    advanced: bool = False


class _Drawn(Struct, frozen=True):
    """One field of the form, and the keys of its columns."""

    definition: Json
    entry: Json
    columns: tuple[str, ...] = ()


Drawn = dict[tuple[Any, ...], _Drawn]
"""Fields by all that they are made of. Operations share objects, and ask for them at the same places."""


class FormBuilder(Struct):
    """Builds one step's form. `dropdowns` names the hidden trigger for a field's dynamic choices, '' for none.
    `drawn` is shared by the forms of one service."""

    service_title: str
    hidden: frozenset[str] = frozenset()
    dropdowns: Mapping[str, str] = {}
    drawn: Drawn = {}
    _keys: Keys = field(default_factory=lambda: Keys(RESERVED))
    _entries: list[tuple[Json, tuple[Json, ...]]] = []
    _inputs: list[Json] = []
    _by_path: dict[tuple[str, ...], str] = {}
    _asked: set[str] = set()
    _lost: list[str] = []

    def build(self, fields: Sequence[Field], extra: Iterable[Json] = ()) -> Form:
        """The form of `fields`, with `extra` (our own input fields) before the advanced ones at its end."""
        self._walk([f for f in fields if f.name not in self.hidden], _Place())
        entries = [*self._entries, *((one, ()) for one in extra)]
        entries.sort(key=lambda entry: entry[0].get("group") == ADVANCED)
        shown: list[Any] = []
        dynamic: list[list[Json]] = []
        for definition, when in entries:
            if definition["key"] in self._asked:
                definition = {**definition, "altersDynamicFields": True}
            if not when:
                shown.append(definition)
                continue
            if not shown or shown[-1] != FUNCTION:
                shown.append(FUNCTION)
                dynamic.append([])
            dynamic[-1].append({"field": definition, "when": list(when)})
        return Form(shown, self._inputs, dynamic, self._by_path, self._lost)

    def _walk(self, fields: Sequence[Field], place: _Place) -> None:
        shown = [f for f in fields if _shown(f)]
        for one in shown:
            self._by_path[*place.path, one.name] = self._keys.unique(field_key(*place.path, one.name))
        for one in shown:
            inner = self._inside(one, fields, place)
            if one.fields and not one.repeated and not is_json(one):
                self._walk(one.fields, inner)
                self._free_keys(one, inner)
            else:
                self._add(one, inner)

    def _inside(self, one: Field, siblings: Sequence[Field], place: _Place) -> _Place:
        optional = place.optional_of or ("" if one.required else one.title or one.name)
        return _Place(
            path=(*place.path, one.name),
            titles=(*place.titles, one.title or one.name),
            required=place.required and one.required,
            optional_of=optional,
            when=(*place.when, *self._conditions(one, siblings, place)),
            advanced=place.advanced or one.visibility == "advanced" or one.deprecated,
        )

    def _conditions(self, one: Field, siblings: Sequence[Field], place: _Place) -> list[Json]:
        conditions: list[Json] = []
        for condition in one.when:
            key = self._by_path.get((*place.path, condition.field))
            asked = next((f for f in siblings if f.name == condition.field), None)
            if key is None or asked is None:
                continue
            self._asked.add(key)
            found: Json = {"key": key, "values": list(condition.values)}
            if asked.default is not None:
                found["default"] = asked.default
            conditions.append(found)
        return conditions

    def _add(self, one: Field, place: _Place) -> None:
        key = self._by_path[place.path]
        dropdown = self.dropdowns.get(".".join(place.path), "")
        same = (id(one), key, place.path, place.titles, place.required, place.optional_of, place.advanced, dropdown)
        found = self.drawn.get(same)
        if found is None or not self._keys.take(found.columns):
            found = self._draw(one, place, key, dropdown)
            columns = found.entry.get("children", ())
            if all(column["key"] == field_key(key, *column["path"]) for column in columns):
                self.drawn[same] = found  # else they depend on what else this form asks for
        self._entries.append((found.definition, place.when))
        self._inputs.append(found.entry)

    def _draw(self, one: Field, place: _Place, key: str, dropdown: str) -> _Drawn:
        line_items = one.repeated and any(_columns(one.fields)) and not is_json(one)
        if one.repeated and one.fields and not line_items:
            one = replace(one, fields=(), type="any")  # rows of which nothing may be filled in
        name, notes = _name(place.titles), self._help(one, place)
        definition = input_field(one, key, name, notes, prefill=not place.advanced, required=place.required)
        entry: Json = {"key": key, "path": list(place.path), "label": definition["label"], **binding(one)}
        if line_items:
            definition = {k: v for k, v in definition.items() if k in ("key", "label", "required")}
            definition["children"], entry["children"] = self._children(one, place, key)
            entry.pop("json", None)
        elif dropdown:
            definition.pop("choices", None)
            definition["dynamic"] = dropdown
        if place.advanced:
            definition["group"] = ADVANCED
        return _Drawn(definition, entry, tuple(child["key"] for child in definition.get("children", ())))

    def _children(self, one: Field, place: _Place, parent: str) -> tuple[list[Json], list[Json]]:
        """Columns of a line-item group: one level, so what nests deeper is flattened, or JSON."""
        definitions: list[Json] = []
        entries: list[Json] = []
        for column in _columns(one.fields):
            of, key = column.field, self._keys.unique(field_key(parent, *column.path))
            conditional = "; ".join(f"only when {c.field} is {' or '.join(map(str, c.values))}" for c in of.when)
            notes = (self._inferred(of), f"Of each line: {conditional}" if conditional else "")
            required = column.required and place.required and not of.when
            definition = input_field(of, key, _name(column.titles), notes, required=required)
            # Zapier has no lists inside line items.
            if definition.pop("list", False):
                definition["helpText"] = help_text(definition.get("helpText", ""), "Several values: a JSON array")
            definitions.append(definition)
            entries.append({"key": key, "path": list(column.path), "label": definition["label"], **binding(of)})
        return definitions, entries

    def _free_keys(self, one: Field, place: _Place) -> None:
        """An object that takes further keys beside its known ones gets a dictionary for them."""
        if one.values is None:
            return
        key = self._keys.unique(field_key(*place.path, "more"))
        definition: Json = {"key": key, "label": label(f"{_name(place.titles)}: More", key), "dict": True}
        entry: Json = {"key": key, "path": list(place.path), "label": definition["label"], "dict": True}
        if place.advanced:
            definition["group"] = ADVANCED
        self._entries.append((definition, place.when))
        self._inputs.append({**entry, "merge": True})

    def _help(self, one: Field, place: _Place) -> tuple[str, ...]:
        needed = one.required and not place.required
        of = f"Needed if you use {place.optional_of}" if needed and place.optional_of else ""
        old = "Deprecated: avoid it in new Zaps" if one.deprecated else ""
        return (of, old, self._inferred(one), "" if prefilled(one) and not place.advanced else _default(one))

    def _inferred(self, one: Field) -> str:
        return f"Not documented by {self.service_title}: {one.inferred}" if one.inferred else ""


def binding(one: Field) -> Json:
    """What the runtime must know to read the form's value back."""
    found: Json = {}
    if is_json(one):
        found["json"] = True
    elif one.repeated:
        found["list"] = True
    elif one.values is not None and not one.fields:
        found["dict"] = True
    if one.file in ("base64", "binary"):
        found["file"] = one.file
    return found


def _shown(one: Field) -> bool:
    if one.read_only:
        return False
    return one.visibility != "internal" or (one.required and one.default is None)


class _Column(Struct, frozen=True):
    """A field below the rows of a list; names and titles lead there from the row."""

    path: tuple[str, ...]
    titles: tuple[str, ...]
    field: Field
    required: bool


def _columns(
    fields: Sequence[Field], path: tuple[str, ...] = (), titles: tuple[str, ...] = (), required: bool = True
) -> Iterator[_Column]:
    for one in filter(_shown, fields):
        here, named, needed = (*path, one.name), (*titles, one.title or one.name), required and one.required
        if one.fields and not one.repeated and not is_json(one):
            yield from _columns(one.fields, here, named, needed)
        elif one.fields and one.repeated:
            # Rows within rows: Zapier has no form for them.
            yield _Column(here, named, replace(one, fields=(), type="any"), needed)
        else:
            yield _Column(here, named, one, needed)


def _name(titles: Sequence[str]) -> str:
    return label(": ".join(titles), titles[-1], 100)


def _default(one: Field) -> str:
    if one.default is None or isinstance(one.default, (dict, list)) or one.default == "":
        return ""
    choice = next((c.label for c in one.choices if c.value == one.default), None)
    text = str(one.default).lower() if isinstance(one.default, bool) else str(one.default)
    return f"Default: {choice or text}"

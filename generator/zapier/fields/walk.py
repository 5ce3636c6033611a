"""The walk through the inputs of an operation: what each adds to a form, however deep it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.inputs import (
    InputFields,
    binding,
    is_json,
    is_shown,
    name_of,
    prefilled,
)
from specloom.generator.zapier.fields.line_items import Rows, columns
from specloom.generator.zapier.keys import Keys, field_key
from specloom.generator.zapier.text import label
from specloom.schemas.model import Field

ADVANCED = "advanced"
Shown = tuple[Json, tuple[Json, ...]]
"""A field of the form, and what must hold for it to be shown."""


class Dropdown(NamedTuple):
    """Where the choices of a field come from, and the search that finds one of them."""

    dynamic: str
    search: str = ""


class FormPlace(Struct, frozen=True):
    """Where the walk is: names and titles that lead here, and what must hold for it to be shown."""

    path: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    required: bool = True
    optional_of: str = ""
    when: tuple[Json, ...] = ()
    advanced: bool = False


ROOT = FormPlace()


class FormPart(Struct, frozen=True):
    """What one input of an operation adds to a form."""

    shown: list[Shown]
    inputs: list[Json]
    asked: set[str]
    """Keys of those fields on which others depend."""
    keys: set[str]
    """Those handed out beside its own."""


class Walk(Struct):
    """Goes through inputs and what is inside them, and collects what a form shows for them."""

    definitions: InputFields
    rows: Rows
    dropdowns: Mapping[str, Dropdown]
    keys: Keys
    by_path: dict[tuple[str, ...], str] = {}
    shown: list[Shown] = []
    inputs: list[Json] = []
    asked: set[str] = set()

    def add(self, part: FormPart) -> None:
        self.shown += part.shown
        self.inputs += part.inputs
        self.asked |= part.asked

    def keyed(self, fields: Sequence[Field], place: FormPlace) -> list[Field]:
        """The fields that a form shows; each has its key from now on."""
        shown = [f for f in fields if is_shown(f)]
        for one in shown:
            path = (*place.path, one.name)
            self.by_path[path] = self.keys.unique(field_key(*path))
        return shown

    def field(self, one: Field, siblings: Sequence[Field], place: FormPlace) -> None:
        inner = self._inside(one, siblings, place)
        if one.fields and not one.repeated and not is_json(one):
            for part in self.keyed(one.fields, inner):
                self.field(part, one.fields, inner)
            self._free_keys(one, inner)
        else:
            self._draw(one, inner)

    def _inside(self, one: Field, siblings: Sequence[Field], place: FormPlace) -> FormPlace:
        optional = place.optional_of or ("" if one.required else one.title or one.name)
        return FormPlace(
            path=(*place.path, one.name),
            titles=(*place.titles, one.title or one.name),
            required=place.required and one.required,
            optional_of=optional,
            when=(*place.when, *self._conditions(one, siblings, place)) if one.when else place.when,
            advanced=place.advanced or one.visibility == "advanced" or one.deprecated,
        )

    def _conditions(self, one: Field, siblings: Sequence[Field], place: FormPlace) -> list[Json]:
        conditions: list[Json] = []
        for condition in one.when:
            key = self.by_path.get((*place.path, condition.field))
            asked = next((f for f in siblings if f.name == condition.field), None)
            if key is None or asked is None:
                continue
            self.asked.add(key)
            found: Json = {"key": key, "values": list(condition.values)}
            if asked.default is not None:
                found["default"] = asked.default
            conditions.append(found)
        return conditions

    def _draw(self, one: Field, place: FormPlace) -> None:
        key = self.by_path[place.path]
        line_items = one.repeated and any(columns(one.fields)) and not is_json(one)
        if one.repeated and one.fields and not line_items:
            one = replace(one, fields=(), type="any")  # rows of which nothing may be filled in
        name, notes = name_of(place.titles), self._help(one, place)
        definition = self.definitions.of(one, key, name, notes, prefill=not place.advanced, required=place.required)
        entry: Json = {"key": key, "path": list(place.path), "label": name, **binding(one)}
        if line_items:
            definition = {k: v for k, v in definition.items() if k in ("key", "label", "required")}
            inner = self.rows.columns(one.fields, key, place.required, self.keys)
            definition["children"], entry["children"] = inner
            entry.pop("json", None)
        elif dropdown := self.dropdowns.get(".".join(place.path)):
            definition.pop("choices", None)
            definition["dynamic"] = dropdown.dynamic
            if dropdown.search:
                definition["search"] = dropdown.search
        if place.advanced:
            definition["group"] = ADVANCED
        self.shown.append((definition, place.when))
        self.inputs.append(entry)

    def _free_keys(self, one: Field, place: FormPlace) -> None:
        """An object that takes further keys beside its known ones gets a dictionary for them."""
        if one.values is None:
            return
        key = self.keys.unique(field_key(*place.path, "more"))
        definition: Json = {"key": key, "label": label(f"{name_of(place.titles)}: More", key), "dict": True}
        entry: Json = {"key": key, "path": list(place.path), "label": definition["label"], "dict": True}
        if place.advanced:
            definition["group"] = ADVANCED
        self.shown.append((definition, place.when))
        self.inputs.append({**entry, "merge": True})

    def _help(self, one: Field, place: FormPlace) -> tuple[str, ...]:
        needed = one.required and not place.required
        of = f"Needed if you use {place.optional_of}" if needed and place.optional_of else ""
        old = "Deprecated: avoid it in new Zaps" if one.deprecated else ""
        preset = "" if one.default is None or prefilled(one) and not place.advanced else _default(one)
        return (of, old, preset)


def _default(one: Field) -> str:
    if isinstance(one.default, (dict, list)) or one.default == "":
        return ""
    choice = next((c.label for c in one.choices if c.value == one.default), None)
    text = str(one.default).lower() if isinstance(one.default, bool) else str(one.default)
    return f"Default: {choice or text}"

"""The walk through the inputs of an operation: what each adds to a form, however deep it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from generator.zapier.inputs import Json, input_field, is_json, prefilled
from generator.zapier.keys import Keys, field_key
from generator.zapier.texts import help_text, label
from schemas.model import Field

ADVANCED = "advanced"
Shown = tuple[Json, tuple[Json, ...]]
"""A field of the form, and what must hold for it to be shown."""


class Place(Struct, frozen=True):
    """Where the walk is: names and titles that lead here, and what must hold for it to be shown."""

    path: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    required: bool = True
    optional_of: str = ""
    when: tuple[Json, ...] = ()
    advanced: bool = False


ROOT = Place()


class Part(Struct, frozen=True):
    """What one input of an operation adds to a form."""

    shown: list[Shown]
    inputs: list[Json]
    asked: set[str]
    """Keys of those fields on which others depend."""
    keys: set[str]
    """Those handed out beside its own."""


class Walk(Struct):
    """Goes through inputs and what is inside them, and collects what a form shows for them."""

    service_title: str
    dropdowns: Mapping[str, str]
    keys: Keys
    by_path: dict[tuple[str, ...], str] = {}
    shown: list[Shown] = []
    inputs: list[Json] = []
    asked: set[str] = set()

    def add(self, part: Part) -> None:
        self.shown += part.shown
        self.inputs += part.inputs
        self.asked |= part.asked

    def keyed(self, fields: Sequence[Field], place: Place) -> list[Field]:
        """The fields that a form shows; each has its key from now on."""
        shown = [f for f in fields if _shown(f)]
        for one in shown:
            self.by_path[*place.path, one.name] = self.keys.unique(field_key(*place.path, one.name))
        return shown

    def field(self, one: Field, siblings: Sequence[Field], place: Place) -> None:
        inner = self._inside(one, siblings, place)
        if one.fields and not one.repeated and not is_json(one):
            for part in self.keyed(one.fields, inner):
                self.field(part, one.fields, inner)
            self._free_keys(one, inner)
        else:
            self._draw(one, inner)

    def _inside(self, one: Field, siblings: Sequence[Field], place: Place) -> Place:
        optional = place.optional_of or ("" if one.required else one.title or one.name)
        return Place(
            path=(*place.path, one.name),
            titles=(*place.titles, one.title or one.name),
            required=place.required and one.required,
            optional_of=optional,
            when=(*place.when, *self._conditions(one, siblings, place)),
            advanced=place.advanced or one.visibility == "advanced" or one.deprecated,
        )

    def _conditions(self, one: Field, siblings: Sequence[Field], place: Place) -> list[Json]:
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

    def _draw(self, one: Field, place: Place) -> None:
        key = self.by_path[place.path]
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
        elif dropdown := self.dropdowns.get(".".join(place.path)):
            definition.pop("choices", None)
            definition["dynamic"] = dropdown
        if place.advanced:
            definition["group"] = ADVANCED
        self.shown.append((definition, place.when))
        self.inputs.append(entry)

    def _children(self, one: Field, place: Place, parent: str) -> tuple[list[Json], list[Json]]:
        """Columns of a line-item group: one level, so what nests deeper is flattened, or JSON."""
        definitions: list[Json] = []
        entries: list[Json] = []
        for column in _columns(one.fields):
            of, key = column.field, self.keys.unique(field_key(parent, *column.path))
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

    def _free_keys(self, one: Field, place: Place) -> None:
        """An object that takes further keys beside its known ones gets a dictionary for them."""
        if one.values is None:
            return
        key = self.keys.unique(field_key(*place.path, "more"))
        definition: Json = {"key": key, "label": label(f"{_name(place.titles)}: More", key), "dict": True}
        entry: Json = {"key": key, "path": list(place.path), "label": definition["label"], "dict": True}
        if place.advanced:
            definition["group"] = ADVANCED
        self.shown.append((definition, place.when))
        self.inputs.append({**entry, "merge": True})

    def _help(self, one: Field, place: Place) -> tuple[str, ...]:
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

"""The columns of line items: one level, so what nests deeper is flattened, or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.json_text import Json
from specloom.generator.zapier.fields.inputs import InputFields, binding, is_json, is_shown, name_of
from specloom.generator.zapier.keys import Keys, field_key
from specloom.generator.zapier.text import help_text
from specloom.schemas.memo import table
from specloom.schemas.model import Field
from specloom.schemas.text import MAX_HELP, with_notes

Columns = tuple[list[Json], list[Json]]
"""Zapier's definitions, and where the runtime puts their values."""


class Rows:
    """Columns of one service's line items. Where equal ones stand in several forms they are the same objects, and must
    not be changed."""

    def __init__(self, definitions: InputFields) -> None:
        self._definitions = definitions
        self._made: dict[tuple[int, str, bool], tuple[Columns, set[str]]] = table()
        """With their keys, by the identity of what they stand for."""

    def columns(self, fields: Sequence[Field], parent: str, required: bool, keys: Keys) -> Columns:
        """What is shown of `fields`, those of a list with the key `parent`; their keys are handed out by `keys`."""
        same = (id(fields), parent, required)
        known = self._made.get(same)
        if known is None:
            alone = Keys((parent,))
            made = self._columns(fields, parent, required, alone)
            known = self._made[same] = (made, alone.taken - {parent.lower()})
        return known[0] if keys.take(known[1]) else self._columns(fields, parent, required, keys)

    def _columns(self, fields: Sequence[Field], parent: str, required: bool, keys: Keys) -> Columns:
        definitions: list[Json] = []
        entries: list[Json] = []
        for column in columns(fields):
            of, key = column.field, keys.unique(field_key(parent, *column.path))
            conditional = "; ".join(f"only when {c.field} is {' or '.join(map(str, c.values))}" for c in of.when)
            notes = (f"Of each line: {conditional}" if conditional else "",)
            needed = column.required and required and not of.when
            definition = self._definitions.of(of, key, name_of(column.titles), notes, required=needed)
            # Zapier has no lists inside line items.
            if definition.pop("list", False):
                definition["helpText"] = _told(of, "Several values: a JSON array")
            elif definition.get("type") == "json":  # a line's cells are texts
                definition.pop("schema", None)
                definition |= {"type": "text", "helpText": _told(of, "As JSON")}
            definitions.append(definition)
            entries.append({"key": key, "path": list(column.path), "label": definition["label"], **binding(of)})
        return definitions, entries


def _told(of: Field, note: str) -> str:
    return help_text(with_notes(of.description, [note], MAX_HELP - 1), limit=MAX_HELP)


class Column(Struct, frozen=True):
    """A field below the rows of a list; names and titles lead there from the row."""

    path: tuple[str, ...]
    titles: tuple[str, ...]
    field: Field
    required: bool


def columns(
    fields: Sequence[Field], path: tuple[str, ...] = (), titles: tuple[str, ...] = (), required: bool = True
) -> Iterator[Column]:
    for one in filter(is_shown, fields):
        here, named, needed = (*path, one.name), (*titles, one.title or one.name), required and one.required
        if one.fields and not one.repeated and not is_json(one):
            yield from columns(one.fields, here, named, needed)
        elif one.fields and one.repeated:
            # Rows within rows: Zapier has no form for them.
            yield Column(here, named, replace(one, fields=(), type="any"), needed)
        else:
            yield Column(here, named, one, needed)

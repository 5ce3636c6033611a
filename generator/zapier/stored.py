"""The app as its file holds it: fields that several steps have in common stand there once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.zapier.form import FUNCTION
from generator.zapier.inputs import Json

KINDS = ("triggers", "searches", "creates")
_LISTS = frozenset(("inputFields", "outputFields", "inputs"))


def stored(app: Json) -> Json:
    """The app with all fields of its forms and results in `fields`, while steps name them; the runtime gives each step
    its own. Where a function makes fields, its place stays among the names."""
    fields = _Fields()
    definition = app["definition"]
    kinds = {
        kind: {key: {**step, "operation": fields.named(step["operation"])} for key, step in definition[kind].items()}
        for kind in KINDS
    }
    steps = {key: fields.named(step) for key, step in app["steps"].items()}
    return {**app, "definition": {**definition, **kinds}, "steps": steps, "fields": fields.found}


class _Fields:
    """Fields by a name of their own, `limit~1`, and `limit~2` where it is another limit. Those that are equal are the
    same objects mostly, so they are known by their identity."""

    def __init__(self) -> None:
        self.found: Json = {}
        self._names: dict[int, str] = {}
        self._lists: dict[int, list[str]] = {}
        self._counts: dict[str, int] = {}

    def named(self, of: Json) -> Json:
        """The same with names for the fields it has."""
        return {key: self._list(one) if key in _LISTS else one for key, one in of.items()}

    def _list(self, fields: Sequence[Any]) -> list[str]:
        known = self._lists.get(id(fields))
        if known is None:
            names = self._names
            known = self._lists[id(fields)] = [names.get(id(one)) or self._name(one) for one in fields]
        return known

    def _name(self, field: Any) -> str:
        if field == FUNCTION:
            return FUNCTION
        key = field["key"]
        count = self._counts[key] = self._counts.get(key, 0) + 1
        name = self._names[id(field)] = f"{key}~{count}"
        self.found[name] = field
        return name

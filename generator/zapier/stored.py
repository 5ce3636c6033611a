"""The app as its file holds it: fields that several steps have in common stand there once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generator.zapier.form import FUNCTION
from generator.zapier.inputs import Json
from generator.zapier.lines import Texts

KINDS = ("triggers", "searches", "creates")
_LEVELS = {"service": 2}
"""Of parts of the file: each entry stands on a line, so that people can compare two of them."""


def stored(app: Json, definition: Json, texts: Texts) -> Json:
    """The outline of the file, whose `definition` is given as an outline already. All fields of forms and results are
    in `fields`, while steps name them; the runtime gives each step its own. Where a function makes fields, its place
    stays among the names."""
    fields = _Fields()
    kinds = {
        kind: {
            key: {**step, "operation": step["operation"] | fields.named(app["definition"][kind][key]["operation"])}
            for key, step in definition[kind].items()
        }
        for kind in KINDS
    }
    steps = {key: step | fields.named(step) for key, step in app["steps"].items()}
    parts = {**app, "steps": steps, "fields": fields.found}
    outlines = {key: texts.outlined(one, _LEVELS.get(key, 1)) for key, one in parts.items() if key != "definition"}
    return {"definition": {**definition, **kinds}, **outlines}


class _Fields:
    """Fields by a name of their own, `limit~1`, and `limit~2` where it is another limit. Those that are equal are the
    same objects mostly, so they are known by their identity; so are lists of them."""

    def __init__(self) -> None:
        self.found: Json = {}
        self._names: dict[int, str] = {}
        self._lists: dict[int, list[Any]] = {}
        self._counts: dict[str, int] = {}

    def named(self, of: Json) -> Json:
        """Names of the fields that a step's definition or its data for the runtime has."""
        return {key: self._once(of[key], make) for key, make in _LISTS.items() if key in of}

    def _once(self, fields: list[Any], make: _Make) -> list[Any]:
        known = self._lists.get(id(fields))
        if known is None:
            known = self._lists[id(fields)] = make(self, fields)
        return known

    def plain(self, fields: list[Any]) -> list[Any]:
        names = self._names
        return [names.get(id(one)) or self._name(one) for one in fields]

    def conditional(self, groups: list[Any]) -> list[Any]:
        """Of groups that functions make: each field with its condition."""
        return [[{**one, "field": self.plain([one["field"]])[0]} for one in group] for group in groups]

    def _name(self, field: Any) -> str:
        if field == FUNCTION:
            return FUNCTION
        key = field["key"]
        count = self._counts[key] = self._counts.get(key, 0) + 1
        name = self._names[id(field)] = f"{key}~{count}"
        self.found[name] = field
        return name


_Make = Callable[[_Fields, list[Any]], list[Any]]
_LISTS: Mapping[str, _Make] = {
    "inputFields": _Fields.plain, "outputFields": _Fields.plain, "inputs": _Fields.plain,
    "dynamic": _Fields.conditional,
}  # fmt: skip

"""The app as its file holds it: fields that several steps have in common stand there once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.runtime.wire import Named
from specloom.generator.zapier.fields.form import FUNCTION
from specloom.generator.zapier.project.json_lines import JsonTexts
from specloom.schemas.memo import table

KINDS = ("triggers", "searches", "creates")
_LEVELS = {"service": 2}
"""Of parts of the file: each entry stands on a line, so that people can compare two of them."""


def stored(app: Json, definition: Json, texts: JsonTexts) -> Json:
    """The outline of the file, whose `definition` is given as an outline already. All fields of forms and results are
    in `fields`, while steps name them; the runtime gives each step its own. Where a function makes fields, its place
    stays among the names."""
    fields = _Fields("key", texts.line)
    kinds = {
        kind: {
            key: {**step, "operation": step["operation"] | fields.of(app["definition"][kind][key]["operation"])}
            for key, step in definition[kind].items()
        }
        for kind in KINDS
    }
    steps = {key: step | fields.of(step) for key, step in app["steps"].items()}
    parts = {**app, "steps": steps, "fields": fields.found}
    outlines = {key: texts.outlined(one, _LEVELS.get(key, 1)) for key, one in parts.items() if key != "definition"}
    return {"definition": {**definition, **kinds}, **outlines}


class _Fields(Named):
    """Lists of them are mostly the same object as well."""

    def __init__(self, key: str, text: Callable[[Json], bytes]) -> None:
        super().__init__(key, text)
        self._lists: dict[int, list[Any]] = table()

    def of(self, step: Json) -> Json:
        """Names of the fields that a step's definition or its data for the runtime has."""
        return {key: self._once(step[key], make) for key, make in _LISTS.items() if key in step}

    def _once(self, fields: list[Any], make: _Make) -> list[Any]:
        known = self._lists.get(id(fields))
        if known is None:
            known = self._lists[id(fields)] = make(self, fields)
        return known

    def name_of(self, field: Any) -> str:
        """A function's place is called what it is."""
        return FUNCTION if field == FUNCTION else super().name_of(field)

    def conditional(self, groups: list[Any]) -> list[Any]:
        """Of groups that functions make: each field with its condition."""
        return [[{**one, "field": self.name_of(one["field"])} for one in group] for group in groups]


_Make = Callable[[_Fields, list[Any]], list[Any]]
_LISTS: Mapping[str, _Make] = {
    "inputFields": _Fields.names_of, "outputFields": _Fields.names_of, "inputs": _Fields.names_of,
    "dynamic": _Fields.conditional,
}  # fmt: skip

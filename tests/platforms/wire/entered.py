"""Inputs as a person fills them into a form: wire names become the names of the form's inputs, and questions that the
document has no property for are answered by what is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from specloom.schemas.model import Field

Path = tuple[str, ...]


def entered(
    fields: Sequence[Field], given: Mapping[str, Any], is_json: Callable[[Path], bool], path: Path = ()
) -> dict[str, Any]:
    """By Field.name. `is_json` tells inputs that hold JSON as it goes over the wire, by the names that lead there."""
    found: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for key, value in given.items():
        field = _field(fields, given, key, top=not path)
        if field is None:
            found[key] = value
            continue
        for condition in field.when:
            if condition.field not in given:
                answers.setdefault(condition.field, condition.values[0])
        found[field.name] = _value(field, value, is_json, (*path, field.name))
    # What a form has chosen beforehand stays untouched.
    usual = {field.name: field.default for field in fields if field.location == "selector"}
    return {**{name: answer for name, answer in answers.items() if name in usual and answer != usual[name]}, **found}


def _field(fields: Sequence[Field], given: Mapping[str, Any], key: str, top: bool) -> Field | None:
    called = [f for f in fields if f.name == key or (not top and f.pointer == f"/{key}")]
    shown = [f for f in called if all(given.get(c.field) in c.values for c in f.when if c.field in given)]
    fitting = [f for f in shown if isinstance(given[key], Mapping) is (f.type == "object")]
    return next(iter(fitting or shown or called), None)


def _value(field: Field, value: Any, is_json: Callable[[Path], bool], path: Path) -> Any:
    if is_json(path) or not field.fields:
        return value
    if isinstance(value, list):
        return [_value(field, one, is_json, path) for one in value]
    return entered(field.fields, value, is_json, path) if isinstance(value, Mapping) else value

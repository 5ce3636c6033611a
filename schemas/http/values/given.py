"""Inputs as callers give them, as the document asks for them: parts of objects by Field.name, texts that say numbers as
numbers, choices of their own kind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from specloom.schemas.http.values.conditions import applies
from specloom.schemas.http.values.input_rules import by_pointer
from specloom.schemas.http.values.numbers import number_of
from specloom.schemas.model import Field

_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?", re.ASCII)
"""A moment without an offset: the gateway's zone is UTC."""


def typed(fields: Sequence[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs by Field.name; what is in objects may be given by its name on the wire as well."""
    known = {field.name: field for field in fields}
    return {name: _typed(known[name], value) if name in known else value for name, value in inputs.items()}


def _typed(field: Field, value: Any) -> Any:
    if field.repeated:
        return [_one(field, one) for one in value] if isinstance(value, list) else value
    return _one(field, value)


def _one(field: Field, value: Any) -> Any:
    if isinstance(value, Mapping):
        return typed(field.fields, _named(field.fields, value)) if field.fields else value
    if not isinstance(value, str) or field.type in ("object", "file"):
        return value
    if field.format == "date-time" and (moment := _LOCAL.fullmatch(value)):
        return f"{moment[1]}T{moment[2] or '00:00'}{moment[3] or ':00'}Z"
    if field.type in ("integer", "number"):
        found = number_of(value.strip())
        if found is None and field.format == "unix-time":
            found = _seconds(value.strip())
        return value if found is None else found
    return _listed(field, value)


def _seconds(text: str) -> int | None:
    """Unix seconds of a date or a moment; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _listed(field: Field, value: str) -> Any:
    """The choice that the text is; where only some words may stand, another text is a number."""
    if field.type != "any" and not field.kinds:
        return value
    choices = [choice.value for choice in field.choices]
    if value in choices:
        return value
    for choice in choices:
        if json.dumps(choice) == value:
            return choice
    found = number_of(value.strip()) if choices and not field.open and "number" in field.kinds else None
    return value if found is None else found


def _named(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an object by Field.name: alternatives may share a name on the wire."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        called = [field for field in fields if field.name == key or by_pointer(field) == (key,)]
        shown = [field for field in called if applies(field, fields, {**given, field.name: value})]
        own = next((field for field in shown if field.name == key), None)
        chosen = own
        if own is None or not _fits(own, value):
            chosen = next((field for field in shown if _fits(field, value)), own)
        found[chosen.name if chosen is not None and chosen.name not in given else key] = value
    return found


def _fits(field: Field, value: Any) -> bool:
    """Whether a value is of the field's kind, as far as lists and objects go."""
    if isinstance(value, list):
        return field.repeated or field.type == "any"
    if isinstance(value, Mapping):
        return not field.repeated and field.type in ("object", "any")
    return not field.repeated and field.type != "object"

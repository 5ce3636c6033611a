"""Says in plain words why a value does not fit its schema: the place, and what is allowed there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from msgspec import Struct

from specloom.schemas.patterns import MAX_VALUE

_TEXTS: Mapping[str, str] = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "pattern": "must match {}",
    "const": "must be {}",
    "uniqueItems": "must not hold the same entry twice",
    "minProperties": "must have at least {} properties",
    "maxProperties": "must have at most {} properties",
    "propertyNames": "has a key that is not allowed",
    "contains": "lacks an entry that is required",
    "dependentRequired": "needs other properties beside it",
    "dependencies": "needs other properties beside it",
}
_OTHERWISE = "does not fit the schema"
_STEPS = re.compile(r"[^.\[\]]+")
_SHOWN_CHOICES = 30
_SHOWN_CHARACTERS = 60


class Refusal(Struct, frozen=True):
    """`place` is 'tools.search.parameters' or 'points[0]'; '' is the whole value."""

    place: str
    message: str
    is_unlisted: bool = False
    """The value is none of those listed; it may be newer than the list."""

    def __str__(self) -> str:
        return f"{self.place} {self.message}".strip()


def _multiple_of(validator: Any, unit: float, value: Any, schema: Any) -> Iterator[ValidationError]:
    """Decimal arithmetic: 0.3 is a multiple of 0.1 for people."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    try:
        fits = Decimal(str(value)) % Decimal(str(unit)) == 0
    except InvalidOperation:
        fits = False
    if not fits:
        yield ValidationError(f"must be a multiple of {unit}")


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and len(value) <= MAX_VALUE and not re.search(pattern, value):
        yield ValidationError(f"must match {pattern}")


_Validator: Any = extend(Draft202012Validator, {"multipleOf": _multiple_of, "pattern": _pattern})  # type: ignore[no-untyped-call]


class Checker:
    """A schema made ready to check many values."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = _Validator(schema)

    def refusals(self, value: Any) -> list[Refusal]:
        """What is wrong with `value`, outermost first; empty where it fits."""
        errors = list(self._validator.iter_errors(value))
        # Of a list where an object belongs, its missing properties are not worth a word.
        wrong = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
        found: dict[Refusal, None] = {}
        for error in errors:
            if error.validator == "type" or tuple(error.absolute_path) not in wrong:
                found.update(dict.fromkeys(_explain(error)))
        return sorted(found, key=lambda refusal: len(_STEPS.findall(refusal.place)))


def place_text(path: Sequence[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _explain(error: ValidationError) -> Iterator[Refusal]:
    steps = list(error.absolute_path)
    rule = error.validator
    if rule == "required":
        required: Any = error.validator_value
        instance: Any = error.instance
        for name in required:
            if name not in instance:
                yield Refusal(place_text([*steps, name]), "is required")
    elif rule in ("additionalProperties", "unevaluatedProperties"):
        schema: Any = error.schema
        yield from _unknown(steps, schema.get("properties", {}), error.instance)
    elif rule in ("anyOf", "not", "oneOf"):
        yield Refusal(place_text(steps), _rule_text(error), _is_unlisted(error))
    else:
        yield Refusal(place_text(steps), _message(error), _is_unlisted(error))


def _is_unlisted(error: ValidationError) -> bool:
    """Of an enum, or of alternatives (such as null) of which the only one that takes such a value is an enum."""
    if error.validator != "anyOf":
        return error.validator == "enum"
    others = [e for e in error.context or () if e.validator != "type"]
    return bool(others) and all(e.validator == "enum" and e.instance is error.instance for e in others)


def _unknown(steps: Sequence[str | int], known: Mapping[str, Any], instance: Any) -> Iterator[Refusal]:
    shown = ", ".join(_short(name) for name in list(known)[:_SHOWN_CHOICES])
    for name in instance:
        if name not in known:
            yield Refusal(place_text([*steps, name]), f"is not known here{'; known: ' if shown else ''}{shown}")


def _rule_text(error: ValidationError) -> str:
    described = error.schema.get("description") if isinstance(error.schema, dict) else None
    if described:
        return str(described)
    if error.validator == "anyOf" and error.context:
        # A nullable or several-typed value: what its first alternative finds is what a person wants to read.
        return _message(next((e for e in error.context if e.validator != "type"), error.context[0]))
    return "is not allowed together with the other fields"


def _message(error: ValidationError) -> str:
    limit: Any = error.validator_value
    if error.validator == "enum":
        shown = ", ".join(_short(choice) for choice in limit[:_SHOWN_CHOICES])
        return f"must be one of: {shown}{', …' if len(limit) > _SHOWN_CHOICES else ''}"
    if error.validator == "type":
        kinds = limit if isinstance(limit, list) else [limit]
        return f"must be {' or '.join(_article(kind) for kind in kinds)}"
    text = _TEXTS.get(str(error.validator))
    return text.format(limit) if text else _OTHERWISE


def _article(kind: str) -> str:
    return {"integer": "an integer", "object": "an object", "array": "a list", "null": "null"}.get(kind, f"a {kind}")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"

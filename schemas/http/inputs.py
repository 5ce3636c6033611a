"""What an operation accepts, as JSON JsonSchema: the flat inputs of /run, the parameters, the body on the wire.

Cross-field rules are schema too: a selector becomes one `anyOf` alternative per choice, a real field that others
depend on becomes `if`/`then`. Additional properties are allowed: vendors know more than their documents.
"""

from __future__ import annotations

from collections.abc import Iterable

from specloom.schemas.http.deserialization import from_wire
from specloom.schemas.http.serialization import WireRequest, to_wire
from specloom.schemas.http.styles import InputError
from specloom.schemas.http.values.input_rules import JsonSchema, RulePlace, by_name, by_pointer, put, require, rules
from specloom.schemas.model import Field, Operation
from specloom.schemas.patterns import usable_pattern

__all__ = ["InputError", "WireRequest", "body_schema", "from_wire", "input_schema", "parameter_schema", "to_wire"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def input_schema(operation: Operation) -> JsonSchema:
    """JsonSchema of all inputs by Field.name in one flat object, selectors included (and optional)."""
    return {"$schema": DIALECT, **_object(operation.fields, by_name)}


def parameter_schema(operation: Operation) -> JsonSchema:
    """JsonSchema of the path, query, header and cookie inputs by Field.name."""
    return {"$schema": DIALECT, **_object([f for f in operation.fields if f.location != "body"], by_name)}


def body_schema(operation: Operation) -> JsonSchema:
    """JsonSchema of the body as it is sent. `{}` beside the dialect where there is nothing to check."""
    fields = [f for f in operation.fields if f.location in ("body", "selector")]
    whole = [f for f in fields if f.location == "body" and not by_pointer(f)]
    if not any(f.location == "body" for f in fields):
        return {"$schema": DIALECT}
    if whole:
        return {"$schema": DIALECT, **_any_of([_value(f, by_pointer) for f in whole])}
    return {"$schema": DIALECT, **_object(fields, by_pointer)}


# --- one value


def _value(field: Field, place: RulePlace) -> JsonSchema:
    if field.loose:
        return {}
    schema = _single(field, place)
    if field.repeated:
        schema = {"type": "array", "items": schema}
        _limits(schema, minItems=field.min_items, maxItems=field.max_items)
    if field.nullable and schema:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema


def _single(field: Field, place: RulePlace) -> JsonSchema:
    if field.file == "binary" or (field.type == "any" and not field.choices):
        return {}
    if field.type == "object":
        schema = _object(field.fields, place)
        if field.values is not None:
            schema["additionalProperties"] = _value(field.values, place)
        return schema
    schema = {} if field.type == "any" else {"type": "string" if field.type == "file" else field.type}
    if field.choices and not field.open and not field.inferred:
        schema["enum"] = [choice.value for choice in field.choices]
    if field.format:
        schema["format"] = field.format
    if field.type == "string":
        _limits(schema, minLength=field.min_length, maxLength=field.max_length)
        if usable_pattern(field.pattern):
            schema["pattern"] = field.pattern
    if field.type in ("integer", "number"):
        low = "exclusiveMinimum" if field.exclusive_minimum else "minimum"
        high = "exclusiveMaximum" if field.exclusive_maximum else "maximum"
        _limits(schema, **{low: field.minimum, high: field.maximum})
        if field.multiple_of and field.multiple_of > 0:
            _limits(schema, multipleOf=field.multiple_of)
    return schema


def _limits(schema: JsonSchema, **limits: float | None) -> None:
    for keyword, limit in limits.items():
        if limit is not None:
            whole = isinstance(limit, float) and limit.is_integer()
            schema[keyword] = int(limit) if whole else limit


# --- one object


def _object(fields: Iterable[Field], place: RulePlace) -> JsonSchema:
    fields = [f for f in fields if not f.read_only]
    sent = [f for f in fields if f.location != "selector"]
    schema: JsonSchema = {"type": "object"}
    values: dict[tuple[str, ...], list[JsonSchema]] = {}
    for field in sent:
        values.setdefault(place(field), []).append(_value(field, place))
    for tokens, schemas in values.items():
        put(schema, tokens, _any_of(schemas))
    for field in sent:
        if field.required and not field.when and (field.default is None or place is not by_name):
            require(schema, place(field))
    if between := rules(fields, place):
        schema["allOf"] = between
    return schema


def _any_of(schemas: list[JsonSchema]) -> JsonSchema:
    """Several fields may share a place: the alternatives of a oneOf do."""
    different = [s for i, s in enumerate(schemas) if s not in schemas[:i]]
    return different[0] if len(different) == 1 else {"anyOf": different}

"""Checks what is passed to an operation against its fields: names, required ones, and every literal value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from specloom.generator.workflows.source.expressions import JqNode
from specloom.generator.workflows.source.model import nodes
from specloom.schemas.expressions import split_pointer
from specloom.schemas.http.inputs import input_schema
from specloom.schemas.model import Field, Operation

CheckedArguments = tuple[str, str, str, str]
"""(code, path of the input in JSON Pointer form without its first '/', message, hint)"""


def argument_problems(operation: Operation, given: Mapping[str, Any]) -> list[CheckedArguments]:
    """What is wrong with the inputs of one call."""
    found = list(_names(operation.fields, given, operation.operation_id))
    found += _literals(operation, given)
    return found


def implied(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, with the answers to questions that follow from what is given."""
    result = dict(given)
    for field in fields:
        if field.location != "selector" or field.name in result:
            continue
        answer = next((c.values[0] for f in fields if f.name in given for c in f.when if c.field == field.name), None)
        answer = field.default if answer is None else answer
        if answer is not None:
            result[field.name] = answer
    return result


def body_object(
    fields: Sequence[Field], inputs: Mapping[str, Any], leaf: Callable[[Field, Any], Any] = lambda _, value: value
) -> Any:
    """The body of a request: each value at its pointer, as `leaf` makes it."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name not in inputs:
            continue
        value = inputs[field.name]
        if isinstance(value, Mapping) and field.fields:
            value = body_object(field.fields, value, leaf)
        else:
            value = leaf(field, value)
        tokens = split_pointer(field.pointer)
        if not tokens:
            return value
        holder = body
        for token in tokens[:-1]:
            holder = holder.setdefault(token, {})
        holder[tokens[-1]] = value
    return body


def _names(fields: Sequence[Field], given: Mapping[str, Any], what: str, path: str = "") -> Iterator[CheckedArguments]:
    known = {f.name: f for f in fields if not f.read_only}
    answered = implied(fields, given)
    for name, value in given.items():
        place = f"{path}/{name}" if path else name
        field = known.get(name)
        if field is None:
            yield "input", place, f"{what} has no input {name!r}", f"there are: {', '.join(known)}"
            continue
        for condition in field.when:
            told = answered.get(condition.field)
            if not isinstance(told, JqNode) and told not in condition.values:
                wanted = " or ".join(str(v) for v in condition.values)
                yield "input", place, f"{name!r} is not sent unless {condition.field!r} is {wanted}", ""
        if isinstance(value, Mapping) and field.fields and not field.repeated:
            yield from _names(field.fields, value, f"{what}.{name}", place)
    for field in known.values():
        counts = all(answered.get(c.field) in c.values for c in field.when)
        if field.required and counts and field.name not in given and field.location != "selector":
            yield "input", path, f"{what} needs {field.name!r}", ""


def _literals(operation: Operation, given: Mapping[str, Any]) -> Iterator[CheckedArguments]:
    """Values without expressions must fit the schema of their field."""
    listed = input_schema(operation).get("properties", {})
    for name, value in given.items():
        if name not in listed or value is None or any(True for _ in nodes(value)):
            continue
        for error in Draft202012Validator(listed[name]).iter_errors(value):
            place = "/".join([name, *map(str, error.absolute_path)])
            yield "value", place, f"{name}: {error.message[:200]}", ""

"""The parts of an HTTP request back to flat inputs; the inverse of schemas/serialization.py."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.input_rules import by_pointer
from schemas.model import Field, Operation
from schemas.serialization import SEPARATORS

_ABSENT = object()
_PYTHON_TYPES: Mapping[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict
}  # fmt: skip


def from_wire(
    operation: Operation,
    *,
    path: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    body: Any = None,
) -> dict[str, Any]:
    """Flat inputs of a request; texts become what the field's type says where they can. `path` is by wire name
    and decoded, header names are compared without regard to case; unknown body properties are kept."""
    inputs: dict[str, Any] = {}
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    for item in operation.fields:
        wire = item.pointer or item.name
        if item.location == "path" and wire in (path or {}):
            inputs[item.name] = _decoded(item, [_unstyled(item, (path or {})[wire])])
        elif item.location == "query" and (values := _query_values(item, wire, query)):
            inputs[item.name] = _decoded(item, values)
        elif item.location == "header" and wire.lower() in lowered:
            inputs[item.name] = _decoded(item, [lowered[wire.lower()]])
        elif item.location == "cookie" and wire in (cookies or {}):
            inputs[item.name] = _decoded(item, [(cookies or {})[wire]])
    fields = tuple(f for f in operation.fields if f.location == "body")
    whole = [f for f in fields if not by_pointer(f)]
    if body is not None and whole:
        inputs[whole[0].name] = _named_value(whole[0], body)
    elif isinstance(body, Mapping):
        inputs.update(_named(fields, body))
    return inputs


def _named(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    taken: set[str] = set()
    for item in fields:
        tokens = by_pointer(item)
        value: Any = body
        for token in tokens:
            value = value.get(token, _ABSENT) if isinstance(value, Mapping) else _ABSENT
        if item.location != "selector" and value is not _ABSENT and tokens:
            if "/".join(tokens) not in taken or _fits(item, value):
                inputs[item.name] = _named_value(item, value)
            taken |= {"/".join(tokens), tokens[0]}
    unknown = {name: value for name, value in body.items() if name not in taken and name not in inputs}
    return {**unknown, **inputs}


def _fits(item: Field, value: Any) -> bool:
    return isinstance(value, list if item.repeated else _PYTHON_TYPES.get(item.type, object))


def _named_value(item: Field, value: Any) -> Any:
    if item.repeated and isinstance(value, list):
        return [_named_single(item, element) for element in value]
    return _named_single(item, value)


def _named_single(item: Field, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if item.fields:
        return _named(item.fields, value)
    if item.values is not None:
        return {key: _named_value(item.values, element) for key, element in value.items()}
    return dict(value)


def _unstyled(item: Field, value: str) -> str:
    """A path value without the prefix its style gives it."""
    if item.style == "label":
        return value.removeprefix(".")
    if item.style == "matrix":
        return ",".join(part.partition("=")[2] for part in value.split(";") if part)
    return value


def _query_values(item: Field, wire: str, query: Sequence[tuple[str, str]]) -> list[Any]:
    if item.style == "deepObject":
        nested: dict[str, Any] = {}
        for name, value in query:
            if match := re.fullmatch(re.escape(wire) + r"\[([^\]]+)\]", name):
                nested[match.group(1)] = value
        return [nested] if nested else []
    if item.type == "object" and not item.encoding and (item.explode or not item.style) and item.fields:
        names = {f.pointer.removeprefix("/") or f.name for f in item.fields}
        found = {name: value for name, value in query if name in names}
        return [found] if found else []
    return [value for name, value in query if name == wire]


def _decoded(item: Field, values: list[Any]) -> Any:
    if item.encoding:
        return _json(str(values[0]))
    if not item.repeated:
        return _coerced(item, values[-1])
    if len(values) == 1 and isinstance(values[0], str):
        separator = SEPARATORS.get(item.style, ",")
        exploded = item.location == "query" and (item.explode or not item.style)
        values = values if exploded else values[0].split(separator)
    return [_coerced(item, value) for value in values]


def _coerced(item: Field, value: Any) -> Any:
    if isinstance(value, Mapping):
        known = {f.pointer.removeprefix("/") or f.name: f for f in item.fields}
        return {known[k].name if k in known else k: _coerced(known.get(k, item), v) for k, v in value.items()}
    if item.type == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if item.type in ("integer", "number") or item.type in ("object", "any"):
        decoded = _json(value)
        number = isinstance(decoded, (int, float)) and not isinstance(decoded, bool)
        return decoded if number or item.type in ("object", "any") else value
    return value


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value

"""The parts of an HTTP request back to flat inputs: what specloom.schemas.http.serialization wrote, read again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.schemas.http.values.input_rules import by_pointer
from specloom.schemas.model import Field, Operation

_ABSENT = object()
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_PYTHON_TYPES: Mapping[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict
}  # fmt: skip
_EXACT = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)
"""Digits that a number keeps."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def from_wire(
    operation: Operation,
    *,
    path: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    body: Any = None,
) -> dict[str, Any]:
    """Flat inputs of a request; texts become what the field's type says where they can. `path` is by wire name and
    decoded, header names are compared without regard to case; unknown body properties are kept."""
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


# --- numbers as text


def with_numbers(fields: Sequence[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs in which a text that is exactly a number is one, where the document asks for a number: workflow tools
    hand over texts. Anything else stays for the checks to judge."""
    known = {item.name: item for item in fields}
    return {name: _number(known[name], value) if name in known else value for name, value in inputs.items()}


def _number(item: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_number(item, one) for one in value] if item.repeated else value
    if isinstance(value, Mapping) and item.type == "object":
        return with_numbers(item.fields, value)
    if item.type not in ("integer", "number") or not isinstance(value, str) or not _EXACT.fullmatch(value):
        return value
    number = float(value) if "." in value else int(value)
    return int(number) if item.type == "integer" and float(number).is_integer() else number


# --- the body


def _named(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    taken: set[str] = set()
    for item in fields:
        tokens = by_pointer(item)
        value: Any = body
        for token in tokens:
            value = value.get(token, _ABSENT) if isinstance(value, Mapping) else _ABSENT
        if item.location != "selector" and value is not _ABSENT and tokens:
            # Alternatives may share a place: the first that fits has it.
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


# --- parameters


def _unstyled(item: Field, value: str) -> str:
    """A path value without what its style puts before and between."""
    if item.style == "label":
        return value.removeprefix(".").replace(".", ",") if item.explode else value.removeprefix(".")
    if item.style == "matrix":
        return ",".join(part.partition("=")[2] for part in value.split(";") if part)
    return value


def _query_values(item: Field, wire: str, query: Sequence[tuple[str, str]]) -> list[Any]:
    if item.encoding:
        return [value for name, value in query if name == wire]
    nested = [(name[len(wire) :], value) for name, value in query if name.startswith(f"{wire}[")]
    if nested and (item.style == "deepObject" or item.type in ("object", "any") or item.repeated):
        return [_unbracketed(nested)]
    if item.type == "object" and item.fields and (item.explode or not item.style) and not item.repeated:
        names = {f.pointer.removeprefix("/") or f.name for f in item.fields}
        found = {name: value for name, value in query if name in names}
        return [found] if found else []
    return [value for name, value in query if name == wire]


def _unbracketed(pairs: list[tuple[str, str]]) -> Any:
    """('[a][b]', '1'), ('[c][]', '2') to {'a': {'b': '1'}, 'c': ['2']}."""
    root: dict[str, Any] = {}
    for place, value in pairs:
        keys = _BRACKETS.findall(place)[:32]
        holder = root
        for key in keys[:-1]:
            inner = holder.setdefault(key, {})
            holder = inner if isinstance(inner, dict) else {}
        last = keys[-1] if keys else ""
        if last == "":
            holder.setdefault("", []).append(value)
        else:
            holder[last] = value
    return _listed(root)


def _listed(value: Any) -> Any:
    """Objects with the keys '' or 0, 1, 2 … are lists."""
    if not isinstance(value, dict):
        return value
    if set(value) == {""}:
        return value[""]
    inner = {key: _listed(one) for key, one in value.items()}
    return list(inner.values()) if list(inner) == [str(i) for i in range(len(inner))] else inner


def _decoded(item: Field, values: list[Any]) -> Any:
    if item.encoding:
        return _json(values[0])
    if not item.repeated:
        value = values[-1]
        if item.type == "object" and isinstance(value, str):
            value = _object(item, value)
        return _coerced(item, value)
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    elif len(values) == 1 and isinstance(values[0], str):
        exploded = item.location in ("query", "cookie") and (item.explode or not item.style)
        values = values if exploded else values[0].split(_SEPARATORS.get(item.style, ","))
    return [_coerced(item, value) for value in values]


def _object(item: Field, value: str) -> Any:
    """'a,1,b,2', or 'a=1,b=2' where it is exploded."""
    parts = value.split(_SEPARATORS.get(item.style, ","))
    if item.explode and all("=" in part for part in parts):
        return dict(part.split("=", 1) for part in parts)
    return dict(zip(parts[::2], parts[1::2], strict=True)) if len(parts) % 2 == 0 else value


def _coerced(item: Field, value: Any) -> Any:
    if isinstance(value, Mapping):
        known = {f.pointer.removeprefix("/") or f.name: f for f in item.fields}
        found = {}
        for key, one in value.items():
            inner = known.get(key, item.values)
            listed = inner is not None and inner.repeated
            name = known[key].name if key in known else key
            found[name] = _decoded(inner, one if listed and isinstance(one, list) else [one]) if inner else one
        return found
    if not isinstance(value, str):
        return value
    if item.type == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if item.type in ("integer", "number"):
        number = _json(value)
        return number if isinstance(number, (int, float)) and not isinstance(number, bool) else value
    return _json(value) if item.type in ("object", "any") else value


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value

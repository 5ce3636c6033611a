"""Flat inputs to the parts of an HTTP request, by OpenAPI's rules. Pure: no client, no clock.

The JavaScript twin is generator/runtime/request.ts; both pass tests/vectors/request.json, except for what a
platform's text fields need: inputs here have the types the document asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from specloom.schemas.http.bodies import body_of, body_type
from specloom.schemas.http.styles import (
    InputError,
    Pair,
    has_dots,
    header_value,
    pairs,
    path_text,
    percent,
    safe_header,
    text,
)
from specloom.schemas.http.values.conditions import applies, is_constant
from specloom.schemas.http.values.given import typed
from specloom.schemas.model import Field, Operation

__all__ = ["InputError", "WireRequest", "query_pairs", "read_inputs", "text", "to_wire"]

EXTRA_BODY = "additionalBody"
EXTRA_QUERY = "additionalQuery"
_IN_PATH = re.compile(r"\{([^{}]+)\}|[^\x21-\x7e]|[\"<>\\^`|{}]")


class WireRequest(Struct, frozen=True):
    """`path` is percent-encoded and begins with '/'. `query` holds the decoded pairs, `query_string` the same
    encoded as their styles want it. `body` is decoded JSON for a JSON body, the values by wire name for a form
    (see specloom.schemas.http.bodies for how they are written), otherwise the value itself; None where none is sent."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}
    body: Any = None
    query_string: str = ""
    media_type: str = ""
    """Of the body; '' where none is sent."""


def to_wire(operation: Operation, inputs: Mapping[str, Any]) -> WireRequest:
    """Put flat inputs where they belong. Absent ones, those whose `when` does not hold and those the document does
    not know are not sent; `additionalBody` and `additionalQuery` (objects) are merged in. Raises InputError."""
    values = read_inputs(operation.fields, typed(operation.fields, inputs))
    path: dict[str, Any] = {}
    query: list[Pair] = []
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for item in operation.fields:
        value, wire = values.get(item.name), item.pointer or item.name
        if value is None:
            continue
        if item.location == "path":
            path[wire] = value
        elif item.location == "query":
            query += pairs(wire, value, item)
        elif item.location == "header" and value not in ([], {}):
            headers[wire] = safe_header(wire, header_value(value, item))
        elif item.location == "cookie":
            cookies.update((unquote(name), unquote(one)) for name, one in pairs(wire, value, item))
    for name, value in additional(operation, inputs, EXTRA_QUERY).items():
        query += pairs(name, value) if value is not None else []
    body = body_of(operation, values, additional(operation, inputs, EXTRA_BODY))
    return WireRequest(
        path=_filled(operation, path),
        query=tuple((unquote(name), unquote(value)) for name, value in query),
        headers=headers,
        cookies=cookies,
        body=body,
        query_string="&".join(f"{name}={value}" for name, value in query),
        media_type="" if body is None else _media_type(operation),
    )


def _media_type(operation: Operation) -> str:
    if "*" not in operation.media_type and operation.media_type:
        return operation.media_type
    return "application/json" if body_type(operation) == "json" else "application/octet-stream"


def query_pairs(item: Field, wire: str, value: Any) -> list[tuple[str, str]]:
    """Decoded pairs of one query or cookie parameter, or of one form field."""
    return [(unquote(name), unquote(one)) for name, one in pairs(wire, value, item)]


# --- which inputs count


def read_inputs(fields: Sequence[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the fields that count, by name, all the way down. Absent constants, and absent required
    fields, take their default; null is sent only where it is allowed."""
    values: dict[str, Any] = {}
    for item in fields:
        if applies(item, fields, inputs):
            value = _read(item, inputs[item.name]) if item.name in inputs else _absent(item)
            if value is not _UNSENT:
                values[item.name] = value
    return values


_UNSENT: Any = object()


def _absent(item: Field) -> Any:
    if not item.required and not is_constant(item):
        return _UNSENT
    if item.default is not None:
        return item.default
    constants = read_inputs(item.fields, {}) if item.type == "object" and not item.repeated else {}
    return constants or _UNSENT


def _read(item: Field, value: Any) -> Any:
    if value is None:
        return None if item.nullable or item.type == "any" else _UNSENT
    if item.repeated:
        read = [_read_one(item, one) for one in (value if isinstance(value, list) else [value])]
        return [one for one in read if one is not _UNSENT]
    return _read_one(item, value)


def _read_one(item: Field, value: Any) -> Any:
    if item.type != "object" or not isinstance(value, Mapping):
        return value
    values = read_inputs(item.fields, value)
    for key, one in value.items():
        if not any(known.name == key for known in item.fields):
            free = _read(item.values, one) if item.values else one
            values |= {key: free} if free is not _UNSENT else {}
    return values


# --- where they go


def additional(operation: Operation, inputs: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An escape hatch's object, unless the document has a field of that very name."""
    given = inputs.get(name)
    if given in (None, "") or operation.field(name) is not None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f"{name} is not a JSON object", name)
    return given


def _filled(operation: Operation, path: Mapping[str, Any]) -> str:
    """The path with its values. A value never makes a segment empty, nor '.' or '..', alone or with what is beside."""
    segments = operation.path.partition("#")[0].split("/")
    return "/" + "/".join(_segment(operation, segment, path) for segment in segments).lstrip("/")


def _segment(operation: Operation, segment: str, path: Mapping[str, Any]) -> str:
    asked = ""

    def replaced(found: re.Match[str]) -> str:
        nonlocal asked
        wire = found.group(1)
        if wire is None:
            return percent(found.group())
        item = next((f for f in operation.fields if f.location == "path" and (f.pointer or f.name) == wire), None)
        item = item or Field(name=wire, location="path")
        asked = item.name
        if text(path.get(wire)) == "":
            raise InputError(f"{asked} is missing", asked)
        return path_text(wire, path[wire], item)

    whole = _IN_PATH.sub(replaced, segment)
    if asked and (not whole or has_dots(whole)):
        raise InputError(f"{asked} cannot be {whole!r}", asked)
    return whole

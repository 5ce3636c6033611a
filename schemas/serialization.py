"""Flat inputs to the parts of an HTTP request, by OpenAPI's styles. Pure: no client, no clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from schemas.input_rules import by_pointer
from schemas.model import Field, Operation

SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_RESERVED = ":/?#[]@!$&'()*+,;="
EXTRA_BODY = "additionalBody"
EXTRA_QUERY = "additionalQuery"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """`path` is percent-encoded and begins with '/'; `query` holds decoded pairs. `body` is decoded JSON for a
    JSON body, the values by wire name for a form, otherwise the value itself; None where none is sent."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def to_wire(operation: Operation, inputs: Mapping[str, Any]) -> WireRequest:
    """Put flat inputs where they belong. Absent inputs and those whose `when` does not hold are not sent; names
    the document does not know go to a JSON body as they are, and to the query where there is none."""
    sent = {f.name: f for f in operation.fields if f.name in inputs and shown(f, operation.fields, inputs)}
    path, query = operation.path, list[tuple[str, str]]()
    headers, cookies = dict[str, str](), dict[str, str]()
    for name, item in sent.items():
        value, wire = inputs[name], item.pointer or name
        if value is None and not item.nullable:
            continue
        if item.location == "path":
            path = path.replace(f"{{{wire}}}", path_value(item, wire, value))
        elif item.location == "query":
            query += query_pairs(item, wire, value)
        elif item.location == "header":
            headers[wire] = _joined(item, value)
        elif item.location == "cookie":
            cookies.update(query_pairs(item, wire, value))
    known = {f.name for f in operation.fields} | {EXTRA_BODY, EXTRA_QUERY}
    unknown = {name: value for name, value in inputs.items() if name not in known}
    body = body_of(operation, {name: inputs[name] for name, f in sent.items() if f.location == "body"})
    query += _extra_query(inputs.get(EXTRA_QUERY))
    if isinstance(body, dict):
        body = _merged(_merged(body, unknown), inputs.get(EXTRA_BODY))
    else:
        query += _extra_query(unknown)
    return WireRequest(path, tuple(query), headers, cookies, body)


def shown(item: Field, siblings: Iterable[Field], inputs: Mapping[str, Any]) -> bool:
    """Whether the conditions of `item` hold. A question nobody answered excludes nothing."""
    defaults = {f.name: f.default for f in siblings if f.location != "selector"}
    for condition in item.when:
        answer = inputs.get(condition.field, defaults.get(condition.field))
        if answer is not None and answer not in condition.values:
            return False
    return True


# --- to the wire


def body_of(operation: Operation, inputs: Mapping[str, Any]) -> Any:
    """The body; {} where the operation takes an object and no input is given, None where it takes no body."""
    fields = [f for f in operation.fields if f.location == "body"]
    whole = [f for f in fields if not by_pointer(f)]
    if whole:
        return next((_wire_value(f, inputs[f.name]) for f in whole if f.name in inputs), None)
    if not operation.media_type:
        return None
    return _object(fields, inputs)


def _object(fields: Iterable[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    fields = tuple(fields)
    result: dict[str, Any] = {}
    known = {f.name for f in fields}
    for item in fields:
        if item.location == "selector" or item.name not in inputs or not shown(item, fields, inputs):
            continue
        target, tokens = result, by_pointer(item)
        for token in tokens[:-1]:
            target = target.setdefault(token, {})
        target[tokens[-1]] = _wire_value(item, inputs[item.name])
    return {**{name: value for name, value in inputs.items() if name not in known}, **result}


def _wire_value(item: Field, value: Any) -> Any:
    if item.repeated and isinstance(value, list):
        return [_single_wire_value(item, element) for element in value]
    return _single_wire_value(item, value)


def _single_wire_value(item: Field, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if item.fields:
        return _object(item.fields, value)
    if item.values is not None:
        return {key: _wire_value(item.values, element) for key, element in value.items()}
    return dict(value)


def _merged(body: dict[str, Any], extra: Any) -> dict[str, Any]:
    if not isinstance(extra, Mapping):
        return body
    for name, value in extra.items():
        old = body.get(name)
        nested = isinstance(old, dict) and isinstance(value, Mapping)
        body[name] = _merged(old, value) if isinstance(old, dict) and nested else value
    return body


def _extra_query(extra: Any) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in extra.items() if isinstance(extra, Mapping) else ():
        pairs += [(name, text(element)) for element in (value if isinstance(value, list) else [value])]
    return pairs


def text(value: Any) -> str:
    """A value as it stands in a URL or header, before encoding."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "" if value is None else str(value)


def path_value(item: Field, wire: str, value: Any) -> str:
    """The encoded text that replaces `{wire}` in the path."""
    safe = _RESERVED if item.allow_reserved else ""
    texts = [quote(part, safe=safe) for part in _parts(item, value)]
    if item.style == "label":
        return "." + (".".join(texts) if item.explode else ",".join(texts))
    if item.style == "matrix":
        name = quote(wire, safe="")
        if isinstance(value, list) and item.explode:
            return "".join(f";{name}={part}" for part in texts)
        return f";{name}={','.join(texts)}"
    return ",".join(texts)


def _parts(item: Field, value: Any) -> list[str]:
    if item.encoding:
        return [json.dumps(value, ensure_ascii=False, separators=(",", ":"))]
    if isinstance(value, list):
        return [text(element) for element in value]
    if isinstance(value, Mapping):
        if item.explode:
            return [f"{name}={text(element)}" for name, element in value.items()]
        return [part for name, element in value.items() for part in (name, text(element))]
    return [text(value)]


def _joined(item: Field, value: Any) -> str:
    return ",".join(_parts(item, value))


def query_pairs(item: Field, wire: str, value: Any) -> list[tuple[str, str]]:
    """Decoded pairs of one query or cookie parameter, or of one form field."""
    explode = item.explode or not item.style
    if item.encoding or not isinstance(value, (list, Mapping)):
        return [(wire, _joined(item, value))]
    if isinstance(value, list):
        if explode and item.style in ("", "form"):
            return [(wire, text(element)) for element in value]
        return [(wire, SEPARATORS.get(item.style, ",").join(map(text, value)))]
    if item.style == "deepObject":
        return _deep(wire, value)
    if explode:
        return [(str(name), text(element)) for name, element in value.items()]
    return [(wire, ",".join(part for name, element in value.items() for part in (str(name), text(element))))]


def _deep(prefix: str, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, element in value.items():
        place = f"{prefix}[{name}]"
        if isinstance(element, Mapping):
            pairs += _deep(place, element)
        else:
            pairs += [(place, text(e)) for e in (element if isinstance(element, list) else [element])]
    return pairs

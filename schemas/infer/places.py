"""Where an input stands in the raw document, so that an overlay can add to it."""

from __future__ import annotations

import re
from typing import Any

from specloom.schemas.expressions import join_pointer, lookup, split_pointer
from specloom.schemas.infer.api import Api
from specloom.schemas.model import Field, Operation

MAX_HOPS = 16


def place(api: Api, operation: Operation, field: Field) -> str | None:
    """The pointer of a top-level input: a parameter, or a property of the body; None where it has no place of its own
    in this file."""
    if field.location == "body":
        return _property(api, operation, field)
    return _parameter(api, operation, field)


def _parameter(api: Api, operation: Operation, field: Field) -> str | None:
    """The entry of the operation's or the path's list. A reference may be added to: what stands beside it wins."""
    path_item = operation.pointer.rpartition("/")[0]
    for holder in (operation.pointer, path_item):
        listed = lookup(api.raw, (*split_pointer(holder), "parameters"))
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            target = _followed(api.raw, entry)[1]
            if isinstance(target, dict) and (target.get("name"), target.get("in")) == (field.pointer, field.location):
                return f"{holder}/parameters/{index}"
    return None


def _property(api: Api, operation: Operation, field: Field) -> str | None:
    if not re.fullmatch(r"/[^/]+", field.pointer):
        return None
    start = _body_schema(api, operation)
    return _in_schema(api.raw, start, split_pointer(field.pointer)[0], 0) if start else None


def _body_schema(api: Api, operation: Operation) -> str | None:
    if not api.is_swagger2:
        pointer, request = _followed(api.raw, lookup(api.raw, split_pointer(operation.pointer + "/requestBody")))
        pointer = pointer or operation.pointer + "/requestBody"
        content = request.get("content") if isinstance(request, dict) else None
        if not isinstance(content, dict):
            return None
        media = operation.media_type if operation.media_type in content else "*/*"
        return f"{pointer}/content{join_pointer((media,))}/schema" if media in content else None
    listed = lookup(api.raw, split_pointer(operation.pointer + "/parameters"))
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        pointer, target = _followed(api.raw, entry)
        if isinstance(target, dict) and target.get("in") == "body":
            return f"{pointer or f'{operation.pointer}/parameters/{index}'}/schema"
    return None


def _in_schema(raw: Any, pointer: str, name: str, depth: int) -> str | None:
    """The property's pointer below the schema at `pointer`, through references and allOf."""
    if depth > MAX_HOPS:
        return None
    target, schema = _followed(raw, lookup(raw, split_pointer(pointer)))
    pointer = target or pointer
    if not isinstance(schema, dict):
        return None
    properties = schema.get("properties")
    if isinstance(properties, dict) and isinstance(properties.get(name), dict):
        return f"{pointer}/properties{join_pointer((name,))}"
    parts = schema.get("allOf")
    for index in range(len(parts) if isinstance(parts, list) else 0):
        if found := _in_schema(raw, f"{pointer}/allOf/{index}", name, depth + 1):
            return found
    return None


def _followed(raw: Any, node: Any) -> tuple[str, Any]:
    """(pointer of what a local reference leads to, or '', that value); (…, None) for a reference elsewhere."""
    pointer = ""
    for _ in range(MAX_HOPS):
        ref = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(ref, str):
            return pointer, node
        if not ref.startswith("#/") or "%" in ref:
            return pointer, None
        pointer = ref[1:]
        node = lookup(raw, split_pointer(pointer))
    return pointer, None


def jsonpath(raw: Any, pointer: str) -> str:
    """The pointer as a JSONPath that people can read, and that still fits when a list before it grows."""
    result, node = "$", raw
    for token in split_pointer(pointer):
        if isinstance(node, list):
            element = node[int(token)]
            result += _element(element, int(token))
            node = element
            continue
        result += f".{token}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token) else f"[{_quoted(token)}]"
        node = node.get(token) if isinstance(node, dict) else None
    return result


def _element(element: Any, index: int) -> str:
    if isinstance(element, dict) and isinstance(element.get("$ref"), str):
        return f"[?@['$ref']=={_quoted(element['$ref'])}]"
    if isinstance(element, dict) and isinstance(element.get("name"), str) and isinstance(element.get("in"), str):
        return f"[?@.name=={_quoted(element['name'])} && @.in=={_quoted(element['in'])}]"
    return f"[{index}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + re.sub(r"[\x00-\x1f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + "'"

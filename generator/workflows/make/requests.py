"""A call as Make's stock HTTP module: for everybody who has no app of ours. The key is in the module's own keychain,
which a person makes; no blueprint holds one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote as percent

from msgspec import Struct

from specloom.generator.make.iml import Inexpressible, constant, literal, wrap
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.make.expressions import code, mapped, path
from specloom.generator.workflows.source.arguments import body_object, implied
from specloom.generator.workflows.source.expressions import JqNode, ResolvePath, Text
from specloom.schemas.model import Auth, Field, Operation

PLAIN, LONGEST = "http:ActionSendData", 300
"""The module without a key, and the seconds a request may take."""
_MODULES = {"apiKey": "http:ActionSendDataAPIKeyAuth", "http": "http:ActionSendDataBasicAuth", "none": PLAIN}
_FIXED: Json = {
    "serializeUrl": False,
    "shareCookies": False,
    "ca": "",
    "rejectUnauthorized": True,
    "followRedirect": False,
    "useQuerystring": False,
    "gzip": True,
    "useMtls": False,
    "followAllRedirects": False,
}
_ESCAPES = (("%5C", "%5C%5C"), ("%22", "%5C%22"), ("%0A", "%5Cn"), ("%0D", "%5Cr"), ("%09", "%5Ct"))
"""What a text must not hold in JSON, and what stands there instead; percent-encoded, since IML has no escapes."""


class _Leaf(Struct, frozen=True):
    """An expression, and the type of the field it fills."""

    node: JqNode
    type: str


class _Spelling:
    """How replies are read in Make."""

    def member(self, base: str, steps: Sequence[str | int], *, sure: bool = True) -> str:
        return path(base, steps)

    def element(self, items: str, index: int) -> str:
        return f"{items}[{index + 1}]"

    def quote(self, value: Any) -> str:
        return literal(value)

    def joined(self, parts: Sequence[str]) -> str:
        return " + ".join(parts)

    def origin(self, url: str) -> str:
        return literal("/".join(url.split("/")[:3]))


IML = _Spelling()


def module_name(auth: Auth, operation: Operation) -> str:
    """The HTTP module that signs in the way the operation wants. Raises Inexpressible."""
    kind = "none" if operation.public else auth.kind
    if kind not in _MODULES:
        raise Inexpressible(f"the HTTP module has no key of the kind {kind}")
    return _MODULES[kind]


def mapper(
    operation: Operation, address: str, given: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, Json]
) -> Json:
    """What the module is filled with. `files`: inputs that are files. Raises Inexpressible."""
    inputs = implied(operation.fields, given)
    found: Json = {"url": address + _path(operation, inputs, resolve), "method": operation.method.lower(), **_FIXED}
    found |= {"headers": _pairs(operation, "header", inputs, resolve)}
    found |= {"qs": _pairs(operation, "query", inputs, resolve)}
    found |= _body(operation, inputs, resolve, files)
    return {**found, "parseResponse": not operation.output.binary, "timeout": LONGEST}


def _path(operation: Operation, inputs: Mapping[str, Any], resolve: ResolvePath) -> str:
    found = operation.path
    for field in operation.fields:
        if field.location == "path":
            value = inputs[field.name]
            text = wrap(f"encodeURL({code(value, resolve)})") if isinstance(value, JqNode) else percent(str(value), "")
            found = found.replace(f"{{{field.pointer}}}", text)
    return found


def _pairs(operation: Operation, place: str, inputs: Mapping[str, Any], resolve: ResolvePath) -> list[Json]:
    return [
        {"name": field.pointer or field.name, "value": mapped(inputs[field.name], resolve)}
        for field in operation.fields
        if field.location == place and field.name in inputs
    ]


def _body(operation: Operation, inputs: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, Json]) -> Json:
    sent = [f for f in operation.fields if f.location == "body" and f.name in inputs]
    if not sent:
        return {"bodyType": ""}
    media = operation.media_type.split(";")[0].strip()
    if media == "multipart/form-data":
        fields = [_part(field, inputs, resolve, files) for field in sent]
        return {"bodyType": "multipart_form_data", "formDataFields": fields}
    if not media.endswith("json") or any(f.name in files for f in sent):
        raise Inexpressible(f"{operation.operation_id} takes {media}, which the HTTP module has no form for")
    body = body_object(sent, inputs, _leaf)
    return {"bodyType": "raw", "contentType": "application/json", "data": _template(body, resolve)}


def _part(field: Field, inputs: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, Json]) -> Json:
    name = field.pointer.lstrip("/") or field.name
    if field.name in files:
        return {"key": name, "fieldType": "file", **files[field.name]}
    return {"key": name, "fieldType": "text", "value": mapped(inputs[field.name], resolve)}


def _leaf(field: Field, value: Any) -> Any:
    return _Leaf(value, field.type) if isinstance(value, JqNode) else value


def _template(value: Any, resolve: ResolvePath, indent: str = "\n") -> str:
    """JSON in which expressions stand; braces never touch each other, which would begin one."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        entries = [f"{_text(str(key))}: {_template(each, resolve, inner)}" for key, each in value.items()]
        return "{" + inner + f",{inner}".join(entries) + indent + "}" if entries else "{ }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_template(each, resolve, inner) for each in value) + "]"
    if isinstance(value, _Leaf) and value.type in ("integer", "number", "boolean"):
        return wrap(code(value.node, resolve))
    node = value.node if isinstance(value, _Leaf) else value
    if isinstance(node, Text):
        parts = (_text(p)[1:-1] if isinstance(p, str) else wrap(_escaped(code(p, resolve))) for p in node.parts)
        return f'"{"".join(parts)}"'
    if isinstance(node, JqNode):
        return f'"{wrap(_escaped(code(node, resolve)))}"'
    return _text(node)


def _text(value: Any) -> str:
    return json.dumps(constant(value), ensure_ascii=False)


def _escaped(text: str) -> str:
    """A text as it may stand in JSON between quotation marks."""
    for wrong, right in _ESCAPES:
        text = f'join(split({text}; decodeURL("{wrong}")); decodeURL("{right}"))'
    return text

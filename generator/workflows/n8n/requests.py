"""A call as parameters of n8n's HTTP Request node: for places where our node cannot be installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.workflows.n8n.expressions import json_script, parameter, quote, script, wrapped
from specloom.generator.workflows.n8n.references import base_url
from specloom.generator.workflows.raw import NoRawPlace
from specloom.generator.workflows.source.arguments import body_object, implied
from specloom.generator.workflows.source.expressions import JqNode, ResolvePath
from specloom.schemas.model import Auth, Field, Operation, Service

HTTP = "n8n-nodes-base.httpRequest"
VERSION = 4.2
_AUTH = {"header": "httpHeaderAuth", "query": "httpQueryAuth"}


def credential_type(auth: Auth) -> str:
    """n8n's generic credential that carries this kind of key; '' where none is needed."""
    if auth.kind == "apiKey":
        return _AUTH.get(auth.location, "httpHeaderAuth")
    return {"http": "httpBasicAuth", "oauth2": "oAuth2Api"}.get(auth.kind, "")


def credential_name(service: Service) -> str:
    return f"{service.title} API key"


def request(
    service: Service, operation: Operation, given: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, str]
) -> Json:
    """The node's parameters. `files`: input to the binary field it is in. Raises Inexpressible."""
    inputs = implied(operation.fields, given)
    found: Json = {"method": operation.method, "url": _url(service, operation, inputs, resolve)}
    kind = credential_type(service.auth)
    if kind and not operation.public:
        found |= {"authentication": "genericCredentialType", "genericAuthType": kind}
    for place, name in (("query", "Query"), ("header", "Headers")):
        pairs = [
            {"name": f.pointer or f.name, "value": parameter(inputs[f.name], resolve)}
            for f in operation.fields
            if f.location == place and f.name in inputs
        ]
        if pairs:
            key = "queryParameters" if place == "query" else "headerParameters"
            found |= {f"send{name}": True, key: {"parameters": pairs}}
    found |= _body(operation, inputs, resolve, files)
    options: Json = {"response": {"response": {"responseFormat": "file"}}} if operation.output.binary else {}
    return {**found, "options": options}


def _url(service: Service, operation: Operation, inputs: Mapping[str, Any], resolve: ResolvePath) -> str:
    path = operation.path
    for field in operation.fields:
        if field.location == "path":
            value = inputs[field.name]
            code = script(value, resolve) if isinstance(value, JqNode) else quote(value)
            path = path.replace(f"{{{field.pointer}}}", f"{{{{ encodeURIComponent({code}) }}}}")
    return f"={{{{ {base_url(service.key)} }}}}{path}"


def _body(operation: Operation, inputs: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, str]) -> Json:
    sent = [f for f in operation.fields if f.location == "body" and f.name in inputs]
    if not sent:
        return {}
    media = operation.media_type.split(";")[0].strip()
    whole = next((f for f in sent if f.name in files and not f.pointer), None)
    if whole is not None:
        return {"sendBody": True, "contentType": "binaryData", "inputDataFieldName": files[whole.name]}
    if media == "multipart/form-data":
        parts = [_part(f, inputs, resolve, files) for f in sent]
        return {"sendBody": True, "contentType": "multipart-form-data", "bodyParameters": {"parameters": parts}}
    if not media.endswith("json") or any(f.name in files for f in sent):
        raise NoRawPlace(f"{operation.operation_id} takes {media}, which has no plain form")
    body = body_object(sent, inputs)
    return {"sendBody": True, "specifyBody": "json", "jsonBody": wrapped(json_script(body, resolve))}


def _part(field: Field, inputs: Mapping[str, Any], resolve: ResolvePath, files: Mapping[str, str]) -> Json:
    name = field.pointer.lstrip("/") or field.name
    if field.name in files:
        return {"parameterType": "formBinaryData", "name": name, "inputDataFieldName": files[field.name]}
    return {"name": name, "value": parameter(inputs[field.name], resolve)}

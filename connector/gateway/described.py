"""What each operation takes, for people and programs that never saw its document: JSON Schema, and paths of OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from specloom.connector.errors import JsonObject
from specloom.connector.upstream.services import Vendor
from specloom.schemas.http.inputs import input_schema
from specloom.schemas.model import Field, Operation

_DEPTH = 12


def inputs_of(operation: Operation) -> JsonObject:
    """The schema that /run checks inputs against, with what the document says of each: title, description, default,
    an example, the labels of choices."""
    schema = deepcopy(dict(input_schema(operation)))
    _annotate(schema, operation.fields, 0)
    return schema


def _annotate(schema: JsonObject, fields: Iterable[Field], depth: int) -> None:
    known = schema.get("properties", {})
    for field in fields:
        entry = known.get(field.name)
        if entry is None or depth > _DEPTH:
            continue
        inner = entry.get("items", entry) if isinstance(entry.get("items"), dict) else entry
        if field.fields and isinstance(inner, dict):
            _annotate(inner, field.fields, depth + 1)
        entry.update({name: value for name, value in _told(field).items() if name not in entry})


def _told(field: Field) -> JsonObject:
    said = {
        "title": field.title, "description": field.description, "default": field.default,
        "deprecated": field.deprecated or None, "writeOnly": field.secret or None,
        "examples": None if field.example is None else [field.example],
        "x-choices": [{"value": c.value, "label": c.label} for c in field.choices] or None,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, "")}


def service_of(vendor: Vendor, *, whole: bool = True) -> JsonObject:
    """A service as /services lists it; `whole`: with the inputs of each operation."""
    service = vendor.service
    return {
        "key": service.key,
        "title": service.title,
        "drop_in": f"/{service.key}",
        "ready": bool(vendor.base_url),
        "operations": [_operation(service.key, operation, whole) for operation in service.operations],
    }


def _operation(key: str, operation: Operation, whole: bool) -> JsonObject:
    listed: JsonObject = {
        "id": operation.operation_id, "name": operation.name, "type": operation.output.type,
        "run": f"/run/{key}/{operation.operation_id}",
    }  # fmt: skip
    if whole:
        listed |= {
            "description": operation.description or operation.summary,
            "is_job": operation.job is not None,
            "inputs": inputs_of(operation),
            "examples": [dict(example.value) for example in operation.request_examples[:3]],
        }
    return listed


def document_of(contract: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> JsonObject:
    """The gateway's contract, with the path of each operation it can run beside the one that stands for them all."""
    general = contract["paths"]["/run/{service}/{operation}"]["post"]
    paths = dict(contract["paths"])
    for key, vendor in sorted(vendors.items()):
        for operation in vendor.service.operations:
            paths[f"/run/{key}/{operation.operation_id}"] = {"post": _path(general, key, operation)}
    return {**contract, "paths": paths}


def _path(general: Mapping[str, Any], key: str, operation: Operation) -> JsonObject:
    schema = {name: value for name, value in inputs_of(operation).items() if name != "$schema"}
    examples = {f"example{n}": {"value": dict(e.value)} for n, e in enumerate(operation.request_examples[:3], 1)}
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    responses = {
        status: {name: value for name, value in told.items() if name != "links"}
        for status, told in general["responses"].items()
    }
    return {
        "operationId": f"run_{key}_{operation.operation_id}",
        "tags": ["Services"],
        "summary": operation.name,
        "description": operation.description or operation.summary,
        "parameters": general["parameters"],
        "requestBody": {"required": bool(schema.get("required")), "content": {"application/json": content}},
        "responses": responses,
    }

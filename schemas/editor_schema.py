"""A JSON Schema of OpenAPI 3.1 documents that editors complete `x-specloom` by.

What OpenAPI itself says is left to its own schema, which is referred to by its published address; `x-specloom` is all
here, so that it completes without a network too.
"""

from __future__ import annotations

import json
from typing import Any

from specloom import __version__
from specloom.schemas.document.extension import SCHEMA_FILE

OPENAPI = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
ID = f"urn:specloom:schema:openapi-3.1-with-x-specloom:{__version__}"
"""A name, not an address: nothing is published there."""
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def editor_schema() -> dict[str, Any]:
    """`$defs` are those of x-specloom.schema.json, and the places of a document that bear an `x-specloom`."""
    extension = json.loads(SCHEMA_FILE.read_text("utf-8"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "OpenAPI 3.1 with x-specloom",
        "description": "An OpenAPI document, and in it what Specloom needs to know beyond OpenAPI.",
        "type": "object",
        "allOf": [{"$ref": OPENAPI}],
        "required": ["openapi", "info"],
        "properties": {
            "x-specloom": _block("root", "What concerns the service as a whole."),
            "paths": {"type": "object", "additionalProperties": {"$ref": "#/$defs/path_item_place"}},
            "webhooks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/path_item_place"}},
            "components": {
                "type": "object",
                "properties": {
                    "schemas": _each("schema_place"),
                    "parameters": _each("parameter_place"),
                    "securitySchemes": _each("security_scheme_place"),
                    "pathItems": _each("path_item_place"),
                },
            },
        },
        "$defs": {**extension["$defs"], **_places()},
    }


def _block(name: str, description: str) -> dict[str, Any]:
    return {"description": description, "$ref": f"#/$defs/{name}"}


def _each(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{name}"}}


def _places() -> dict[str, Any]:
    field = _block("field", "What the document cannot say of this input.")
    inner = {"$ref": "#/$defs/schema_place"}
    content = {"type": "object", "properties": {"schema": inner}}
    body = {"type": "object", "properties": {"content": {"type": "object", "additionalProperties": content}}}
    operation = {
        "type": "object",
        "properties": {
            "x-specloom": _block("operation", "What it makes, whether it only starts work, how its list is turned."),
            "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter_place"}},
            "requestBody": body,
        },
    }
    return {
        "path_item_place": {"type": "object", "properties": dict.fromkeys(_METHODS, operation)},
        "parameter_place": {"type": "object", "properties": {"x-specloom": field, "schema": inner}},
        "security_scheme_place": {
            "type": "object",
            "properties": {"x-specloom": _block("security_scheme", "How the key looks, and where to get one.")},
        },
        "schema_place": {
            "type": ["object", "boolean"],
            "properties": {"x-specloom": field, "properties": {"type": "object", "additionalProperties": inner}},
        },
    }

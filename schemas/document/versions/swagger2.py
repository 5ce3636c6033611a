"""Swagger 2.0 in the shape of OpenAPI 3.0, so that one loader serves both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SCHEMA_KEYS = frozenset(
    "type format items default maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern "
    "maxItems minItems uniqueItems enum multipleOf x-specloom".split()
)
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}

ResolveReference = Callable[[Any], Any]


def upgrade(root: dict[str, Any], resolve: ResolveReference) -> dict[str, Any]:
    """A new root; parts that need no change are shared with the old one, so local references keep working.
    `resolve` follows a raw `$ref` object."""
    result = dict(root)
    result["openapi"] = "3.0.3"
    result["servers"] = _servers(root)
    result["paths"] = {
        path: _path_item(item, root, resolve) if isinstance(item, dict) else item
        for path, item in _mapping(root.get("paths")).items()
    }
    schemes = {name: _security(scheme) for name, scheme in _mapping(root.get("securityDefinitions")).items()}
    result["components"] = {"securitySchemes": schemes, "schemas": _mapping(root.get("definitions"))}
    return result


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _servers(root: dict[str, Any]) -> list[dict[str, Any]]:
    host, base = root.get("host"), root.get("basePath")
    if not isinstance(host, str) or not host:
        return [{"url": base}] if isinstance(base, str) and base else []
    schemes = [s for s in _list(root.get("schemes")) if s in ("https", "http")] or ["https"]
    path = base if isinstance(base, str) and base != "/" else ""
    return [{"url": f"{scheme}://{host}{path}"} for scheme in sorted(schemes, reverse=True)]


def _path_item(item: dict[str, Any], root: dict[str, Any], resolve: ResolveReference) -> dict[str, Any]:
    shared = [resolve(p) for p in _list(item.get("parameters"))]
    result = {k: v for k, v in item.items() if k not in _METHODS and k != "parameters"}
    result["parameters"] = [_parameter(p) for p in shared if _plain(p)]
    for method in _METHODS:
        if isinstance(item.get(method), dict):
            result[method] = _operation(item[method], shared, root, resolve)
    return result


def _plain(parameter: Any) -> bool:
    return isinstance(parameter, dict) and parameter.get("in") in ("query", "header", "path", "cookie")


def _operation(
    operation: dict[str, Any], shared: list[Any], root: dict[str, Any], resolve: ResolveReference
) -> dict[str, Any]:
    own = [resolve(p) for p in _list(operation.get("parameters"))]
    named = [(p.get("in"), p.get("name")) for p in own if isinstance(p, dict)]
    every = own + [p for p in shared if isinstance(p, dict) and (p.get("in"), p.get("name")) not in named]
    result = dict(operation)
    result["parameters"] = [_parameter(p) for p in own if _plain(p)]
    consumes = _list(operation.get("consumes")) or _list(root.get("consumes"))
    body = _body(every, [t for t in consumes if isinstance(t, str)])
    if body:
        result["requestBody"] = body
    produces = _list(operation.get("produces")) or _list(root.get("produces")) or ["application/json"]
    result["responses"] = {
        str(status): _response(resolve(response), [t for t in produces if isinstance(t, str)])
        for status, response in _mapping(operation.get("responses")).items()
    }
    return result


def _schema(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = {k: v for k, v in parameter.items() if k in _SCHEMA_KEYS}
    if schema.get("type") == "file":
        schema.update(type="string", format="binary")
    return schema


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    result = {k: v for k, v in parameter.items() if k not in _SCHEMA_KEYS and k != "collectionFormat"}
    result["schema"] = _schema(parameter)
    style, explode = _STYLES.get(str(parameter.get("collectionFormat")), ("form", False))
    if parameter.get("type") == "array" and (parameter.get("in") == "query" or "Delimited" in style):
        result["style"], result["explode"] = style, explode
    return result


def _body(parameters: list[Any], consumes: list[str]) -> dict[str, Any] | None:
    for parameter in parameters:
        if isinstance(parameter, dict) and parameter.get("in") == "body":
            media = {"schema": parameter.get("schema", {})}
            types = consumes or ["application/json"]
            kept = {k: parameter[k] for k in ("description", "required") if k in parameter}
            return {**kept, "content": dict.fromkeys(types, media)}
    form = [
        p for p in parameters if isinstance(p, dict) and p.get("in") == "formData" and isinstance(p.get("name"), str)
    ]
    if not form:
        return None
    files = any(p.get("type") == "file" for p in form)
    media_type = (
        "multipart/form-data" if files or "multipart/form-data" in consumes else "application/x-www-form-urlencoded"
    )
    properties = {
        p["name"]: {**_schema(p), **({"description": p["description"]} if "description" in p else {})} for p in form
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": [p["name"] for p in form if p.get("required") is True],
    }
    encoding = {p["name"]: _encoding(p) for p in form if p.get("type") == "array"}
    content = {"schema": schema, **({"encoding": encoding} if encoding else {})}
    return {"required": bool(schema["required"]), "content": {media_type: content}}


def _encoding(parameter: dict[str, Any]) -> dict[str, Any]:
    style, explode = _STYLES.get(str(parameter.get("collectionFormat")), ("form", False))
    return {"style": style, "explode": explode}


def _response(response: Any, produces: list[str]) -> dict[str, Any]:
    response = _mapping(response)
    result: dict[str, Any] = {"description": response.get("description", "")}
    result |= {key: response[key] for key in ("links", "x-specloom") if key in response}
    headers = {
        name: {**_mapping(h), "schema": _schema(_mapping(h))} for name, h in _mapping(response.get("headers")).items()
    }
    if headers:
        result["headers"] = headers
    schema, examples = response.get("schema"), _mapping(response.get("examples"))
    if _mapping(schema).get("type") == "file":
        types = [t for t in produces if "json" not in t] or ["application/octet-stream"]
        result["content"] = {types[0]: {"schema": {"type": "string", "format": "binary"}}}
    elif schema is not None:
        types = list(examples) or produces
        result["content"] = {
            t: {"schema": schema, **({"example": examples[t]} if t in examples else {})} for t in types
        }  # fmt: skip
    return result


def _security(scheme: Any) -> dict[str, Any]:
    scheme = _mapping(scheme)
    if scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    if scheme.get("type") == "oauth2":
        flow = _FLOWS.get(str(scheme.get("flow")), scheme.get("flow"))
        kept = {k: scheme.get(k) for k in ("authorizationUrl", "tokenUrl", "scopes") if scheme.get(k) is not None}
        return {"type": "oauth2", "description": scheme.get("description", ""), "flows": {str(flow): kept}}
    return dict(scheme)

"""Make an API Call: whatever the service can do and no module covers, always below the configured base URL."""

from __future__ import annotations

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.components.parts import Component

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PAIR = [
    {"name": "key", "type": "text", "label": "Key", "required": True},
    {"name": "value", "type": "text", "label": "Value"},
]
_FORM = [
    {"name": "url", "type": "text", "label": "URL", "help": "Path below the base URL, without its leading slash.",
     "required": True},
    {"name": "method", "type": "select", "label": "Method",
     "options": [{"label": each, "value": each} for each in _METHODS], "default": "GET", "required": True},
    {"name": "headers", "type": "array", "label": "Headers", "help": "The authorization is added by the connection.",
     "spec": _PAIR, "default": [{"key": "Content-Type", "value": "application/json"}]},
    {"name": "qs", "type": "array", "label": "Query string", "spec": _PAIR},
    {"name": "body", "type": "text", "label": "Body", "multiline": True},
]  # fmt: skip
_HEADERS = {"{{...}}": "{{toCollection(parameters.headers, 'key', 'value')}}"}
_QUERY = {"{{...}}": "{{toCollection(parameters.qs, 'key', 'value')}}"}
_REQUEST = {
    "url": "/{{replace(parameters.url, '/^[/]+/', '')}}",
    "method": "{{parameters.method}}",
    "headers": _HEADERS,
    "qs": _QUERY,
    "type": "text",
    "body": "{{parameters.body}}",
    "response": {
        "type": "automatic",
        "output": {"body": "{{body}}", "headers": "{{headers}}", "statusCode": "{{statusCode}}"},
    },
}
_INTERFACE = [
    {"name": "body", "type": "any", "label": "Body"},
    {"name": "headers", "type": "collection", "label": "Headers"},
    {"name": "statusCode", "type": "integer", "label": "Status code"},
]


def universal(app: App) -> None:
    """Adds the module. Its address is relative by construction: slashes at its front are cut, one is put there."""
    app.add(
        Component(
            name=app.name("makeApiCall", "module"),
            kind="module",
            meta={
                "label": "Make an API call",
                "description": iml.line(f"Performs an arbitrary authorized call to {app.service.title}.", 1000),
                "moduleType": "universal",
                "connection": app.connection,
            },
            codes={
                "communication": {**_REQUEST, **_signed(app), "log": app.log},
                "staticParams": [],
                "mappableParams": _FORM,
                "interface": _INTERFACE,
                "samples": {},
                "scope": [],
            },
            rank=9,
        )
    )


def _signed(app: App) -> dict[str, dict[str, str]]:
    made = app.whole(_HEADERS)
    return {**made, "qs": {**made.get("qs", {}), **_QUERY}}

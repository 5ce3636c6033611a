"""What the styles share: a service's calls, inputs and samples as plain values."""

from __future__ import annotations

import json
from typing import Any

from specloom.schemas.model import Field, Operation

HOST = "https://api.lumenwave.dev"
PLACES = (("path", "Path"), ("query", "Query"), ("header", "Header"), ("body", "Body"))


def title(operation: Operation) -> str:
    return operation.summary or operation.name


def url(operation: Operation) -> str:
    return HOST + operation.path


def inputs(operation: Operation, place: str) -> list[Field]:
    """Those of one place, without the deeper parts of a body and our own selectors."""
    found = [
        field
        for field in operation.fields
        if field.location == place and not (place == "header" and "key" in field.name.lower())
    ]
    return [field for field in found if place != "body" or field.pointer.count("/") == 1]


def name(field: Field) -> str:
    return field.pointer.removeprefix("/")


def kind(field: Field) -> str:
    return field.type if field.type in ("string", "integer", "number", "boolean", "array", "object") else "string"


def value(field: Field) -> Any:
    if field.example is not None:
        return field.example
    if field.choices:
        return field.choices[0].value
    return {"integer": 3, "number": 1.5, "boolean": True, "array": [], "object": {}}.get(kind(field), "some text")


def body(operation: Operation) -> dict[str, Any]:
    return {name(field): value(field) for field in inputs(operation, "body")}


def query(operation: Operation) -> str:
    pairs = [f"{name(f)}={value(f)}".replace(" ", "+") for f in inputs(operation, "query")]
    return "?" + "&".join(pairs) if pairs else ""


def words(field: Field) -> str:
    return (field.description or f"The {name(field)}.").replace("\n", " ").replace("|", "/")


def choices(field: Field) -> list[str]:
    return [str(choice.value) for choice in field.choices]


def reply(operation: Operation) -> Any:
    return operation.output.sample if operation.output.sample_is_documented else {"id": "obj_8f3k2", "created": True}


def curl(operation: Operation, glue: str = " \\\n  ", quote: str = "'") -> str:
    parts = [
        f"curl -X {operation.method} {quote}{url(operation)}{query(operation)}{quote}",
        f"-H {quote}Authorization: Bearer YOUR_API_KEY{quote}",
    ]
    if sent := body(operation):
        text = json.dumps(sent, ensure_ascii=True)
        parts += [
            f"-H {quote}Content-Type: application/json{quote}",
            f"-d {quote}{text.replace(chr(39), ' ') if quote == chr(39) else text.replace(chr(34), chr(92) + chr(34))}{quote}",
        ]
    return glue.join(parts)

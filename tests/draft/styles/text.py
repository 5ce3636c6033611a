"""Text as copying a page from a browser gives it."""

from __future__ import annotations

import json

from specloom.schemas.draft import Text
from specloom.schemas.model import Service
from tests.draft.styles.base import choices, curl, inputs, kind, name, reply, title, url, words


def mintlify_text(service: Service) -> list[Text]:
    lines = []
    for operation in service.operations:
        lines += [
            title(operation),
            operation.description or "",
            operation.method,
            operation.path,
            "Try it",
            "Authorizations",
            "Authorization",
            "string",
            "header",
            "required",
            "Bearer authentication header of the form Bearer <token>, where <token> is your auth token.",
        ]
        for place, heading in (
            ("header", "Headers"),
            ("path", "Path Parameters"),
            ("query", "Query Parameters"),
            ("body", "Body"),
        ):
            fields = inputs(operation, place)
            lines += [heading, *(["application/json"] if place == "body" else [])] if fields else []
            for field in fields:
                lines += [name(field), f"enum<{kind(field)}>" if field.choices else kind(field)]
                lines += (
                    [f"default:{field.default}"]
                    if field.default is not None and not isinstance(field.default, dict | list)
                    else []
                )
                lines += ["required"] if field.required else []
                lines += [words(field)]
                lines += ["Available options: " + ", ".join(choices(field))] if field.choices else []
                lines += (
                    [f"Required range: {field.minimum} <= x <= {field.maximum}"]
                    if field.minimum is not None and field.maximum is not None
                    else []
                )
        lines += ["Response", "200", "application/json", "OK", ""]
    return [Text("mintlify.txt", "\n".join(lines))]


def readme_text(service: Service) -> list[Text]:
    lines = []
    for operation in service.operations:
        lines += [title(operation), operation.method.lower(), url(operation), operation.description or ""]
        for place, heading in (
            ("path", "Path Params"),
            ("query", "Query Params"),
            ("body", "Body Params"),
            ("header", "Headers"),
        ):
            fields = inputs(operation, place)
            lines += [heading] if fields else []
            for field in fields:
                lines += [
                    name(field),
                    kind(field),
                    *(["enum"] if field.choices else []),
                    *(["required"] if field.required else []),
                ]
                lines += (
                    [f"{field.minimum} to {field.maximum}"]
                    if field.minimum is not None and field.maximum is not None
                    else []
                )
                lines += (
                    [f"Defaults to {field.default}"]
                    if field.default is not None and not isinstance(field.default, dict | list)
                    else []
                )
                lines += [words(field)]
                lines += ["Allowed:", *choices(field)] if field.choices else []
        lines += ["Responses", "200", "OK", "401", "Unauthorized", ""]
    return [Text("readme-io.txt", "\n".join(lines))]


def fused_text(service: Service) -> list[Text]:
    """Labels, types and descriptions run together, as copying some pages gives them."""
    lines = ["Lumenwave API Documentation"]
    for operation in service.operations:
        lines += [f"{operation.method} {operation.path}", operation.description or title(operation)]
        fields = inputs(operation, "body") or inputs(operation, "query")
        if fields and not inputs(operation, "header"):
            lines += [
                "Request body" if inputs(operation, "body") else "Query parameters",
                "".join(
                    f"{name(f)}{' *' if f.required else ''}{kind(f)}{words(f)[:1].upper()}{words(f)[1:].rstrip('.')}."
                    for f in fields
                )
                + "Example request",
            ]
        lines += [curl(operation, " \\\n") + "Response", json.dumps(reply(operation), indent=0)]
    return [Text("fused.txt", "\n".join(lines))]

"""A call's inputs: those that the sources name, and those that its examples send."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from specloom.schemas.draft.assembly.merged import merge_fields
from specloom.schemas.draft.facts import Cite, Field, Operation, Request
from specloom.schemas.draft.snippets.bodies import json_type
from specloom.schemas.draft.snippets.curl import query_fields


def with_inputs(operation: Operation, base: str, keys: dict[str, set[str]]) -> None:
    """Path without the base; what examples send as inputs; every parameter of the path declared."""
    if base and (operation.path == base or operation.path.startswith(f"{base}/")):
        operation.path = operation.path[len(base) :] or "/"
    sampled: list[Field] = []
    for request in operation.requests:
        sampled += [*query_fields(request.url, request.cite), *request.fields]
        if request.body is not None and isinstance(request.body.value, dict):
            sampled += _body_fields(request)
        sampled += _header_fields(request)
    sampled = [field for field in sampled if not (field.place in keys and field.name.lower() in keys[field.place])]
    names = re.findall(r"\{([^{}]+)\}", operation.path)
    operation.fields = [_settled(field, operation, names) for field in operation.fields]
    operation.fields = merge_fields(operation.fields, [_settled(f, operation, names) for f in sampled])
    told = {field.name for field in operation.fields if field.place == "path"}
    operation.fields += [
        Field(name=name, cite=operation.cites[0], place="path", type="string", required=True)
        for name in dict.fromkeys(names)
        if name not in told
    ]


def _body_fields(request: Request) -> Iterable[Field]:
    assert request.body is not None
    for name, value in request.body.value.items():
        line = request.body.lines.get(name, request.body.cite.line)
        yield Field(
            name=name,
            cite=Cite(request.body.cite.file, line),
            place="body",
            type=json_type(value),
            example=value,
            items=json_type(value[0]) if isinstance(value, list) and value else "",
        )


_OWN_HEADERS = re.compile(
    r"(?i)authorization|content-type|content-length|accept(?:-encoding|-language)?|user-agent|host|origin|referer|cookie|connection|"
    r"cache-control|pragma|sec-.*|dnt|:.*|.*(?:api[-_]?key|token|secret|x-key).*|if-none-match|if-modified-since|upgrade-.*|te|priority|postman-token|x-requested-with"
)


def _header_fields(request: Request) -> Iterable[Field]:
    """Headers that are inputs: what every client sends, and keys, are none."""
    for header in request.headers:
        if not _OWN_HEADERS.fullmatch(header.name) and re.fullmatch(r"[A-Za-z][\w\-]*", header.name):
            yield Field(name=header.name, cite=header.cite, place="header", type="string", example=header.value)


def _settled(field: Field, operation: Operation, names: list[str]) -> Field:
    """With a place, where the source told none: in the path if it is there, else as the method sends."""
    if field.place == "path" and field.name not in names:
        same = [
            name
            for name in names
            if re.sub(r"[^a-z0-9]", "", name.lower()) == re.sub(r"[^a-z0-9]", "", field.name.lower())
        ]
        return (
            replace(field, name=same[0])
            if same
            else replace(field, place="query" if operation.method in ("GET", "DELETE") else "body")
        )
    if field.place:
        return field
    if field.name in names:
        return replace(field, place="path", required=True)
    return replace(field, place="body" if operation.method in ("POST", "PUT", "PATCH") else "query")

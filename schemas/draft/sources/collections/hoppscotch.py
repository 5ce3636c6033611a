"""Hoppscotch collections: folders in folders, with requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specloom.schemas.draft.facts import Credential, Facts, Field, Header, Json, Request, Said
from specloom.schemas.draft.snippets.bodies import form_fields, json_type, scalar
from specloom.schemas.draft.sources.collections.lines import Lines, body_sample, object_of, objects, string, text_of

MAX_REQUESTS = 3_000
MAX_DEPTH = 30


def is_collection(value: Json) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("requests"), list):
        return False
    return isinstance(value.get("folders"), list) or any("endpoint" in each for each in objects(value["requests"]))


def read(value: Json, content: str, file: str) -> Facts:
    lines, facts = Lines(content, file), Facts()
    if isinstance(value.get("name"), str) and value["name"]:
        facts.title = Said("title", value["name"][:80], lines.cite(value["name"]))
    _folder(value, "", lines, facts, 0)
    return facts


def _folder(value: dict[str, Json], tag: str, lines: Lines, facts: Facts, depth: int) -> None:
    facts.credentials += _auth(value.get("auth"), lines)
    for raw in objects(value.get("requests")):
        if len(facts.requests) < MAX_REQUESTS and isinstance(raw.get("endpoint"), str) and raw["endpoint"]:
            facts.credentials += _auth(raw.get("auth"), lines)
            facts.requests.append(_request(raw, tag, lines))
    for folder in objects(value.get("folders")) if depth < MAX_DEPTH else ():
        _folder(folder, tag or str(folder.get("name") or ""), lines, facts, depth + 1)


def _request(raw: dict[str, Json], tag: str, lines: Lines) -> Request:
    name = str(raw.get("name") or "")
    lines.cite(name or raw["endpoint"], move=True)
    cite = lines.cite(raw["endpoint"])
    body = object_of(raw.get("body"))
    media, text = str(body.get("contentType") or ""), body.get("body")
    sample = body_sample(string(text), lines)
    fields = list(_fields(raw.get("params"), "query", lines))
    if isinstance(text, list):
        fields += _fields(text, "body", lines)
    elif isinstance(text, str) and "urlencoded" in media and text:
        fields += form_fields(
            "&".join(re.sub(r"\s*:\s*", "=", line, count=1) for line in text.splitlines()), "body", lines.cite(text)
        )
    headers = [
        Header(h["key"], str(h.get("value") or ""), lines.cite(h["key"]))
        for h in objects(raw.get("headers"))
        if isinstance(h.get("key"), str) and h["key"]
    ]
    url = re.sub(r"<<\s*([\w.\-]+)\s*>>", r"{{\1}}", raw["endpoint"])
    return Request(
        method=str(raw.get("method") or "GET").upper()[:10],
        url=url,
        cite=cite,
        headers=tuple(headers),
        fields=tuple(fields),
        body=sample,
        media=media,
        title=name,
        description=text_of(raw.get("description")),
        tag=tag,
    )


def _fields(raw: Json, place: str, lines: Lines) -> Iterator[Field]:
    for entry in objects(raw):
        name, value = entry.get("key"), entry.get("value")
        if isinstance(name, str) and name:
            shown = scalar(value) if isinstance(value, str) and "<<" not in value else ""
            kind = "file" if entry.get("isFile") else json_type(shown)
            yield Field(
                name=name,
                cite=lines.cite(name),
                place=place,
                type=kind,
                example=shown,
                description=text_of(entry.get("description")),
            )


def _auth(raw: Json, lines: Lines) -> Iterator[Credential]:
    kind = raw.get("authType") if isinstance(raw, dict) and raw.get("authActive", True) else None
    if kind in ("bearer", "oauth-2"):
        yield Credential(kind="bearer", cite=lines.cite(kind))
    elif kind == "basic":
        yield Credential(kind="basic", cite=lines.cite("basic"))
    elif kind == "api-key" and isinstance(raw.get("key"), str) and raw["key"]:
        yield Credential(
            kind="query" if "query" in str(raw.get("addTo", "")).lower() else "header",
            name=raw["key"],
            cite=lines.cite(raw["key"]),
        )

"""Insomnia exports: version 4 (a flat list of resources) and version 5 (a tree)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from specloom.schemas.draft.facts import Credential, Facts, Field, Header, Json, Request, Said
from specloom.schemas.draft.snippets.bodies import json_type, scalar
from specloom.schemas.draft.sources.collections.lines import Lines, body_sample, object_of, objects, string, text_of

MAX_REQUESTS = 3_000
MAX_DEPTH = 30


def is_export(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    flat = value.get("_type") == "export" and isinstance(value.get("resources"), list)
    return flat or (
        str(value.get("type", "")).startswith("collection.insomnia") and isinstance(value.get("collection"), list)
    )


def read(value: Json, content: str, file: str) -> Facts:
    reader = _Export(Lines(content, file))
    return reader.flat(value["resources"]) if "resources" in value else reader.tree(value)


class _Export:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.facts = Facts()
        self.base: dict[str, str] = {}

    def flat(self, resources: Json) -> Facts:
        entries = objects(resources)
        groups = {
            entry.get("_id"): str(entry.get("name") or "") for entry in entries if entry.get("_type") == "request_group"
        }
        for entry in entries:
            if entry.get("_type") == "environment":
                self._environment(entry.get("data"))
            elif entry.get("_type") == "workspace":
                self._title(entry.get("name"))
        for entry in entries[: MAX_REQUESTS * 2]:
            if entry.get("_type") == "request":
                self._request(entry, groups.get(entry.get("parentId"), ""))
        return self.facts

    def tree(self, value: dict[str, Json]) -> Facts:
        self._title(value.get("name"))
        environments = value.get("environments")
        self._environment(environments.get("data") if isinstance(environments, dict) else None)
        self._branch(value["collection"], "", 0)
        return self.facts

    def _branch(self, items: Json, tag: str, depth: int) -> None:
        for item in objects(items):
            if depth > MAX_DEPTH or len(self.facts.requests) >= MAX_REQUESTS:
                return
            if isinstance(item.get("children"), list):
                self._branch(item["children"], tag or str(item.get("name") or ""), depth + 1)
            elif "url" in item:
                self._request(item, tag)

    def _title(self, name: Json) -> None:
        if isinstance(name, str) and name and self.facts.title is None:
            self.facts.title = Said("title", name[:80], self.lines.cite(name))

    def _environment(self, data: Json) -> None:
        for name, value in data.items() if isinstance(data, dict) else ():
            if isinstance(value, str) and re.match(r"https?://", value):
                self.base[str(name)] = value
                self.facts.said.append(Said("base", value, self.lines.cite(value)))

    def _request(self, raw: dict[str, Json], tag: str) -> None:
        url, name = raw.get("url"), str(raw.get("name") or "")
        if not isinstance(url, str) or not url:
            return
        self.lines.cite(name or url, move=True)
        cite = self.lines.cite(url)
        body = object_of(raw.get("body"))
        sample = body_sample(string(body.get("text")), self.lines)
        headers = [
            Header(h["name"], str(h.get("value") or ""), self.lines.cite(h["name"]))
            for h in objects(raw.get("headers"))
            if isinstance(h.get("name"), str)
        ]
        fields = [
            *self._fields(raw.get("parameters"), "query"),
            *self._fields(raw.get("pathParameters"), "path"),
            *self._fields(body.get("params"), "body"),
        ]
        self.facts.credentials += self._auth(raw.get("authentication"))
        self.facts.requests.append(
            Request(
                method=str(raw.get("method") or "GET").upper()[:10],
                url=self._filled(url),
                cite=cite,
                headers=tuple(headers),
                fields=tuple(fields),
                body=sample,
                media=str(body.get("mimeType") or ""),
                title=name,
                description=text_of(raw.get("description") or object_of(raw.get("meta")).get("description")),
                tag=tag,
            )
        )

    def _filled(self, url: str) -> str:
        found = re.match(r"\{\{\s*(?:_\.)?([\w.\-]+)\s*\}\}", url)
        return self.base[found[1]].rstrip("/") + url[found.end() :] if found and found[1] in self.base else url

    def _fields(self, raw: Json, place: str) -> Iterator[Field]:
        for entry in objects(raw):
            name, value = entry.get("name"), entry.get("value")
            if isinstance(name, str) and name:
                shown = scalar(value) if isinstance(value, str) and "{{" not in value else ""
                kind = "file" if entry.get("type") == "file" else json_type(shown)
                yield Field(
                    name=name,
                    cite=self.lines.cite(name),
                    place=place,
                    type=kind,
                    example=shown,
                    description=text_of(entry.get("description")),
                    required=True if place == "path" else None,
                )

    def _auth(self, raw: Json) -> Iterator[Credential]:
        kind = raw.get("type") if isinstance(raw, dict) and not raw.get("disabled") else None
        if kind in ("bearer", "oauth2"):
            yield Credential(kind="bearer", cite=self.lines.cite(kind))
        elif kind == "basic":
            yield Credential(kind="basic", cite=self.lines.cite("basic"))
        elif kind == "apikey" and isinstance(raw.get("key"), str) and raw["key"]:
            yield Credential(
                kind="query" if raw.get("addTo") == "queryParams" else "header",
                name=raw["key"],
                cite=self.lines.cite(raw["key"]),
            )

"""Postman collections 2.0 and 2.1: requests, variables, auth, saved examples; folders are tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import UNSET, Struct
from msgspec.structs import replace

from specloom.schemas.draft.assembly.paths import template
from specloom.schemas.draft.facts import Credential, Facts, Field, Header, Json, Reply, Request, Said, Sample
from specloom.schemas.draft.page.inputs.facets import with_facets
from specloom.schemas.draft.snippets.bodies import json_sample, json_type, scalar
from specloom.schemas.draft.sources.collections.lines import Lines, body_sample, object_of, objects, string, text_of

MAX_REQUESTS = 3_000
MAX_DEPTH = 30
_FORMS = {"urlencoded": "application/x-www-form-urlencoded", "formdata": "multipart/form-data"}
_VARIABLE = re.compile(r"(?<![\"\w])\{\{[\w.\-]+\}\}")
_MARKER = re.compile(r"<([a-zA-Z ,]+)>\Z")
_MARKER_TYPES = {
    "string": "string",
    "integer": "integer",
    "long": "integer",
    "number": "number",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "dateTime": "string",
    "date": "string",
    "uuid": "string",
    "uri": "string",
    "email": "string",
}


def is_collection(value: Json) -> bool:
    info = value.get("info") if isinstance(value, dict) else None
    named = isinstance(info, dict) and ("schema" in info or "_postman_id" in info)
    return isinstance(value, dict) and isinstance(value.get("item"), list) and (named or isinstance(info, dict))


def read(value: Json, content: str, file: str) -> Facts:
    reader = _Collection(Lines(content, file), _variables(value))
    facts = Facts()
    info = value.get("info") or {}
    if isinstance(info.get("name"), str):
        facts.title = Said("title", info["name"][:80], reader.lines.cite(info["name"]))
    facts.description = text_of(info.get("description"))
    facts.credentials += reader.auth(value.get("auth"))
    for request in reader.requests(value["item"], "", 0):
        facts.requests.append(request)
    facts.credentials += reader.credentials
    for name, shown in reader.variables.items():
        if re.search(r"(?i)url|host|server", name) and re.match(r"https?://", shown) and "{{" not in shown:
            facts.said.append(Said("base", shown, reader.lines.cite(shown)))
    return facts


def _variables(value: Json) -> dict[str, str]:
    found = {}
    for entry in objects(value.get("variable")):
        name, shown = entry.get("key") or entry.get("id"), entry.get("value")
        if isinstance(name, str) and isinstance(shown, str):
            found[name] = shown
    return found


class _Body(Struct, frozen=True):
    sample: Sample | None
    media: str
    fields: tuple[Field, ...] = ()


class _Collection:
    def __init__(self, lines: Lines, variables: dict[str, str]) -> None:
        self.lines, self.variables = lines, variables
        self.credentials: list[Credential] = []
        self.count = 0

    def requests(self, items: Json, tag: str, depth: int) -> Iterator[Request]:
        for item in objects(items):
            if depth > MAX_DEPTH or self.count >= MAX_REQUESTS:
                return
            name = string(item.get("name"))
            if isinstance(item.get("item"), list):
                yield from self.requests(item["item"], tag or name, depth + 1)
                continue
            request = item.get("request")
            made = self._request({"url": request} if isinstance(request, str) else request, name, tag, item)
            if made is not None:
                self.count += 1
                yield made

    def _request(self, raw: Json, name: str, tag: str, item: dict[str, Json]) -> Request | None:
        if not isinstance(raw, dict):
            return None
        cite = self.lines.cite(name, move=True)
        url = self._url(raw.get("url"))
        if isinstance(raw.get("url"), str):
            cite = self.lines.cite(raw["url"])
        if not url:
            return None
        method = string(raw.get("method")) or "GET"
        self.credentials += self.auth(raw.get("auth"))
        headers = self._headers(raw.get("header"))
        body = self._body(raw.get("body"), headers)
        fields = [*self._query(raw.get("url")), *self._path(raw.get("url")), *body.fields]
        replies = tuple(self._replies(item.get("response")))
        return Request(
            method=method.upper()[:10],
            url=url,
            cite=cite,
            headers=tuple(headers),
            fields=tuple(fields),
            body=body.sample,
            media=body.media,
            title=name if not re.match(r"(?:[A-Z]+ )?/|https?:", name) else "",
            description=text_of(raw.get("description")),
            tag=tag,
            replies=replies,
        )

    def _url(self, url: Json) -> str:
        """Without its query: that is read as inputs."""
        if isinstance(url, str):
            return self._filled(url)
        if not isinstance(url, dict):
            return ""
        path = url.get("path")
        parts = path if isinstance(path, list) else str(path or "").strip("/").split("/")
        segments = [
            part if isinstance(part, str) else str(part.get("value", "")) if isinstance(part, dict) else ""
            for part in parts
        ]
        host = url.get("host")
        shown = (
            ".".join(str(part) for part in host) if isinstance(host, list) else host if isinstance(host, str) else ""
        )
        if not shown and isinstance(url.get("raw"), str):
            return self._filled(url["raw"].partition("?")[0])
        protocol = url.get("protocol")
        start = f"{protocol}://" if isinstance(protocol, str) and protocol and "{{" not in shown else ""
        if not start and "{{" not in shown and isinstance(url.get("raw"), str) and url["raw"].startswith("http"):
            start = url["raw"].partition("://")[0] + "://"
        return self._filled(f"{start}{shown}/{'/'.join(segments)}")

    def _filled(self, url: str) -> str:
        """With the base's variable filled in; others are parameters."""
        found = re.match(r"\{\{\s*([\w.\-]+)\s*\}\}", url)
        if found and re.match(r"https?://", self.variables.get(found[1], "")):
            url = self.variables[found[1]].rstrip("/") + url[found.end() :]
        return url

    def _headers(self, raw: Json) -> list[Header]:
        return [
            Header(entry["key"], str(entry.get("value") or ""), self.lines.cite(entry["key"]))
            for entry in objects(raw)
            if isinstance(entry.get("key"), str) and not entry.get("disabled")
        ]

    def _query(self, url: Json) -> Iterator[Field]:
        for entry in objects(url.get("query")) if isinstance(url, dict) else ():
            yield from self._field(entry, "query")

    def _path(self, url: Json) -> Iterator[Field]:
        told = set()
        for entry in objects(url.get("variable")) if isinstance(url, dict) else ():
            for field in self._field(entry, "path"):
                told.add(field.name)
                yield replace(field, required=True, type=field.type or "string")
        parts = url.get("path") if isinstance(url, dict) else None
        for part in parts if isinstance(parts, list) else ():
            for name in template(f"/{part}").parameters if isinstance(part, str) else ():
                if name.name not in told and not name.named_by_us:
                    yield Field(name=name.name, cite=self.lines.cite(part), place="path", type="string", required=True)

    def _field(self, entry: dict[str, Json], place: str) -> Iterator[Field]:
        name = entry.get("key") or entry.get("id")
        if not isinstance(name, str) or not name:
            return
        words = text_of(entry.get("description"))
        required = bool(re.match(r"(?i)\(?required\b", words)) or None
        words = re.sub(r"(?i)^\(?required\)?[\s.:\-]*", "", words)
        field = Field(
            name=name,
            cite=self.lines.cite(name),
            place=place,
            required=required,
            description=re.sub(r"\s+", " ", words)[:1000],
        )
        if entry.get("type") == "file":
            yield replace(field, type="file")
            return
        yield with_facets(_shown(field, entry.get("value")), words)

    def _body(self, raw: Json, headers: list[Header]) -> _Body:
        mode = string(object_of(raw).get("mode"))
        if mode == "raw":
            text = string(raw.get("raw"))
            line = self.lines.cite(text).line
            sample = json_sample(_VARIABLE.sub("null", text), self.lines.file, line) if text else None
            media = next((h.value.split(";")[0] for h in headers if h.name.lower() == "content-type"), "")
            if sample is not None:
                sample = replace(sample, lines=dict.fromkeys(sample.lines, line))
            return _Body(sample, media or ("application/json" if sample else ""))
        if mode in _FORMS:
            fields = [field for entry in objects(raw.get(mode)) for field in self._field(entry, "body")]
            return _Body(None, _FORMS[mode], tuple(fields))
        return _Body(None, "application/json" if mode == "graphql" else "")

    def _replies(self, raw: Json) -> Iterator[Reply]:
        for entry in objects(raw)[:20]:
            code, name = entry.get("code"), string(entry.get("name"))
            status = str(code) if isinstance(code, int) and 100 <= code < 600 else ""
            cite = self.lines.cite(name or '"response"')
            sample = body_sample(string(entry.get("body")), self.lines)
            types = [
                h.get("value") for h in objects(entry.get("header")) if string(h.get("key")).lower() == "content-type"
            ]
            media = string(types[0]).split(";")[0] if types and sample else ""
            yield Reply(cite, status, name[:200], media, sample)

    def auth(self, raw: Json) -> Iterator[Credential]:
        kind = raw.get("type") if isinstance(raw, dict) else None
        if kind in ("bearer", "oauth2"):
            yield Credential(kind="bearer", cite=self.lines.cite(kind))
        elif kind == "basic":
            yield Credential(kind="basic", cite=self.lines.cite("basic"))
        elif kind == "apikey":
            given = raw.get("apikey")
            told = object_of(given) or {str(e.get("key")): e.get("value") for e in objects(given)}
            if name := string(told.get("key")):
                place = "query" if told.get("in") == "query" else "header"
                yield Credential(kind=place, name=name, cite=self.lines.cite(name))


def _shown(field: Field, value: Json) -> Field:
    """The example; `<string>` is a type and no example."""
    if not isinstance(value, str):
        return field
    marker = _MARKER.match(value)
    if marker:
        return replace(field, type=_MARKER_TYPES.get(marker[1], "string"))
    made = scalar(value)
    return replace(
        field, type=json_type(made) if value else "", example=UNSET if "{{" in value or value == "" else made
    )

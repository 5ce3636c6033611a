"""HAR: a browser's session reduced to the calls of the API in it. Keys and cookies are never read into facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from specloom.schemas.draft.facts import Credential, Facts, Field, Header, Json, Reply, Request
from specloom.schemas.draft.secrets import SECRET_NAME
from specloom.schemas.draft.snippets.bodies import form_fields, json_type, scalar
from specloom.schemas.draft.sources.collections.lines import Lines, body_sample, object_of, objects, string

MAX_ENTRIES = 3_000
_ASSET = re.compile(r"\.(?:js|mjs|css|png|jpe?g|gif|svg|ico|woff2?|ttf|map|webp|html?)\Z", re.I)
_TRACKING = re.compile(
    r"(?i)google-analytics|googletagmanager|segment\.|sentry|hotjar|mixpanel|doubleclick|facebook\.|intercom"
)
_KEY = re.compile(r"(?i)authorization\Z|.*(?:api[-_]?key|auth[-_]?token|access[-_]?token|x-token)\Z")


def is_archive(value: Json) -> bool:
    log = value.get("log") if isinstance(value, dict) else None
    return isinstance(log, dict) and isinstance(log.get("entries"), list)


def read(value: Json, content: str, file: str) -> Facts:
    lines = Lines(content, file)
    facts = Facts()
    entries = [entry for entry in objects(value["log"]["entries"])[:MAX_ENTRIES] if _is_call(entry)]
    hosts = Counter(urlsplit(str(entry["request"]["url"])).netloc for entry in entries)
    busiest = hosts.most_common(1)[0][0] if hosts else ""
    for entry in entries:
        if urlsplit(str(entry["request"]["url"])).netloc == busiest:
            request = _request(entry, lines)
            facts.requests.append(request)
            facts.credentials += _credentials(entry["request"], request, lines)
    return facts


def _is_call(entry: dict[str, Json]) -> bool:
    request, response = entry.get("request"), entry.get("response")
    if (
        not isinstance(request, dict)
        or not isinstance(request.get("url"), str)
        or not re.match(r"https?://", request["url"])
    ):
        return False
    try:
        parts = urlsplit(request["url"])
    except ValueError:
        return False
    mime = _mime(response)
    plain = not _ASSET.search(parts.path) and not _TRACKING.search(parts.netloc) and request.get("method") != "OPTIONS"
    return plain and not re.match(r"text/html|text/css|image/svg|font/|(?:text|application)/(?:x-)?javascript", mime)


def _mime(response: Json) -> str:
    body = response.get("content") if isinstance(response, dict) else None
    mime = body.get("mimeType") if isinstance(body, dict) else ""
    return mime.split(";")[0].strip().lower() if isinstance(mime, str) else ""


def _request(entry: dict[str, Json], lines: Lines) -> Request:
    raw = entry["request"]
    cite = lines.cite(raw["url"], move=True)
    headers = [
        Header(
            each["name"],
            "" if SECRET_NAME.search(each["name"]) else str(each.get("value") or ""),
            lines.cite(each["name"]),
        )
        for each in objects(raw.get("headers"))
        if isinstance(each.get("name"), str)
    ]
    post = object_of(raw.get("postData"))
    media = str(post.get("mimeType") or "").split(";")[0].strip()
    text = string(post.get("text"))
    body = body_sample(text, lines) if "json" in media or text.startswith("{") else None
    fields = list(_parameters(post.get("params"), "body", lines))
    if not fields and "urlencoded" in media:
        fields = list(form_fields(text, "body", lines.cite(text)))
    return Request(
        method=str(raw.get("method") or "GET").upper()[:10],
        url=raw["url"],
        cite=cite,
        headers=tuple(headers),
        body=body,
        media=media,
        fields=tuple(fields),
        replies=tuple(_replies(entry.get("response"), lines)),
    )


def _parameters(raw: Json, place: str, lines: Lines) -> Iterator[Field]:
    for entry in objects(raw):
        name, value = entry.get("name"), entry.get("value")
        if isinstance(name, str) and name:
            shown = scalar(value) if isinstance(value, str) else ""
            kind = "file" if entry.get("fileName") else json_type(shown)
            yield Field(name=name, cite=lines.cite(name), place=place, type=kind, example=shown)


def _replies(raw: Json, lines: Lines) -> Iterator[Reply]:
    status = raw.get("status") if isinstance(raw, dict) else None
    if not isinstance(status, int) or not 200 <= status < 600 or status in (204, 304):
        if status == 204:
            yield Reply(lines.cite("response"), "204")
        return
    body = object_of(raw.get("content"))
    text = "" if body.get("encoding") == "base64" else string(body.get("text"))
    sample = body_sample(text, lines)
    cite = sample.cite if sample else lines.cite(str(raw.get("statusText") or "response"))
    yield Reply(cite, str(status), media=_mime(raw), sample=sample)


def _credentials(raw: dict[str, Json], request: Request, lines: Lines) -> Iterator[Credential]:
    for each in objects(raw.get("headers")):
        name, value = str(each.get("name") or ""), str(each.get("value") or "")
        if _KEY.match(name):
            scheme = value.partition(" ")[0].lower()
            if name.lower() == "authorization":
                kind = scheme if scheme in ("bearer", "basic") else "header"
                yield Credential(kind=kind, cite=lines.cite(each["name"]))
            else:
                yield Credential(kind="header", name=name, cite=lines.cite(each["name"]))

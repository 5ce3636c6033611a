"""HTTP messages as pages print them: a request line or a status line, headers, an empty line, a body."""

from __future__ import annotations

import re

from specloom.schemas.draft.facts import Cite, Header, Reply, Request
from specloom.schemas.draft.snippets.bodies import form_fields, json_sample

METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_REQUEST = re.compile(rf"\s*({METHODS})\s+(https?://\S+|/\S*)(?:\s+HTTP/[\d.]+)?[ \t]*(?:\r?\n|\Z)")
_STATUS = re.compile(r"\s*HTTP/[\d.]+\s+([1-5]\d\d)\b[^\n]*(?:\n|\Z)")
_HEADER = re.compile(r"([A-Za-z][\w\-]{1,60}):[ \t]*(.*)")
MAX_HEADERS = 60


def request(text: str, file: str, line: int) -> Request | None:
    """None where the text is no request."""
    first = _REQUEST.match(text)
    if first is None:
        return None
    start = Cite(file, line + text[: first.start(1)].count("\n"))
    headers, at = _headers(text, first.end(), file, line)
    host = next((h.value for h in headers if h.name.lower() == "host"), "")
    url = (
        f"https://{host}{first[2]}"
        if host and first[2].startswith("/") and re.fullmatch(r"[\w.\-:]+", host)
        else first[2]
    )
    media = next((h.value.split(";")[0].strip() for h in headers if h.name.lower() == "content-type"), "")
    rest = text[at:].strip()
    skipped = text[at:].find(rest) if rest else 0
    place = line + text.count("\n", 0, at + max(skipped, 0))
    body = json_sample(rest, file, place)
    fields = tuple(form_fields(rest, "body", Cite(file, place))) if body is None and "urlencoded" in media else ()
    return Request(method=first[1], url=url, cite=start, headers=tuple(headers), body=body, fields=fields,
                   media=media or ("application/json" if body else ""))  # fmt: skip


def reply(text: str, file: str, line: int) -> Reply | None:
    """None where the text is no response."""
    first = _STATUS.match(text)
    if first is None:
        return None
    headers, at = _headers(text, first.end(), file, line)
    rest = text[at:].strip()
    place = line + text.count("\n", 0, at + (text[at:].find(rest) if rest else 0))
    media = next((h.value.split(";")[0].strip() for h in headers if h.name.lower() == "content-type"), "")
    return Reply(Cite(file, line), first[1], media=media, sample=json_sample(rest, file, place), headers=tuple(headers))


def _headers(text: str, at: int, file: str, line: int) -> tuple[list[Header], int]:
    found: list[Header] = []
    while at < len(text) and len(found) < MAX_HEADERS:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        header = _HEADER.match(text[at:end].strip())
        if header is None:
            break
        found.append(Header(header[1], header[2].strip(), Cite(file, line + text.count("\n", 0, at))))
        at = end + 1
    return found, at

"""Requests over the wire: how Make encodes bodies and reads replies, and what it writes into its log."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import urllib3
from urllib3.fields import RequestField

from tests.platforms.make_emulator.errors import MakeError
from tests.platforms.make_emulator.values import UNDEFINED, ImlError, text

_POOL = urllib3.PoolManager(retries=False, timeout=30)
_LEGAL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*\Z")
_AUTOMATIC = {
    "text/plain": "text",
    "application/json": "json",
    "application/x-www-form-urlencoded": "urlencoded",
    "application/xml": "text",
    "text/xml": "text",
}
"""What Make knows by its name. XML it reads in a form of its own, which nothing of ours looks into: here it stays text."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Sent:
    """One call, as the log shows it: sanitized."""

    method: str
    url: str
    log: str


def send(request: dict[str, Any], sanitize: list[str], log: list[Sent]) -> Reply:
    """Makes the call of a rendered request (url, method, headers, qs, body, type, encodeUrl, reads)."""
    method = str(request.get("method", "GET"))
    if method not in METHODS:
        raise MakeError(f"Make cannot send {method}")
    headers = {str(k): text(v) for k, v in request.get("headers", {}).items() if v is not None}
    url = _url(str(request["url"]), request.get("encodeUrl", True), request.get("qs", {}))
    data: bytes | None = None
    if method != "GET" and "body" in request:
        data = _encode(request, headers)
    answer = _followed(request, method, url, headers, data)
    told = {key.lower(): value for key, value in answer.headers.items()}
    reply = Reply(answer.status, told, _decode(answer.data, told, answer.status, request.get("reads", "automatic")))
    log.append(Sent(method, url.partition("?")[0], _logged(request, headers, reply, sanitize)))
    return reply


MOST_REDIRECTS = 10


def _followed(request: dict[str, Any], method: str, url: str, headers: dict[str, str], data: bytes | None) -> Any:
    """`followRedirects` (of GET) and `followAllRedirects` (of the rest) are true unless they are set. What Make's pages do
    not say is assumed: that methods change as in RFC 9110, and that another server gets no headers of the first one."""
    for _ in range(MOST_REDIRECTS):
        try:
            answer = _POOL.request(method, url, body=data, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise MakeError(str(error), "ConnectionError") from None
        switch = "followRedirects" if method == "GET" else "followAllRedirects"
        location = answer.headers.get("location") if answer.status in (301, 302, 303, 307, 308) else None
        if location is None or not request.get(switch, True):
            return answer
        if answer.status == 303 or (answer.status < 303 and method == "POST"):
            method, data = "GET", None
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        target = urljoin(url, location)
        if urlsplit(target)[:2] != urlsplit(url)[:2]:
            headers = {}
        url = target
    raise MakeError("Too many redirects", "ConnectionError")


def _url(url: str, encode: Any, query: dict[str, Any]) -> str:
    if encode is not False:
        url = quote(url, safe="-_.!~*'();/?:@&=+$,#%")
    if not _LEGAL.match(url) or urlsplit(url).scheme not in ("http", "https"):
        raise MakeError(f"{url!r} is no address")
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        if isinstance(value, dict):
            raise ImlError(f"qs is flat, but {key!r} holds a collection")
        for each in value if isinstance(value, list) else [value]:
            if each is not None and each is not UNDEFINED:
                pairs.append((key, text(each)))
    return url + (("&" if "?" in url else "?") + urlencode(pairs, quote_via=quote) if pairs else "")


def _encode(request: dict[str, Any], headers: dict[str, str]) -> bytes:
    kind, body = request.get("type", "json"), request["body"]
    named = {key.lower() for key in headers}

    def content_type(value: str) -> None:
        if "content-type" not in named:
            headers["Content-Type"] = value

    if kind == "json":
        content_type("application/json")
        return json.dumps(body, default=_json).encode()
    if kind == "urlencoded":
        content_type("application/x-www-form-urlencoded")
        pairs = [(k, text(e)) for k, v in body.items() for e in (v if isinstance(v, list) else [v]) if e is not None]
        return urlencode(pairs).encode()
    if kind == "multipart/form-data":
        fields = [part for key, value in body.items() for part in _parts(key, value)]
        made, kind_header = urllib3.encode_multipart_formdata(fields)
        headers["Content-Type"] = kind_header
        return made
    if kind == "binary":
        content_type("application/octet-stream")
    elif kind not in ("text", "string", "raw"):
        raise MakeError(f"{kind!r} is no type of request")
    return body if isinstance(body, bytes) else text(body).encode()


def _parts(key: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return [part for each in value for part in _parts(key, each)]
    if isinstance(value, dict) and "value" in value:
        options = value.get("options", {})
        content = value["value"] if isinstance(value["value"], bytes) else text(value["value"]).encode()
        part = RequestField(key, content, filename=options.get("filename"))
        usual = "application/octet-stream" if options.get("filename") else None
        part.make_multipart(content_type=options.get("contentType") or usual)
        return [part]
    return [(key, text(value))]


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return text(value)
    raise ImlError(f"{type(value).__name__} has no form in JSON")


def _decode(data: bytes, headers: dict[str, str], status: int, reads: Any) -> Any:
    kind = reads if isinstance(reads, str) else _by_status(reads, status)
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not data:
        return UNDEFINED
    if kind == "automatic":
        kind = _AUTOMATIC.get(content_type) or (
            "text" if content_type.startswith("text/") or not content_type else "binary"
        )
    if kind == "binary":
        return data
    plain = data.decode(_charset(headers), "replace").removeprefix("\ufeff")
    if kind == "json":
        try:
            return json.loads(plain)
        except ValueError:
            raise MakeError("The reply is no JSON", "DataError", status) from None
    return {k: v[-1] for k, v in parse_qs(plain).items()} if kind == "urlencoded" else plain


def _by_status(rules: dict[str, str], status: int) -> str:
    """Of the ranges that the status is in, the smallest counts."""
    found = [(int(high or low) - int(low), kind) for key, kind in rules.items() if key != "*"
             for low, _, high in [key.partition("-")] if int(low) <= status <= int(high or low)]  # fmt: skip
    return min(found)[1] if found else rules.get("*", "automatic")


def _charset(headers: dict[str, str]) -> str:
    named = re.search(r"charset=\"?([\w.:-]+)", headers.get("content-type", ""))
    try:
        return codecs.lookup(named[1]).name if named else "utf-8"
    except LookupError:
        return "utf-8"


def _logged(request: dict[str, Any], headers: dict[str, str], reply: Reply, sanitize: list[str]) -> str:
    """The call as Make's log keeps it, with every sanitized path blotted out; header names without their case."""
    lowered = {key.lower(): value for key, value in headers.items()}
    entry = {
        "request": {"headers": lowered, "qs": request.get("qs", {}), "body": request.get("body"), "url": request["url"]},
        "response": {"headers": reply.headers, "body": reply.body},
    }  # fmt: skip
    entry = json.loads(json.dumps(entry, default=repr))
    for path in sanitize:
        _blot(entry, [tick or word for tick, word in re.findall(r"`([^`]*)`|([^.`]+)", path)])
    return json.dumps(entry)


def _blot(entry: Any, path: list[str]) -> None:
    for key in path[:-1]:
        entry = entry.get(key) if isinstance(entry, dict) else None
    if isinstance(entry, dict):
        found = next((key for key in entry if key.lower() == path[-1].lower()), None)
        if found is not None:
            entry[found] = "[REMOVED]"

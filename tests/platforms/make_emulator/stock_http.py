"""Make's stock HTTP modules of version 3, by their page (https://apps.make.com/http): a request as it is filled in, a
bundle of statusCode, headers and data. The key comes from a keychain that holds its name, its place and its value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from tests.platforms.make_emulator.errors import FormError, MakeError
from tests.platforms.make_emulator.values import UNDEFINED, text

_POOL = urllib3.PoolManager(retries=False, timeout=30)
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
BODIES = ("", "raw", "x_www_form_urlencoded", "multipart_form_data")
CONTENT_TYPES = ("text/plain", "application/json", "application/xml", "text/xml", "text/html")
REQUIRED = (
    "url serializeUrl method parseResponse shareCookies rejectUnauthorized followRedirect useQuerystring gzip".split()
)
MODULES = {"http:ActionSendData": False, "http:ActionSendDataAPIKeyAuth": True}
"""Whether the module wants a keychain."""


@dataclass(frozen=True)
class Keychain:
    """An API key as a person enters it: where it goes, under which name."""

    name: str
    placement: str
    value: str


@dataclass(frozen=True)
class Call:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def run(form: dict[str, Any], handle_errors: bool, keychain: Keychain | None, log: list[Call]) -> dict[str, Any]:
    """Sends the request of a filled-in module. Raises MakeError."""
    for name in REQUIRED:
        if form.get(name, UNDEFINED) in (UNDEFINED, None):
            raise FormError(f"HTTP: {name} is missing")
    if form["method"] not in METHODS or form.get("bodyType", "") not in BODIES:
        raise FormError(f"HTTP: {form['method']} with {form.get('bodyType')!r}")
    if not 1 <= int(form.get("timeout") or 40) <= 300:
        raise FormError("HTTP: the timeout is 1 to 300 seconds")
    headers = {each["name"]: text(each.get("value", "")) for each in form.get("headers", [])}
    query = [(each["name"], text(each.get("value", ""))) for each in form.get("qs", [])]
    if keychain is not None and keychain.placement == "header":
        headers[keychain.name] = keychain.value
    elif keychain is not None:
        query.append((keychain.name, keychain.value))
    body, kind = _body(form)
    if kind:
        headers["Content-Type"] = kind
    url = form["url"] + ("?" + urlencode(query, quote_via=quote) if query else "")
    method = form["method"].upper()
    log.append(Call(method, url, headers, body))
    try:
        reply = _POOL.request(method, url, body=body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise MakeError(str(error), "ConnectionError") from None
    if handle_errors and reply.status >= 400:
        raise MakeError(f"The request failed with the status {reply.status}", "RuntimeError", reply.status)
    told = [{"name": name.lower(), "value": value} for name, value in reply.headers.items()]
    return {"statusCode": reply.status, "headers": told, "data": _data(reply, form["parseResponse"])}


def _body(form: dict[str, Any]) -> tuple[bytes | None, str]:
    kind = form.get("bodyType", "")
    if kind == "raw":
        if form.get("contentType") not in CONTENT_TYPES:
            raise FormError(f"HTTP: the content type {form.get('contentType')!r} is not in the list")
        return text(form.get("data", "")).encode(), form["contentType"]
    if kind == "multipart_form_data":
        fields = []
        for each in form["formDataFields"]:
            if each["fieldType"] not in ("file", "text"):
                raise FormError(f"HTTP: a part is a file or a text, not {each['fieldType']!r}")
            data = each["data"] if each["fieldType"] == "file" else text(each["value"])
            fields.append((each["key"], (each["fileName"], data) if each["fieldType"] == "file" else data))
        return urllib3.encode_multipart_formdata(fields)
    return None, ""


def _data(reply: urllib3.BaseHTTPResponse, parse: bool) -> Any:
    kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
    if parse and (kind == "application/json" or kind.endswith("+json")):
        return json.loads(reply.data) if reply.data else ""
    return reply.data.decode() if kind.startswith("text/") else reply.data

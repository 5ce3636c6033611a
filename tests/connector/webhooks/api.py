"""/hooks, /events and /deliveries over HTTP, every reply held against the document."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import requests
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from specloom.connector.webhooks.api.routes import ROUTES
from tests import ROOT
from tests.connector.gateway.harness import GatewayServer
from tests.connector.webhooks.sink import Sink

ONE, TWO = "slk_one_0123456789abcdef", "slk_two_0123456789abcdef"
DOCUMENT = ROOT / "schemas" / "gateway.openapi.yaml"
Json = dict[str, Any]


@cache
def document() -> Json:
    loaded: Json = yaml.safe_load(DOCUMENT.read_text())
    return loaded


@cache
def registry() -> Registry[Any]:
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    known: Registry[Any] = empty.with_resource("urn:document", resource)
    return known


def resolved(value: Json, pointer: str) -> tuple[Json, str]:
    while "$ref" in value:
        pointer = value["$ref"].removeprefix("#")
        value = document()
        for token in pointer.split("/")[1:]:
            value = value[token]
    return value, pointer


def check_reply(method: str, path: str, reply: requests.Response) -> None:
    """The reply's status is documented, and its body fits."""
    rule = next(r for m, r, _ in ROUTES if m == method and re.fullmatch(re.sub(r"<[\w:]+>", "[^/]+", r), path))
    rule = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
    pointer = f"/paths/{rule.replace('/', '~1')}/{method.lower()}/responses/{reply.status_code}"
    found = document()["paths"][rule][method.lower()]["responses"].get(str(reply.status_code))
    assert found is not None, f"{method} {rule}: {reply.status_code} is not documented: {reply.text[:300]}"
    response, pointer = resolved(found, pointer)
    if "content" not in response:
        assert reply.content == b""
        return
    schema = {"$ref": f"urn:document#{quote(pointer)}/content/application~1json/schema"}
    validator = Draft202012Validator(schema, registry=registry(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(reply.json())] == []


class Api:
    """One gateway, called with a key."""

    def __init__(self, server: GatewayServer, sink: Sink) -> None:
        self.server, self.sink = server, sink

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = ONE, headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:  # fmt: skip
        given = {**({"X-Specloom-Key": key} if key else {}), **(headers or {})}
        reply = requests.request(
            method, self.server.url + path, json=body, headers=given, timeout=20, **options
        )  # fmt: skip
        check_reply(method, path.split("?")[0], reply)
        return reply

    def hook(self, path: str = "/ok", key: str = ONE, **fields: Any) -> Json:
        made = self("POST", "/hooks", {"target_url": self.sink.url(path), "events": ["*"], **fields}, key=key)
        assert made.status_code == 201, made.text
        hook: Json = made.json()
        return hook

    def emit(self, number: int = 1, key: str = ONE, **fields: Any) -> Json:
        body = {"type": "order.paid", "data": {"number": number}, **fields}
        reply = self("POST", "/events", body, key=key)
        assert reply.status_code in (200, 202), reply.text
        event: Json = reply.json()
        return event

    def deliveries(self, query: str = "", key: str = ONE) -> list[Json]:
        found: list[Json] = self("GET", f"/deliveries?limit=100{query}", key=key).json()["data"]
        return found

    def until(self, state: str, count: int = 1, query: str = "") -> list[Json]:
        until = time.monotonic() + 10
        while len(found := self.deliveries(f"&state={state}{query}")) < count:
            assert time.monotonic() < until, self.deliveries()
            time.sleep(0.05)
        return found

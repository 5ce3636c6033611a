"""A gateway key never leaves the gateway, whatever place the service takes its own key in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from specloom.connector.settings import variable
from specloom.schemas.load import load
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, check_result, running
from tests.connector.gateway.raw_vendor import RawVendor, json_reply, raw_vendor

PLACES = {
    "bearer": "{type: http, scheme: bearer}",
    "basic": "{type: http, scheme: basic}",
    "header": "{type: apiKey, in: header, name: X-Key}",
    "query": "{type: apiKey, in: query, name: api_key}",
    "cookie": "{type: apiKey, in: cookie, name: session}",
}
DOCUMENT = """
openapi: 3.1.0
info: {{title: Things, version: "1"}}
servers: [{{url: "https://api.example.com"}}]
security: [{{s: []}}]
components: {{securitySchemes: {{s: {scheme}}}}}
paths:
  /things: {{get: {{operationId: getThings, responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: object}}}}}}}}}}}}}}
"""
SECRET = "vendor-secret"


class Placed(NamedTuple):
    place: str
    vendor: RawVendor
    gateway: GatewayServer


@pytest.fixture(params=PLACES)
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Placed]]:
    path = tmp_path / "things.yaml"
    path.write_text(DOCUMENT.format(scheme=PLACES[request.param]))
    known = {"things": load(path).service}
    open_: list[object] = []

    def started(**environ: str) -> Placed:
        told = {variable("things", "base_url"): f"http://127.0.0.1:{vendor.port}", "SPECLOOM_API_KEYS": KEY_ONE}
        context = running(tmp_path / "data", environ={**told, **environ}, known=known)
        open_.append(context)
        return Placed(str(request.param), vendor, context.__enter__())

    with raw_vendor(lambda _: [json_reply(b"{}")]) as vendor:
        yield started
        for context in open_:
            context.__exit__(None, None, None)  # type: ignore[attr-defined]


def attempts(url: str) -> list[requests.Response]:
    """A call with the gateway key in every place that a person might put it, on both routes."""
    basic = base64.b64encode(f"{KEY_ONE}:".encode()).decode()
    headers = [
        {"Authorization": f"Bearer {KEY_ONE}"},
        {"Authorization": KEY_ONE},
        {"Authorization": f"Basic {basic}"},
        {"X-Key": KEY_ONE},
        {"X-Api-Key": f"Bearer {KEY_ONE}"},
        {"Cookie": f"session={KEY_ONE}"},
    ]
    replies = []
    for given in headers:
        both = {**given, "X-Specloom-Key": KEY_ONE}
        for sent in (given, both):
            for query in ("", f"?api_key={KEY_ONE}&q=1"):
                replies.append(requests.get(f"{url}/things/things{query}", headers=sent, timeout=10))
                replies.append(requests.post(f"{url}/run/things/getThings{query}", headers=sent, json={}, timeout=10))
    return replies


@pytest.mark.parametrize("allowed", ["", "yes"])
def test_the_vendor_never_sees_it(start: Callable[..., Placed], allowed: str) -> None:
    held = start(SPECLOOM_THINGS_API_KEY=SECRET, SPECLOOM_ALLOW_VENDOR_KEYS=allowed)
    attempts(held.gateway.url)
    assert held.vendor.requests
    for request in held.vendor.requests:
        assert KEY_ONE.encode() not in request and base64.b64encode(KEY_ONE.encode())[:20] not in request
        secret = base64.b64encode(SECRET.encode()) if held.place == "basic" else SECRET.encode()
        assert allowed or secret in request


def test_without_the_vendors_key_the_answer_is_401_and_says_whose_is_missing(start: Callable[..., Placed]) -> None:
    bare = start()
    for path, method in (("/things/things", "GET"), ("/run/things/getThings", "POST")):
        for headers in ({"Authorization": f"Bearer {KEY_ONE}"}, {"X-Specloom-Key": KEY_ONE}):
            reply = requests.request(method, bare.gateway.url + path, headers=headers, timeout=10)
            assert reply.status_code == 401 and "This gateway holds no key for Things" in reply.text
            assert "SPECLOOM_THINGS_API_KEY" in reply.text
            if method == "POST":
                check_result(reply.json())
    assert bare.vendor.requests == []

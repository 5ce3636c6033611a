"""Addresses that attackers spell in over two hundred ways, given wherever a stranger may give one: as a hook, as a
callback, to be relayed, in a vendor's reply. Sockets are counted: none leads where it must not."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from specloom.connector.network.ssrf import Guard, RefusedURL
from specloom.connector.webhooks.delivery.sender import Sender
from specloom.schemas.document.reading.fetch import fetch
from specloom.schemas.load import load
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running
from tests.connector.gateway.raw_vendor import Part, RawVendor, json_reply, raw_vendor
from tests.connector.network.test_ssrf import Names
from tests.connector.webhooks.test_sender import CLAIM
from tests.connector.webhooks.worlds import QUICK

TOLD: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("forbidden.yaml").read_text("utf-8"))
URLS: list[str] = [url for urls in TOLD["urls"].values() for url in urls]
NAMES: dict[str, Any] = TOLD["names"]
REBINDING: dict[str, Any] = TOLD["rebinding"]
FORBIDDEN = [*URLS, *(f"https://{name}/" for name in NAMES)]


class Dialled:
    """Every address that a socket of this process connects, or sends to, while `watching`."""

    def __init__(self) -> None:
        self.watching = False
        self.fine: set[int] = set()
        """Ports of this machine that the test itself serves."""
        self._found: list[Any] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        if self.watching and event in ("socket.connect", "socket.sendto"):
            self._found.append(details[1])

    @property
    def found(self) -> list[Any]:
        return [address for address in self._found if not (address[0] == "127.0.0.1" and address[1] in self.fine)]

    def clear(self) -> None:
        self._found.clear()
        self.fine.clear()


_DIALLED = Dialled()
"""An audit hook stays for good; between the tests it hears nothing."""


@pytest.fixture
def dialled() -> Iterator[Dialled]:
    _DIALLED.clear()
    _DIALLED.watching = True
    yield _DIALLED
    _DIALLED.watching = False


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Names:
    """The name server says what the file has; nothing else has a name."""
    answers: Mapping[str, Sequence[Sequence[str]]] = NAMES | REBINDING
    names = Names()
    names.answers = {name: list(given) for name, given in answers.items()}
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *more: Any, **options: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        known = names.answers.get(name.rstrip(".").lower()) if isinstance(name, str) else None
        if known is None:
            return list(real("127.0.0.1" if name == "localhost" else host, port, *more, **options))
        addresses = known.pop(0) if len(known) > 1 else known[0]
        numeric = [real(address, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST) for address in addresses]
        return [entry for entries in numeric for entry in entries]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


def test_there_are_many_and_each_is_one() -> None:
    assert len(FORBIDDEN) == len(set(FORBIDDEN)) >= 200 and all(isinstance(url, str) for url in URLS)


@pytest.mark.parametrize("http", [False, True], ids=["https", "http too"])
def test_none_is_let_through_or_dialled(http: bool, resolved: Names, dialled: Dialled) -> None:
    guard = Guard(allow_http=http)
    let_through = []
    for url in FORBIDDEN:
        try:
            guard.check(url)
            let_through.append(url)
        except RefusedURL as error:
            assert "\n" not in str(error) and len(str(error)) < 500
        plain = url.replace("https:", "http:", 1)
        for given in (url, plain):
            with suppress(Exception):
                guard.session().get(given, timeout=2, allow_redirects=False)
            with suppress(Exception):
                guard.pool(retries=False).urlopen("GET", given, timeout=2, redirect=False)
        outcome = Sender(guard, str, replace(QUICK, timeout=1)).send(replace(CLAIM, url=url))
        assert not outcome.delivered and outcome.status is None, url
    assert let_through == [] and dialled.found == []


def test_what_would_put_words_into_a_request_is_refused(dialled: Dialled) -> None:
    for url in TOLD["injections"]:
        with pytest.raises(RefusedURL) as refused:
            Guard().check(url)
        assert "X-Injected" not in str(refused.value)
        assert not Sender(Guard(), str, QUICK).send(replace(CLAIM, url=url)).delivered
    assert dialled.found == []


@pytest.mark.parametrize("name", REBINDING)
def test_names_that_change_between_check_and_call(name: str, resolved: Names, dialled: Dialled) -> None:
    guard = Guard()
    guard.check(f"https://{name}/")
    outcome = Sender(guard, str, QUICK).send(replace(CLAIM, url=f"https://{name}/"))
    assert not outcome.delivered and dialled.found == []


def test_no_reference_of_a_document_is_fetched_from_inside(resolved: Names, dialled: Dialled) -> None:
    """`build --fetch` reads what a document refers to on public servers; it uses the same table."""
    for url in FORBIDDEN:
        with pytest.raises(SpecloomError):
            fetch(url, stay=True, public=True)
    assert dialled.found == []


# The gateway -------------------------------------------------------------------------------------------------

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
x-specloom: {key: shop}
servers: [{url: https://shop.example/api}]
paths:
  /things:
    post:
      operationId: make
      x-specloom:
        result: {type: image, url: $response.body#/image_url}
        job: {poll: next, status: $response.body#/status, succeeded: [done], failed: [failed], interval: 0.05}
        callback: done
      requestBody: {content: {application/json: {schema: {type: object, properties: {
        prompt: {type: string}, webhook: {type: string, format: uri}}}}}}
      callbacks: {done: {'{$request.body#/webhook}': {post: {
        operationId: told, responses: {"200": {description: ok}}}}}}
      responses:
        "202":
          description: ok
          content: {application/json: {schema: {type: object}}}
          links: {next: {operationId: read, parameters: {id: $response.body#/id}}}
  /things/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /list:
    get:
      operationId: list
      x-specloom:
        result: {type: image, items: $response.body#/data, url: $item#/url}
        pagination: {style: link, next: $response.body#/next, items: $response.body#/data}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


class Vendor:
    """Says one address wherever a reply may hold one; its job is done when it is asked for a second time."""

    def __init__(self) -> None:
        self.url, self._asked = "", 0

    def __call__(self, request: bytes) -> list[Part]:
        self._asked += 1
        said = {name: self.url for name in ("id", "image_url", "next", "url", "status_url", "poll_url", "location")}
        status = "done" if self._asked % 3 == 0 else "working"
        body = json.dumps({**said, "data": [{"url": self.url}], "status": status}).encode()
        if b"redirect" in request:
            where = self.url.encode("ascii", "backslashreplace").replace(b"\r", b"").replace(b"\n", b"")
            return [b"HTTP/1.1 302 Found\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n"]
        return [json_reply(body, "202 Accepted" if request.startswith(b"POST") else "200 OK")]


@pytest.fixture
def vendor() -> Iterator[RawVendor]:
    with raw_vendor(Vendor()) as running_vendor:
        yield running_vendor


@pytest.fixture
def gateway(tmp_path: Path, vendor: RawVendor) -> Iterator[GatewayServer]:
    file = tmp_path / "shop.yaml"
    file.write_text(DOCUMENT)
    environ = {
        "SPECLOOM_SHOP_BASE_URL": f"http://127.0.0.1:{vendor.port}/api", "SPECLOOM_API_KEYS": f"acme={KEY_ONE}",
        "SPECLOOM_HOOK_ALLOW": "n8n.lan:5678", "SPECLOOM_HOOK_RETRIES": "0.1s", "SPECLOOM_HOOK_TIMEOUT": "1",
    }  # fmt: skip
    with running(tmp_path / "data", known={"shop": load(file).service}, environ=environ, public=True) as server:
        yield server


def test_no_hook_callback_or_relay_of_the_gateway(
    gateway: GatewayServer, vendor: RawVendor, resolved: Names, dialled: Dialled
) -> None:
    dialled.fine |= {gateway.settings.port, vendor.port}
    accepted = []
    for url in FORBIDDEN:
        hook = {"target_url": url, "events": ["*"]}
        if gateway.call("POST", "/hooks", key=KEY_ONE, json=hook).status_code != 400:
            accepted.append(("hook", url))
        if gateway.call("POST", "/run/shop/make", key=KEY_ONE, json={"webhook": url}).status_code != 400:
            accepted.append(("relay", url))
        with suppress(Exception):  # some are no header at all
            headers = {"Specloom-Callback": url}
            reply = gateway.call("POST", "/run/shop/make", key=KEY_ONE, json={"prompt": "x"}, headers=headers)
            if url.strip() == url and reply.status_code != 400:
                accepted.append(("callback", url))
    assert accepted == [] and dialled.found == [] and vendor.requests == []


def test_no_address_of_a_vendors_reply_is_called(
    gateway: GatewayServer, vendor: RawVendor, resolved: Names, dialled: Dialled
) -> None:
    """Results, next pages, polling and redirects: the vendor itself is asked, and nobody else."""
    dialled.fine |= {gateway.settings.port, vendor.port}
    assert isinstance(vendor.answer, Vendor)
    for url in FORBIDDEN[::3]:
        vendor.answer.url = url
        for method, path in (("POST", "/run/shop/make"), ("POST", "/run/shop/list"), ("GET", "/shop/api/list")):
            headers = {"Prefer": "wait=5"}
            assert gateway.call(method, path, key=KEY_ONE, json={}, headers=headers).status_code < 500, (path, url)
        asked = HTTPConnection("127.0.0.1", gateway.settings.port, timeout=10)  # others look at the redirect themselves
        asked.request("GET", "/shop/api/things/redirect", headers={"X-Specloom-Key": KEY_ONE})
        assert asked.getresponse().status in (302, 502), url
        asked.close()
    assert dialled.found == [] and len(vendor.requests) > 200


def test_a_hook_that_rebinds_is_a_failed_delivery(gateway: GatewayServer, resolved: Names, dialled: Dialled) -> None:
    dialled.fine.add(gateway.settings.port)
    for name in REBINDING:
        made = gateway.call(
            "POST", "/hooks", key=KEY_ONE, json={"target_url": f"https://{name}/", "events": ["order.*"]}
        )
        assert made.status_code == 201, made.text
    gateway.call("POST", "/events", key=KEY_ONE, json={"type": "order.paid", "data": {}})

    def dead() -> list[Any]:
        found: list[Any] = gateway.call("GET", "/deliveries?state=dead", key=KEY_ONE).json()["data"]
        return found if len(found) == len(REBINDING) else []

    assert all("public" in one["error"] or "address" in one["error"] for one in eventually(dead, 20))
    assert dialled.found == []


def test_what_counts_sockets_does_count(dialled: Dialled) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname(), 5).close()
        assert dialled.found == [listener.getsockname()]

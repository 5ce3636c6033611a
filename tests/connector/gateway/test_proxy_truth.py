"""What goes through the gateway goes through true: headers, values, charsets, names and redirects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from specloom.schemas.load import load
from tests.connector.gateway.harness import GatewayServer, running
from tests.connector.gateway.raw_vendor import Part, RawVendor, json_reply, raw_vendor

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
x-specloom: {key: shop}
servers: [{url: https://shop.example/api}]
paths:
  /things:
    post:
      operationId: make
      x-specloom: {result: {type: none}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                model: {type: string, enum: [one, two]}
                count: {type: integer, minimum: 1}
                price: {type: number}
                sizes: {type: array, items: {type: integer}}
                name: {type: string}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /things/{id}:
    put:
      operationId: replace
      x-specloom: {result: {type: none}}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
    get:
      operationId: read
      x-specloom: {result: {type: none}}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /list:
    get:
      operationId: list
      x-specloom:
        result: {type: none}
        pagination: {style: link, next: $response.body#/paging/next, items: $response.body#/data}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /sound:
    get:
      operationId: sound
      x-specloom: {result: {type: audio}}
      responses: {"200": {description: ok, content: {audio/mpeg: {schema: {}}}}}
"""


@contextmanager
def shop(
    document: Callable[[str], Path], data: Path, *parts: Part, timeout: str = "10"
) -> Iterator[tuple[GatewayServer, RawVendor]]:
    with raw_vendor(lambda _: list(parts)) as vendor:
        known = {"shop": load(document(DOCUMENT)).service}
        environ = {"SPECLOOM_SHOP_BASE_URL": f"http://127.0.0.1:{vendor.port}", "SPECLOOM_TIMEOUT": timeout}
        with running(data, known=known, environ=environ) as server:
            yield server, vendor


def test_headers_of_one_connection_stay_on_it(document: Callable[[str], Path], tmp_path: Path) -> None:
    reply = b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n"
    with shop(document, tmp_path, reply) as (server, vendor):
        headers = {"Connection": "keep-alive, X-Mine", "X-Mine": "1", "X-Yours": "2"}
        answer = server.call("GET", "/shop/api/things/1", headers=headers)
    assert b"x-mine" not in vendor.requests[0].lower() and b"x-yours: 2" in vendor.requests[0].lower()
    assert "X-Hop" not in answer.headers and answer.headers["X-End"] == "2"


def test_a_value_the_document_does_not_list_passes_the_proxy(document: Callable[[str], Path], tmp_path: Path) -> None:
    with shop(document, tmp_path, json_reply(b"{}")) as (server, vendor):
        reply = server.call("POST", "/shop/api/things", json={"model": "three"})
        assert reply.status_code == 200 and "model must be one of: one, two" in reply.headers["Specloom-Warning"]
        assert server.call("POST", "/shop/api/things", json={"model": "three", "count": 0}).status_code == 400
        assert server.run("shop", "make", {"model": "three"}, key="x").status_code == 400
        assert len(vendor.requests) == 1


def test_numbers_given_as_text(document: Callable[[str], Path], tmp_path: Path) -> None:
    with shop(document, tmp_path, json_reply(b"{}")) as (server, vendor):
        inputs = {"count": "2", "price": "1.50", "sizes": ["1", 2], "name": "3"}
        assert server.run("shop", "make", inputs, key="x").status_code == 200
        assert vendor.requests[0].endswith(b'{"count":2,"price":1.5,"sizes":[1,2],"name":"3"}')
        for wrong in ("two", "1.5", "007", "1e3", "1 1", ""):
            assert server.run("shop", "make", {"count": wrong}, key="x").status_code == 400, wrong
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_once(document: Callable[[str], Path], tmp_path: Path, status: int) -> None:
    """By RFC 9110: a PUT stays one but after 303, and the body goes where the method goes."""
    done = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n" + b'{"ok":1}'
    redirect = f"HTTP/1.1 {status} Moved\r\nLocation: /api/things/2\r\nContent-Length: 0\r\n\r\n".encode()
    with shop(document, tmp_path, redirect) as (server, vendor):
        vendor.answer = lambda request: [done if b"/api/things/2 " in request else redirect]
        result = server.run("shop", "replace", {"id": "1"}, key="k").json()
        first, second = vendor.requests
    assert result["raw"] == {"ok": 1}
    method = b"GET" if status == 303 else b"PUT"
    assert second.startswith(method + b" /api/things/2 ") and first.startswith(b"PUT /api/things/1 ")


@pytest.mark.parametrize("location", ["http://localhost:{port}/api/things/2", "http://169.254.169.254/latest"])
def test_no_redirect_leads_inside(document: Callable[[str], Path], tmp_path: Path, location: str) -> None:
    with shop(document, tmp_path, b"") as (server, vendor):
        to = location.format(port=vendor.port)
        vendor.answer = lambda _: [f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()]
        error = server.run("shop", "read", {"id": "1"}, key="k").json()["error"]
        assert len(vendor.requests) == 1
    assert error["type"] == "provider_error" and "redirect" in error["message"]


CHARSETS = {
    "BOM": (b"\xef\xbb\xbf" + '{"name":"Zoë"}'.encode(), "application/json"),
    "UTF-16": ('{"name":"Zoë"}'.encode("utf-16"), "application/json"),
    "Latin-1": ('{"name":"Zoë"}'.encode("latin-1"), "application/json; charset=iso-8859-1"),
    "Windows": ('{"name":"Zoë"}'.encode("cp1252"), 'application/json; charset="windows-1252"'),
    "UTF-8 whatever it says": ('{"name":"Zoë"}'.encode(), "application/json; charset=nonsense"),
}


@pytest.mark.parametrize("kind", CHARSETS)
def test_other_charsets_are_read(kind: str, document: Callable[[str], Path], tmp_path: Path) -> None:
    body, content_type = CHARSETS[kind]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with shop(document, tmp_path, head + body) as (server, _):
        assert server.run("shop", "read", {"id": "1"}, key="x").json()["raw"] == {"name": "Zoë"}
        sent = requests.post(
            f"{server.url}/shop/api/things", data=body, headers={"Content-Type": content_type}, timeout=9
        )
        assert sent.status_code == 200 and sent.content == body


def test_a_name_beyond_ascii(document: Callable[[str], Path], tmp_path: Path) -> None:
    head = "Content-Disposition: attachment; filename=\"na_ve.mp3\"; filename*=UTF-8''na%C3%AFve.mp3"
    reply = f"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n{head}\r\nContent-Length: 3\r\n\r\nID3".encode()
    with shop(document, tmp_path, reply) as (server, _):
        assert server.run("shop", "sound", key="x").json()["items"][0]["file_name"] == "naïve.mp3"


def test_addresses_that_lead_on_lead_through_the_gateway(document: Callable[[str], Path], tmp_path: Path) -> None:
    """And only those: what was made, what the document does not know, and other hosts stay as they are."""
    body = (
        b'{ "paging": {"next" : "https:\\/\\/shop.example\\/api\\/list?page=2", "last": "https://shop.example/api/list?page=9"},'
        b' "data": [{"self": "https://shop.example/api/list?page=2", "image": "https://shop.example/files/1.png"}]}'
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    links = b'Link: </api/list?page=2>; rel="next", <https://other.example/api/list>; rel="x"\r\n'
    with shop(document, tmp_path, head + links + b"\r\n" + body) as (server, _):
        reply = server.call("GET", "/shop/api/list")
        assert reply.json()["paging"]["next"] == f"{server.url}/shop/api/list?page=2"
        assert reply.content == body.replace(
            b'"https:\\/\\/shop.example\\/api\\/list?page=2"', f'"{server.url}/shop/api/list?page=2"'.encode()
        )
        assert reply.headers["Link"] == (
            f'<{server.url}/shop/api/list?page=2>; rel="next", <https://other.example/api/list>; rel="x"'
        )
        assert server.call("GET", reply.json()["paging"]["next"].removeprefix(server.url)).status_code == 200


@pytest.mark.parametrize(
    ("location", "moved"),
    [
        ("/api/things/2", "/shop/api/things/2"),
        ("2", "/shop/api/things/2"),
        ("https://shop.example/api/things/2?a=b", "/shop/api/things/2?a=b"),
        ("/undocumented", None),
        ("https://shop.example.evil.example/api/things/2", None),
        ("https://cdn.example/things/2", None),
    ],
)
def test_a_redirect_leads_through_the_gateway(
    document: Callable[[str], Path], tmp_path: Path, location: str, moved: str | None
) -> None:
    redirect = f"HTTP/1.1 303 See Other\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with shop(document, tmp_path, redirect) as (server, _):
        reply = server.call("PUT", "/shop/api/things/1", allow_redirects=False)
        assert reply.headers["Location"] == (f"{server.url}{moved}" if moved else location)


@pytest.mark.parametrize("dripped", ["head", "header"])
def test_a_dripped_head_is_a_silence(document: Callable[[str], Path], tmp_path: Path, dripped: str) -> None:
    start = b"HTTP/1.1 200 OK\r\n" if dripped == "header" else b""
    drops: list[Part] = [start]
    for _ in range(40):
        drops += [b"X" if dripped == "header" else b" ", 0.1]
    with shop(document, tmp_path, *drops, timeout="0.6") as (server, _):
        began = time.monotonic()
        result = server.run("shop", "read", {"id": "1"}, key="x").json()
        assert result["error"]["type"] == "timeout" and time.monotonic() - began < 2.5


def test_a_slow_caller_is_no_silence_of_the_vendor(document: Callable[[str], Path], tmp_path: Path) -> None:
    size = 8 * 2**20
    head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: %d\r\n\r\n" % size
    with shop(document, tmp_path, head + b"x" * size, timeout="0.5") as (server, _):
        reply = server.call("GET", "/shop/api/sound", stream=True)
        time.sleep(1)
        assert len(reply.content) == size


def test_a_stream_may_go_on(document: Callable[[str], Path], tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 48\r\n\r\n"
    parts: list[Part] = [head]
    for number in range(8):
        parts += [b"data%d\n" % number, 0.2]
    with shop(document, tmp_path, *parts, timeout="0.8") as (server, _):
        assert len(server.call("GET", "/shop/api/sound").content) == 48

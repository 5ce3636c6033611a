"""A vendor that echoes the server's own key does not hand it to the tenant: not in headers, JSON, text or streams."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from specloom.connector.network.masking import masks_of
from specloom.connector.settings import variable
from specloom.schemas.load import load
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running
from tests.connector.gateway.raw_vendor import Part, raw_vendor
from tests.connector.gateway.test_key_stays import DOCUMENT, PLACES

SECRET = 'name:pass/word+"quoted" & more'
BASIC = base64.b64encode(SECRET.encode()).decode()


def echo(request: bytes) -> list[Part]:
    """The request's head as JSON and as a header."""
    head = request.partition(b"\r\n\r\n")[0].decode()
    body = json.dumps({"echo": head, "note": "stays"}).encode()
    first = head.replace("\r\n", " ").encode("latin-1")
    return [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Echo: %s\r\nContent-Length: %d\r\n\r\n%s"
        % (first, len(body), body)
    ]


def stream(request: bytes) -> list[Part]:
    """The same as a stream of events, cut within the key."""
    text = b"data: %s\n\n" % request.partition(b"\r\n\r\n")[0].replace(b"\r\n", b" ")
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    parts: list[Part] = [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"]
    for piece in pieces:
        parts += [b"%x\r\n%s\r\n" % (len(piece), piece), 0.002]
    return [*parts, b"0\r\n\r\n"]


@contextmanager
def echoing(place: str, data: Path, answer: object = echo, secret: str = SECRET) -> Iterator[GatewayServer]:
    path = data / "things.yaml"
    path.write_text(DOCUMENT.format(scheme=PLACES[place]))
    with raw_vendor(answer) as vendor:  # type: ignore[arg-type]
        environ = {variable("things", "base_url"): f"http://127.0.0.1:{vendor.port}", "SPECLOOM_API_KEYS": KEY_ONE}
        environ[variable("things", "api_key")] = secret
        with running(data / "data", environ=environ, known={"things": load(path).service}) as gateway:
            yield gateway
        assert vendor.requests


def assert_masked(reply: requests.Response) -> None:
    assert reply.status_code == 200, reply.text
    seen = "\n".join([*(f"{name}: {value}" for name, value in reply.headers.items()), reply.text])
    for part in ("word+", "word%2B", BASIC, BASIC.rstrip("=")):
        assert part not in seen, seen
    assert "****" in seen


@pytest.mark.parametrize("place", ["basic", "header", "query"])
def test_a_reply_does_not_tell_the_key_of_the_server(place: str, tmp_path: Path) -> None:
    mine = {"X-Specloom-Key": KEY_ONE}
    with echoing(place, tmp_path) as gateway:
        proxied = gateway.call("GET", "/things/things", headers=mine)
        assert_masked(proxied)
        assert proxied.json()["note"] == "stays" and "X-Echo" in proxied.headers
        assert_masked(gateway.call("POST", "/run/things/getThings", headers=mine, json={}))
        job = gateway.call("POST", "/run/things/getThings", headers={**mine, "Prefer": "respond-async"}, json={})
        url = job.headers["Location"]
        done = eventually(
            lambda: reply if (reply := gateway.call("GET", url, headers=mine)).json()["status"] == "succeeded" else None
        )
        assert_masked(done)


def test_a_stream_does_not_tell_it_either(tmp_path: Path) -> None:
    with echoing("header", tmp_path, stream) as gateway:
        reply = gateway.call("GET", "/things/things", headers={"X-Specloom-Key": KEY_ONE})
        assert_masked(reply)
        assert reply.text.endswith("\n\n") and reply.text.startswith("data: GET ")


def test_a_key_the_caller_brought_comes_back_as_it_is(tmp_path: Path) -> None:
    with echoing("header", tmp_path) as gateway:
        mine = {"X-Specloom-Key": KEY_ONE, "X-Key": "a-key-of-the-caller"}
        assert "a-key-of-the-caller" in gateway.call("GET", "/things/things", headers=mine).text


def test_the_address_of_a_next_page_leads_on_although_its_key_is_masked(tmp_path: Path) -> None:
    with echoing("query", tmp_path, secret="plain-secret") as gateway:
        mine = {"X-Specloom-Key": KEY_ONE}
        first = gateway.call("GET", "/things/things?api_key=************&page=2", headers=mine).json()["echo"]
        assert first.startswith("GET /things?page=2&api_key=************ HTTP"), first


def test_nothing_is_held_back_but_what_may_be_a_key() -> None:
    masks = masks_of({("header", "Authorization"): "Bearer secret-key"})
    assert masks is not None
    pieces = masks.pieces([b"data: 1\n\n", b"data: sec", b"ret-", b"keys", b" and secret-k"])
    assert next(pieces) == b"data: 1\n\n" and next(pieces) == b"data: "
    assert b"".join(pieces) == b"**********s and secret-k"


def test_short_keys_mask_nothing() -> None:
    assert masks_of({("header", "X-Key"): "short"}) is None

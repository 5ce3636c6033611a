"""A reply belongs to the call that asked for it: interim replies, and servers that send too much, too little or late."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from specloom.connector.settings import variable
from specloom.connector.upstream.transport import send
from tests.connector.gateway.harness import GatewayServer, running
from tests.connector.gateway.raw_vendor import Part, RawVendor, json_reply, raw_vendor

PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"


def own(request: bytes) -> bytes:
    """A reply that names the prompt it was asked for."""
    prompt = re.search(rb'"prompt": ?"(\w+)"', request)
    return json_reply(
        b'{"success":true,"image_url":"https://cdn.example.com/%s.png"}' % (prompt[1] if prompt else b"none")
    )


def chunked(request: bytes) -> bytes:
    body = own(request).partition(b"\r\n\r\n")[2]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


STRANGER = json_reply(b'{"success":true,"image_url":"https://cdn.example.com/stranger.png"}')
GOOD: dict[str, Callable[[bytes], list[Part]]] = {
    "102 first": lambda r: [PROCESSING, own(r)],
    "102 and late": lambda r: [PROCESSING, 0.2, own(r)],
    "103 and 102, split": lambda r: [HINTS[:9], 0.05, HINTS[9:] + PROCESSING[:20], 0.05, PROCESSING[20:], own(r)],
    "100 and 103 chunked": lambda r: [b"HTTP/1.1 100 Continue\r\n\r\n", HINTS + chunked(r)],
    "interim after the reply": lambda r: [own(r) + HINTS],
    "two replies at once": lambda r: [own(r) + STRANGER],
    "a second reply a little later": lambda r: [own(r), 0.05, STRANGER],
    "a chunked reply and another": lambda r: [chunked(r) + STRANGER],
    "longer than told": lambda r: [own(r) + b"   garbage that belongs to nobody"],
    "half of a second reply": lambda r: [own(r) + STRANGER[:40], 0.1, STRANGER[40:]],
}


@contextmanager
def between(
    answer: Callable[[bytes], list[Part]], data: Path, **more: str
) -> Iterator[tuple[GatewayServer, RawVendor]]:
    with raw_vendor(answer) as vendor:
        environ = {variable("tuen", "base_url"): f"http://127.0.0.1:{vendor.port}", "SPECLOOM_THREADS": "4"}
        environ |= {variable("tuen", "rate_limit"): "off", "SPECLOOM_TIMEOUT": "5"} | more
        with running(data, environ=environ) as server:
            yield server, vendor


def image(server: GatewayServer, name: str) -> str:
    """By /run for even names, by the proxy for odd ones: one is the other's stranger."""
    if int(name[1:]) % 2:
        reply = server.call("POST", "/tuen/api/services/image_gen", key=f"key-{name}", json={"prompt": name})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["image_url"])
    result = server.run("tuen", "generateImage", {"prompt": name}, key=f"key-{name}").json()
    assert result["success"], result["error"]
    return str(result["image_url"])


@pytest.mark.parametrize("kind", GOOD)
def test_every_caller_gets_its_own_reply(kind: str, tmp_path: Path) -> None:
    with between(GOOD[kind], tmp_path) as (server, _):
        for number in range(8):
            assert image(server, f"p{number}") == f"https://cdn.example.com/p{number}.png"


@pytest.mark.parametrize(("more", "connections"), [(b"", 1), (HINTS, 4)])
def test_a_connection_is_used_again_unless_something_is_left_on_it(more: bytes, connections: int) -> None:
    with raw_vendor(lambda _: [PROCESSING + json_reply(b"{}") + more]) as vendor:
        for _ in range(4):
            reply = send("GET", f"http://127.0.0.1:{vendor.port}/", {}, None, owner="t:one", timeout=5)
            assert (reply.status, reply.read(100)) == (200, b"{}")
        assert vendor.connections == connections


@pytest.mark.parametrize("held", ["", "the-key-of-the-server"])
def test_what_a_vendor_sends_late_never_reaches_another_tenant(held: str, tmp_path: Path) -> None:
    """An unasked reply to the first request on a connection, sent when the second is under way already. The tenants
    share the server's key, or bring keys of their own."""
    asked: Counter[int] = Counter()

    def answer(request: bytes) -> list[Part]:
        connection = threading.get_ident()
        asked[connection] += 1
        return [own(request)] if asked[connection] == 1 else [STRANGER + own(request)]

    keys = {f"p{number}": f"slk_{number}_0123456789abcdef" if held else f"key-{number}" for number in range(8)}
    told = ",".join(f"{name}={key}" for name, key in keys.items())
    environ = {variable("tuen", "api_key"): held, "SPECLOOM_API_KEYS": told} if held else {}
    with between(answer, tmp_path, **environ) as (server, _):
        for name, key in keys.items():
            reply = server.call("POST", "/tuen/api/services/image_gen", key=key, json={"prompt": name})
            assert reply.json()["image_url"] == f"https://cdn.example.com/{name}.png"


BAD: dict[str, tuple[Callable[[bytes], list[Part]], set[str]]] = {
    "101": (
        lambda r: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", own(r)],
        {"outcome_unknown"},
    ),
    "interim without end": (lambda _: [PROCESSING * 400, 0.2], {"outcome_unknown"}),
    "shorter than told": (lambda r: [own(r).replace(b"Content-Length: ", b"Content-Length: 9"), 6.0], {"timeout"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_reply_is_an_error_and_nobody_elses_reply(kind: str, tmp_path: Path) -> None:
    answer, types = BAD[kind]
    with between(answer, tmp_path) as (server, vendor):
        result = server.run("tuen", "generateImage", {"prompt": "p0"}, key="key-p0").json()
        assert not result["success"] and result["error"]["type"] in types
        vendor.answer = lambda r: [own(r)]
        for number in range(4):
            assert image(server, f"p{number}") == f"https://cdn.example.com/p{number}.png"

"""Calls to vendors that leave by a proxy, tunnelled or not, and nothing else that does; and hosts that may be called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from msgspec.structs import replace

from specloom.connector.emulator import EmulatorServer
from specloom.connector.upstream import egress, transport
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import KEY_ONE, running, services
from tests.connector.gateway.raw_vendor import Part, json_reply, raw_vendor
from tests.connector.webhooks.sink import Sink


class Proxy:
    """Forwards whole URLs; of CONNECT it only takes note."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with caller, caller.makefile("rb") as lines:
            while first := lines.readline().decode().strip():
                headers: dict[str, str] = {}
                while line := lines.readline().decode().strip():
                    name, _, value = line.partition(": ")
                    headers[name.lower()] = value
                self.asked.append((first, headers))
                method, url, _ = first.split()
                body = lines.read(int(headers.get("content-length", 0)))
                if method == "CONNECT":
                    caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                sent = {k: v for k, v in headers.items() if k not in ("proxy-authorization", "host")}
                reply = urllib3.PoolManager().request(method, url, body=body, headers=sent, retries=False)
                head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.headers['Content-Type']}\r\n"
                caller.sendall(f"{head}Content-Length: {len(reply.data)}\r\n\r\n".encode() + reply.data)

    def stop(self) -> None:
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.stop()
    egress.configure({})


def test_vendor_calls_leave_by_the_proxy(proxy: Proxy, emulator: EmulatorServer, tmp_path: Path) -> None:
    environ = {"SPECLOOM_VENDOR_PROXY": f"http://ada:s%20cret@127.0.0.1:{proxy.port}"}
    with running(tmp_path, emulator, environ=environ) as server:
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 200
        body = {"prompt": "x"}
        assert server.call("POST", "/tuen/api/services/image_gen", key=server.key("tuen"), json=body).status_code == 200
    assert len(proxy.asked) == 2
    for first, headers in proxy.asked:
        assert first.startswith(f"POST {emulator.base_url('tuen')}/") and headers["host"] in emulator.url
        assert headers["proxy-authorization"] == "Basic YWRhOnMgY3JldA=="
    for call in emulator.emulator.calls("generateImage"):
        assert "Proxy-Authorization" not in call.headers


def test_https_is_tunnelled_and_a_refusal_told(proxy: Proxy) -> None:
    egress.configure({"SPECLOOM_VENDOR_PROXY": f"http://ada:pw@127.0.0.1:{proxy.port}"})
    found: list[transport.UpstreamError] = []

    def call() -> None:  # in a thread of its own: each has connections of its own
        with pytest.raises(transport.UpstreamError) as error:
            transport.send(
                "GET", "https://vendor.example/x", {"Authorization": "Bearer key"}, None, owner="t:one", timeout=5
            )
        found.append(error.value)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    ((first, headers),) = proxy.asked
    assert first.startswith("CONNECT vendor.example:443 ") and headers["proxy-authorization"].startswith("Basic ")
    assert "authorization" not in headers and not found[0].sent and "pw" not in found[0].message


@pytest.mark.parametrize("url", ["proxy:3128", "socks5://proxy", "http://", "http://ada:pw@proxy:99999"])
def test_what_is_no_proxy_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SpecloomError, match="SPECLOOM_VENDOR_PROXY") as error:
        egress.configure({"SPECLOOM_VENDOR_PROXY": url})
    assert "pw" not in str(error.value)


def test_a_hook_is_not_called_by_the_proxy(proxy: Proxy, emulator: EmulatorServer, tmp_path: Path) -> None:
    """Whom hooks may reach is decided by address, which only who dials can check."""
    environ = {"SPECLOOM_VENDOR_PROXY": f"http://127.0.0.1:{proxy.port}", "SPECLOOM_API_KEYS": KEY_ONE}
    with running(tmp_path, emulator, environ=environ) as server, Sink() as sink:
        hook = {"target_url": sink.url(), "events": ["*"]}
        assert server.call("POST", "/hooks", key=KEY_ONE, json=hook).status_code == 201
        assert server.call("POST", "/events", key=KEY_ONE, json={"type": "a.b", "data": {}}).status_code == 202
        sink.wait_for(1)
        assert proxy.asked == []


HOSTS = [
    ("api.example.com", "https://api.example.com/x", True),
    ("api.example.com", "https://API.example.com./x", True),
    ("api.example.com", "https://evil.api.example.com/x", False),
    ("api.example.com", "https://api.example.com.evil.net/x", False),
    ("*.example.com", "https://cdn.example.com/x", True),
    ("*.example.com", "https://example.com/x", False),
    ("*.example.com", "https://evilexample.com/x", False),
    ("api.example.com:443", "https://api.example.com/x", True),
    ("api.example.com:443", "http://api.example.com/x", False),
    ("api.example.com:443", "https://api.example.com:8443/x", False),
    ("a.example, [2001:db8::1]:80", "http://[2001:db8::1]/x", True),
    ("a.example", "https://a.example@evil.net/x", False),
    ("", "https://anything.example/x", True),
]


@pytest.mark.parametrize(("text", "url", "may"), HOSTS)
def test_which_hosts_are_named(text: str, url: str, may: bool) -> None:
    complaint = egress.allowed_hosts("SPECLOOM_TUEN_EGRESS", text).complaint(url)
    assert bool(complaint) is not may and (may or "SPECLOOM_TUEN_EGRESS" in complaint)


@pytest.mark.parametrize("text", ["https://api.example.com", "a b", "*", "api.example.com/x", "a:port"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(SpecloomError, match="SPECLOOM_TUEN_EGRESS"):
        egress.allowed_hosts("SPECLOOM_TUEN_EGRESS", text)


def test_a_service_is_called_at_the_hosts_it_may_be(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Where its address does not belong to them, nothing starts; a redirect to another is not followed."""
    away = raw_vendor(lambda _request: [json_reply(b"{}")])
    with away as elsewhere:

        def redirect(_request: bytes) -> list[Part]:
            head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://localhost:{elsewhere.port}/x\r\n"
            return [f"{head}Content-Length: 0\r\n\r\n".encode()]

        with raw_vendor(redirect) as vendor:
            environ = {
                "SPECLOOM_TUNEFORGE_BASE_URL": f"http://127.0.0.1:{vendor.port}/api/v1",
                "SPECLOOM_TUNEFORGE_EGRESS": "127.0.0.1", "SPECLOOM_HOOK_ALLOW": "localhost,127.0.0.1",
            }  # fmt: skip
            with running(tmp_path, environ=environ) as server:
                reply = server.call("POST", "/run/tuneforge/getAccount", key="tf_x", json={})
                assert reply.status_code == 502 and len(vendor.requests) == 1
                error = reply.json()["error"]["message"]
                assert f"SPECLOOM_TUNEFORGE_EGRESS does not name localhost:{elsewhere.port}" in error
            assert elsewhere.requests == []
            with pytest.raises(SpecloomError, match="SPECLOOM_TUNEFORGE_EGRESS does not name 127.0.0.1"):
                with running(tmp_path, environ=environ | {"SPECLOOM_TUNEFORGE_EGRESS": "api.example.com"}):
                    pass


def test_an_operation_elsewhere_is_refused_with_the_reason(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Its document gives it a server of its own, which the operator has not named."""
    service = services()["tuneforge"]
    operations = [
        replace(o, server="https://169.254.169.254/latest") if o.operation_id == "getAccount" else o
        for o in service.operations
    ]
    moved = replace(service, operations=tuple(operations))
    environ = {"SPECLOOM_TUNEFORGE_EGRESS": "api.tuneforge.io"}
    with running(tmp_path, environ=environ, known={"tuneforge": moved}) as server:
        reply = server.call("POST", "/run/tuneforge/getAccount", key="tf_x", json={})
        assert reply.status_code == 403, reply.text
        message = reply.json()["error"]["message"]
        assert "SPECLOOM_TUNEFORGE_EGRESS does not name 169.254.169.254:443" in message

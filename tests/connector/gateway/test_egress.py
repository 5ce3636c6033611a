"""Calls to vendors that leave by a proxy, tunnelled or not; and nothing else that does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from specloom.connector.emulator import EmulatorServer
from specloom.connector.upstream import egress, transport
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import running


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
            transport.send("GET", "https://vendor.example/x", {"Authorization": "Bearer key"}, None, timeout=5)
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

"""Whatever comes in, from callers or from vendors: a valid result or a named error goes out."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specloom.connector.settings import variable
from tests.connector.gateway.harness import GatewayServer, check_result, running, services

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)
STATUSES = st.sampled_from([200, 201, 202, 204, 301, 302, 400, 401, 402, 403, 404, 409, 418, 422, 429, 500, 502, 503])
_FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class Vendor:
    """Answers whatever the test says, as raw bytes where they are no JSON."""

    def __init__(self) -> None:
        self.status: int = 200
        self.body: bytes = b"{}"
        self.content_type = "application/json"
        self.calls = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                outer.calls += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(outer.status)
                body = b"" if outer.status == 204 else outer.body
                self.send_header("Content-Type", outer.content_type)
                self.send_header("Content-Length", str(len(body)))
                if outer.status in (301, 302):
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def odd(vendor: Vendor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "base_url"): f"http://127.0.0.1:{vendor.port}/{key}" for key in services()}
    environ |= {variable(key, "rate_limit"): "off" for key in services()}
    environ |= {"SPECLOOM_PATIENCE": "0", "SPECLOOM_TIMEOUT": "2"}
    with running(tmp_path_factory.mktemp("odd"), environ=environ) as server:
        yield server


def ask(odd: GatewayServer, service: str, operation: str, inputs: Any, secret: str = "k") -> requests.Response:
    headers = {"Authorization": f"Bearer {secret}", "Prefer": "wait=1", "Content-Type": "application/json"}
    data = json.dumps(inputs)  # NaN and all
    reply = requests.post(f"{odd.url}/run/{service}/{operation}", data=data, headers=headers, timeout=20)
    check_result(reply.json())
    return reply


@given(body=JSON, status=STATUSES, number=st.integers(0, 10**9))
@_FEW
def test_any_json_from_a_vendor_is_a_valid_result(
    odd: GatewayServer, vendor: Vendor, body: Any, status: int, number: int
) -> None:
    vendor.status, vendor.body, vendor.content_type = status, json.dumps(body).encode(), "application/json"
    calls = [
        ("tuen", "generateImage", {"prompt": "x"}),
        ("mayanio", "listProjects", {}),
        ("tuneforge", "getAccount", {}),
    ]
    service, operation, inputs = calls[number % len(calls)]
    reply = ask(odd, service, operation, inputs, secret=f"k{number}")
    if not 200 <= status < 300:
        assert reply.json()["error"]["message"]


@given(body=st.binary(max_size=300) | st.just(b"<html>") | st.just(b"[" * 5000) | st.just(b"1" * 6000), status=STATUSES)
@_FEW
def test_any_bytes_from_a_vendor_are_a_valid_result(
    odd: GatewayServer, vendor: Vendor, body: bytes, status: int
) -> None:
    vendor.status, vendor.body, vendor.content_type = status, body, "application/json"
    ask(odd, "tuen", "generateImage", {"prompt": "x"}, secret=f"b{vendor.calls}")
    path = f"{odd.url}/tuen/api/services/image_gen"
    through = requests.post(
        path,
        json={"prompt": "x"},
        headers={"Authorization": f"Bearer c{vendor.calls}"},
        allow_redirects=False,
        timeout=20,
    )
    assert through.status_code == status
    assert status == 204 or through.content == body or through.json()


@given(inputs=JSON, number=st.integers(0, 10**6))
@_FEW
def test_any_inputs_get_a_valid_result(odd: GatewayServer, vendor: Vendor, inputs: Any, number: int) -> None:
    vendor.status, vendor.body = 200, b'{"id": "1", "status": "succeeded", "success": true}'
    endpoints = list(odd.process.shared.endpoints)
    endpoint = endpoints[number % len(endpoints)]
    ask(odd, endpoint.service.key, endpoint.operation.operation_id, inputs, secret=f"i{number}")


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[1]", b'"x"', b"[" * 10000, b"1" * 5000])
def test_a_body_that_is_no_object(odd: GatewayServer, data: bytes) -> None:
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    reply = requests.post(f"{odd.url}/run/tuen/generateImage", data=data, headers=headers, timeout=10)
    check_result(reply.json())
    assert reply.status_code == 400 and reply.json()["error"]["type"] == "invalid_request"
    drop_in = requests.post(f"{odd.url}/tuen/api/services/image_gen", data=data, headers=headers, timeout=10)
    assert drop_in.status_code == 400 and drop_in.json()["error"]


# --- upstreams that fail


def raw_server(answer: bytes, *, reset: bool = False, delay: float = 0) -> tuple[int, threading.Event]:
    """Takes connections one after the other and answers each with `answer`, whatever was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        listener.settimeout(0.1)
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.recv(65536)
                stop.wait(delay)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                with suppress(OSError):
                    for part in answer.split(b"|"):
                        connection.sendall(part)
                        stop.wait(0.6 if b"|" in answer else 0)
        listener.close()

    threading.Thread(target=serve, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port, stop


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
FAILURES = [
    ("reset", b"", {"reset": True}, "outcome_unknown", 502),
    ("closed", b"", {}, "outcome_unknown", 502),
    ("slow", b"", {"delay": 3}, "timeout", 504),
    ("half", OK + b"Content-Length: 100\r\n\r\n{\"image_url\"", {}, "provider_error", 502),
    ("drip", OK + b"Content-Length: 9\r\n\r\n{|\"|a|\"|:|1|}|", {}, "timeout", 504),
    ("html", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", {}, "provider_error", 502),
    ("false", OK + b'Content-Length: 34\r\n\r\n{"success":false,"error":"no luck"}', {}, "provider_error", 502),
    ("garbage", b"SSH-2.0-OpenSSH\r\n\r\n", {}, "outcome_unknown", 502),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "how", "kind", "status"), FAILURES, ids=[f[0] for f in FAILURES])
def test_a_failing_upstream_is_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, answer: bytes, how: dict[str, Any], kind: str, status: int
) -> None:
    port, stop = raw_server(answer, **how)
    environ = {"SPECLOOM_TUEN_BASE_URL": f"http://127.0.0.1:{port}/api/services", "SPECLOOM_TUEN_TIMEOUT": "1.5"}
    began = time.monotonic()
    try:
        with running(tmp_path_factory.mktemp(name), environ=environ) as server:
            reply = ask(server, "tuen", "generateImage", {"prompt": "x"})
            error = reply.json()["error"]
            assert (error["type"], reply.status_code) == (kind, status), error
            assert error["retryable"] is (kind == "provider_error")
            path, headers = f"{server.url}/tuen/api/services/image_gen", {"Authorization": "Bearer k"}
            through = requests.post(path, json={"prompt": "x"}, headers=headers, timeout=10)
            assert through.status_code == (200 if name in ("html", "false") else status)
    finally:
        stop.set()
    assert time.monotonic() - began < 10


def test_a_refused_connection_is_unreachable(tmp_path_factory: pytest.TempPathFactory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environ = {"SPECLOOM_TUEN_BASE_URL": f"http://127.0.0.1:{port}/api/services"}
    with running(tmp_path_factory.mktemp("refused"), environ=environ) as server:
        reply = ask(server, "tuen", "generateImage", {"prompt": "x"})
        assert (reply.status_code, reply.json()["error"]["type"]) == (502, "unreachable")
        assert reply.json()["error"]["retryable"]


def test_a_service_without_an_address_says_what_to_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("nowhere"), environ={}) as server:
        reply = ask(server, "tuen", "generateImage", {"prompt": "x"})
        assert reply.status_code == 503 and "SPECLOOM_TUEN_HOST" in reply.json()["error"]["message"]


def test_redirects_without_end_end(odd: GatewayServer, vendor: Vendor) -> None:
    vendor.status, vendor.body = 302, b"{}"
    before = vendor.calls
    assert ask(odd, "tuen", "generateImage", {"prompt": "x"}).json()["error"]["type"] == "provider_error"
    assert vendor.calls == before + 6

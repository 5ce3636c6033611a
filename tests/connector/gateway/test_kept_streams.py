"""Idempotency-Key on replies that go by: kept in the store as they pass, replayed, and never held in memory."""

from __future__ import annotations

import hashlib
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.connector.gateway.harness import KEY_ONE, eventually
from tests.connector.gateway.served import Served

PIECE = bytes(range(256)) * 256
IMAGE = "/tuen/api/services/image_gen"


class Streaming:
    """Answers with so many pieces of 64 KB, one after the other, and breaks off after `breaks`."""

    def __init__(self) -> None:
        self.pieces, self.calls, self.breaks = 16, 0, 10**9
        self.go = threading.Event()
        self.go.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "audio/wav")
                self.send_header("Content-Disposition", 'attachment; filename="a.wav"')
                self.send_header("Content-Length", str(outer.pieces * len(PIECE)))
                self.end_headers()
                with suppress(OSError):
                    for number in range(outer.pieces):
                        if number == outer.breaks:
                            self.close_connection = True
                            return
                        if number == 4:
                            outer.go.wait(20)
                        self.wfile.write(PIECE)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@contextmanager
def streaming(folder: Path, **environ: str) -> Iterator[tuple[Served, Streaming]]:
    vendor = Streaming()
    told = {
        "SPECLOOM_TUEN_BASE_URL": f"http://127.0.0.1:{vendor.server.server_port}/api/services",
        "SPECLOOM_TUEN_API_KEY": "tuen_sk_x", "SPECLOOM_API_KEYS": KEY_ONE, **environ,
    }  # fmt: skip
    gateway = Served(folder / "data", told).start()
    try:
        yield gateway, vendor
    finally:
        gateway.kill()
        vendor.server.shutdown()
        vendor.server.server_close()


def ask(gateway: Served, key: str, **options: Any) -> requests.Response:
    headers = {"X-Specloom-Key": KEY_ONE, "Idempotency-Key": key}
    return gateway.post(IMAGE, json={"prompt": "x"}, headers=headers, **{"timeout": 60, **options})


def refusal(gateway: Served, key: str) -> requests.Response:
    """What a repetition gets once the first call is over: a moment after its last byte has arrived."""
    (reply,) = eventually(lambda: [r for r in [ask(gateway, key)] if "Retry-After" not in r.headers])
    assert isinstance(reply, requests.Response)
    return reply


def digest(reply: requests.Response) -> tuple[int, str]:
    total, seen = 0, hashlib.sha256()
    for chunk in reply.iter_content(2**18):
        total += len(chunk)
        seen.update(chunk)
    return total, seen.hexdigest()


def memory(gateway: Served) -> int:
    """Bytes of all its processes."""
    assert gateway._process is not None
    parent, total = gateway._process.pid, 0
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for process in (parent, *children):
        with suppress(OSError):
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    return total


@pytest.mark.posix
def test_a_stream_is_kept_and_replayed(tmp_path: Path) -> None:
    with streaming(tmp_path, SPECLOOM_FILE_SIZE=str(64 * 2**20)) as (gateway, vendor):
        vendor.pieces = 400
        first = ask(gateway, "long", stream=True)
        whole = digest(first)
        again = eventually(lambda: (r := ask(gateway, "long", stream=True)).status_code == 200 and r)
        assert whole == digest(again) and whole[0] == 400 * len(PIECE)
        assert again.headers["Idempotent-Replayed"] == "true" and vendor.calls == 1
        for name in ("Content-Type", "Content-Disposition", "Content-Length"):
            assert again.headers[name] == first.headers[name]
        # Whoever leaves in the middle asks again: the gateway has read on meanwhile.
        vendor.go.clear()
        left = ask(gateway, "left", stream=True)
        assert next(left.iter_content(1000))
        assert ask(gateway, "left").status_code == 409
        left.close()
        vendor.go.set()
        reply = eventually(lambda: (r := ask(gateway, "left")).status_code == 200 and r, 20)
        assert len(reply.content) == whole[0] and vendor.calls == 2
        # What the vendor cut short is not called whole.
        vendor.breaks = 8
        with pytest.raises(requests.RequestException):
            ask(gateway, "cut")
        refused = refusal(gateway, "cut")
        assert refused.status_code == 409 and "cut short" in refused.text and vendor.calls == 3
        assert len(list((tmp_path / "data" / "files").iterdir())) == 2


@pytest.mark.linux
def test_a_stream_that_is_larger_than_a_file_is_told_and_costs_no_memory(tmp_path: Path) -> None:
    with streaming(tmp_path, SPECLOOM_FILE_SIZE="2000000") as (gateway, vendor):
        assert len(ask(gateway, "first").content) == 16 * len(PIECE)
        before = memory(gateway)
        vendor.pieces = 700 * 16
        total, most = 0, 0
        for chunk in ask(gateway, "huge", stream=True).iter_content(2**20):
            total += len(chunk)
            most = max(most, memory(gateway)) if total % (50 * 2**20) < 2**20 else most
        assert total == 700 * 2**20 and most - before < 100 * 2**20, most - before
        refused = refusal(gateway, "huge")
        assert refused.status_code == 409 and "larger than 2000000 bytes" in refused.text and vendor.calls == 2
        assert len(list((tmp_path / "data" / "files").iterdir())) == 1


@pytest.mark.linux
@pytest.mark.parametrize("path", ["/run/tuen/generateImage", IMAGE])
@pytest.mark.parametrize("body", [b"[" + b"{}," * 20_000_000 + b"{}]", b'{"a":[' + b'{"a":1},' * 7_500_000 + b"1]}"])
def test_sixty_megabytes_of_small_values_cost_no_gigabytes(tmp_path: Path, path: str, body: bytes) -> None:
    with streaming(tmp_path) as (gateway, vendor):
        ask(gateway, "warm")
        before, most, done = memory(gateway), 0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not done.wait(0.02):
                most = max(most, memory(gateway))

        thread = threading.Thread(target=watch)
        thread.start()
        headers = {"X-Specloom-Key": KEY_ONE, "Content-Type": "application/json"}
        reply = gateway.post(path, data=body, headers=headers, timeout=60)
        done.set()
        thread.join()
        assert reply.status_code == 413 and "1000000 texts, lists, objects and commas" in reply.text
        assert "SPECLOOM_BODY_PARTS" in reply.text and vendor.calls == 1
        assert most - before < 200 * 2**20, most - before

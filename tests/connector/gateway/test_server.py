"""The server: whoever is slow, half there or only waiting holds no thread; workers are stopped and replaced."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.settings import variable
from tests.connector.gateway.harness import services
from tests.connector.gateway.served import Served

THREADS = "4"


@pytest.fixture
def served(tmp_path: Path, emulator: EmulatorServer) -> Iterator[Served]:
    environ = {variable(key, "base_url"): emulator.base_url(key) for key in services()}
    server = Served(tmp_path / "data", environ | {"SPECLOOM_WAITERS": "40"}, "--threads", THREADS).start()
    yield server
    if server.is_alive():
        assert server.stop() == 0


def _abuse(served: Served, sent: bytes, count: int = 40) -> list[socket.socket]:
    sockets = [socket.create_connection(("127.0.0.1", served.port), 5) for _ in range(count)]
    for one in sockets:
        one.sendall(sent)
    return sockets


def _seconds(served: Served, path: str = "/services") -> float:
    began = time.monotonic()
    assert requests.get(served.url + path, timeout=5).status_code == 200
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ",
        b"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
    ],
    ids=["silent", "half a head", "half a body", "half a chunk"],
)
def test_half_sent_requests_hold_nothing(served: Served, sent: bytes) -> None:
    sockets = _abuse(served, sent)
    assert max(_seconds(served) for _ in range(3)) < 1 and _seconds(served, "/healthz") < 1
    for one in sockets:
        one.close()


def test_a_head_without_end_is_cut(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 5) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                client.sendall(b"X-More: " + b"x" * 4096 + b"\r\n")
                time.sleep(0.001)
    assert _seconds(served, "/healthz") < 1


def test_waiters_hold_no_thread(served: Served) -> None:
    """Thirty calls wait for a job that never ends: more than there are threads. The fortieth is not let in."""
    headers = {"Authorization": "Bearer emulator"}
    body = {"prompt": "never ends"}
    path = "/run/tengrai/createQuantumArtwork"
    made = served.post(path, json=body, headers={**headers, "Prefer": "respond-async"})
    url = served.url + made.headers["Location"]

    def wait(_number: int) -> requests.Response:
        return requests.get(url, headers={**headers, "Prefer": "wait=3"}, timeout=20)

    with ThreadPoolExecutor(45) as pool:
        began = time.monotonic()
        waiting = [pool.submit(wait, number) for number in range(45)]
        time.sleep(1)
        assert max(_seconds(served) for _ in range(3)) < 1 and _seconds(served, "/healthz") < 1
        early = [future.result() for future in waiting if future.done()]
        replies = [future.result() for future in waiting]
    assert time.monotonic() - began < 8
    assert early and {(r.status_code, r.headers.get("Location")) for r in early} == {(202, made.headers["Location"])}
    assert {reply.status_code for reply in replies if reply not in early} == {200}
    assert {reply.json()["status"] for reply in replies} <= {"queued", "running"}


def test_a_waiter_is_told_at_once(served: Served) -> None:
    """The same answer as if it had asked once the job was done; one line in the log for the call."""
    headers = {"Authorization": "Bearer tf_x", "X-Request-Id": "waited-1", "Prefer": "wait=20"}
    began = time.monotonic()
    reply = served.post("/run/tuneforge/generateMusic", json={"prompt": "x"}, headers=headers)
    assert reply.status_code == 200 and reply.json()["status"] == "succeeded" and time.monotonic() - began < 15
    assert reply.headers["X-Request-Id"] == "waited-1" and reply.headers["Preference-Applied"] == "wait=20"
    again = {**headers, "Idempotency-Key": "one"}
    first = served.post("/run/tuneforge/generateMusic", json={"prompt": "y"}, headers=again)
    second = served.post("/run/tuneforge/generateMusic", json={"prompt": "y"}, headers=again)
    assert second.headers["Idempotent-Replayed"] == "true" and first.json()["id"] == second.json()["id"]
    assert served.log.read_text().count('"waited-1"') == 3


def test_a_slow_reader_holds_no_thread(served: Served) -> None:
    """Eight clients begin a download that no socket buffer holds, and read nothing of it."""
    data = b"x" * 30_000_000
    file = served.post("/files", data=data, headers={"Authorization": "Bearer x"}).json()
    path = file["url"].partition(str(served.port))[2]
    sockets = _abuse(served, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 8)
    time.sleep(0.3)
    assert max(_seconds(served) for _ in range(3)) < 1
    for one in sockets:
        one.close()
    assert requests.get(served.url + path, timeout=20).content == data


def _workers(served: Served) -> list[int]:
    assert served._process is not None
    parent = served._process.pid
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="reads /proc")
def test_a_killed_worker_is_replaced(served: Served) -> None:
    before = _workers(served)
    os.kill(before[0], signal.SIGKILL)
    until = time.monotonic() + 20
    while time.monotonic() < until and (not _workers(served) or _workers(served) == before):
        time.sleep(0.05)
    served.wait_ready()
    assert _workers(served) != before


def test_a_stop_answers_who_waits(served: Served) -> None:
    headers = {"Authorization": "Bearer emulator", "Prefer": "wait=60"}
    replies: list[requests.Response] = []
    path = "/run/tengrai/createQuantumArtwork"
    thread = threading.Thread(
        target=lambda: replies.append(served.post(path, json={"prompt": "never ends"}, headers=headers))
    )
    thread.start()
    time.sleep(1)
    began = time.monotonic()
    assert served.stop() == 0 and time.monotonic() - began < 10
    thread.join()
    assert replies[0].status_code == 202 and replies[0].headers["Location"]


def test_uvicorn_says_nothing_of_its_own(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 5) as client:
        client.sendall(b"NOT HTTP AT ALL\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    assert served.stop() == 0
    lines = served.log.read_text().splitlines()
    assert not [line for line in lines if not line.startswith(("{", "Specloom gateway on"))]

"""Which server stands before the app: what slow clients and waiters cost each, and what each carries.

Run: python benchmarks/servers.py [--quick] [SERVER…]. Prints a table and writes benchmarks/results/servers.md. Needs
`pip install granian waitress gevent cheroot hypercorn uvloop a2wsgi`; a server that is not installed is left out. One
process and 128 threads each (greenlets, an event loop), the same Flask app, all on loopback; throughput is a Flask +
urllib3 hop at 64 connections, the servers taking turns, each round's ratio to gunicorn gthread's in the same round.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)

from benchmarks.hop import free_port, load, wait_for  # noqa: E402
from benchmarks.serving import SERVERS  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "servers.md"
ABUSERS = 1000
HOLD = 3.0
"""Seconds the abusers are left alone before somebody else's call is timed."""
LATE = 5.0
"""Seconds after which that call counts as not answered."""
HALF = b"GET /ping HTTP/1.1\r\nHost: x\r\nX-Half: "
WAIT = b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW_BODY = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it"
PLATFORMS: Mapping[str, tuple[str, str]] = {
    "gunicorn gthread": ("no", "yes"), "gunicorn gevent": ("no", "yes"), "gunicorn asgi + bridge": ("no", "yes"),
    "gevent.pywsgi": ("wheel", "wheel"), "waitress": ("pure Python", "pure Python"),
    "cheroot": ("pure Python", "pure Python"), "granian wsgi": ("wheel, one process", "wheel"),
    "granian asgi + bridge": ("wheel, one process", "wheel"), "uvicorn + bridge": ("wheel (httptools)", "wheel"),
    "uvicorn + bridge, uvloop": ("no uvloop", "wheel"), "uvicorn + a2wsgi": ("wheel (httptools)", "wheel"),
    "hypercorn + bridge": ("pure Python", "pure Python"), "chosen": ("no: gunicorn, and our file locks", "yes"),
}  # fmt: skip


async def _ask(port: int, path: str) -> float:
    """Milliseconds of one call, `inf` where it is not answered in time."""

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        if not (await reader.readline()).startswith(b"HTTP/1.1 200"):
            raise OSError
        writer.close()

    began = time.perf_counter()
    try:
        await asyncio.wait_for(call(), LATE)
    except (OSError, TimeoutError):
        return float("inf")
    return (time.perf_counter() - began) * 1000


async def _abused(port: int, what: bytes) -> float:
    """The worst of three calls by somebody else while `ABUSERS` connections sit there."""
    writers = []
    for _ in range(ABUSERS):
        with suppress(OSError, TimeoutError):
            _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2)
            writer.write(what)
            writers.append(writer)
    await asyncio.sleep(HOLD)
    worst = max([await _ask(port, "/ping") for _ in range(3)])
    for writer in writers:
        writer.transport.abort()
    return worst


async def _streams(port: int) -> float:
    """Seconds until 64 event streams of 20 events, 50 ms apart, are here: one second where none waits for another."""

    async def read() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        if (await reader.read()).count(b"data: ") != 20:
            raise OSError
        writer.close()

    began = time.perf_counter()
    try:
        await asyncio.wait_for(asyncio.gather(*(read() for _ in range(64))), 20)
    except (OSError, TimeoutError):
        return float("inf")
    return time.perf_counter() - began


class Running:
    def __init__(self, name: str, upstream: int) -> None:
        self.name, self.port = name, free_port()
        command = [sys.executable, str(ROOT / "benchmarks" / "serving.py"), name, str(self.port), str(upstream)]
        self.process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


async def _awaited(figure: Awaitable[float]) -> float:
    return await figure


def _once(name: str, upstream: int, test: Callable[[int], Awaitable[float]]) -> float:
    """A figure of a fresh server."""
    server = Running(name, upstream)
    try:
        wait_for(server.port)
        return float(asyncio.run(_awaited(test(server.port))))
    except SystemExit:
        return float("nan")
    finally:
        server.stop()


def throughput(names: list[str], upstream: int, rounds: int, calls: int) -> dict[str, float]:
    """The median ratio to the first of `names`; those that cannot do it are left out."""
    servers = [Running(name, upstream) for name in names]
    rates: dict[str, list[float]] = {}
    try:
        for server in servers:
            with suppress(SystemExit, OSError, EOFError):
                wait_for(server.port)
                load(server.port, 64, calls)
                rates[server.name] = []
        for turn in range(rounds):
            for server in servers if turn % 2 else reversed(servers):
                if server.name in rates:
                    rates[server.name].append(load(server.port, 64, calls).rate)
    finally:
        for server in servers:
            server.stop()
    floor = rates[names[0]]
    return {name: statistics.median(a / b for a, b in zip(own, floor, strict=True)) for name, own in rates.items()}


def _told(value: float, unit: str, digits: int = 0) -> str:
    return "not answered" if value == float("inf") else "–" if value != value else f"{value:.{digits}f} {unit}"


def measure(names: list[str], quick: bool) -> str:
    upstream = free_port()
    command = [sys.executable, str(ROOT / "benchmarks" / "gateway.py"), "upstream", str(upstream), "0"]
    vendor = subprocess.Popen(command, start_new_session=True)
    try:
        wait_for(upstream)
        ratios = throughput(names, upstream, 2 if quick else 5, 500 if quick else 1500)
        rows = [_row(name, ratios.get(name, float("nan")), upstream) for name in names]
    finally:
        os.killpg(vendor.pid, signal.SIGKILL)
        vendor.wait()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    return "\n".join([*_HEAD, f"`python benchmarks/servers.py` on {machine}.", "", *_COLUMNS, *rows, *_CHOICE, ""])


def _row(name: str, ratio: float, upstream: int) -> str:
    abused = [_once(name, upstream, partial(_abused, what=what)) for what in (HALF, SLOW_BODY, WAIT)]
    streams = _once(name, upstream, _streams)
    cells = [name, _told(ratio, "", 2), *(_told(value, "ms") for value in abused), _told(streams, "s", 1)]
    print(cells, flush=True)
    return "| " + " | ".join([*cells, *PLATFORMS[name]]) + " |"


_HEAD = ["# Servers", "", "While 1,000 connections do what the column says, another client asks for something quick "
         "three times; the worst is told. Streams: 64 of one second each. Windows and macOS by wheels and "
         "documentation, not measured.", ""]  # fmt: skip
_COLUMNS = [
    "| server | throughput, of gthread | half a head | half a body | waiters | streams | Windows | macOS |",
    "|---|---|---|---|---|---|---|---|",
]
_CHOICE = [
    "",
    "**Chosen: gunicorn's processes, uvicorn's event loop (httptools) in each, and our bridge (`connector/server/`)"
    "**, whose threads see only calls that have wholly arrived; a call that waits for a job is parked without a thread "
    "(measured in the gateway itself, benchmarks/results/gateway.md).",
    "gunicorn (since 2010) and uvicorn (since 2017) are widely used and have had releases within the year; uvicorn can "
    "be replaced, since the bridge speaks ASGI. granian is quicker and has a bound on "
    "heads, but half a body and a waiter hold a thread of its WSGI side, and its processes are its own: on Linux it "
    "shares the port by SO_REUSEPORT, so that a second gateway on a taken port goes unnoticed. gevent does all of it "
    "with patched modules, and SQLite, whose commits wait for the disk in C, stops every greenlet with each. waitress "
    "takes slow clients, but has no processes and its waiters hold threads; its last release is the oldest.",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer calls; the results are not kept")
    parser.add_argument("servers", nargs="*", help="only these, beside gunicorn gthread")
    arguments = parser.parse_args()
    names = [n for n in SERVERS if not arguments.servers or n in arguments.servers or n == "gunicorn gthread"]
    text = measure(names, arguments.quick)
    print(text)
    if not arguments.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()

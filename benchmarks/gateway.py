"""What the gateway costs beside a bare Flask + requests proxy on the same server, and beside the vendor directly.

Run: python benchmarks/gateway.py [--quick]. Prints a table and writes benchmarks/results/gateway.md. Validation,
logs, metrics and rate limits are on; the drop-in route, no Idempotency-Key, no hooks. Each figure is the median of
rounds in which the two take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)
RESULTS = Path(__file__).parent / "results" / "gateway.md"
FLOODS = "## One tenant flooding"
"""The section of benchmarks/flood.py, kept."""
PATH = "/tuen/api/services/image_gen"
BODY = json.dumps({"prompt": "a city at dusk", "aspect_ratio": "16:9", "style": "none"}).encode()
REPLY = b'{"image_url": "https://cdn.example.com/output/image.webp", "success": true}'
THREADS = 128

# --- the three servers


async def _upstream(port: int, delay: float) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REPLY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in request.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                if delay:
                    await asyncio.sleep(delay)
                writer.write(head + REPLY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


def _bare(port: int, upstream: str) -> None:
    """The same server, and as little as a proxy in Flask can do."""
    import threading

    import requests
    from flask import Flask, Response, request
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    from specloom.connector.server.bridge import Bridge
    from specloom.connector.server.worker import LoopWorker

    app, local = Flask("bare"), threading.local()

    @app.post("/<path:path>")
    def forward(path: str) -> Response:
        session = getattr(local, "session", None)
        if session is None:
            session = local.session = requests.Session()
            session.trust_env = False
        headers = {"Content-Type": request.content_type or "", "Authorization": request.headers["Authorization"]}
        reply = session.post(f"{upstream}/{path}", data=request.get_data(), headers=headers, timeout=60)
        return Response(reply.content, reply.status_code, content_type=reply.headers["Content-Type"])

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": f"127.0.0.1:{port}", "worker_class": LoopWorker, "workers": 1,
                       "keepalive": 75, "timeout": 120, "loglevel": "warning"}  # fmt: skip
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Bridge:
            return Bridge(app, threads=THREADS, limit=2**26, busy=THREADS)

    Server().run()


# --- the load


@dataclass(frozen=True)
class Load:
    """`seconds` for each call, in order of arrival, and how long all took."""

    seconds: list[float]
    took: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took


async def _load(port: int, connections: int, calls: int, extra: str = "") -> Load:
    spent: list[float] = []
    left = iter(range(calls))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            head = (
                f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer tuen_sk_x\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
                + (extra.format(number=f"{time.time_ns()}-{number}") if extra else "") + "\r\n"
            ).encode()  # fmt: skip
            began = time.perf_counter()
            writer.write(head + BODY)
            reply = await reader.readuntil(b"\r\n\r\n")
            if not reply.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(reply.decode("latin-1"))
            length = next(line for line in reply.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            spent.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    return Load(spent, time.perf_counter() - began)


def load(port: int, connections: int, calls: int, extra: str = "") -> Load:
    return asyncio.run(_load(port, connections, calls, extra))


# --- processes


class Servers:
    """An upstream with a delay, the bare proxy and the gateway before it."""

    def __init__(self, delay: float) -> None:
        self.data = tempfile.TemporaryDirectory(prefix="specloom-bench-")
        self.upstream, self.bare, self.gateway = _port(), _port(), _port()
        url = f"http://127.0.0.1:{self.upstream}"
        serve = (
            f"import sys; sys.path[:] = [{str(ROOT)!r}, *[p for p in sys.path if p]]\n"
            "from specloom.connector.cli.serve import serve; serve()"
        )
        flags = ["--port", str(self.gateway), "--data", self.data.name, "--threads", str(THREADS)]
        environ = {**os.environ, "SPECLOOM_TUEN_BASE_URL": f"{url}/tuen/api/services"}
        self._log = open(Path(self.data.name) / "log", "wb")  # noqa: SIM115 - as long as the processes
        self._processes = [
            self._start([__file__, "upstream", str(self.upstream), str(delay)]),
            self._start([__file__, "bare", str(self.bare), url]),
            self._start(["-c", serve, *flags], environ),
        ]
        for port in (self.upstream, self.bare, self.gateway):
            _wait(port)

    def _start(self, arguments: list[str], environ: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *arguments], env=environ, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def memory(self) -> float:
        """MiB of the gateway's worker."""
        parent = self._processes[2].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        pages = int(Path(f"/proc/{children[0]}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        for process in self._processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            process.wait(30)
        self._log.close()
        self.data.cleanup()


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        return number


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


# --- figures


def throughput(servers: Servers, connections: int, calls: int, rounds: int) -> dict[str, float]:
    """Calls a second of each, and the median ratio of the rounds."""
    rates: dict[str, list[float]] = {"direct": [], "bare": [], "gateway": []}
    ports = {"direct": servers.upstream, "bare": servers.bare, "gateway": servers.gateway}
    for turn in range(rounds):
        order = list(ports.items())
        for name, port in order if turn % 2 else reversed(order):
            rates[name].append(load(port, connections, calls).rate)
    ratios = [ours / bare for ours, bare in zip(rates["gateway"], rates["bare"], strict=True)]
    return {name: statistics.median(values) for name, values in rates.items()} | {"ratio": statistics.median(ratios)}


def latency(servers: Servers, calls: int, rounds: int) -> dict[str, float]:
    """p50 in ms at one connection; `added` is ours less the bare proxy's, the median of the rounds."""
    ports = {"direct": servers.upstream, "bare": servers.bare, "gateway": servers.gateway}
    found: dict[str, list[float]] = {name: [] for name in ports}
    for turn in range(rounds):
        order = list(ports.items())
        for name, port in order if turn % 2 else reversed(order):
            found[name].append(statistics.median(load(port, 1, calls).seconds) * 1000)
    added = [ours - bare for ours, bare in zip(found["gateway"], found["bare"], strict=True)]
    return {name: statistics.median(values) for name, values in found.items()} | {"added": statistics.median(added)}


def measure(quick: bool) -> dict[str, Any]:
    scale = 4 if quick else 1
    fast = Servers(0)
    try:
        for port in (fast.bare, fast.gateway):
            load(port, 64, 2000 // scale)  # warm: threads, connections, compiled checks
        found: dict[str, Any] = {"fast": throughput(fast, 64, 4000 // scale, 7)}
        found["one"] = latency(fast, 1500 // scale, 7)
        keyed = load(fast.gateway, 8, 2000 // scale, "Idempotency-Key: {number}\r\n")
        found["durable"] = {"rate": keyed.rate, "p50": statistics.median(keyed.seconds) * 1000}
        found["memory"] = memory(fast, 100_000 // (20 if quick else 1))
    finally:
        fast.stop()
    slow = Servers(0.2)
    try:
        for port in (slow.bare, slow.gateway):
            load(port, 64, 640)
        found["slow"] = throughput(slow, 64, 2560 // scale, 3)
    finally:
        slow.stop()
    return found


def memory(servers: Servers, calls: int) -> dict[str, float]:
    """MiB after a tenth of the calls, and after all."""
    load(servers.gateway, 64, calls // 10)
    early = servers.memory()
    load(servers.gateway, 64, calls - calls // 10)
    return {"calls": calls, "early": early, "late": servers.memory()}


def report(found: dict[str, Any]) -> str:
    fast, slow, one, kept, durable = (found[k] for k in ("fast", "slow", "one", "memory", "durable"))
    rows = [
        ("64 connections, upstream 0 ms", f"{fast['ratio']:.2f} of bare", "≥ 0.85",
         f"{fast['gateway']:.0f}/s, bare {fast['bare']:.0f}/s, direct {fast['direct']:.0f}/s"),
        ("64 connections, upstream 200 ms", f"{slow['ratio']:.3f} of bare", "≥ 0.97",
         f"{slow['gateway']:.0f}/s, bare {slow['bare']:.0f}/s, direct {slow['direct']:.0f}/s"),
        ("added p50 at one connection", f"{one['added']:+.2f} ms", "≤ 0.3 ms",
         f"{one['gateway']:.2f} ms, bare {one['bare']:.2f} ms, direct {one['direct']:.2f} ms"),
        ("memory", f"{kept['late'] - kept['early']:+.1f} MiB", "flat",
         f"{kept['early']:.1f} MiB after {kept['calls'] // 10:,} calls, {kept['late']:.1f} after {kept['calls']:,}"),
        ("with Idempotency-Key, 8 connections", f"{durable['rate']:.0f}/s", "–",
         f"p50 {durable['p50']:.1f} ms; two durable commits (SQLite, synchronous=FULL) a call"),
    ]  # fmt: skip
    lines = [f"| {a} | {b} | {c} | {d} |" for a, b, c, d in rows]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    return "\n".join(
        ["# The gateway's cost", "",
         f"`python benchmarks/gateway.py` on {machine}. Drop-in route, validation, logs, metrics; one worker.", "",
         "| | measured | target | in detail |", "|---|---|---|---|", *lines, ""]
    )  # fmt: skip


def main() -> None:
    if sys.argv[1:2] == ["upstream"]:
        return asyncio.run(_upstream(int(sys.argv[2]), float(sys.argv[3])))
    if sys.argv[1:2] == ["bare"]:
        return _bare(int(sys.argv[2]), sys.argv[3])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the calls; the results are not kept")
    quick = parser.parse_args().quick
    text = report(measure(quick))
    print(text)
    if not quick:
        before = RESULTS.read_text() if RESULTS.exists() else ""
        floods = before[before.index(FLOODS) :] if FLOODS in before else ""
        RESULTS.write_text("\n".join([text, floods]) if floods else text)


if __name__ == "__main__":
    main()

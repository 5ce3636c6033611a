"""What benchmarks/gateway.py sends, and the servers it compares: the vendor, bare Flask proxies on the gateway's own
server, and gateways with one process and with four."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PROXY, RUN = "/tuen/api/services/image_gen", "/run/tuen/generateImage"
BODY = json.dumps({"prompt": "a city at dusk", "aspect_ratio": "16:9", "style": "none"}).encode()
REPLY = b'{"image_url": "https://cdn.example.com/output/image.webp", "success": true}'
THREADS = 128
_TICKS = os.sysconf("SC_CLK_TCK")

# --- the servers


async def upstream(port: int, delay: float) -> None:
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


def bare(port: int, url: str, library: str) -> None:
    """The same server, and as little as a proxy in Flask can do with `urllib3` or `requests`."""
    from flask import Flask, Response, request
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    from specloom.connector.server.bridge import Bridge
    from specloom.connector.server.worker import LoopWorker

    app = Flask("bare")
    send = _by_urllib3() if library == "urllib3" else _by_requests()

    @app.post("/<path:path>")
    def forward(path: str) -> Response:
        headers = {"Content-Type": request.content_type or "", "Authorization": request.headers["Authorization"]}
        data, status, kind = send(f"{url}/{path}", request.get_data(), headers)
        return Response(data, status, content_type=kind)

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": f"127.0.0.1:{port}", "worker_class": LoopWorker, "workers": 1,
                       "keepalive": 75, "timeout": 120, "loglevel": "warning"}  # fmt: skip
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Bridge:
            return Bridge(app, threads=THREADS, limit=2**26, busy=THREADS)

    Server().run()


def _by_urllib3() -> Any:
    import urllib3

    pool = urllib3.PoolManager(maxsize=THREADS, retries=False)

    def send(url: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, int, str]:
        reply = pool.request("POST", url, body=body, headers=headers, timeout=60, redirect=False)
        return reply.data, reply.status, reply.headers["Content-Type"]

    return send


def _by_requests() -> Any:
    import threading

    import requests

    local = threading.local()

    def send(url: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, int, str]:
        session = getattr(local, "session", None)
        if session is None:
            session = local.session = requests.Session()
            session.trust_env = False
        reply = session.post(url, data=body, headers=headers, timeout=60)
        return reply.content, reply.status_code, reply.headers["Content-Type"]

    return send


# --- the load


@dataclass(frozen=True)
class Load:
    """`seconds` for each call, in order of arrival, and how long all took."""

    seconds: list[float]
    took: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took


async def _load(port: int, connections: int, calls: int, path: str, extra: str) -> Load:
    spent: list[float] = []
    left = iter(range(calls))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer tuen_sk_x\r\n"
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


def load(port: int, connections: int, calls: int, extra: str = "", path: str = PROXY) -> Load:
    return asyncio.run(_load(port, connections, calls, path, extra))


# --- processes


class Server:
    """One of them, as processes of its own."""

    def __init__(self, arguments: list[str], port: int, folder: Path, environ: dict[str, str] | None = None) -> None:
        self.port = port
        with (folder / f"{port}.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], env=environ, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(port)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children] or [self.process.pid]

    def memory(self) -> float:
        """MiB of the first worker."""
        pages = int(Path(f"/proc/{self.workers()[0]}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def processor(self) -> float:
        """Seconds that its workers have computed, whoever else did meanwhile."""
        fields = [Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split() for worker in self.workers()]
        return sum(int(told[11]) + int(told[12]) for told in fields) / _TICKS

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


class Servers:
    """A vendor with a delay, and `names` of: direct, urllib3, requests, gateway, four."""

    def __init__(self, delay: float, *names: str) -> None:
        self._data = tempfile.TemporaryDirectory(prefix="specloom-bench-")
        self._folder = Path(self._data.name)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        vendor = [str(ROOT / "benchmarks" / "gateway.py"), "upstream", str(port), str(delay)]
        self.each = {"direct": Server(vendor, port, self._folder)}
        for name in names:
            self.each[name] = self._bare(name) if name in ("urllib3", "requests") else self._gateway(name)

    def _bare(self, library: str) -> Server:
        port = free_port()
        program = str(ROOT / "benchmarks" / "gateway.py")
        return Server([program, "bare", str(port), self.url, library], port, self._folder)

    def _gateway(self, name: str) -> Server:
        port = free_port()
        serve = (
            f"import sys; sys.path[:] = [{str(ROOT)!r}, *[p for p in sys.path if p]]\n"
            "from specloom.connector.cli.serve import serve; serve()"
        )
        flags = ["--port", str(port), "--data", str(self._folder / name), "--threads", str(THREADS)]
        flags += ["--workers", "4" if name == "four" else "1"]
        environ = {**os.environ, "SPECLOOM_TUEN_BASE_URL": f"{self.url}/tuen/api/services"}
        return Server(["-c", serve, *flags], port, self._folder, environ)

    def __enter__(self) -> Servers:
        time.sleep(1)  # the workers of four are not all up when the first is
        for server in self.each.values():
            load(server.port, 64, 1000)  # warm: threads, connections, compiled checks
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.each.values():
            server.stop()
        self._data.cleanup()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        return number


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")

"""Endpoints that take deliveries, and misbehave by their path. One thread, any number of connections."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

_CANNED = {
    "/ok": (200, "", b"thanks"),
    "/fail": (500, "", b"out of order"),
    "/missing": (404, "", b"not registered"),
    "/gone": (410, "", b"gone"),
    "/redirect": (302, "Location: /ok\r\n", b""),
    "/busy": (429, "Retry-After: 7\r\n", b"slow down"),
    "/pause": (503, "Retry-After: 1\r\n", b"one moment"),
    "/long": (200, "", b"x" * 200_000),
}


@dataclass(frozen=True, slots=True)
class Call:
    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Sink:
    """`with Sink() as sink:`. /hang never answers, /drip sends its answer byte by byte, /slow takes `delay` seconds,
    /flaky fails and /pausing asks for a second until `healed`; the rest as in _CANNED, unknown paths like /ok. `calls` are in order of arrival."""

    delay: float = 0.0
    healed: bool = False
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    open: set[Any] = field(default_factory=set)

    def __enter__(self) -> Sink:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str = "/ok") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path: str | None = None) -> list[str]:
        return [call.id for call in self.calls if path in (None, call.path)]

    def wait_for(self, count: int, path: str | None = None, seconds: float = 20) -> list[str]:
        """Until `count` different messages have come in."""
        until = time.monotonic() + seconds
        while len(set(self.ids(path))) < count:
            assert time.monotonic() < until, f"{len(set(self.ids(path)))} of {count} after {seconds} s"
            time.sleep(0.02)
        return self.ids(path)

    def _run(self, started: threading.Event) -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: _Protocol(self), "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for transport in list(self.open):
            transport.abort()
        await asyncio.sleep(0)


class _Protocol(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.sink.connections += 1
        self.sink.open.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = end + 4 + int(headers.get("content-length", 0))
            if len(self.buffer) < length:
                return
            body, self.buffer = self.buffer[end + 4 : length], self.buffer[length:]
            self.answer(Call(time.monotonic(), first.split(" ")[1], headers, body))

    def answer(self, call: Call) -> None:
        self.sink.calls.append(call)
        path = call.path.partition("?")[0]
        if path.startswith("/flaky"):
            path = "/ok" if self.sink.healed else "/fail"
        if path.startswith("/pausing"):
            path = "/ok" if self.sink.healed else "/pause"
        if path.startswith("/hang"):
            return
        status, extra, body = _CANNED.get(path, _CANNED["/ok"])
        reply = f"HTTP/1.1 {status} X\r\n{extra}Content-Length: {len(body)}\r\n\r\n".encode() + body
        if path.startswith("/drip"):
            self.drip(reply)
        elif path.startswith("/slow"):
            asyncio.get_running_loop().call_later(self.sink.delay, self.transport.write, reply)
        else:
            self.transport.write(reply)

    def drip(self, rest: bytes) -> None:
        if rest and not self.transport.is_closing():
            self.transport.write(rest[:1])
            asyncio.get_running_loop().call_later(0.1, self.drip, rest[1:])

"""The WSGI app behind an ASGI server: heads, bodies and slow readers are the event loop's, threads only do work.

A request is handed to a thread once all of it is here. A reply goes back to the loop whole, or chunk by chunk as the
client takes it; no thread waits for a client. A call that only waits for a job is parked: it gives its thread back, and
is taken up again once there is something to say.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from specloom.connector.gateway.parking import PARKING, Parking
from specloom.connector.logs import log

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
WSGIApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

IN_MEMORY = 2**20
"""Bytes of a request's body that are kept in memory; a longer one is in a file until it is answered."""
AT_ONCE = 2**18
"""A reply of a told length up to this goes back in one piece."""
SILENCE = 60.0
"""Seconds a client may send nothing in the middle of a body."""
ALIVE = "/healthz"
"""Answered by a thread of its own, whatever all others do."""


class ClientGone(Exception):
    """Nobody is there to answer."""


class TooLarge(Exception):
    """The body is longer than anything this gateway takes."""


class Bridge:
    """`threads` is how many calls of the app run at once, `limit` the bytes of the longest body, `backlog` how many
    connections the system keeps for us."""

    def __init__(self, app: WSGIApp, *, threads: int, limit: int, backlog: int = 2048) -> None:
        self._app, self._limit, self.backlog = app, limit, backlog
        self._pool = ThreadPoolExecutor(threads, "call")
        self._apart = ThreadPoolExecutor(1, "alive")
        self._parked: set[asyncio.Event] = set()
        self._stopping = False

    def release(self) -> None:
        """The server stops: whoever waits is answered now."""
        self._stopping = True
        for told in self._parked:
            told.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body, length = await self._body(scope, receive)
        except ClientGone:
            return
        except (TooLarge, TimeoutError) as error:
            await _refuse(send, 413 if isinstance(error, TooLarge) else 408)
            return
        try:
            await self._answer(scope, body, length, receive, send)
        finally:
            body.close()

    async def _body(self, scope: Scope, receive: Receive) -> tuple[IO[bytes], int]:
        message = await _next(receive)
        first = message.get("body", b"")
        if not message.get("more_body"):
            return BytesIO(first), len(first)
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if int(declared) > self._limit:
            raise TooLarge
        body: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when answered
        try:
            return body, await self._spool(body, first, receive)
        except BaseException:
            body.close()
            raise

    async def _spool(self, body: IO[bytes], chunk: bytes, receive: Receive) -> int:
        length, more = 0, True
        while True:
            length += len(chunk)
            if length > self._limit:
                raise TooLarge
            body.write(chunk)
            if not more:
                break
            message = await _next(receive)
            chunk, more = message.get("body", b""), bool(message.get("more_body"))
        body.seek(0)
        return length

    async def _answer(self, scope: Scope, body: IO[bytes], length: int, receive: Receive, send: Send) -> None:
        work = partial(asyncio.get_running_loop().run_in_executor, self._pool_of(scope))
        parking = Parking()
        call = _Call(self._app, _environ(scope, body, length, parking))
        try:
            piece = await work(call.begin)
            if parking.is_wanted:
                await work(call.close)
                if not await self._wait(parking, receive):
                    return
                call = _Call(self._app, _environ(scope, body, length, parking))
                piece = await work(call.begin)
            await send({"type": "http.response.start", "status": call.status, "headers": call.headers})
            if not call.ended:
                piece = await self._stream(call, piece, work, receive, send)
            await send({"type": "http.response.body", "body": piece})
        except ClientGone:
            return
        finally:
            if not call.closed:
                await asyncio.shield(work(call.close))

    async def _stream(self, call: _Call, piece: bytes, work: Any, receive: Receive, send: Send) -> bytes:
        """All but the last piece, as fast as the client takes them. Raises ClientGone where it takes none."""
        gone = asyncio.ensure_future(receive())
        try:
            while not call.ended:
                async with asyncio.timeout(SILENCE):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                if gone.done():
                    raise ClientGone
                piece = await work(call.more)
        except TimeoutError:
            raise ClientGone from None
        finally:
            gone.cancel()
        return piece

    def _pool_of(self, scope: Scope) -> ThreadPoolExecutor:
        return self._apart if scope["path"] == ALIVE else self._pool

    async def _wait(self, parking: Parking, receive: Receive) -> bool:
        """Until there is news, time is up or the server stops; False where the client is gone."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        parking.is_over = True
        assert parking.subscribe is not None
        forget = parking.subscribe(lambda: _tell(loop, told))
        self._parked.add(told)
        tasks = {asyncio.ensure_future(told.wait()), gone := asyncio.ensure_future(receive())}
        try:
            left = 0.0 if self._stopping else max(0.0, parking.until - time.monotonic())
            done, _ = await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            return gone not in done
        finally:
            forget()
            self._parked.discard(told)
            for task in tasks:
                task.cancel()


def _tell(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(told.set)


class _Call:
    """One call of the app; every method runs in a thread of the pool."""

    def __init__(self, app: WSGIApp, environ: dict[str, Any]) -> None:
        self._app, self._environ = app, environ
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = self.closed = False
        self._iterable: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return lambda _chunk: None

    def begin(self) -> bytes:
        """The head, and the whole body where that is short and its length is told, else its first piece."""
        self._iterable = self._app(self._environ, self._start)
        self._chunks = iter(self._iterable)
        length = next((value for name, value in self.headers if name == b"content-length"), b"")
        if not length.isdigit() or int(length) > AT_ONCE:
            return self.more()
        whole = b"".join(self._chunks)
        self.ended = True
        self.close()
        return whole

    def more(self) -> bytes:
        try:
            piece = next(filter(None, self._chunks), b"")
        except Exception as error:  # the head is with the client: all that is left to do is to cut it short
            log.warning("A reply was cut short: %s", type(error).__name__)
            raise ClientGone from None
        self.ended = not piece
        return piece

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            getattr(self._iterable, "close", lambda: None)()


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    async with asyncio.timeout(SILENCE):
        message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def _refuse(send: Send, status: int) -> None:
    with suppress(OSError):
        head = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b""})


def _environ(scope: Scope, body: IO[bytes], length: int, parking: Parking) -> dict[str, Any]:
    raw, query = scope["raw_path"], scope["query_string"]
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    target = raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(raw).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"), "RAW_URI": target, "REQUEST_URI": target,
        "SERVER_NAME": server[0], "SERVER_PORT": str(server[1]), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0], "REMOTE_PORT": str(client[1]), "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"], "wsgi.input": body, "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False, "wsgi.input_terminated": True, PARKING: parking,
    }  # fmt: skip
    for name, value in scope["headers"]:
        _header(environ, name, value.decode("latin-1"))
    if length or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _header(environ: dict[str, Any], name: bytes, value: str) -> None:
    if b"_" in name:  # it could pass for another header: X_Forwarded_For
        return
    key = name.decode("latin-1").upper().replace("-", "_")
    if key == "TRANSFER_ENCODING":
        return
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}" if key in environ else value

"""The WSGI app behind an ASGI server: heads, bodies and slow readers are the event loop's, threads only do work.

A request is handed to a thread once all of it is here. A reply goes back to the loop whole, or chunk by chunk as the
client takes it; no thread waits for a client. A call that only waits for a job is parked: it gives its thread back, and
is taken up again once there is something to say.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO, Any, TypeVar

from specloom.connector.errors import Refused, dumps
from specloom.connector.fairness.fair_queue import FairPool, PoolUse
from specloom.connector.gateway.parking import Parking
from specloom.connector.server.wsgi_call import AsgiScope, ClientGone, WSGIApp, WsgiCall, environ_of

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")

IN_MEMORY = 2**20
"""Bytes of a request's body that are kept in memory; a longer one is in a file until it is answered."""
SILENCE = 60.0
"""Seconds a client may send nothing in the middle of a body."""
BUSY = 8
"""Threads one caller has at once that compute or wait for the ledger; calls at vendors are counted elsewhere."""
WAITING = 500
"""Calls of one caller that wait for a thread; one more is answered 429."""
ALIVE = "/healthz"
"""Answered by a thread of its own, whatever all others do."""


class TooLarge(Exception):
    """The body is longer than anything this gateway takes."""


class Bridge:
    """`threads` is how many calls of the app run at once, `limit` the bytes of the longest body, `backlog` how many
    connections the system keeps for us."""

    def __init__(self, app: WSGIApp, *, threads: int, limit: int, backlog: int = 2048, busy: int = BUSY) -> None:
        self._app, self._limit, self.backlog = app, limit, backlog
        self._pool = FairPool(threads, "call", busy)
        self._apart = FairPool(1, "alive")
        self._parked: set[asyncio.Event] = set()
        self._stopping = False

    def use(self) -> PoolUse:
        """Of the threads that answer calls."""
        return self._pool.use()

    def release(self) -> None:
        """The server stops: whoever waits is answered now."""
        self._stopping = True
        for told in self._parked:
            told.set()

    async def __call__(self, scope: AsgiScope, receive: Receive, send: AsgiSend) -> None:
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

    async def _body(self, scope: AsgiScope, receive: Receive) -> tuple[IO[bytes], int]:
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

    async def _answer(self, scope: AsgiScope, body: IO[bytes], length: int, receive: Receive, send: AsgiSend) -> None:
        pool, caller = (self._apart, "") if scope["path"] == ALIVE else (self._pool, _caller(scope))
        if pool.waiting(caller) >= WAITING:
            await _refuse(send, 429)
            return
        work = partial(_in_thread, pool, caller)
        parking = Parking()
        call = WsgiCall(self._app, environ_of(scope, body, length, parking))
        try:
            piece = await work(call.begin)
            if parking.is_wanted:
                await work(call.close)
                if not await self._wait(parking, receive):
                    return
                call = WsgiCall(self._app, environ_of(scope, body, length, parking))
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

    async def _stream(self, call: WsgiCall, piece: bytes, work: Any, receive: Receive, send: AsgiSend) -> bytes:
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


def _caller(scope: AsgiScope) -> str:
    """Whose turn it is: who brings one key is one caller, who brings none is known by the address. Before anybody looks
    whether the key is one."""
    headers = dict(scope["headers"])
    client = scope.get("client") or ("", 0)
    key = headers.get(b"x-specloom-key") or headers.get(b"authorization") or client[0].encode()
    return hashlib.blake2b(key, digest_size=16).hexdigest()


def _in_thread(pool: FairPool, caller: str, work: Callable[[], T]) -> asyncio.Future[T]:
    """The result of `work`, done by a thread when it is the caller's turn."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def done(result: Any, error: BaseException | None) -> None:
        if future.done():  # nobody waits for it any more
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:
            error = caught
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(done, result, error)

    pool.submit(caller, run)
    return future


def _tell(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(told.set)


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    async with asyncio.timeout(SILENCE):
        message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


_KINDS = {
    408: ("invalid_request", "The request did not arrive in time"),
    413: ("invalid_request", "The body is too large"),
    429: ("rate_limited", "Too many of your calls are under way here; the gateway keeps room for others"),
}


async def _refuse(send: AsgiSend, status: int) -> None:
    kind, message = _KINDS[status]
    retry = 1 if status == 429 else None
    body = dumps({"error": Refused(kind, message, status=status, retry_after=retry).error()})
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    with suppress(OSError):
        headers = [*head, (b"retry-after", b"1")] if retry else head
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

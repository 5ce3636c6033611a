"""A worker of gunicorn, which starts, watches and ends processes; inside, uvicorn's event loop has the connections."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from typing import ClassVar

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from specloom.connector.server.bridge import Bridge

HEAD_SECONDS = 15.0
"""From a connection, or the first byte of a request on an old one, to the end of its head."""
HEAD_SIZE = 65536
"""Bytes of a request's head."""
MOST_CONNECTIONS = 8192
"""Of a process; beyond them the oldest one without a whole head is closed for each new one."""
ACCEPTED_AT_ONCE = 8
"""Connections a process takes before it looks to its other work, so that one process does not take all."""
SWITCH = 0.001
"""Seconds a thread computes before another one's turn, where Python itself takes five times as long: the event loop
waits for every thread that has something to do."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """uvicorn's, with a bound on how long and how large a head may be, and on how many have none."""

    _unfinished: ClassVar[dict[Protocol, None]] = {}
    _timer: asyncio.TimerHandle | None = None
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()
        if len(self.connections) > MOST_CONNECTIONS:
            next(iter(self._unfinished)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is not None:
            self._size += len(data)
            if self._size > HEAD_SIZE:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._expect()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def _expect(self) -> None:
        self._size = 0
        self._timer = self.loop.call_later(HEAD_SECONDS, self._late)
        self._unfinished[self] = None

    def _arrived(self) -> None:
        self._unfinished.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self.transport.close()


class _Server(Server):
    """At a stop, whoever only waits is answered first."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(self.config.app.backlog)  # type: ignore[union-attr]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.release()  # type: ignore[union-attr]
        await super().shutdown(sockets)


class LoopWorker(Worker):  # type: ignore[misc]
    """`self.wsgi` is what the application's `load` gives: a Bridge."""

    server: Server | None = None

    @property
    def stopping(self) -> bool:
        """From the first signal on: nothing new is begun."""
        return not self.alive or (self.server is not None and self.server.should_exit)

    def init_signals(self) -> None:
        super().init_signals()
        signal.set_wakeup_fd(-1)  # the loop has one of its own
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has ended
            signal.signal(number, self.handle_exit)

    def run(self) -> None:
        sys.setswitchinterval(SWITCH)
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # a reply cut short is logged by the bridge
        asyncio.run(self._serve(self.wsgi))

    async def _serve(self, bridge: Bridge) -> None:
        config = Config(
            bridge, http=Protocol, ws="none", loop="asyncio", lifespan="off", interface="asgi3", log_config=None,
            access_log=False, proxy_headers=False, server_header=False, backlog=ACCEPTED_AT_ONCE,
            timeout_keep_alive=self.cfg.keepalive, timeout_graceful_shutdown=self.cfg.graceful_timeout,
            timeout_notify=1, callback_notify=self._alive,
        )  # fmt: skip
        self.server = server = _Server(config)
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":  # gunicorn is for systems that fork; said for the type checker
            loop.add_signal_handler(signal.SIGQUIT, self._quit, server)
        await server.serve(sockets=[listener.sock for listener in self.sockets])
        if not server.started:
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR)

    async def _alive(self) -> None:
        self.notify()
        if self.ppid != os.getppid() and self.server is not None:
            self.server.should_exit = True

    def _quit(self, server: Server) -> None:
        server.should_exit = server.force_exit = True


def many_files() -> None:
    """As many open files as the system lets this process have: each connection is one."""
    if sys.platform == "win32":  # it has no such limit
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))

"""Connections to a PostgreSQL that may fall silent: libpq waits for an answer for as long as the server's machine keeps
the connection, which is for ever where a server is stopped, or its disk hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg
from sqlalchemy.exc import OperationalError

from specloom.connector.network.deadline import patience

ANSWER_SECONDS = 5.0
"""How long the server may be silent in the middle of a statement, or of anything else that it is asked."""
_AGAIN = 0.5
"""Seconds from one look whether it answers again to the next."""
_looking = threading.local()


class Outage:
    """From the first question that got no answer to the next that gets one. Meanwhile nobody else waits: who asks is
    refused at once, while a thread of its own looks, with `ping`, whether there is an answer again."""

    def __init__(self, ping: Callable[[], None]) -> None:
        self._ping = ping
        self._lock = threading.Lock()
        self._lasts = False

    def check(self) -> None:
        """Raises OperationalError while it lasts."""
        if self._lasts and not getattr(_looking, "now", False):
            raise OperationalError("BEGIN", {}, TimeoutError("the server does not answer"))

    def begin(self) -> None:
        with self._lock:
            if self._lasts:
                return
            self._lasts = True
        threading.Thread(target=self._look, name="outage", daemon=True).start()

    def _look(self) -> None:
        _looking.now = True
        while True:
            time.sleep(_AGAIN)
            try:
                self._ping()
            except Exception:  # whatever it is that keeps it from answering
                continue
            self._lasts = False
            return

    def connect(self, _dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        """As SQLAlchemy's event `do_connect` has it."""
        self.check()
        try:
            connection = _Connection.connect(*arguments, **options)
        except psycopg.errors.ConnectionTimeout:
            self.begin()
            raise
        connection.outage = self
        return connection


class _Connection(psycopg.Connection[Any]):
    """psycopg's, which gives up a question that gets no answer, and itself with it."""

    outage: Outage | None = None

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        try:
            return super().wait(_bounded(gen, max(ANSWER_SECONDS, patience())), *args, **options)
        except _Silence:
            self.close()
            if self.outage is not None:
                self.outage.begin()
            raise


class _Silence(psycopg.OperationalError):
    pass


def _bounded(gen: Any, seconds: float) -> Generator[Any, Any, Any]:
    """The same questions to the socket; psycopg comes back with nothing ten times a second while it is silent."""
    until = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                until = time.monotonic() + seconds
            elif time.monotonic() > until:
                raise _Silence("the server did not answer in time")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value

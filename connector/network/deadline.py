"""A time limit on a whole exchange. Socket time-outs start anew with every byte, so an endpoint that drips could hold
a thread for hours; here a watcher cuts the connection off."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

_TICK = 0.25
_here = threading.local()


class _Slot:
    """One exchange, and the connection it is on as soon as there is one."""

    __slots__ = ("until", "connection", "lock")

    def __init__(self, until: float) -> None:
        self.until, self.connection, self.lock = until, None, threading.Lock()

    connection: Any

    def cut(self) -> None:
        with self.lock:
            sock = getattr(self.connection, "sock", None)
            self.connection = None
        if sock is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own method, which takes the TLS layer from under the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def leave(self) -> None:
        with self.lock:
            self.connection = None


class TimedConnection:
    """Mixed into urllib3's connections: tells the exchange of this thread which connection it is on."""

    def request(self, *args: Any, **options: Any) -> None:
        slot = getattr(_here, "slot", None)
        if slot is not None:
            slot.connection = self
        super().request(*args, **options)  # type: ignore[misc]


class Deadlines:
    """The exchanges of one process that are under way."""

    def __init__(self) -> None:
        self._slots: set[_Slot] = set()
        self._lock = threading.Lock()
        self._watched_by = 0
        """The process whose watcher runs: a thread does not survive a fork."""

    @contextlib.contextmanager
    def within(self, seconds: float, connection: Any = None) -> Iterator[None]:
        """`connection` (something with a `sock`), or whatever connection of a Guard's pool this thread uses inside, is
        cut off after `seconds`."""
        slot = _Slot(time.monotonic() + seconds)
        slot.connection = connection
        self._add(slot)
        _here.slot = slot
        try:
            yield
        finally:
            _here.slot = None
            slot.leave()
            with self._lock:
                self._slots.discard(slot)

    def _add(self, slot: _Slot) -> None:
        with self._lock:
            self._slots.add(slot)
            if self._watched_by != os.getpid():
                self._watched_by = os.getpid()
                threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    def _watch(self) -> None:
        """For as long as an exchange is under way."""
        while True:
            time.sleep(_TICK)
            now = time.monotonic()
            with self._lock:
                if not self._slots:
                    self._watched_by = 0
                    return
                over = [slot for slot in self._slots if slot.until <= now]
            for slot in over:
                slot.cut()


@contextlib.contextmanager
def patient(seconds: float) -> Iterator[None]:
    """What this thread asks of a database inside may take so long by its nature: a new index, an old table's purge."""
    before, _here.patience = patience(), seconds
    try:
        yield
    finally:
        _here.patience = before


def patience() -> float:
    """Of this thread, in seconds; 0 where nobody said."""
    seconds: float = getattr(_here, "patience", 0.0)
    return seconds

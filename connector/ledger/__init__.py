"""The ledger: what the gateway must remember, in SQL. One object a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from specloom.connector.ledger.engine import is_sqlite, make_engine, noting, reading, tidy, writing
from specloom.connector.ledger.vault import Vault

__all__ = ["Ledger", "Vault", "is_sqlite", "make_engine", "noting", "reading", "tidy", "writing"]


def _unobserved(_kind: str, _seconds: float) -> None:
    """Until somebody asks."""


class Ledger:
    """A database and the key to its sealed columns. Until it `is_open` it refuses all use, as one does that cannot be
    reached: nobody has seen yet whether its tables and its key are the right ones."""

    def __init__(self, engine: Engine, vault: Vault, *, is_open: bool = True) -> None:
        self.engine = engine
        self.vault = vault
        self.is_open = is_open
        self.observe: Callable[[str, float], None] = _unobserved
        """Told of each transaction: read, write or note, and its seconds."""
        self._writers = 0
        self._counting = threading.Lock()
        self._calm = threading.Event()
        self._calm.set()

    def _check(self) -> None:
        if not self.is_open:
            raise OperationalError("BEGIN", {}, ConnectionError("the ledger has not been reached yet"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._check()
        began = time.perf_counter()
        with reading(self.engine) as connection:
            yield connection
        self.observe("read", time.perf_counter() - began)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Durable when the block ends without an exception; no network call inside."""
        self._check()
        self._count(1)
        began = time.perf_counter()
        try:
            with writing(self.engine) as connection:
                yield connection
        finally:
            self._count(-1)
        self.observe("write", time.perf_counter() - began)

    def _count(self, change: int) -> None:
        with self._counting:
            self._writers += change
            if self._writers:
                self._calm.clear()
            else:
                self._calm.set()

    def give_way(self, seconds: float) -> None:
        """For what can wait, and would take the processor from a caller's `write` of this process: returns when there
        is none, or when it has waited for so long."""
        self._calm.wait(seconds)

    def tidy(self) -> None:
        """To be called now and then by whoever has time for it: see `specloom.connector.ledger.engine.tidy`."""
        tidy(self.engine)

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """As `write`, but a power failure may undo the last ones: see `noting`."""
        self._check()
        began = time.perf_counter()
        with noting(self.engine) as connection:
            yield connection
        self.observe("note", time.perf_counter() - began)

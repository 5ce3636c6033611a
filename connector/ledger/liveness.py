"""Which processes live: what a dead one held is taken over by another."""

from __future__ import annotations

import os
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, Connection, Double, cast, delete, func, insert, literal, select, update
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import instances
from specloom.schemas import file_lock

LEASE = 30.0
"""Seconds without a sign of life after which a process counts as dead."""
BEAT = 8.0


class Instance:
    """This process. Beside a SQLite ledger it also holds a file lock, which the system drops the moment it dies:
    whoever starts next need not wait for the lease."""

    def __init__(self, ledger: Ledger) -> None:
        self.id = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._ledger = ledger
        self._folder = _lock_folder(ledger)
        self._lock: IO[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = open(self._folder / self.id, "wb")  # noqa: SIM115 - held as long as the process lives
            file_lock.lock(self._lock.fileno())
        self.sign()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        try:
            with self._ledger.write() as connection:
                connection.execute(delete(instances).where(instances.c.id == self.id))
        except SQLAlchemyError:
            pass  # the lease runs out by itself
        if self._lock is not None and self._folder is not None:
            self._lock.close()
            _remove(self._folder / self.id)

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                self.sign()
            except SQLAlchemyError:
                continue

    def sign(self) -> None:
        """A sign of life, written down."""
        now = self._now()
        with self._ledger.write() as connection:
            seen = connection.execute(update(instances).where(instances.c.id == self.id).values(seen=now))
            if not seen.rowcount:
                connection.execute(insert(instances).values(id=self.id, seen=now))

    def _now(self) -> ColumnElement[float]:
        """Between machines the database's clock counts; beside SQLite all run on one."""
        if is_sqlite(self._ledger.engine):
            return literal(time.time(), Double)
        return cast(func.extract("epoch", func.clock_timestamp()), Double)

    def living(self, connection: Connection) -> set[str]:
        """Ids of the processes that live, this one among them."""
        rows = connection.execute(select(instances.c.id, (self._now() - instances.c.seen).label("age")))
        return {row.id for row in rows if self._lives(row.id, row.age)} | {self.id}

    def _lives(self, instance: str, age: float) -> bool:
        """Where there are locks they tell, whatever the clock says that may have jumped; elsewhere the lease does."""
        if self._folder is None or not file_lock.CAN_LOCK:
            return age < LEASE
        return not self._is_free(instance)

    def sweep(self, connection: Connection) -> None:
        """Forget dead processes."""
        connection.execute(delete(instances).where(instances.c.id.not_in(self.living(connection))))
        for file in self._folder.iterdir() if self._folder is not None else ():
            if self._is_free(file.name):
                _remove(file)

    def forget_dead(self) -> int:
        with self._ledger.read() as connection:
            dead = len(set(connection.scalars(select(instances.c.id))) - self.living(connection))
        if dead:
            with self._ledger.write() as connection:
                self.sweep(connection)
        return dead

    def _is_free(self, instance: str) -> bool:
        """Whether nobody holds the lock of that process any more; False where locks are not to be had."""
        if self._folder is None or instance == self.id or not file_lock.CAN_LOCK:
            return False
        try:
            with open(self._folder / instance, "rb") as file:
                return not file_lock.is_locked(file.fileno())
        except OSError:
            return True


def _remove(lock: Path) -> None:
    with suppress(OSError):  # somebody else has, or looks at it this moment, which Windows minds
        lock.unlink()


def _lock_folder(ledger: Ledger) -> Path | None:
    if not is_sqlite(ledger.engine):
        return None
    file = Path(str(ledger.engine.url.database))
    return file.with_name(f"{file.name}-processes")

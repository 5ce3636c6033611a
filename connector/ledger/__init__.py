"""The ledger: what the gateway must remember, in SQL. One object a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from connector.ledger.engine import is_sqlite, make_engine, noting, reading, writing
from connector.ledger.secrets import Vault

__all__ = ["Ledger", "Vault", "is_sqlite", "make_engine", "noting", "reading", "writing"]


class Ledger:
    """A database and the key to its sealed columns."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Durable when the block ends without an exception; no network call inside."""
        with writing(self.engine) as connection:
            yield connection

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """As `write`, but a power failure may undo the last ones: see `noting`."""
        with noting(self.engine) as connection:
            yield connection

"""The database connection: SQLite with nothing to install, PostgreSQL by URL, both as durable as they can be."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from specloom.connector.fairness.turns import FairLock
from specloom.schemas.problems import SpecloomError

BUSY_SECONDS = 10.0
"""How long a writer waits for the others: its own process's, then another one's transaction on SQLite."""
CONNECT_SECONDS = 5
"""How long PostgreSQL may take to answer, where the URL does not say; whoever waits for it is told then."""
_KEPT, _CONNECTIONS = 10, 40
"""Connections of a process to PostgreSQL: those that stay open, and all of them."""
_MOST_PAGES = 10_000
"""Of the write-ahead log, 4 KB each, before a commit has to copy them into the database itself: see `tidy`."""
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
_READ = "specloom_read"
_LOCK = "specloom_lock"
_OUTAGE = "specloom_outage"


def make_engine(url: str | URL) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`. Raises SpecloomError when the URL is neither."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    try:
        return _postgresql(parsed)
    except ModuleNotFoundError as error:
        raise SpecloomError(f"no driver for {parsed.drivername}", hint="pip install 'psycopg[binary]'") from error


def _parsed(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        name = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise SpecloomError("the database URL cannot be read", hint="sqlite:///file or postgresql://…") from error
    except ModuleNotFoundError:
        return parsed
    if name not in ("sqlite", "postgresql"):
        raise SpecloomError(f"no support for {name} databases", hint="use sqlite:///file or postgresql://…")
    return parsed


def _postgresql(url: URL) -> Engine:
    from specloom.connector.network.database import Outage

    connect = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(
        url, pool_size=_KEPT, max_overflow=_CONNECTIONS - _KEPT, pool_pre_ping=True, pool_timeout=BUSY_SECONDS,
        connect_args=connect,
    )  # fmt: skip

    def ping() -> None:
        with engine.connect():
            pass

    outage = Outage(ping)
    event.listen(engine, "do_connect", outage.connect)
    return engine.execution_options(**{_LOCK: FairLock(_CONNECTIONS), _OUTAGE: outage})


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise SpecloomError("a ledger in memory would lose its jobs", hint="give a file: sqlite:///specloom.db")
    keep_private(Path(str(url.database)))
    engine = create_engine(url, pool_size=8, max_overflow=-1, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    # SQLite has one writer; a lock hands it on at once, its own busy handler sleeps instead.
    return engine.execution_options(**{_LOCK: FairLock()})


def keep_private(database: Path) -> None:
    """The database belongs to its owner alone, also one of a time when it did not; SQLite's other files follow it."""
    database.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with suppress(OSError):  # another's, or read-only: opening it will say so
        os.close(os.open(database, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
        for file in (database, *database.parent.glob(f"{glob.escape(database.name)}-*")):
            file.chmod(PRIVATE_FOLDER if file.is_dir() else PRIVATE_FILE)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "journal_size_limit=67108864",
        f"wal_autocheckpoint={_MOST_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    deferred = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: on SQLite it waits for nobody."""
    with _connected(engine.execution_options(**{_READ: True})) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is durable once the block ends without an exception. Keep it short: no network inside."""
    with _connected(engine) as connection, connection.begin():
        yield connection


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection when it is the tenant's turn. Whoever waits for too long is refused, as SQLite itself does: while
    another process keeps the ledger locked, each of many writers would else wait for all before it."""
    options = engine.get_execution_options()
    if options.get(_READ) and is_sqlite(engine):
        with engine.connect() as connection:
            yield connection
        return
    if (outage := options.get(_OUTAGE)) is not None:
        outage.check()
    lock: FairLock = options[_LOCK]
    if not lock.acquire(timeout=BUSY_SECONDS):
        raise OperationalError("BEGIN", {}, TimeoutError("the ledger is kept busy by this process"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        lock.release()


def alone(connection: Connection, name: str) -> None:
    """To the end of the transaction no other one is past this line with the same name. SQLite has one writer anyway."""
    if not is_sqlite(connection.engine):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


@contextmanager
def noting(engine: Engine) -> Iterator[Connection]:
    """A transaction that outlives every process at once, and a power failure only a moment later. For what would
    merely be done again, such as a delivery; it keeps nobody waiting for the disk."""
    with _connected(engine) as connection:
        if not is_sqlite(engine):
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA synchronous=NORMAL")  # takes effect between transactions only
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("PRAGMA synchronous=FULL")


def tidy(engine: Engine) -> None:
    """Copy SQLite's write-ahead log into the database beside the writers, so that none of their commits has to. Waits
    for nobody; what is in use stays for the next time."""
    if not is_sqlite(engine):
        return
    with engine.connect() as connection, suppress(sqlite3.Error):  # on a full disk, say: it is in the log all the same
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"

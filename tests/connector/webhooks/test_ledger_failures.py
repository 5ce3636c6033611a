"""A disk that is full and a ledger that is locked: refused is refused, accepted is delivered."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

import specloom.connector.ledger.engine as ledger_engine
from specloom.connector.ledger import Ledger, Vault, make_engine
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import SECRET_KEY, World


def code_of(error: OperationalError) -> int:
    """SQLite's own result code: its words may change. Our own time-out means the same as its busy."""
    if isinstance(error.orig, TimeoutError):
        return sqlite3.SQLITE_BUSY
    assert isinstance(error.orig, sqlite3.OperationalError)
    return error.orig.sqlite_errorcode


@pytest.fixture
def world(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(ledger_engine, "BUSY_SECONDS", 0.3)
    engine = make_engine(sqlite_url)
    yield World(Ledger(engine, Vault(SECRET_KEY)))
    engine.dispose()


def test_a_full_disk(world: World, sqlite_url: str) -> None:
    """The database may not grow: as on a disk without room."""
    engine = make_engine(sqlite_url)

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    event.listen(engine, "connect", limit)
    full = World(Ledger(engine, Vault(SECRET_KEY)))
    with Sink() as sink:
        world.hook(sink.url("/flaky"), room=16)
        accepted = set()
        with pytest.raises(OperationalError) as refused:
            for number in range(1000):
                accepted.add(full.record(f"v{number}"))
        assert code_of(refused.value) == sqlite3.SQLITE_FULL
        assert len(accepted) > 5
        dispatcher = full.dispatcher(retries=(0.1,) * 50)
        sink.healed = True
        dispatcher.start()
        time.sleep(0.5)  # as far as it gets
        dispatcher.stop(0.1)
        engine.dispose()
        again = world.dispatcher()  # there is room again
        again.start()
        assert world.until_done() == {"delivered": len(accepted)}
        again.stop()
        assert set(sink.ids()) == accepted


def test_a_locked_ledger(world: World, sqlite_url: str) -> None:
    with Sink() as sink:
        world.hook(sink.url(), room=16)
        world.fill(20)
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        dispatcher = world.dispatcher(lease=10)
        dispatcher.start()
        sink.wait_for(1)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as refused:
            world.record("refused")
        assert code_of(refused.value) == sqlite3.SQLITE_BUSY
        time.sleep(0.5)
        other.execute("ROLLBACK")
        other.close()
        assert world.until_done() == {"delivered": 20}
        dispatcher.stop()
        assert len(sink.calls) == 20


def test_writers_are_refused_in_time_however_many_wait(world: World, sqlite_url: str) -> None:
    def refused(number: int) -> float:
        began = time.monotonic()
        with pytest.raises(OperationalError) as busy:
            world.record(f"v{number}")
        assert code_of(busy.value) == sqlite3.SQLITE_BUSY
        return time.monotonic() - began

    world.record("first")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(12) as pool:
        assert max(pool.map(refused, range(12))) < 1.5  # in turn, they would take 3.6 s
    other.execute("ROLLBACK")
    other.close()
    assert world.record("later")


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_engine, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = make_engine(f"postgresql://specloom@127.0.0.1:{silent.getsockname()[1]}/x")
        began = time.monotonic()
        with pytest.raises(OperationalError):
            World(Ledger(away, Vault(SECRET_KEY))).record("v1")
        assert time.monotonic() - began < 5

"""Which transactions wait for the disk: those that accept something, and no others; and who gives way to whom."""

from __future__ import annotations

import os
import time

from sqlalchemy import text

from specloom.connector.ledger import is_sqlite
from tests.connector.webhooks.worlds import World


def test_what_is_accepted_is_on_the_disk(world: World) -> None:
    question, waits, notes = "SHOW synchronous_commit", "on", "off"
    if is_sqlite(world.ledger.engine):
        question, waits, notes = "PRAGMA synchronous", "2", "1"
    for _ in range(3):
        with world.ledger.write() as connection:
            assert str(connection.execute(text(question)).scalar()) == waits
        with world.ledger.note() as connection:
            assert str(connection.execute(text(question)).scalar()) == notes
    try:
        with world.ledger.note():
            raise RuntimeError
    except RuntimeError:
        pass
    with world.ledger.write() as connection:
        assert str(connection.execute(text(question)).scalar()) == waits


def test_the_log_is_copied_beside_the_writers(world: World) -> None:
    """Commits copy nothing into the database themselves: they would do so while others wait for them."""
    world.hook()
    engine = world.ledger.engine
    if not is_sqlite(engine):
        world.ledger.tidy()  # has nothing to do
        return
    file = str(engine.url.database)
    with world.ledger.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    before = os.path.getmtime(file), os.path.getsize(file)
    world.fill(600)
    assert (os.path.getmtime(file), os.path.getsize(file)) == before
    world.ledger.tidy()
    assert os.path.getsize(file) > before[1]
    log = os.path.getsize(f"{file}-wal")
    world.fill(20, start=1000)
    assert os.path.getsize(f"{file}-wal") == log  # begun anew


def test_deliveries_give_way_to_writers_for_a_moment(world: World) -> None:
    def waited(seconds: float) -> float:
        began = time.monotonic()
        world.ledger.give_way(seconds)
        return time.monotonic() - began

    assert waited(5) < 1
    with world.ledger.write():
        assert 0.04 < waited(0.05) < 1
    assert waited(5) < 1
    with world.ledger.note():
        assert waited(5) < 1

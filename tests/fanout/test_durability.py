"""Which transactions wait for the disk: those that accept something, and no others."""

from __future__ import annotations

from sqlalchemy import text

from connector.ledger import is_sqlite
from tests.fanout.worlds import World


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

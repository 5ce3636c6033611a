"""A ledger of every earlier revision is opened by today's code, with all that is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import Engine, text

from specloom.connector.cli.migrate import migrate
from specloom.connector.ledger import key_tables, make_engine, webhook_tables
from specloom.connector.ledger.migrate import is_current, revision_of, revisions, upgrade
from specloom.connector.ledger.tables import metadata
from tests.connector.webhooks.servers import postgres, postgres_folder

assert key_tables and webhook_tables
FILLED = {
    "0001": ("INSERT INTO jobs (id, tenant, service, operation, state, created) VALUES ('job_1', 't:a', 's', 'o', 'x', 1)",),
    "0002": (
        "INSERT INTO hooks (id, tenant, kind, status, target_url, events, services, created, updated, room) "
        "VALUES ('hook_1', 't:a', 'hook', 'enabled', 'https://x', '[]', '[]', 1, 1, 4)",
        "INSERT INTO events (id, tenant, service, type, source_id, state, payload, created) "
        "VALUES ('evt_1', 't:a', 's', 'image.succeeded', 'v1', 'succeeded', '{}', 1)",
        "INSERT INTO deliveries (id, event_id, hook_id, tenant, state, due, created) "
        "VALUES ('dlv_1', 'evt_1', 'hook_1', 't:a', 'dead', 1, 1)",
    ),
}  # fmt: skip
BEFORE_THE_EDIT = (
    "DROP INDEX deliveries_dead",
    "DROP INDEX deliveries_by_tenant",
    "DROP INDEX deliveries_by_hook",
    "CREATE INDEX deliveries_by_tenant ON deliveries (tenant, state, created)",
    "CREATE INDEX deliveries_by_hook ON deliveries (hook_id, created)",
)
"""What makes of a ledger at 0002 the one that its first version made."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    else:
        made = make_engine(f"{request.getfixturevalue('server')}/postgres")
        execute(made, ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
    yield made
    made.dispose()


def execute(engine: Engine, statements: tuple[str, ...]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("revision", [*revisions(), "0002 before it was edited"])
def test_every_earlier_ledger_opens(engine: Engine, revision: str) -> None:
    number, _, edited = revision.partition(" ")
    upgrade(engine, number)
    assert revision_of(engine) == number
    filled = [statement for at, told in FILLED.items() if at <= number for statement in told]
    execute(engine, (*filled, *(BEFORE_THE_EDIT if edited else ())))
    upgrade(engine)
    with engine.connect() as connection:
        assert is_current(connection)
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        assert [change for change in found if "comment" not in str(change)] == []
        kept = [connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in ("jobs", "deliveries")]
    assert kept == [1, int(number >= "0002")]


def test_the_order_of_revisions_is_the_one_of_their_names() -> None:
    assert revisions() == sorted(revisions()) and len(revisions()) >= 3


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    def ran() -> str:
        done = CliRunner().invoke(migrate, ["--data", str(tmp_path / "data")])
        assert done.exit_code == 0, done.output
        return done.output.strip()

    assert ran().endswith(f"made at revision {revisions()[-1]}")
    assert ran().endswith("nothing to do")
    engine = make_engine(f"sqlite:///{tmp_path / 'old' / 'ledger.sqlite3'}")
    upgrade(engine, "0001")
    engine.dispose()
    done = CliRunner().invoke(migrate, ["--data", str(tmp_path / "old")])
    assert done.output.strip().endswith(f"from revision 0001 to {revisions()[-1]}")
    assert "revision" in CliRunner().invoke(migrate, ["--data", str(tmp_path / "old"), "--check"]).output

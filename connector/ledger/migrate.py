"""Brings the database to the current tables, whoever else starts at the same moment."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from specloom.connector.ledger.engine import is_sqlite, reading, writing
from specloom.connector.network.deadline import patient
from specloom.schemas.problems import SpecloomError

MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_357_001
_LONGEST = 3600.0
"""Seconds a new index may take, and the wait for who makes it."""


class LedgerUnreachable(SpecloomError):
    """A server that may be there later: it is down, starts, or takes no more connections."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply what is missing, in one transaction. Raises SpecloomError when the database cannot be used."""
    config = _config()
    try:
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            if is_sqlite(engine):
                command.upgrade(config, revision)
            else:
                with patient(_LONGEST):
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
                    command.upgrade(config, revision)
    except SQLAlchemyError as error:
        raise unusable(engine, error) from error
    except CommandError as error:
        hint = "use that version again, or another database"
        raise SpecloomError("the ledger was written by a newer Specloom", hint=hint) from error


def is_current(connection: Connection) -> bool:
    """Whether the tables are the ones this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == head


def revisions() -> list[str]:
    """All there are, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def revision_of(engine: Engine) -> str | None:
    """The revision the database is at; None where it has no tables yet. Raises SpecloomError."""
    try:
        with reading(engine) as connection:
            found: str | None = MigrationContext.configure(connection).get_current_revision()
            return found
    except SQLAlchemyError as error:
        raise unusable(engine, error) from error


def unusable(engine: Engine, error: SQLAlchemyError) -> SpecloomError:
    """In words, without the database's password."""
    reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
    kind = LedgerUnreachable if isinstance(error, OperationalError) and not is_sqlite(engine) else SpecloomError
    return kind(f"the ledger {engine.url.render_as_string(hide_password=True)} cannot be used: {reason}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config

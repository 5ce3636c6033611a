"""Ledgers for the tests of the fan-out: the same suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.ledger.migrate import upgrade
from tests.connector.gateway.harness import GatewayServer
from tests.connector.webhooks.api import ONE, TWO, Api
from tests.connector.webhooks.servers import Redis, memory, postgres, postgres_folder
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import SECRET_KEY, World

_numbers = itertools.count()


def migrated(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "template.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="specloom-ledger-", dir=memory()) as folder:
        shutil.copy(sqlite_template, f"{folder}/ledger.db")
        yield f"sqlite:///{folder}/ledger.db"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The server's URL, with a migrated database `template` on it."""
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres() as url:
        _administer(url, "CREATE DATABASE template")
        migrated(f"{url}/template")
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    return new_database(postgres_server)


def new_database(server: str) -> str:
    """The URL of a database of its own, its tables made."""
    name = f"test{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template")
    return f"{server}/{name}"


def _administer(server: str, statement: str) -> None:
    engine = create_engine(f"{server.replace('postgresql:', 'postgresql+psycopg:')}/postgres")
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def world(ledger_url: str) -> Iterator[World]:
    engine = make_engine(ledger_url)
    yield World(Ledger(engine, Vault(SECRET_KEY)))
    engine.dispose()


@pytest.fixture
def redis() -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed (apt-get install redis-server)")
    pytest.importorskip("celery", reason="Celery is not installed (the extra celery)")
    with Redis() as server:
        yield server


# A gateway, called by its API


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    """A gateway with two tenants; its ledger is a file of its own, or a database of PostgreSQL."""
    environ = {
        "SPECLOOM_API_KEYS": f"one={ONE},two={TWO}",
        "SPECLOOM_ALLOW_VENDOR_KEYS": "yes",
        "SPECLOOM_HOOK_RETRIES": "0.1s",
        "SPECLOOM_HOOK_TIMEOUT": "1",
    }
    if request.param == "postgres":
        url = new_database(request.getfixturevalue("postgres_server"))
        environ |= {"SPECLOOM_DATABASE_URL": url, "SPECLOOM_SECRET_KEY": SECRET_KEY}
    running = GatewayServer(tmp_path_factory.mktemp("hooks"), environ=environ).start()
    yield running
    running.stop()


@pytest.fixture
def api(server: GatewayServer, sink: Sink) -> Iterator[Api]:
    made = Api(server, sink)
    sink.calls.clear()
    yield made
    for key in (ONE, TWO):
        for hook in made("GET", "/hooks", key=key).json()["data"]:
            assert made("DELETE", f"/hooks/{hook['id']}", key=key).status_code == 204

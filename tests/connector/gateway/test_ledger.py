"""The gateway on its ledger: on PostgreSQL too, on one that fails, on one written with another key, and purged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, update
from sqlalchemy.exc import OperationalError

from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger import Ledger, Vault, key_tables, make_engine, webhook_tables
from specloom.connector.ledger.liveness import Instance
from specloom.connector.ledger.migrate import upgrade
from specloom.connector.ledger.tables import instances, metadata
from specloom.connector.server.wiring import purge
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import GatewayServer, running
from tests.connector.webhooks.servers import postgres, postgres_folder
from tests.support.emulated import Receiver

SECRET = "a secret key of forty characters or more"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres() as url:
        yield f"{url}/postgres"


def test_two_gateways_share_a_postgresql(
    database: str, emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What one accepts, the other tells, replays and takes over."""
    environ = {"SPECLOOM_DATABASE_URL": database, "SPECLOOM_SECRET_KEY": SECRET}
    headers = {"Authorization": "Bearer tf_x"}
    with running(tmp_path_factory.mktemp("second"), emulator, environ=environ) as second:
        with running(tmp_path_factory.mktemp("first"), emulator, environ=environ) as first:
            reply = first.run("tuneforge", "generateMusic", {"prompt": "x"}, key="tf_x")
            path = reply.headers["Location"]
            assert second.call("GET", path, headers=headers).json() == reply.json()
            keyed = {"Idempotency-Key": "shared"}
            one = first.run("tuen", "generateImage", {"prompt": "x"}, headers=keyed)
            two = second.run("tuen", "generateImage", {"prompt": "x"}, headers=keyed)
            assert one.content == two.content and two.headers["Idempotent-Replayed"]
            waits = {"Prefer": "respond-async"}
            slow = first.run("tengrai", "createQuantumArtwork", {"prompt": "sea"}, headers=waits).headers["Location"]
            time.sleep(0.1)
        # The first has stopped; the second goes on with what it left.
        result = second.call("GET", slow, key="emulator", headers={"Prefer": "wait=10"}).json()
        assert result["status"] == "succeeded"
    assert len(emulator.emulator.calls("generateImage")) == len(emulator.emulator.calls("createQuantumArtwork")) == 1


def test_the_migrations_make_the_tables_the_code_knows(database: str, tmp_path: Path) -> None:
    assert webhook_tables and key_tables
    for url in (f"sqlite:///{tmp_path / 'x.db'}", database):
        engine = make_engine(url)
        upgrade(engine)
        upgrade(engine)
        with engine.connect() as connection:
            found = compare_metadata(MigrationContext.configure(connection), metadata)
            assert [change for change in found if "comment" not in str(change)] == []
        engine.dispose()


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing can be written: a full disk, or somebody else's lock."""

    @contextmanager
    def broken(self: Ledger) -> Iterator[Connection]:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        yield

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "write", broken)
        yield


def test_without_a_ledger_nothing_is_accepted_and_nothing_paid_is_lost(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    with running(tmp_path_factory.mktemp("full"), emulator) as gateway:
        key = gateway.key("tuen")
        hook = {"target_url": receiver.url, "events": ["*"], "services": ["tuen"]}
        assert gateway.call("POST", "/hooks", key=key, json=hook).status_code == 201
        with failing(monkeypatch):
            for headers in ({"Prefer": "respond-async"}, {"Idempotency-Key": "k"}):
                reply = gateway.run("tuen", "generateImage", {"prompt": "x"}, headers=headers)
                assert reply.status_code == 503 and "nothing was sent" in reply.json()["error"]["message"]
            assert emulator.emulator.calls() == []
            for call in (uniform, drop_in):
                reply = call(gateway)
                assert reply.status_code == 200 and reply.json()["image_url"]
                assert reply.headers["Specloom-Event"] == "not-recorded"
            assert gateway.call("POST", "/files", key=key, data=b"x").status_code == 503
        reply = uniform(gateway)
        assert "Specloom-Event" not in reply.headers and receiver.arrived.acquire(timeout=10)
    receiver.stop()


def uniform(gateway: GatewayServer) -> requests.Response:
    return gateway.run("tuen", "generateImage", {"prompt": "x"})


def drop_in(gateway: GatewayServer) -> requests.Response:
    key = gateway.key("tuen")
    return gateway.call("POST", "/tuen/api/services/image_gen", key=key, json={"prompt": "x"})


def test_a_result_waits_for_the_ledger(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full while the vendor works: what it answers is written down once there is room."""
    with running(tmp_path_factory.mktemp("waits"), emulator) as gateway:
        waits = {"Prefer": "respond-async"}
        path = gateway.run("mayanio", "generateVideo", {"prompt": "x"}, key="slow_1", headers=waits).headers["Location"]
        time.sleep(0.4)
        with failing(monkeypatch):
            time.sleep(1.5)
            assert gateway.call("GET", path, key="slow_1").json()["status"] == "queued"
        result: Any = gateway.call("GET", path, key="slow_1", headers={"Prefer": "wait=10"}).json()
        assert result["status"] == "succeeded" and len(emulator.emulator.calls("generateVideo")) == 1


def test_another_secret_key_is_refused_at_the_start(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("locked")
    with running(data, emulator) as gateway:
        gateway.run("tengrai", "createQuantumArtwork", {"prompt": "never ends"}, headers={"Prefer": "respond-async"})
    with pytest.raises(SpecloomError, match="another SPECLOOM_SECRET_KEY"):
        GatewayServer(data, emulator, environ={"SPECLOOM_SECRET_KEY": SECRET})


def test_secret_keys_can_be_replaced() -> None:
    sealed, digest = Vault("old " * 10).seal({"a": 1}), Vault("old " * 10).digest("link", "x")
    both = Vault(f"{'new ' * 10},{'old ' * 10}")
    assert both.unseal(sealed) == {"a": 1} and both.matches(digest, "link", "x")
    assert not both.matches(digest, "other", "x") and not both.matches("", "link", "x")
    with pytest.raises(SpecloomError):
        Vault("new " * 10).unseal(sealed)


def test_finished_jobs_are_purged_in_time(gateway: GatewayServer) -> None:
    shared = gateway.process.shared
    reply = gateway.run("tuneforge", "generateMusic", {"prompt": "x"}, key="tf_purged")
    path, now = reply.headers["Location"], time.time()
    purge(shared, now + shared.settings.retention - 60)
    assert gateway.call("GET", path, key="tf_purged").status_code == 200
    assert purge(shared, now + shared.settings.retention + 60)["jobs"] >= 1
    assert gateway.call("GET", path, key="tf_purged").status_code == 404


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "no url at all", "sqlite:///:memory:"])
def test_other_databases_are_refused_in_words(url: str) -> None:
    with pytest.raises(SpecloomError):
        make_engine(url)


def test_a_process_that_lives_is_none_that_died_because_a_clock_jumped(tmp_path: Path) -> None:
    """Beside SQLite the system's locks tell, not how long ago something was seen."""
    ledger = Ledger(make_engine(f"sqlite:///{tmp_path / 'ledger.db'}"), Vault(SECRET))
    upgrade(ledger.engine)
    one, two = Instance(ledger), Instance(ledger)
    one.start()
    two.start()
    with ledger.write() as connection:
        connection.execute(update(instances).values(seen=time.time() - 3600))
        assert two.living(connection) == {one.id, two.id}
    one.stop()
    with ledger.read() as connection:
        assert two.living(connection) == {two.id}
    two.stop()
    ledger.engine.dispose()

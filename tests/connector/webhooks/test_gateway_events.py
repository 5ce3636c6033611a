"""The fan-out as a gateway has it: which of its calls make events, and what it does while the ledger is away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import specloom.connector.ledger.engine as ledger_engine
from specloom.connector.emulator import EmulatorServer
from tests.connector.gateway.harness import GatewayServer, running, services
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import SECRET_KEY

KEY = "slk_0123456789abcdef"
HEADERS = {"X-Specloom-Key": KEY}
Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    server = EmulatorServer(services().values(), job_seconds=0.2).start()
    yield server
    server.stop()


@pytest.fixture
def gateway(
    ledger_url: str, emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GatewayServer]:
    monkeypatch.setattr(ledger_engine, "BUSY_SECONDS", 0.3)
    emulator.emulator.clear()
    environ = {
        "SPECLOOM_API_KEYS": f"acme={KEY}",
        "SPECLOOM_DATABASE_URL": ledger_url,
        "SPECLOOM_SECRET_KEY": SECRET_KEY,
        "SPECLOOM_HOOK_RETRIES": "0.2s,0.2s,0.5s,1s,1s",
    }
    with running(tmp_path_factory.mktemp("gateway"), emulator, environ=environ) as server:
        yield server


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        yield server


@pytest.fixture
def away(ledger_url: str) -> Away:
    """The ledger as others can take it away: SQLite's file is locked, PostgreSQL ends all connections."""
    return lambda: (_locked if ledger_url.startswith("sqlite") else _refusing)(ledger_url)


@contextmanager
def _locked(url: str) -> Iterator[None]:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _refusing(url: str) -> Iterator[None]:
    server = make_url(url).set(drivername="postgresql+psycopg", database="postgres")
    name = make_url(url).database
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()


def subscribe(gateway: GatewayServer, url: str) -> None:
    hook = {"target_url": url, "events": ["*"]}
    assert gateway.call("POST", "/hooks", headers=HEADERS, json=hook).status_code == 201


def emit(gateway: GatewayServer, number: int) -> Any:
    body = {"type": "order.paid", "data": {}, "id": f"order-{number}"}
    return gateway.call("POST", "/events", headers=HEADERS, json=body)


def picture(gateway: GatewayServer, **headers: str) -> Any:
    return gateway.run("tuen", "generateImage", {"prompt": "x"}, headers={**HEADERS, **headers})


def test_a_ledger_that_is_away(gateway: GatewayServer, emulator: EmulatorServer, sink: Sink, away: Away) -> None:
    """Nothing new is accepted, what is paid for is returned, what was accepted is delivered."""
    subscribe(gateway, sink.url("/flaky"))
    accepted = [emit(gateway, number).json()["id"] for number in range(5)]
    sink.wait_for(1)
    with away():
        assert emit(gateway, 5).status_code == 503
        later = picture(gateway, Prefer="respond-async")
        assert later.status_code == 503 and "nothing was sent" in later.json()["error"]["message"]
        assert emulator.emulator.calls("generateImage") == []
        paid = picture(gateway)
        assert paid.status_code == 200 and paid.json()["image_url"]
        assert paid.headers["Specloom-Event"] == "not-recorded"
        sink.healed = True
    again = emit(gateway, 5)
    assert (again.status_code, again.json()["duplicate"]) == (202, False)
    told = picture(gateway)
    assert told.status_code == 200 and "Specloom-Event" not in told.headers
    ids = set(sink.wait_for(len(accepted) + 2))
    assert {*accepted, again.json()["id"]} < ids and len(ids) == len(accepted) + 2


def test_one_event_however_often_a_result_is_read(gateway: GatewayServer, sink: Sink) -> None:
    """Reading, and a caller's own polling, through /run and on the vendor's path, make no events."""
    subscribe(gateway, sink.url())
    waits = {**HEADERS, "Prefer": "wait=10"}
    result = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"}, headers=waits).json()
    assert result["status"] == "succeeded", result
    sink.wait_for(1)
    own = f"/tuneforge/api/v1/music/status/{result['id']}"
    for _ in range(3):
        for path in (f"/jobs/{result['job_id']}", own, "/events", "/deliveries", "/events/samples"):
            assert gateway.call("GET", path, key=gateway.key("tuneforge"), headers=HEADERS).status_code == 200, path
        again = gateway.run("tuneforge", "getMusicStatus", {"request_id": result["id"]}, headers=HEADERS).json()
        assert (again["status"], again["id"]) == ("succeeded", result["id"])
    events = gateway.call("GET", "/events", headers=HEADERS).json()["data"]
    assert [entry["type"] for entry in events] == ["audio.succeeded"]

"""A PostgreSQL that hangs, is down at the start, or is taken up by one tenant: it costs a time-out, not the gateway."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from specloom.connector.emulator import EmulatorServer
from specloom.connector.fairness.fair_queue import FairPool
from specloom.connector.ledger import make_engine, reading
from specloom.connector.network import database
from specloom.connector.network.deadline import patient
from specloom.connector.settings import variable
from tests.connector.gateway.harness import KEY_ONE, KEY_TWO, eventually
from tests.connector.gateway.served import Served
from tests.connector.webhooks.servers import Postgres, postgres_folder

SECRET = "a secret key of forty characters or more"
HEADERS = {"X-Specloom-Key": KEY_ONE}
IMAGE = "/tuen/api/services/image_gen"
pytestmark = pytest.mark.linux  # /proc tells which processes the server has


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with Postgres() as running:
        yield running


@pytest.fixture
def down() -> Iterator[Postgres]:
    """A server that has not been started yet."""
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    made = Postgres()
    yield made
    made.__exit__()


@contextmanager
def stalled(server: Postgres) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


def environ(emulator: EmulatorServer, database_url: str) -> dict[str, str]:
    told = {variable(key, "base_url"): emulator.base_url(key) for key in ("tuen", "tuneforge")}
    told |= {variable(key, "api_key"): emulator.key(key) for key in ("tuen", "tuneforge")}
    return told | {
        "SPECLOOM_DATABASE_URL": database_url, "SPECLOOM_SECRET_KEY": SECRET,
        "SPECLOOM_API_KEYS": f"one={KEY_ONE},two={KEY_TWO}", "SPECLOOM_PATIENCE": "0",
    }  # fmt: skip


def timed(method: str, url: str, headers: dict[str, str] | None = None, **options: object) -> tuple[int, float]:
    began = time.monotonic()
    sent = {**HEADERS, **(headers or {})}
    reply = requests.request(method, url, headers=sent, timeout=60, **options)  # type: ignore[arg-type]
    return reply.status_code, time.monotonic() - began


def test_a_database_that_hangs(server: Postgres, emulator: EmulatorServer, tmp_path: Path) -> None:
    """Questions to the ledger are answered in time, 503; calls that need none go on; it heals by itself."""
    gateway = Served(tmp_path / "data", environ(emulator, f"{server.url}/postgres")).start()
    try:
        assert timed("POST", gateway.url + IMAGE, json={"prompt": "x"})[0] == 200
        with stalled(server), ThreadPoolExecutor(24) as pool:
            asked = [
                pool.submit(timed, method, gateway.url + path, json=body)
                for method, path, body in [
                    ("GET", "/readyz", None), ("GET", "/events", None), ("GET", "/jobs", None),
                    ("POST", "/run/tuneforge/generateMusic", {"prompt": "x"}),
                    ("POST", "/events", {"type": "a.b", "data": {}}),
                ] * 4
            ]  # fmt: skip
            through = [pool.submit(timed, "POST", gateway.url + IMAGE, json={"prompt": "x"}) for _ in range(4)]
            for _ in range(10):
                status, seconds = timed("GET", gateway.url + "/healthz")
                assert status == 200 and seconds < 1
                time.sleep(0.2)
            told = [future.result() for future in asked]
            assert {status for status, _ in told} == {503} and max(seconds for _, seconds in told) < 12, told
            passed = [future.result() for future in through]
            assert {status for status, _ in passed} == {200} and max(seconds for _, seconds in passed) < 15, passed
            # From then on nobody waits for it at all.
            for path, wanted in (("/readyz", 503), ("/events", 503)):
                assert timed("GET", gateway.url + path) < (wanted, 1.0)
            status, seconds = timed("POST", gateway.url + IMAGE, json={"prompt": "x"})
            assert status == 200 and seconds < 1
            reply = requests.get(gateway.url + "/events", headers=HEADERS, timeout=10)
            assert int(reply.headers["Retry-After"]) >= 1
        gateway.wait_ready(20)
        assert timed("GET", gateway.url + "/events")[0] == 200
        assert timed("POST", gateway.url + "/run/tuneforge/generateMusic", json={"prompt": "x"})[0] == 200
    finally:
        gateway.kill()


def test_a_gateway_started_before_its_database(down: Postgres, emulator: EmulatorServer, tmp_path: Path) -> None:
    told = environ(emulator, f"{down.url}/postgres")
    gateway = Served(tmp_path / "data", told, "--workers", "2").start(wait=False)
    try:
        eventually(lambda: is_up(gateway), 30)
        assert requests.get(gateway.url + "/readyz", timeout=5).status_code == 503
        assert timed("POST", gateway.url + IMAGE, json={"prompt": "x"})[0] == 200
        status, seconds = timed("POST", gateway.url + "/run/tuneforge/generateMusic", json={"prompt": "x"})
        assert status == 503 and seconds < 2
        down.start()
        both = range(10)  # one of the two processes answers each
        eventually(lambda: all(timed("GET", gateway.url + "/readyz")[0] == 200 for _ in both), 30)
        assert timed("POST", gateway.url + "/run/tuneforge/generateMusic", json={"prompt": "x"})[0] == 200
        assert gateway.stop() == 0
    finally:
        if gateway.is_alive():
            gateway.kill()


def is_up(gateway: Served) -> bool:
    try:
        return requests.get(gateway.url + "/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def test_a_gateway_that_waited_and_may_not_serve_ends(down: Postgres, tmp_path: Path) -> None:
    """Strangers reach it, and whether there is a key only the ledger tells."""
    told = {"SPECLOOM_DATABASE_URL": f"{down.url}/postgres", "SPECLOOM_SECRET_KEY": SECRET}
    gateway = Served(tmp_path / "data", told, "--host", "0.0.0.0").start(wait=False)
    try:
        eventually(lambda: is_up(gateway), 30)
        assert requests.post(gateway.url + "/events", json={"type": "a.b", "data": {}}, timeout=5).status_code == 503
        down.start()
        eventually(lambda: not gateway.is_alive(), 20)
        assert gateway.stop() != 0 and "without a gateway key" in gateway.log.read_text()
    finally:
        if gateway.is_alive():
            gateway.kill()


def test_one_tenant_does_not_take_all_connections(server: Postgres) -> None:
    """A hundred of its calls hold on to theirs; another tenant's has one at once."""
    engine = make_engine(f"{server.url}/postgres")
    pool, go, holding = FairPool(128, "test"), threading.Event(), threading.Semaphore(0)
    served: list[float] = []

    def hold() -> None:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
            holding.release()
            go.wait(20)

    def ask() -> None:
        began = time.monotonic()
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
        served.append(time.monotonic() - began)

    try:
        for _ in range(90):
            pool.submit("many", hold)
        for _ in range(25):
            assert holding.acquire(timeout=10)
        pool.submit("one", ask)
        assert eventually(lambda: served, 5)[0] < 1
    finally:
        go.set()
        pool.stop()
        eventually(lambda: pool.running == 0)
        engine.dispose()


def test_what_takes_long_by_its_nature_is_not_given_up(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that the server is silent over is given up; who is `patient` waits for it."""
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.5)
    engine = make_engine(f"{server.url}/postgres")
    with reading(engine) as connection, patient(5):
        connection.execute(text("SELECT pg_sleep(1)"))
    began = time.monotonic()
    with pytest.raises(OperationalError), reading(engine) as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    assert time.monotonic() - began < 2
    with pytest.raises(OperationalError), reading(engine):
        pass  # refused at once, until somebody has looked
    eventually(lambda: works(engine), 5)
    engine.dispose()


def works(engine: Engine) -> bool:
    try:
        with reading(engine) as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1
    except OperationalError:
        return False

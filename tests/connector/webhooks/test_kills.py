"""kill -9 of gateway, workers and broker at random moments: nothing accepted is lost, and what comes twice comes with
the same webhook-id."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from specloom.connector.ledger import Ledger, Vault, make_engine
from specloom.connector.webhooks.delivery.senders import in_flight
from specloom.connector.webhooks.delivery.settings import APART, DeliverySettings
from tests.connector.webhooks.processes import HEADERS, GatewayNode, Node, worker
from tests.connector.webhooks.servers import RABBITMQ, RabbitMQ, Redis
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import SECRET_KEY, World

HOOKS = 5
CALLERS = 4


@contextmanager
def looking_at(url: str) -> Iterator[World]:
    engine = make_engine(url)
    yield World(Ledger(engine, Vault(SECRET_KEY)))
    engine.dispose()


class Callers:
    """Emit events until each was accepted, however often the gateway dies meanwhile."""

    def __init__(self, gateway: GatewayNode, count: int, seconds: float) -> None:
        self.gateway, self.pause = gateway, seconds * CALLERS / count
        self.accepted: dict[str, str] = {}
        numbers = [range(first, count, CALLERS) for first in range(CALLERS)]
        self.threads = [threading.Thread(target=self._call, args=(part,), daemon=True) for part in numbers]
        for thread in self.threads:
            thread.start()

    def _call(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            body = {"type": "order.paid", "data": {"number": number}, "id": f"order-{number}"}
            until = time.monotonic() + 60
            while True:
                try:
                    reply = requests.post(f"{self.gateway.url}/events", json=body, headers=HEADERS, timeout=5)
                    if reply.ok:
                        self.accepted[f"order-{number}"] = reply.json()["id"]
                        break
                except requests.RequestException:
                    time.sleep(0.05)
                assert time.monotonic() < until
            time.sleep(self.pause * random.uniform(0, 2))

    def join(self) -> dict[str, str]:
        for thread in self.threads:
            thread.join(120)
        return self.accepted


def subscribe(gateway: GatewayNode, sink: Sink) -> None:
    for number in range(HOOKS):
        body = {"target_url": sink.url(f"/hook{number}"), "events": ["order.*"]}
        requests.post(f"{gateway.url}/hooks", json=body, headers=HEADERS, timeout=10).raise_for_status()


def proven(sink: Sink, accepted: dict[str, str], count: int, kills: int, held: int) -> None:
    """All arrived at every hook; what arrived twice had the same id, and was in flight at a kill."""
    assert len(accepted) == count
    arrived = Counter((call.path, call.id) for call in sink.calls)
    expected = {(f"/hook{number}", event_id) for number in range(HOOKS) for event_id in accepted.values()}
    assert expected == set(arrived)
    doubles = sum(arrived.values()) - len(arrived)
    print(f"{len(arrived)} deliveries, {kills} kills: 0 lost, {doubles} came twice")
    assert doubles <= held * kills


def run_kills(kills: int, pause: tuple[float, float], kill: Callable[[int], None]) -> None:
    for number in range(kills):
        time.sleep(random.uniform(*pause))
        kill(number)


def threads_on_sqlite(url: str, folder: Path, *, deliveries: int, kills: int) -> None:
    gateway = GatewayNode(url, folder)
    with Sink() as sink, looking_at(url) as world:
        gateway.start()
        gateway.until_ready()
        subscribe(gateway, sink)
        callers = Callers(gateway, deliveries // HOOKS, seconds=kills * 1.2)

        def kill(_number: int) -> None:
            gateway.kill()
            gateway.start()
            gateway.until_ready()

        try:
            run_kills(kills, (0.1, 0.6), kill)
            accepted = callers.join()
            assert world.until_done(60) == {"delivered": deliveries}
        finally:
            gateway.kill()
        proven(sink, accepted, deliveries // HOOKS, kills, in_flight(DeliverySettings()))


def celery_on_postgres(url: str, folder: Path, broker: Redis | RabbitMQ, *, deliveries: int, kills: int) -> None:
    gateway = GatewayNode(url, folder, {"SPECLOOM_BROKER_URL": broker.url})
    workers = [worker(url, folder, name, broker.url) for name in ("one", "two", "three")]
    with Sink() as sink, looking_at(url) as world:
        for node in (gateway, *workers):
            node.start()
        gateway.until_ready()
        subscribe(gateway, sink)
        callers = Callers(gateway, deliveries // HOOKS, seconds=kills * 1.5)

        def kill(number: int) -> None:
            if number == 0:
                workers[2].kill()  # and never comes back
                return
            victim: Node | Redis | RabbitMQ = (broker, workers[0], gateway, workers[1])[number % 4]
            victim.kill()
            victim.start()

        try:
            run_kills(kills, (0.3, 1.2), kill)
            accepted = callers.join()
            assert world.until_done(90) == {"delivered": deliveries}
        finally:
            for node in (gateway, *workers):
                node.kill()
        proven(sink, accepted, deliveries // HOOKS, kills, in_flight(DeliverySettings(concurrency=APART)))


def test_threads_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    threads_on_sqlite(sqlite_url, tmp_path, deliveries=500, kills=5)


def test_celery_on_postgres(postgres_url: str, redis: Redis, tmp_path: Path) -> None:
    celery_on_postgres(postgres_url, tmp_path, redis, deliveries=500, kills=5)


@pytest.mark.soak
def test_threads_on_sqlite_50_kills(sqlite_url: str, tmp_path: Path) -> None:
    threads_on_sqlite(sqlite_url, tmp_path, deliveries=5000, kills=50)


@pytest.mark.soak
def test_celery_on_postgres_20_kills(postgres_url: str, redis: Redis, tmp_path: Path) -> None:
    celery_on_postgres(postgres_url, tmp_path, redis, deliveries=5000, kills=20)


@pytest.mark.soak
def test_celery_with_rabbitmq_20_kills(postgres_url: str, tmp_path: Path) -> None:
    if not RABBITMQ.exists():
        pytest.skip("RabbitMQ is not installed (apt-get install rabbitmq-server)")
    with RabbitMQ() as broker:
        celery_on_postgres(postgres_url, tmp_path, broker, deliveries=5000, kills=20)

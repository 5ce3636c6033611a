"""Over a broker: the messages carry ids only, and losing or doubling them does no harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from specloom.connector.webhooks.delivery.backends import backend_of
from specloom.connector.webhooks.delivery.celery import make_app, publisher
from specloom.connector.webhooks.delivery.dispatcher import Dispatcher
from specloom.connector.webhooks.delivery.feeder import BATCH, QUEUE, Feeder
from specloom.connector.webhooks.delivery.sender import Sender
from specloom.schemas.problems import SpecloomError
from tests.connector.webhooks.servers import free_port
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import LOCAL, QUICK, World

SETTINGS = replace(QUICK, queue_lease=0.5)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def worker(world: World) -> Iterator[Dispatcher]:
    send = Sender(LOCAL, world.ledger.vault.unseal, SETTINGS).send
    running = Dispatcher(world.ledger, send, SETTINGS, claiming=False)
    running.start()
    yield running
    running.stop()


def deliver(world: World, publish: Callable[[Sequence[str]], None], count: int) -> None:
    feeder = Feeder(world.ledger, SETTINGS, publish)
    feeder.start()
    try:
        assert world.until_done() == {"delivered": count}
    finally:
        feeder.stop()


def test_ids_and_nothing_else(world: World, sink: Sink, worker: Dispatcher) -> None:
    world.hook(sink.url(), room=16)
    world.fill(40)
    seen: list[Sequence[str]] = []

    def publish(ids: Sequence[str]) -> None:
        seen.append(ids)
        worker.accept(ids, QUEUE)

    deliver(world, publish, 40)
    assert all(len(ids) <= BATCH and all(one.startswith("dlv_") for one in ids) for ids in seen)
    assert len(sink.calls) == 40


def test_lost_messages(world: World, sink: Sink, worker: Dispatcher) -> None:
    world.hook(sink.url(), room=16)
    world.fill(20)
    messages: list[Sequence[str]] = []

    def publish(ids: Sequence[str]) -> None:
        messages.append(ids)
        if len(messages) > 2:
            worker.accept(ids, QUEUE)

    deliver(world, publish, 20)
    assert len(sink.calls) == 20


def test_doubled_and_late_messages(world: World, sink: Sink, worker: Dispatcher) -> None:
    world.hook(sink.url(), room=16)
    world.fill(20)
    messages: list[Sequence[str]] = []

    def publish(ids: Sequence[str]) -> None:
        messages.append(ids)
        for _ in range(2):
            worker.accept(ids, QUEUE)

    deliver(world, publish, 20)
    for ids in messages:
        worker.accept(ids, QUEUE)
    time.sleep(0.2)
    assert len(sink.calls) == 20


def test_a_broker_that_is_away(world: World, sink: Sink, worker: Dispatcher) -> None:
    world.hook(sink.url(), room=16)
    world.fill(5)
    away = [True]

    def publish(ids: Sequence[str]) -> None:
        if away.pop() if away else False:
            raise ConnectionError
        worker.accept(ids, QUEUE)

    deliver(world, publish, 5)
    assert len(sink.calls) == 5


def test_a_rabbitmq_that_is_not_there() -> None:
    """Told in time, and as an exception: the feeder gives the deliveries back then."""
    exceptions = pytest.importorskip("kombu.exceptions", reason="Celery is not installed (the extra celery)")
    send = publisher(make_app(f"amqp://127.0.0.1:{free_port()}//"), SETTINGS)
    began = time.monotonic()
    with pytest.raises(exceptions.OperationalError):
        send(["dlv_1"])
    assert time.monotonic() - began < 12


def test_who_delivers(world: World) -> None:
    def chosen(**environ: str) -> str:
        variables = {f"SPECLOOM_{name}": value for name, value in environ.items()}
        return type(backend_of(world.ledger, lambda _: pytest.fail(), QUICK, variables)).__name__

    assert chosen() == chosen(HOOK_DISPATCH="threads", BROKER_URL="redis://x") == "Dispatcher"
    assert chosen(HOOK_DISPATCH="worker") == "NullBackend"
    assert chosen(BROKER_URL="redis://127.0.0.1:1/0") == "Feeder"
    for wrong in ({"HOOK_DISPATCH": "celery"}, {"HOOK_DISPATCH": "pigeons"}):
        with pytest.raises(SpecloomError):
            chosen(**wrong)

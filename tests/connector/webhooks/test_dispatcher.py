"""Deliveries by threads, from the ledger to the endpoint."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import specloom.connector.webhooks.delivery.dispatcher as dispatcher_module
from specloom.connector.webhooks.delivery.claim import claimed
from specloom.connector.webhooks.delivery.feeder import QUEUE, Feeder
from specloom.connector.webhooks.delivery.model import Claim
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import QUICK, World, attempts, deliveries, hooks


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def test_each_event_to_each_hook_once(world: World, sink: Sink) -> None:
    for number in range(3):
        world.hook(sink.url(f"/hook{number}"))
    world.fill(60)
    dispatcher = world.dispatcher()
    dispatcher.start()
    assert world.until_done() == {"delivered": 180}
    assert Counter(Counter(call.path for call in sink.calls).values()) == {60: 3}
    assert len({(call.path, call.id) for call in sink.calls}) == 180
    world.fill(1, start=100)
    dispatcher.wake()
    world.until_done(2)
    dispatcher.stop()
    assert len(world.rows(attempts)) == 183


def test_retried_until_the_endpoint_is_back(world: World, sink: Sink) -> None:
    world.hook(sink.url("/flaky"))
    world.fill(5)
    dispatcher = world.dispatcher(retries=(0.1,) * 20, breaker_waits=(0.1,))
    dispatcher.start()
    sink.wait_for(1)
    sink.healed = True
    assert world.until_done() == {"delivered": 5}
    dispatcher.stop()
    assert world.rows(hooks)[0].failures == 0


@pytest.mark.parametrize("over_broker", [False, True])
def test_the_ledger_goes_away_between_a_lease_and_its_answer(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch, over_broker: bool
) -> None:
    """What was leased then, and all behind it on a hook with room for one, does not wait until the lease ends."""
    failures = iter([OperationalError("SELECT", {}, Exception("gone"))])

    def load(*given: Any) -> list[Claim]:
        for failure in failures:
            raise failure
        return claimed(*given)

    monkeypatch.setattr(dispatcher_module, "claimed", load)
    world.hook(sink.url(), room=1)
    world.fill(3)
    dispatcher = world.dispatcher(lease=100, queue_lease=100, claiming=not over_broker)
    feeder = Feeder(world.ledger, replace(QUICK, queue_lease=100), lambda ids: dispatcher.accept(ids, QUEUE))
    dispatcher.start()
    if over_broker:
        feeder.start()
    assert world.until_done(10) == {"delivered": 3}
    feeder.stop()
    dispatcher.stop()
    assert len(sink.calls) == 3


def test_a_hook_that_hangs_and_one_that_fails_delay_no_other(world: World, sink: Sink) -> None:
    """300 fast deliveries take no longer than 1.5 times what they take alone."""
    sink.delay = 0.02

    def drain(start: int) -> float:
        world.fill(60, start)
        dispatcher = world.dispatcher(timeout=2.5)
        began = time.monotonic()
        dispatcher.start()
        fast = [f"/slow{number}" for number in range(5)]
        wanted = {row.id for row in world.rows(hooks) if any(row.target_url.endswith(path) for path in fast)}
        while {row.hook_id for row in world.rows(deliveries, state="pending")} & wanted or {
            row.hook_id for row in world.rows(deliveries, state="leased")
        } & wanted:
            assert time.monotonic() - began < 30
            time.sleep(0.02)
        took = time.monotonic() - began
        dispatcher.stop()
        return took

    for number in range(5):
        world.hook(sink.url(f"/slow{number}"), room=16)
    alone = drain(0)
    world.hook(sink.url("/hang"))
    world.hook(sink.url("/fail"))
    beside = drain(100)
    print(f"300 deliveries alone {alone:.2f} s, beside a hanging and a failing hook {beside:.2f} s")
    assert sink.ids("/hang") and sink.ids("/fail")
    assert beside <= 1.5 * alone + 0.1


def test_a_rate_limit_on_the_wire(world: World, sink: Sink) -> None:
    world.hook(sink.url("/limited"), rate=30.0, room=16)
    world.hook(sink.url("/free"))
    world.fill(60)
    dispatcher = world.dispatcher()
    dispatcher.start()
    world.until_done()
    dispatcher.stop()
    limited = sorted(call.at for call in sink.calls if call.path == "/limited")
    assert max(sum(1 for at in limited if start <= at < start + 1) for start in limited) <= 36
    assert limited[-1] - limited[0] >= 1.7


def test_a_stop_finishes_what_was_begun(world: World, sink: Sink) -> None:
    sink.delay = 0.3
    world.hook(sink.url("/slow"), room=16)
    world.fill(40)
    dispatcher = world.dispatcher(concurrency=4)
    dispatcher.start()
    sink.wait_for(2)
    dispatcher.stop()
    states = world.states()
    assert states.keys() <= {"delivered", "pending"} and states["pending"] > 20
    assert states["delivered"] == len(sink.calls)


def test_two_processes_share_the_work(world: World, sink: Sink) -> None:
    for number in range(4):
        world.hook(sink.url(f"/hook{number}"), room=16)
    world.fill(50)
    pair = [world.dispatcher(), world.dispatcher()]
    for dispatcher in pair:
        dispatcher.start()
    assert world.until_done() == {"delivered": 200}
    for dispatcher in pair:
        dispatcher.stop()
    assert len(sink.calls) == len({(call.path, call.id) for call in sink.calls}) == 200

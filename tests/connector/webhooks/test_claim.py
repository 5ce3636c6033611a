"""Which deliveries are taken, by whom, and for how long."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import update

from specloom.connector.webhooks.delivery.claim import forget_future, give_back, take_over
from specloom.connector.webhooks.delivery.fairness import Lane, allowance, share_out
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from tests.connector.webhooks.worlds import QUICK, World, deliveries, hooks

LANE = Lane(hook_id="h", tenant="t", due=0, in_flight=0, room=4, failures=0, open_until=0, next_due=0, rate=None)
SETTINGS = DeliverySettings()


def test_lanes_share_what_there_is() -> None:
    lanes = [replace(LANE, hook_id="b", due=2, room=16), replace(LANE, hook_id="a", due=1, room=2)]
    shares = {share.lane.hook_id: share.count for share in share_out(lanes, 10, 8, SETTINGS)}
    assert shares == {"a": 2, "b": 6}
    assert [share.lane.hook_id for share in share_out(lanes, 10, 1, SETTINGS)] == ["a"]
    assert share_out(lanes, 10, 0, SETTINGS) == []
    many = [replace(LANE, hook_id=str(n), due=n, room=16) for n in range(100)]
    assert sum(share.count for share in share_out(many, 200, 64, SETTINGS)) == 64


def test_what_keeps_a_lane_back() -> None:
    now = 100.0
    assert allowance(LANE, now, SETTINGS) == 4
    assert allowance(replace(LANE, in_flight=3), now, SETTINGS) == 1
    assert allowance(replace(LANE, due=101), now, SETTINGS) == 0
    assert allowance(replace(LANE, open_until=101), now, SETTINGS) == 0
    tried = replace(LANE, failures=SETTINGS.breaker)
    assert allowance(tried, now, SETTINGS) == 1
    assert allowance(replace(tried, in_flight=1), now, SETTINGS) == 0


def test_a_rate_limit_holds_in_every_second() -> None:
    lane, sent, now = replace(LANE, room=1000, rate=30.0), [], 1000.0
    while now < 1005:
        count = sum(share.count for share in share_out([lane], now, 1000, SETTINGS))
        sent += [now] * count
        lane = replace(lane, next_due=max(lane.next_due, now) + count / 30)
        now += 0.013
    assert 140 <= len(sent) <= 160
    assert max(sum(1 for at in sent if start <= at < start + 1) for start in sent) <= 34


def test_leases(world: World) -> None:
    world.hook(room=10)
    world.fill(6)
    first = world.claim(4, holder="one")
    assert len(first) == 4
    assert len(world.claim(holder="two")) == 2
    assert world.claim(holder="three") == []
    assert len(world.claim(holder="three", later=31)) == 6  # neither came back
    world.settle(first)  # one of them was only slow: delivered is delivered
    assert world.states() == {"delivered": 4, "leased": 2}


def test_a_late_failure_takes_nothing_from_the_new_holder(world: World) -> None:
    world.hook()
    world.fill(1)
    late = world.claim(holder="one")
    again = world.claim(holder="two", later=31)
    world.settle(late, 500)
    assert world.states() == {"leased": 1}
    world.settle(again)
    assert world.states() == {"delivered": 1}


def test_doubled_messages_find_one_delivery(world: World) -> None:
    world.hook()
    world.fill(2)
    ids = [one.delivery_id for one in world.claim(holder="queue")]
    until = time.time() + 30
    with world.ledger.write() as connection:
        assert sorted(take_over(connection, ids, "queue", "one", until)) == sorted(ids)
        assert take_over(connection, ids, "queue", "two", until) == []
        assert take_over(connection, ids, "queue", "one", until) == []
        give_back(connection, ids, "two")
    assert {row.lease for row in world.rows(deliveries)} == {"one"}


def test_none_waits_behind_another_hook(world: World) -> None:
    dead = world.hook(room=2)
    world.fill(50)
    alive = world.hook(room=8)
    world.fill(4, start=100)
    taken = [one.hook_id for one in world.claim(10)]
    assert taken.count(dead) == 2 and taken.count(alive) == 4
    world.change(hooks, open_until=time.time() + 60)
    assert world.claim() == []


@pytest.mark.parametrize(("status", "state"), [("disabled", "dead"), ("gone", "canceled"), ("deleted", "canceled")])
def test_what_waits_for_an_ended_hook(world: World, status: str, state: str) -> None:
    world.hook()
    world.fill(3)
    world.change(hooks, status=status)
    assert world.claim() == []
    assert world.states() == {state: 3}


def test_bodies_and_secrets(world: World) -> None:
    world.hook()
    world.hook(include_raw=True, sealed_old="old", sealed_old_until=time.time() + 60)
    world.hook(sealed_old="old", sealed_old_until=time.time() - 1)
    world.record("v1")
    bodies = sorted((one.body.endswith('"raw":null}'), len(one.sealed)) for one in world.claim())
    assert bodies == [(False, 2), (True, 1), (True, 1)]
    raw = next(one.body for one in world.claim(later=31) if len(one.sealed) == 2)
    assert raw.endswith('"raw":{"image_url":"https://cdn.example.com/a.webp","success":true}}')
    assert raw.count('"raw"') == 1


def test_a_backlog_of_one_hook_costs_the_others_no_time(world: World) -> None:
    """Claiming reads what it takes, not what waits."""
    world.hook(room=4)
    with world.ledger.write() as connection:
        columns = "event_id, hook_id, tenant, state, due, created"
        world_event = "(SELECT id FROM events)"
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
        from sqlalchemy import text

        connection.execute(text("INSERT INTO events (id, tenant, service, type, source_id, state, payload, created) "
                                "VALUES ('e', 'acme', 's', 't.u', 'x', 'u', '{}', 0)"))  # fmt: skip
        connection.execute(
            text(
                f"INSERT INTO deliveries (id, {columns}) {numbers} SELECT 'd' || i, {world_event}, "
                "(SELECT id FROM hooks), 'acme', 'pending', 1, 1 FROM n"
            )
        )
    world.claim(settings=QUICK)
    began = time.perf_counter()
    for _ in range(10):
        world.claim()
    assert time.perf_counter() - began < 1


def test_what_was_written_while_the_clock_was_ahead_does_not_wait_until_then(world: World) -> None:
    """Five deliveries: one of today that waits for its retry, and four that a clock of tomorrow or later wrote."""
    world.hook()
    now, later = time.time(), time.time() + 400_000
    for number in range(5):
        assert world.record(f"v{number}")
    retry, recorded, retried, leased, breaker = (row.id for row in world.rows(deliveries))
    with world.ledger.write() as connection:
        for delivery, values in (
            (retry, {"due": now + 36_000}),
            (recorded, {"created": later, "due": later}),
            (retried, {"due": later + 36_000}),
            (leased, {"state": "leased", "lease": "gone", "lease_until": later}),
            (breaker, {"created": now + 3600, "due": now + 3600}),
        ):
            connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))
        connection.execute(update(hooks).values(open_until=later))
    assert world.claim() == []
    with world.ledger.write() as connection:
        assert forget_future(connection, now, QUICK) == 4
        assert forget_future(connection, now, QUICK) == 0
    assert {one.delivery_id for one in world.claim(later=1)} == {recorded, retried, leased, breaker}


def test_a_lease_of_today_is_kept(world: World) -> None:
    world.hook()
    world.fill(3)
    assert world.claim(2)
    with world.ledger.write() as connection:
        assert forget_future(connection, time.time(), QUICK) == 0
    assert world.states() == {"leased": 2, "pending": 1}

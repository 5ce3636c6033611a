"""What follows from an answer: the next attempt, a dead letter, a hook left alone or ended."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from specloom.connector.webhooks.delivery.outcome import retry_wait
from specloom.connector.webhooks.delivery.settings import DeliverySettings, delivery_settings, seconds
from specloom.schemas.problems import SpecloomError
from tests.connector.webhooks.worlds import QUICK, World, attempts, deliveries, events, hooks

STEADY = replace(DeliverySettings(), breaker=1000)
DAY = 86400


def test_the_schedule() -> None:
    settings = DeliverySettings()
    assert settings.retries == (5, 300, 1800, 7200, 18000, 36000, 36000)
    assert (settings.timeout, settings.disable_after) == (15, 5 * DAY)
    for made, wait in enumerate(settings.retries, 1):
        waits = {retry_wait(made, None, settings) for _ in range(20)}
        assert len(waits) > 1 and all(w and 0.9 * wait <= w <= 1.1 * wait for w in waits)
    assert retry_wait(8, None, settings) is None
    assert retry_wait(1, 120, settings) == 120
    assert retry_wait(2, 1, settings) > 200  # type: ignore[operator]
    assert retry_wait(1, 1e9, settings) == DAY


def test_settings_from_the_environment() -> None:
    given = delivery_settings({"SPECLOOM_HOOK_RETRIES": "1s, 2m,3h", "SPECLOOM_HOOK_DISABLE_AFTER": "2d"})
    assert (given.retries, given.disable_after) == ((1, 120, 10800), 2 * DAY)
    assert delivery_settings({}) == DeliverySettings()
    assert seconds("90") == 90
    for variable, text in [
        ("RETRIES", "5x"), ("RETRIES", """ ,1"""), ("TIMEOUT", "nan"), ("CONCURRENCY", "0"), ("TIMEOUT", "-1s"),
    ]:  # fmt: skip
        with pytest.raises(SpecloomError, match=f"SPECLOOM_HOOK_{variable}"):
            delivery_settings({f"SPECLOOM_HOOK_{variable}": text})


def test_retried_until_it_is_a_dead_letter(world: World) -> None:
    world.hook()
    world.fill(1)
    later = 0.0
    for made in range(1, 9):
        claims = world.claim(settings=STEADY, later=later)
        assert [one.attempts for one in claims] == [made - 1]
        world.settle(claims, 500, settings=STEADY, later=later, response="down")
        assert world.claim(settings=STEADY, later=later) == []
        later += STEADY.retries[min(made, 7) - 1] * 1.11
    row = world.rows(deliveries)[0]
    assert (row.state, row.attempts, row.http_status, row.error) == ("dead", 8, 500, "HTTP 500")
    assert [entry.number for entry in world.rows(attempts)] == list(range(1, 9))
    assert world.rows(attempts)[0].response == "down"
    assert world.rows(hooks)[0].status == "enabled"


@pytest.mark.parametrize("status", [404, 302, 500, None])
def test_failures_that_are_tried_again(world: World, status: int | None) -> None:
    world.hook()
    world.fill(1)
    world.settle(world.claim(), status)
    assert world.states() == {"pending": 1}
    world.settle(world.claim(later=1), 204, later=1)
    assert world.states() == {"delivered": 1}


def test_410_ends_the_subscription(world: World) -> None:
    world.hook(room=2)
    world.fill(5)
    world.settle(world.claim(), 410)
    assert world.rows(hooks)[0].status == "gone"
    assert world.states() == {"canceled": 5}
    assert world.record("v9") and world.states() == {"canceled": 5}


def test_retry_after_is_obeyed_by_the_whole_hook(world: World) -> None:
    world.hook(room=1)
    world.fill(2)
    world.settle(world.claim(), 429, retry_after=100.0)
    assert world.claim(later=99) == []
    assert len(world.claim(later=101)) == 1
    assert world.rows(hooks)[0].failures == 0


def test_the_breaker_lets_one_through_at_a_time(world: World) -> None:
    world.hook(room=16)
    world.fill(10)
    claims = world.claim(QUICK.breaker)
    world.settle(claims, 500)
    assert world.claim(later=0.2) == []
    probe = world.claim(later=0.4)
    assert len(probe) == 1 and world.claim(later=0.4) == []
    world.settle(probe, None, later=0.4)
    assert world.claim(later=0.9) == []
    world.settle(world.claim(later=1.1), 200, later=1.1)
    assert len(world.claim(later=1.1)) >= 2
    assert world.rows(hooks)[0].failures == 0


def test_room_grows_with_success_and_shrinks_with_failure(world: World) -> None:
    world.hook(room=4)
    world.fill(12)
    world.settle(world.claim(1))
    assert world.rows(hooks)[0].room == 8
    world.settle(world.claim(1), 500)
    assert world.rows(hooks)[0].room == 4


def test_disabled_after_five_days_of_only_failures(world: World) -> None:
    failing, other = world.hook(events='["image.*"]'), world.hook(events='["hook.disabled"]')
    theirs = world.hook(tenant="theirs", events='["*"]')
    world.record("v1")
    world.settle(world.claim(settings=STEADY), 500, settings=STEADY)
    world.record("v2")
    world.settle(world.claim(settings=STEADY, later=5 * DAY - 10), 500, settings=STEADY, later=5 * DAY - 10)
    assert world.rows(hooks, id=failing)[0].status == "enabled"
    world.settle(world.claim(settings=STEADY, later=5 * DAY + 400), 500, settings=STEADY, later=5 * DAY + 400)
    ended = world.rows(hooks, id=failing)[0]
    assert (ended.status, ended.reason) == ("disabled", "nothing but failures for 5 days")
    told = world.rows(events, type="hook.disabled")[0]
    assert json.loads(told.payload)["hook_id"] == failing
    waiting = {row.hook_id for row in world.rows(deliveries, state="pending")}
    assert waiting == {other} and theirs not in waiting
    assert {row.state for row in world.rows(deliveries, hook_id=failing)} == {"dead"}


def test_a_success_begins_the_five_days_anew(world: World) -> None:
    hook = world.hook()
    world.fill(3)
    world.settle(world.claim(1), 500)
    world.settle(world.claim(1), 200, later=1)
    assert world.rows(hooks, id=hook)[0].failing_since is None
    world.settle(world.claim(1), 500, later=5 * DAY + 5)
    assert world.rows(hooks, id=hook)[0].status == "enabled"

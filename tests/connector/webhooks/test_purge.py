"""What has had its time is forgotten; what waits is not."""

from __future__ import annotations

import time

from specloom.connector.webhooks.retention import purge
from tests.connector.webhooks.worlds import World, attempts, deliveries, events, hooks


def test_purge(world: World) -> None:
    old, kept = world.hook(), world.hook()
    world.fill(3)
    claims = world.claim()
    world.settle([one for one in claims if one.hook_id == old])
    waiting = [one for one in claims if one.hook_id == kept][0].event_id
    world.settle([one for one in claims if one.hook_id == kept and one.event_id != waiting])
    assert purge(world.ledger, time.time() - 60) == 0
    assert purge(world.ledger, time.time() + 60) == 2
    assert [row.id for row in world.rows(events)] == [waiting]
    assert len(world.rows(deliveries)) == 2 and len(world.rows(attempts)) == 1
    world.settle(world.claim(later=31))
    world.change(hooks, status="deleted")
    assert purge(world.ledger, time.time() + 60) == 1
    assert world.rows(hooks) == world.rows(deliveries) == world.rows(attempts) == []

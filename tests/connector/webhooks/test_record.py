"""Events enter the ledger whole or not at all, and once for each final state."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from specloom.connector.webhooks.events import Event, emit
from specloom.connector.webhooks.patterns import matches
from tests.connector.webhooks.worlds import World, deliveries, events, hooks


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ("image.succeeded", "image.succeeded", True),
        ("image.*", "image.failed", True),
        ("*.failed", "video.failed", True),
        ("*", "hook.disabled", True),
        ("*", "a.b.c", True),
        ("order.*", "order.line.added", True),
        ("*.succeeded", "image.failed", False),
        ("image.succeeded", "image", False),
        ("image", "image.succeeded", False),
        ("*.failed", "order.line.failed", False),
    ],
)
def test_patterns(pattern: str, event: str, expected: bool) -> None:
    assert matches([pattern], event) is expected


def test_event_and_its_deliveries_in_one_transaction(world: World) -> None:
    wanted = [world.hook(events='["image.*"]'), world.hook(events='["*.failed", "*.succeeded"]', services='["tuen"]')]
    world.hook(events='["*.failed"]')
    world.hook(services='["mayanio"]')
    world.hook(tenant="other")
    world.hook(status="disabled")
    event_id = world.record("v1")
    assert {row.hook_id for row in world.rows(deliveries)} == set(wanted)
    event = world.rows(events)[0]
    assert (event.id, event.type, event.source_id) == (event_id, "image.succeeded", "v1")
    assert json.loads(event.payload)["raw"] is None
    assert json.loads(event.raw)["success"] is True


def test_nothing_of_a_transaction_that_fails(world: World) -> None:
    world.hook()
    with pytest.raises(RuntimeError), world.ledger.write() as connection:
        emit(connection, Event(tenant="acme", service="x", type="a.b", payload={}, state="b"))
        raise RuntimeError
    assert world.rows(events) == world.rows(deliveries) == []


def test_one_event_per_final_state(world: World) -> None:
    world.hook()
    assert world.record("v1")
    assert world.record("v1") is None
    assert world.record("v1", result={"service": "mayanio"})
    assert world.record("v1", tenant="other")
    assert world.record("v1", result={"status": "failed", "success": False})
    assert world.record(None) and world.record(None)
    assert world.record(None, dedupe="job_1")
    assert world.record(None, dedupe="job_1") is None
    with pytest.raises(ValueError, match="running"):
        world.record("v1", result={"status": "running"})


def test_one_event_when_many_finish_at_once(world: World) -> None:
    world.hook()
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: world.record("v1"), range(16)))
    assert len([event_id for event_id in ids if event_id]) == 1
    assert len(world.rows(deliveries)) == 1


def test_a_callback_is_told_once_beside_the_hooks(world: World) -> None:
    world.hook()
    url = "https://example.com/callback"
    assert world.record("v1", callback=url) and world.record("v2", callback=url)
    callbacks = world.rows(hooks, kind="callback")
    assert [(row.target_url, row.sealed) for row in callbacks] == [(url, "")]
    assert len(world.rows(deliveries)) == 4
    world.change(hooks, status="gone")
    world.record("v3", callback=url)
    assert world.rows(hooks, kind="callback")[0].status == "enabled"


def test_what_no_database_takes(world: World) -> None:
    world.hook()
    odd = {"text": "a\0b\ud800", "raw": {"n": math.nan, "deep": [math.inf]}}
    assert world.record("id\0\ud800" + "x" * 400, result=odd)
    assert world.record("id\0\ud800" + "x" * 400, result=odd) is None
    event = world.rows(events)[0]
    assert json.loads(event.payload)["text"] == "a\0b\ud800"
    assert json.loads(event.raw) == {"n": None, "deep": [None]}
    assert world.record("long", result={"raw": {"base64": "A" * 1_000_001}})
    assert world.rows(events, source_id="long")[0].raw is None

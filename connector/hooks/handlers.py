"""/hooks and /deliveries: subscribe, look after and end subscriptions; see and repeat what was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from specloom.connector.answers import Refused, json_reply
from specloom.connector.dispatch.model import Claim
from specloom.connector.events.patterns import matches
from specloom.connector.events.record import json_text
from specloom.connector.events.samples import SAMPLES
from specloom.connector.guard import MAX_URL, RefusedURL
from specloom.connector.hooks import deliveries, store
from specloom.connector.hooks.requests import (
    Reader,
    body,
    event_type,
    flag,
    limit,
    moment,
    names,
    number,
    one_of,
    patterns,
    query,
    read,
    text,
)
from specloom.connector.hooks.room import Room
from specloom.connector.ledger.ids import new_id

MAX_OVERLAP = 7 * 86400
_TESTS = threading.BoundedSemaphore(8)
"""A test waits for the endpoint in a thread that calls need."""
DEFAULT_EVENTS = ("*.succeeded",)
_FIELDS: Mapping[str, Reader] = {
    "target_url": text(MAX_URL),
    "events": patterns,
    "services": names,
    "description": text(1000),
    "include_raw": flag,
    "rate_limit": number(0.01, 1000, nullable=True),
}
_PERIOD = {"since": moment, "until": moment}
_WANTED = {"hook_id": text(40), "event_id": text(40), **_PERIOD}


def create_hook(room: Room) -> Response:
    given = read(body(), _FIELDS, ("target_url",))
    given.setdefault("events", list(DEFAULT_EVENTS))
    tenants = room.access.tenants(given.get("services", ()))
    if len(tenants) != 1:
        message = "Name one service in 'services': without a gateway key a hook belongs to one service's key"
        raise Refused("invalid_request", message)
    _check(room, given["target_url"])
    given.setdefault("rate_limit", room.fanout.settings.rate_of(given["target_url"]))
    with room.ledger.write() as connection:
        hook, secret = store.create(connection, room.ledger.vault, tenants[0], given)
    return json_reply({**store.shown(hook), "secret": secret}, 201, {"Location": f"/hooks/{hook.id}"})


def _check(room: Room, url: str) -> None:
    try:
        room.fanout.guard.check(url)
    except RefusedURL as error:
        raise Refused("invalid_request", f"The field 'target_url' is refused. {error}") from None


def list_hooks(room: Room) -> Response:
    with room.ledger.read() as connection:
        found = store.every(connection, room.access.tenants())
    return json_reply({"data": [store.shown(hook) for hook in found]})


def get_hook(room: Room, hook_id: str) -> Response:
    with room.ledger.read() as connection:
        return json_reply(store.shown(store.find(connection, room.access.tenants(), hook_id)))


def change_hook(room: Room, hook_id: str) -> Response:
    tenants = room.access.tenants()
    given = read(body(), {**_FIELDS, "enabled": flag})
    if "target_url" in given:
        _check(room, given["target_url"])
    with room.ledger.write() as connection:
        store.change(connection, store.find(connection, tenants, hook_id), given)
        hook = store.find(connection, tenants, hook_id)
    return json_reply(store.shown(hook))


def delete_hook(room: Room, hook_id: str) -> Response:
    with room.ledger.write() as connection:
        store.delete(connection, store.find(connection, room.access.tenants(), hook_id))
    return Response(status=204)


def rotate_secret(room: Room, hook_id: str) -> Response:
    tenants = room.access.tenants()
    overlap = read(body(empty=True), {"overlap": number(0, MAX_OVERLAP)}).get("overlap", 86400.0)
    with room.ledger.write() as connection:
        secret = store.rotate(connection, room.ledger.vault, store.find(connection, tenants, hook_id), overlap)
    return json_reply({"id": hook_id, "secret": secret, "overlap": overlap})


def try_hook(room: Room, hook_id: str) -> Response:
    """Send a sample now and say what came of it. It is no event: nothing is recorded nor repeated."""
    tenants = room.access.tenants()
    wanted = read(body(empty=True), {"event": event_type}).get("event")
    with room.ledger.read() as connection:
        hook = store.find(connection, tenants, hook_id)
    if not _TESTS.acquire(blocking=False):
        raise Refused("rate_limited", "Too many tests are under way", retry_after=5)
    try:
        return _tried(room, hook, wanted)
    finally:
        _TESTS.release()


def _tried(room: Room, hook: Row[Any], wanted: str | None) -> Response:
    chosen = wanted or next((name for name in SAMPLES if matches(json.loads(hook.events), name)), "image.succeeded")
    payload = SAMPLES.get(chosen, {"test": True})
    outcome = room.fanout.send(
        Claim(
            delivery_id="", event_id=new_id("evt"), hook_id=hook.id, tenant=hook.tenant, kind=hook.kind,
            event_type=chosen, url=hook.target_url, body=json_text(payload), sealed=(hook.sealed,), attempts=0,
            lease="", lease_until=0, healthy=True,
        )
    )  # fmt: skip
    return json_reply(
        {
            "delivered": outcome.delivered, "event": chosen, "http_status": outcome.status, "error": outcome.error,
            "response": outcome.response, "milliseconds": outcome.milliseconds,
        }
    )  # fmt: skip


# Deliveries --------------------------------------------------------------------------------------------------


def list_deliveries(room: Room) -> Response:
    wanted = query({"state": one_of(*deliveries.STATES), **_WANTED, "before": text(40), "limit": limit})
    size = wanted.pop("limit", 20)
    with room.ledger.read() as connection:
        rows = deliveries.page(connection, room.access.tenants(), wanted, size)
    return json_reply({"data": [deliveries.shown(row) for row in rows]})


def get_delivery(room: Room, delivery_id: str) -> Response:
    with room.ledger.read() as connection:
        row = deliveries.find(connection, room.access.tenants(), delivery_id)
        made = deliveries.attempts_of(connection, row)
    return json_reply({**deliveries.shown(row), "attempt_log": made})


def replay_delivery(room: Room, delivery_id: str) -> Response:
    tenants = room.access.tenants()
    with room.ledger.write() as connection:
        row = deliveries.find(connection, tenants, delivery_id)
        if row.state in ("pending", "leased"):
            raise Refused("invalid_request", "This delivery is not finished yet", status=409)
        conditions = {"event_id": row.event_id, "hook_id": row.hook_id}
        if not deliveries.replay(connection, tenants, conditions, state=None):
            raise Refused("invalid_request", "Its hook is not enabled", status=409)
        row = deliveries.find(connection, tenants, delivery_id)
    room.fanout.wake()
    return json_reply(deliveries.shown(row), 202)


def replay_deliveries(room: Room) -> Response:
    tenants = room.access.tenants()
    wanted = read(body(empty=True), {**_WANTED, "state": one_of("dead", "canceled", "delivered")})
    return _replay(room, tenants, wanted)


def replay_hook(room: Room, hook_id: str) -> Response:
    tenants = room.access.tenants()
    wanted = read(body(empty=True), {**_PERIOD, "state": one_of("dead", "canceled", "delivered")})
    with room.ledger.read() as connection:
        if store.find(connection, tenants, hook_id).status != "enabled":
            raise Refused("invalid_request", "The hook is not enabled", status=409)
    return _replay(room, tenants, {**wanted, "hook_id": hook_id})


def _replay(room: Room, tenants: list[str], wanted: dict[str, Any]) -> Response:
    state = wanted.pop("state", "dead")
    with room.ledger.write() as connection:
        count = deliveries.replay(connection, tenants, wanted, state=state)
    room.fanout.wake()
    return json_reply({"replayed": count}, 202)

"""/hooks and /deliveries: subscribe, look after and end subscriptions; see and repeat what was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from sqlalchemy import Row

from specloom.connector.access import audit
from specloom.connector.access.disclosure import view
from specloom.connector.errors import Refused, json_reply
from specloom.connector.ledger.ids import new_id
from specloom.connector.network.ssrf import MAX_URL, RefusedURL
from specloom.connector.webhooks import callback_secrets, deliveries, subscriptions
from specloom.connector.webhooks.api.context import WebhooksContext
from specloom.connector.webhooks.api.requests import (
    ValueReader,
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
from specloom.connector.webhooks.api.samples import SAMPLES
from specloom.connector.webhooks.delivery.model import Claim
from specloom.connector.webhooks.events import json_text
from specloom.connector.webhooks.patterns import matches

MAX_OVERLAP = 7 * 86400
_TESTS = threading.BoundedSemaphore(8)
"""A test waits for the endpoint in a thread that calls need."""
DEFAULT_EVENTS = ("*.succeeded",)
_FIELDS: Mapping[str, ValueReader] = {
    "target_url": text(MAX_URL),
    "events": patterns,
    "services": names,
    "description": text(1000),
    "include_raw": flag,
    "rate_limit": number(0.01, 1000, nullable=True),
}
_PERIOD = {"since": moment, "until": moment}
_WANTED = {"hook_id": text(40), "event_id": text(40), **_PERIOD}


def create_hook(context: WebhooksContext) -> Response:
    given = read(body(), _FIELDS, ("target_url",))
    given.setdefault("events", list(DEFAULT_EVENTS))
    tenant = _one_tenant(context, given.get("services", ()))
    _check(context, given["target_url"])
    given.setdefault("rate_limit", context.fanout.settings.rate_of(given["target_url"]))
    with context.ledger.write() as connection:
        hook, secret = subscriptions.create(connection, context.ledger.vault, tenant, given)
        audit.record(connection, "hook.created", hook.id, hook.tenant, to=audit.masked(hook.target_url))
    return json_reply({**_hook(hook), "secret": secret}, 201, {"Location": f"/hooks/{hook.id}"})


def _hook(hook: Row[Any]) -> dict[str, Any]:
    return view().hook(subscriptions.shown(hook), hook.tenant)


def _delivery(row: Row[Any], **more: Any) -> dict[str, Any]:
    return view().delivery({**deliveries.shown(row), **more}, row.tenant)


def _check(context: WebhooksContext, url: str) -> None:
    try:
        context.fanout.guard.check(url)
    except RefusedURL as error:
        raise Refused("invalid_request", f"The field 'target_url' is refused. {error}") from None


def list_hooks(context: WebhooksContext) -> Response:
    with context.ledger.read() as connection:
        found = subscriptions.every(connection, context.access.tenants())
    return json_reply({"data": [_hook(hook) for hook in found]})


def get_hook(context: WebhooksContext, hook_id: str) -> Response:
    with context.ledger.read() as connection:
        return json_reply(_hook(subscriptions.find(connection, context.access.tenants(), hook_id)))


def change_hook(context: WebhooksContext, hook_id: str) -> Response:
    tenants = context.access.tenants()
    given = read(body(), {**_FIELDS, "enabled": flag})
    if "target_url" in given:
        _check(context, given["target_url"])
    with context.ledger.write() as connection:
        subscriptions.change(connection, subscriptions.find(connection, tenants, hook_id), given)
        hook = subscriptions.find(connection, tenants, hook_id)
        audit.record(connection, "hook.changed", hook.id, hook.tenant, fields=sorted(given))
    return json_reply(_hook(hook))


def delete_hook(context: WebhooksContext, hook_id: str) -> Response:
    tenants = context.access.tenants()
    with context.ledger.write() as connection:
        hook = subscriptions.find(connection, tenants, hook_id)
        subscriptions.delete(connection, hook)
        audit.record(connection, "hook.deleted", hook.id, hook.tenant)
    return Response(status=204)


def rotate_secret(context: WebhooksContext, hook_id: str) -> Response:
    tenants = context.access.tenants()
    overlap = read(body(empty=True), {"overlap": number(0, MAX_OVERLAP)}).get("overlap", 86400.0)
    with context.ledger.write() as connection:
        hook = subscriptions.find(connection, tenants, hook_id)
        secret = subscriptions.rotate(connection, context.ledger.vault, hook, overlap)
        audit.record(connection, "hook.rotated", hook.id, hook.tenant, overlap=overlap)
    return json_reply({"id": hook_id, "secret": secret, "overlap": overlap})


def rotate_callback_secret(context: WebhooksContext) -> Response:
    """Of the tenant, not of a hook: what `Specloom-Callback` deliveries are signed with."""
    given = read(body(empty=True), {"overlap": number(0, MAX_OVERLAP), "services": names})
    tenant, overlap = _one_tenant(context, given.get("services", ())), given.get("overlap", 86400.0)
    with context.ledger.write() as connection:
        secret = callback_secrets.rotate(connection, context.ledger.vault, tenant, overlap)
        audit.record(connection, "callbacks.rotated", "", tenant, overlap=overlap)
    return json_reply({"secret": secret, "overlap": overlap})


def _one_tenant(context: WebhooksContext, services: Sequence[str]) -> str:
    tenants = context.access.tenants(services)
    if tenants is None:
        raise Refused("invalid_request", "Name the tenant it is for in Specloom-Tenant")
    if len(tenants) != 1:
        message = "Name one service in 'services': without a gateway key a hook belongs to one service's key"
        raise Refused("invalid_request", message)
    return tenants[0]


def try_hook(context: WebhooksContext, hook_id: str) -> Response:
    """Send a sample now and say what came of it. It is no event: nothing is recorded nor repeated."""
    tenants = context.access.tenants()
    wanted = read(body(empty=True), {"event": event_type}).get("event")
    with context.ledger.read() as connection:
        hook = subscriptions.find(connection, tenants, hook_id)
    if not _TESTS.acquire(blocking=False):
        raise Refused("rate_limited", "Too many tests are under way", retry_after=5)
    try:
        return _tried(context, hook, wanted)
    finally:
        _TESTS.release()


def _tried(context: WebhooksContext, hook: Row[Any], wanted: str | None) -> Response:
    chosen = wanted or next((name for name in SAMPLES if matches(json.loads(hook.events), name)), "image.succeeded")
    payload = SAMPLES.get(chosen, {"test": True})
    sealed = subscriptions.sealed_secrets(hook, time.time())
    outcome = context.fanout.send(
        Claim(
            delivery_id="", event_id=new_id("evt"), hook_id=hook.id, tenant=hook.tenant, kind=hook.kind,
            event_type=chosen, url=hook.target_url, body=json_text(payload), sealed=sealed, attempts=0,
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


def list_deliveries(context: WebhooksContext) -> Response:
    wanted = query({"state": one_of(*deliveries.STATES), **_WANTED, "before": text(40), "limit": limit})
    size = wanted.pop("limit", 20)
    with context.ledger.read() as connection:
        rows = deliveries.page(connection, context.access.tenants(), wanted, size)
    return json_reply({"data": [_delivery(row) for row in rows]})


def get_delivery(context: WebhooksContext, delivery_id: str) -> Response:
    with context.ledger.read() as connection:
        row = deliveries.find(connection, context.access.tenants(), delivery_id)
        made = deliveries.attempts_of(connection, row)
    return json_reply(_delivery(row, attempt_log=made))


def replay_delivery(context: WebhooksContext, delivery_id: str) -> Response:
    tenants = context.access.tenants()
    with context.ledger.write() as connection:
        row = deliveries.find(connection, tenants, delivery_id)
        if row.state == "leased":
            raise Refused("invalid_request", "This delivery is under way", status=409)
        conditions = {"event_id": row.event_id, "hook_id": row.hook_id}
        waiting = row.state == "pending" and deliveries.push(connection, row)
        if not waiting and not deliveries.replay(connection, tenants, conditions, state=None):
            raise Refused("invalid_request", "Its hook is not enabled", status=409)
        row = deliveries.find(connection, tenants, delivery_id)
        audit.record(connection, "delivery.replayed", row.id, row.tenant)
    context.fanout.wake()
    return json_reply(_delivery(row), 202)


def replay_deliveries(context: WebhooksContext) -> Response:
    tenants = context.access.tenants()
    wanted = read(body(empty=True), {**_WANTED, "state": one_of("dead", "canceled", "delivered")})
    return _replay(context, tenants, wanted)


def replay_hook(context: WebhooksContext, hook_id: str) -> Response:
    tenants = context.access.tenants()
    wanted = read(body(empty=True), {**_PERIOD, "state": one_of("dead", "canceled", "delivered")})
    with context.ledger.read() as connection:
        if subscriptions.find(connection, tenants, hook_id).status != "enabled":
            raise Refused("invalid_request", "The hook is not enabled", status=409)
    return _replay(context, tenants, {**wanted, "hook_id": hook_id})


def _replay(context: WebhooksContext, tenants: list[str] | None, wanted: dict[str, Any]) -> Response:
    state = wanted.pop("state", "dead")
    with context.ledger.write() as connection:
        count = deliveries.replay(connection, tenants, wanted, state=state)
        owner = tenants[0] if tenants and len(tenants) == 1 else None
        audit.record(connection, "deliveries.replayed", wanted.get("hook_id", ""), owner, state=state, count=count)
    context.fanout.wake()
    return json_reply({"replayed": count}, 202)

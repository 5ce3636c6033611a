"""/events: the log, samples, and events that others emit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row, func, select

from specloom.connector.access.disclosure import view
from specloom.connector.errors import Refused, json_reply
from specloom.connector.ledger.ids import is_id, within
from specloom.connector.ledger.webhook_tables import deliveries, events
from specloom.connector.webhooks.api.context import WebhooksContext
from specloom.connector.webhooks.api.requests import body, event_type, json_object, limit, moment, query, read, text
from specloom.connector.webhooks.api.samples import samples
from specloom.connector.webhooks.events import Event, emit, known
from specloom.connector.webhooks.patterns import PATTERN
from specloom.schemas.durations import iso

CUSTOM = "custom"
_EMITTED = {"type": event_type, "data": json_object, "id": text(200), "service": text(80)}
_PAGE = {"type": event_type, "service": text(80), "since": moment, "until": moment, "limit": limit, "before": text(40)}


def emit_event(context: WebhooksContext) -> Response:
    """An event of the caller's own. With an `id`, a repeated call finds the first and sends nothing again."""
    tenant = context.access.key_tenant()
    given = read(body(), _EMITTED, ("type", "data"))
    service = given.get("service") or CUSTOM
    if service == "specloom":
        raise Refused("invalid_request", "The field 'service' must not be 'specloom': these events are the gateway's")
    event = Event(
        tenant=tenant, service=service, type=given["type"], payload=given["data"], state=given["type"],
        source_id=given.get("id", ""),
    )  # fmt: skip
    with context.ledger.write() as connection:
        event_id = emit(connection, event)
        if event_id is None:
            return json_reply({"id": known(connection, event), "deliveries": 0, "duplicate": True})
        count = select(func.count()).select_from(deliveries).where(deliveries.c.event_id == event_id)
        told = connection.execute(count).scalar_one()
    context.fanout.wake()
    return json_reply({"id": event_id, "deliveries": told, "duplicate": False}, 202)


def list_events(context: WebhooksContext) -> Response:
    wanted = query(_PAGE)
    size = wanted.pop("limit", 20)
    conditions: Mapping[str, Any] = {
        "type": lambda value: events.c.type == value,
        "service": lambda value: events.c.service == value,
        "since": lambda value: events.c.created >= value,
        "until": lambda value: events.c.created <= value,
        "before": lambda value: events.c.id < value,
    }
    chosen = [conditions[name](value) for name, value in wanted.items()]
    listed = select(events).where(within(events.c.tenant, context.access.tenants()), *chosen)
    with context.ledger.read() as connection:
        rows = connection.execute(listed.order_by(events.c.id.desc()).limit(size)).all()
    return json_reply({"data": [view().event(_shown(row), row.tenant) for row in rows]})


def get_event(context: WebhooksContext, event_id: str) -> Response:
    one = select(events).where(events.c.id == event_id, within(events.c.tenant, context.access.tenants()))
    with context.ledger.read() as connection:
        row = connection.execute(one).one_or_none() if is_id(event_id) else None
    if row is None:
        raise Refused("not_found", "There is no such event")
    return json_reply(view().event(_shown(row), row.tenant))


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "service": row.service,
        "operation": row.operation,
        "created_at": iso(row.created),
        "payload": json.loads(row.payload),
    }


def _list(value: Any) -> list[str]:
    return [part for part in (part.strip() for part in str(value)[:2000].split(",")) if part]


def _patterns(value: Any) -> list[str]:
    entries = _list(value)
    if not entries or not all(PATTERN.fullmatch(entry) for entry in entries):
        raise ValueError("must list events such as image.succeeded or image.*, with commas between")
    return entries


def list_samples(context: WebhooksContext) -> Response:
    tenants = context.access.tenants()
    if view().masks:
        raise Refused("forbidden", "This operator's key is shown no results")
    wanted = query({"events": _patterns, "services": _list, "limit": limit})
    with context.ledger.read() as connection:
        found = samples(
            connection, tenants, wanted.get("events", ["*"]), wanted.get("services", []), wanted.get("limit", 3)
        )  # fmt: skip
    return json_reply(found)

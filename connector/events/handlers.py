"""/events: the log, samples, and events that others emit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row, func, select

from specloom.connector.answers import Refused, json_reply
from specloom.connector.events.patterns import PATTERN
from specloom.connector.events.record import Event, emit, known
from specloom.connector.events.samples import samples
from specloom.connector.hooks.requests import body, event_type, iso, json_object, limit, moment, query, read, text
from specloom.connector.hooks.room import Room
from specloom.connector.ledger.hook_tables import deliveries, events
from specloom.connector.ledger.ids import is_id

CUSTOM = "custom"
_EMITTED = {"type": event_type, "data": json_object, "id": text(200), "service": text(80)}
_PAGE = {"type": event_type, "service": text(80), "since": moment, "until": moment, "limit": limit, "before": text(40)}


def emit_event(room: Room) -> Response:
    """An event of the caller's own. With an `id`, a repeated call finds the first and sends nothing again."""
    tenant = room.access.key_tenant()
    given = read(body(), _EMITTED, ("type", "data"))
    service = given.get("service") or CUSTOM
    if service == "specloom":
        raise Refused("invalid_request", "The field 'service' must not be 'specloom': these events are the gateway's")
    event = Event(
        tenant=tenant, service=service, type=given["type"], payload=given["data"], state=given["type"],
        source_id=given.get("id", ""),
    )  # fmt: skip
    with room.ledger.write() as connection:
        event_id = emit(connection, event)
        if event_id is None:
            return json_reply({"id": known(connection, event), "deliveries": 0, "duplicate": True})
        count = select(func.count()).select_from(deliveries).where(deliveries.c.event_id == event_id)
        told = connection.execute(count).scalar_one()
    room.fanout.wake()
    return json_reply({"id": event_id, "deliveries": told, "duplicate": False}, 202)


def list_events(room: Room) -> Response:
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
    listed = select(events).where(events.c.tenant.in_(room.access.tenants()), *chosen)
    with room.ledger.read() as connection:
        rows = connection.execute(listed.order_by(events.c.id.desc()).limit(size)).all()
    return json_reply({"data": [_shown(row) for row in rows]})


def get_event(room: Room, event_id: str) -> Response:
    one = select(events).where(events.c.id == event_id, events.c.tenant.in_(room.access.tenants()))
    with room.ledger.read() as connection:
        row = connection.execute(one).one_or_none() if is_id(event_id) else None
    if row is None:
        raise Refused("not_found", "There is no such event")
    return json_reply(_shown(row))


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


def list_samples(room: Room) -> Response:
    wanted = query({"events": _patterns, "services": _list, "limit": limit})
    with room.ledger.read() as connection:
        found = samples(
            connection, room.access.tenants(), wanted.get("events", ["*"]), wanted.get("services", []),
            wanted.get("limit", 3),
        )  # fmt: skip
    return json_reply(found)

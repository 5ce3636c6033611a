"""The delivery log, its dead letters, and their replay. All of it within the caller's tenants."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from specloom.connector.errors import Refused
from specloom.connector.ledger.ids import is_id, within
from specloom.connector.ledger.webhook_tables import attempts, deliveries, events, hooks
from specloom.schemas.durations import iso

STATES = ("pending", "delivered", "dead", "canceled")
_LOG = (
    select(deliveries, events.c.type, hooks.c.target_url)
    .join(events, events.c.id == deliveries.c.event_id)
    .join(hooks, hooks.c.id == deliveries.c.hook_id)
)


def page(connection: Connection, tenants: Sequence[str] | None, wanted: Mapping[str, Any], size: int) -> list[Row[Any]]:
    """Newest first. `wanted`: state, hook_id, event_id, since and until (unix seconds, of its creation), before (the
    id of the last one of the page before)."""
    query = _LOG.where(within(deliveries.c.tenant, tenants), *_conditions(wanted))
    if "before" in wanted:
        query = query.where(deliveries.c.id < wanted["before"])
    return list(connection.execute(query.order_by(deliveries.c.id.desc()).limit(size)))


def _conditions(wanted: Mapping[str, Any]) -> list[Any]:
    table = deliveries.c
    readings: Mapping[str, Any] = {
        "state": lambda value: table.state.in_(["pending", "leased"] if value == "pending" else [value]),
        "hook_id": lambda value: table.hook_id == value,
        "event_id": lambda value: table.event_id == value,
        "since": lambda value: table.created >= value,
        "until": lambda value: table.created <= value,
    }
    return [readings[name](value) for name, value in wanted.items() if name in readings]


def find(connection: Connection, tenants: Sequence[str] | None, delivery_id: str) -> Row[Any]:
    """Raises Refused (404)."""
    query = _LOG.where(deliveries.c.id == delivery_id, within(deliveries.c.tenant, tenants))
    row = connection.execute(query).one_or_none() if is_id(delivery_id) else None
    if row is None:
        raise Refused("not_found", "There is no such delivery")
    return row


def attempts_of(connection: Connection, delivery: Row[Any]) -> list[dict[str, Any]]:
    query = select(attempts).where(attempts.c.delivery_id == delivery.id).order_by(attempts.c.id)
    return [
        {
            "number": row.number,
            "at": iso(row.at),
            "milliseconds": row.milliseconds,
            "http_status": row.http_status,
            "error": row.error,
            "response": row.response,
        }
        for row in connection.execute(query)
    ]


def replay(
    connection: Connection, tenants: Sequence[str] | None, wanted: Mapping[str, Any], *, state: str | None
) -> int:
    """Send again, with all attempts there are, what `wanted` names and is in `state` (None: whatever is finished).
    Only hooks that are enabled take it. Returns how many."""
    enabled = select(hooks.c.id).where(within(hooks.c.tenant, tenants), hooks.c.status == "enabled")
    states = [state] if state else [name for name in STATES if name != "pending"]
    again = (
        update(deliveries)
        .where(
            within(deliveries.c.tenant, tenants),
            deliveries.c.state.in_(states),
            deliveries.c.hook_id.in_(enabled),
            *_conditions({name: value for name, value in wanted.items() if name != "state"}),
        )
        .values(state="pending", due=time.time(), attempts=0, lease="", finished=None, error="")
    )
    return connection.execute(again).rowcount


def push(connection: Connection, delivery: Row[Any]) -> bool:
    """Try a delivery that waits at once, its hook's pause after failures notwithstanding; False where it waits no more.
    The attempts it has had stay counted."""
    waits = (deliveries.c.id == delivery.id) & (deliveries.c.state == "pending")
    pushed = connection.execute(update(deliveries).where(waits).values(due=time.time())).rowcount == 1
    if pushed:
        connection.execute(update(hooks).where(hooks.c.id == delivery.hook_id).values(open_until=0))
    return pushed


def shown(delivery: Row[Any]) -> dict[str, Any]:
    state = "pending" if delivery.state == "leased" else delivery.state
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "event": delivery.type,
        "hook_id": delivery.hook_id,
        "target_url": delivery.target_url,
        "state": state,
        "attempts": delivery.attempts,
        "next_attempt_at": iso(delivery.due) if state == "pending" else None,
        "http_status": delivery.http_status,
        "error": delivery.error,
        "created_at": iso(delivery.created),
        "finished_at": iso(delivery.finished),
    }

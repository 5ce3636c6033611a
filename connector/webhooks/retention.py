"""Forgets events, deliveries and hooks that have had their time."""

from __future__ import annotations

from sqlalchemy import delete, exists, select

from specloom.connector.ledger import Ledger
from specloom.connector.ledger.webhook_tables import deliveries, events, hooks

_AT_ONCE = 500
"""Rows in one transaction: writers beside us must not wait long."""


def purge(ledger: Ledger, before: float) -> int:
    """Delete what was recorded before that time (unix seconds), but for what still waits to be delivered, and then
    hooks that ended before it and have no deliveries left. Returns the number of events."""
    total = 0
    while gone := _purge_events(ledger, before):
        total += gone
        if gone < _AT_ONCE:
            break
    ended = hooks.c.status.in_(("deleted", "gone")) | (hooks.c.kind == "callback")
    told = exists().where(deliveries.c.hook_id == hooks.c.id)
    with ledger.write() as connection:
        connection.execute(delete(hooks).where(ended, hooks.c.updated < before, ~told))
    return total


def _purge_events(ledger: Ledger, before: float) -> int:
    """Deliveries and attempts go with their event."""
    waiting = exists().where(deliveries.c.event_id == events.c.id, deliveries.c.state.in_(("pending", "leased")))
    old = select(events.c.id).where(events.c.created < before, ~waiting).limit(_AT_ONCE)
    with ledger.write() as connection:
        ids = list(connection.execute(old).scalars())
        if ids:
            connection.execute(delete(events).where(events.c.id.in_(ids)))
    return len(ids)

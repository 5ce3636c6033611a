"""Takes due deliveries out of the ledger under a lease, fairly over the hooks. Statements run in the caller's
transaction; on PostgreSQL one claimer at a time, since rates and breakers count over all processes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, select, text, update

from specloom.connector.ledger.webhook_tables import deliveries, hooks
from specloom.connector.webhooks.delivery.fairness import Lane, Share, next_slot, ready_at, share_out
from specloom.connector.webhooks.delivery.model import Claim
from specloom.connector.webhooks.delivery.settings import DeliverySettings

_ADVISORY_LOCK = 7_357_002
_MOST_LANES = 64
# A payload that has raw data ends with `"raw":null}`.
_WITH_RAW = "coalesce(substr(e.payload, 1, length(e.payload) - 5) || e.raw || '}', e.payload)"

# Hooks that have something waiting, and since when: jumps from hook to hook in the index instead of reading it.
_WAITING = text(
    """
    WITH RECURSIVE waiting(hook_id) AS (
      SELECT min(hook_id) FROM deliveries WHERE state = 'pending'
      UNION ALL
      SELECT (SELECT min(d.hook_id) FROM deliveries d WHERE d.state = 'pending' AND d.hook_id > waiting.hook_id)
      FROM waiting WHERE waiting.hook_id IS NOT NULL
    )
    SELECT h.id, h.tenant, h.status, h.room, h.failures, h.open_until, h.next_due, h.rate,
      (SELECT min(d.due) FROM deliveries d WHERE d.state = 'pending' AND d.hook_id = h.id) AS due
    FROM waiting JOIN hooks h ON h.id = waiting.hook_id
    """
)
# Written so that the planner takes the small index of what is leased, not one over all that ever was.
_LEASED = text(
    "SELECT hook_id || '' AS hook, count(*) AS number FROM deliveries "
    "WHERE state = 'leased' AND lease_until > :now GROUP BY 1"
)
_LEASED_BY_TENANT = text(
    "SELECT tenant || '' AS tenant, count(*) AS number FROM deliveries "
    "WHERE state = 'leased' AND lease_until > :now GROUP BY 1"
)
_EXPIRED = text("UPDATE deliveries SET state = 'pending', lease = '' WHERE state = 'leased' AND lease_until <= :now")
_LEASE = text(
    "UPDATE deliveries SET state = 'leased', lease = :holder, lease_until = :until WHERE id IN :ids"
).bindparams(bindparam("ids", expanding=True))


def claim(
    connection: Connection, now: float, capacity: int, holder: str, lease_until: float, settings: DeliverySettings,
    most: Callable[[str], int] = lambda _tenant: sys.maxsize,
) -> tuple[list[str], float | None]:  # fmt: skip
    """Lease up to `capacity` due deliveries to `holder`, of each tenant at most what `most` gives. Returns their ids,
    and when the next one falls due (None: nothing waits)."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    connection.execute(_EXPIRED, {"now": now})  # what was leased to a process that never came back waits again
    waiting = connection.execute(_WAITING).all()
    if not waiting:
        return [], None
    in_flight = {row.hook: row.number for row in connection.execute(_LEASED, {"now": now})}
    _close_ended(connection, now, [row for row in waiting if row.status != "enabled"])
    lanes = [
        Lane(
            hook_id=row.id, tenant=row.tenant, due=row.due, in_flight=in_flight.get(row.id, 0), room=row.room,
            failures=row.failures, open_until=row.open_until, next_due=row.next_due, rate=row.rate,
        )
        for row in waiting if row.status == "enabled" and row.due is not None
    ]  # fmt: skip
    shares = share_out(lanes, now, capacity, settings, most)[:_MOST_LANES]
    ids = _pick(connection, shares, now)
    if ids:
        connection.execute(_LEASE, {"ids": ids, "holder": holder, "until": lease_until})
    _spend(connection, shares, now)
    times = [ready_at(lane) for lane in lanes if most(lane.tenant) > 0]
    return ids, min(times) if times else None


_ENDED = {"disabled": "dead", "gone": "canceled", "deleted": "canceled"}


def _close_ended(connection: Connection, now: float, ended: Sequence[Any]) -> None:
    for row in ended:
        close_pending(connection, row.id, _ENDED[row.status], f"the hook is {row.status}", now)


def close_pending(connection: Connection, hook_id: str, state: str, error: str, now: float) -> None:
    """End what waits for a hook that takes nothing any more."""
    waiting = (deliveries.c.hook_id == hook_id) & (deliveries.c.state == "pending")
    values = {"state": state, "error": error, "finished": now}
    connection.execute(update(deliveries).where(waiting).values(values))


def _pick(connection: Connection, shares: list[Share], now: float) -> list[str]:
    if not shares:
        return []
    values: dict[str, Any] = {"now": now}
    for index, share in enumerate(shares):
        values |= {f"h{index}": share.lane.hook_id, f"n{index}": share.count}
    return list(connection.execute(_picking(len(shares)), values).scalars())


@lru_cache(maxsize=_MOST_LANES)
def _picking(lanes: int) -> TextClause:
    """One statement for all lanes, each with its own limit."""
    one = (
        "SELECT * FROM (SELECT id FROM deliveries WHERE state = 'pending' AND hook_id = :h{0} AND due <= :now "
        "ORDER BY due LIMIT :n{0}) AS lane{0}"
    )
    return text(" UNION ALL ".join(one.format(index) for index in range(lanes)))


def _spend(connection: Connection, shares: list[Share], now: float) -> None:
    limited = [
        {"hook": share.lane.hook_id, "slot": next_slot(share.lane, share.count, now)}
        for share in shares if share.lane.rate
    ]  # fmt: skip
    if limited:
        statement = update(hooks).where(hooks.c.id == bindparam("hook")).values(next_due=bindparam("slot"))
        connection.execute(statement, limited)


_CLAIMED = text(
    f"""
    SELECT d.id, d.event_id, d.hook_id, d.tenant, d.attempts, d.lease, d.lease_until, e.type,
      CASE WHEN h.include_raw THEN {_WITH_RAW} ELSE e.payload END AS body,
      h.kind, h.target_url, h.sealed, CASE WHEN h.sealed_old_until > :now THEN h.sealed_old ELSE '' END AS sealed_old,
      h.failures = 0 AND h.failing_since IS NULL AND h.room >= :room AND h.succeeded IS NOT NULL AS healthy
    FROM deliveries d JOIN events e ON e.id = d.event_id JOIN hooks h ON h.id = d.hook_id
    WHERE d.id IN :ids AND d.lease = :holder
    """
).bindparams(bindparam("ids", expanding=True))


def claimed(
    connection: Connection, ids: Sequence[str], holder: str, now: float, settings: DeliverySettings
) -> list[Claim]:
    """All that is needed to make these deliveries; those `holder` has no lease on are left out."""
    if not ids:
        return []
    values = {"ids": list(ids), "holder": holder, "now": now, "room": settings.room}
    return [
        Claim(
            delivery_id=row.id, event_id=row.event_id, hook_id=row.hook_id, tenant=row.tenant, kind=row.kind,
            event_type=row.type, url=row.target_url, body=row.body,
            sealed=tuple(part for part in (row.sealed, row.sealed_old) if part), attempts=row.attempts,
            lease=row.lease, lease_until=row.lease_until, healthy=bool(row.healthy),
        )
        for row in connection.execute(_CLAIMED, values)
    ]  # fmt: skip


def take_over(connection: Connection, ids: Sequence[str], queue: str, holder: str, lease_until: float) -> list[str]:
    """Turn the queue's lease into `holder`'s. Returns those it was there for: of doubled messages the first's."""
    held = deliveries.c.id.in_(ids) & (deliveries.c.state == "leased") & (deliveries.c.lease == queue)
    taken = update(deliveries).where(held).values(lease=holder, lease_until=lease_until)
    return list(connection.execute(taken.returning(deliveries.c.id)).scalars())


def give_back(connection: Connection, ids: Sequence[str], holder: str) -> None:
    """Of what could not be handed on, or has not been begun when the process stops."""
    held = deliveries.c.id.in_(ids) & (deliveries.c.state == "leased") & (deliveries.c.lease == holder)
    connection.execute(update(deliveries).where(held).values(state="pending", lease=""))


def give_back_others(connection: Connection, holder: str, known: Collection[str]) -> None:
    """What `holder` has a lease on and does not know of: the ledger went away between the lease and its answer."""
    held = (deliveries.c.state == "leased") & (deliveries.c.lease == holder)
    unknown = [id for id in connection.execute(select(deliveries.c.id).where(held)).scalars() if id not in known]
    if unknown:
        give_back(connection, unknown, holder)


def leased(connection: Connection, now: float) -> Counter[str]:
    """How many deliveries of each tenant are under way, over all processes."""
    rows = connection.execute(_LEASED_BY_TENANT, {"now": now})
    return Counter({row.tenant: row.number for row in rows})


AHEAD = 60.0
"""Seconds that clocks of machines may differ."""


def forget_future(connection: Connection, now: float, settings: DeliverySettings) -> int:
    """A clock was ahead and came back: what was written meanwhile would wait until it is that late again. Makes due
    what was recorded in the future, what waits for longer than anything can, and what is leased for so long. Returns
    how many deliveries."""
    longest = now + 2 * max(*settings.retries, *settings.breaker_waits, settings.retry_after_limit)
    held = now + AHEAD + 2 * (settings.timeout + settings.lease + settings.queue_lease)
    ahead = deliveries.c.due > now + AHEAD
    late = (
        (deliveries.c.state == "pending")
        & ahead
        & ((deliveries.c.created > now + AHEAD) | (deliveries.c.due > longest))
    )
    lost = (deliveries.c.state == "leased") & (deliveries.c.lease_until > held)
    made_due = connection.execute(update(deliveries).where(late).values(due=now)).rowcount
    freed = connection.execute(update(deliveries).where(lost).values(lease_until=now)).rowcount
    connection.execute(update(hooks).where(hooks.c.open_until > longest).values(open_until=0))
    return made_due + freed

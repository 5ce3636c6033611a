"""Writes down what became of deliveries: the attempt, what comes next, and how the hook does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from specloom.connector.access import audit
from specloom.connector.ledger.webhook_tables import attempts, deliveries, hooks
from specloom.connector.webhooks.delivery.claim import close_pending
from specloom.connector.webhooks.delivery.model import Outcome
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from specloom.connector.webhooks.events import Event, emit

DISABLED = "hook.disabled"
_WAIT_CODES = (429, 503)
"""The endpoint is there and asks for a pause: no reason to open the breaker."""


def settle(connection: Connection, outcomes: Sequence[Outcome], now: float, settings: DeliverySettings) -> None:
    """A delivery that another process has finished meanwhile stays finished; the attempt is kept all the same."""
    if not outcomes:
        return
    connection.execute(_ATTEMPT, [_attempt(outcome) for outcome in outcomes])
    _write(connection, [_delivered(outcome, now) for outcome in outcomes if outcome.delivered], _UNFINISHED)
    _write(connection, [_failed(outcome, now, settings) for outcome in outcomes if not outcome.delivered], _OURS)
    by_hook = sorted(outcomes, key=lambda outcome: (outcome.claim.hook_id, outcome.at))
    for hook_id, group in groupby(by_hook, key=lambda outcome: outcome.claim.hook_id):
        told = list(group)
        if not all(outcome.delivered and outcome.claim.healthy for outcome in told):
            _hook(connection, hook_id, told, now, settings)


_ATTEMPT = insert(attempts)
_VALUES: dict[str, Any] = {
    name: bindparam(name) for name in ("state", "attempts", "due", "finished", "http_status", "error")
}  # fmt: skip
_SAME = deliveries.c.id == bindparam("delivery")
_OPEN = or_(deliveries.c.state == "leased", deliveries.c.state == "pending")
_UNFINISHED = update(deliveries).where(_SAME, _OPEN).values(_VALUES | {"lease": ""})
_OURS = (
    update(deliveries)
    .where(_SAME, deliveries.c.state == "leased", deliveries.c.lease == bindparam("holder"))
    .values(_VALUES | {"lease": ""})
)


def _write(connection: Connection, rows: list[dict[str, Any]], statement: Any) -> None:
    if rows:
        rows.sort(key=lambda row: str(row["delivery"]))  # one order for all, so that no two wait for each other
        connection.execute(statement, rows)


def _attempt(outcome: Outcome) -> dict[str, Any]:
    return {
        "delivery_id": outcome.claim.delivery_id, "number": outcome.claim.attempts + 1, "at": outcome.at,
        "milliseconds": outcome.milliseconds, "http_status": outcome.status, "error": outcome.error,
        "response": outcome.response,
    }  # fmt: skip


def _delivered(outcome: Outcome, now: float) -> dict[str, Any]:
    return {
        "delivery": outcome.claim.delivery_id, "state": "delivered", "attempts": outcome.claim.attempts + 1,
        "due": now, "finished": now, "http_status": outcome.status, "error": "",
    }  # fmt: skip


def _failed(outcome: Outcome, now: float, settings: DeliverySettings) -> dict[str, Any]:
    made = outcome.claim.attempts + 1
    wait = retry_wait(made, outcome.retry_after, settings)
    state = "canceled" if outcome.gone else "dead" if wait is None else "pending"
    return {
        "delivery": outcome.claim.delivery_id, "holder": outcome.claim.lease, "state": state, "attempts": made,
        "due": now + (wait or 0), "finished": None if state == "pending" else now, "http_status": outcome.status,
        "error": outcome.error,
    }  # fmt: skip


def retry_wait(made: int, retry_after: float | None, settings: DeliverySettings) -> float | None:
    """Seconds until the next attempt after `made` of them; None when that was the last."""
    if made > len(settings.retries):
        return None
    wait = settings.retries[made - 1] * random.uniform(1 - settings.jitter, 1 + settings.jitter)
    return max(wait, min(retry_after or 0, settings.retry_after_limit))


@dataclass(slots=True)
class _Health:
    """How a hook does, moved on by each outcome."""

    room: int
    failures: int
    failing_since: float | None
    succeeded: float | None
    open_until: float

    def success(self, at: float, settings: DeliverySettings) -> None:
        self.room = min(settings.room, self.room * 2)
        self.failures, self.failing_since, self.open_until, self.succeeded = 0, None, 0, at

    def failure(self, outcome: Outcome, now: float, settings: DeliverySettings) -> None:
        self.failing_since = self.failing_since or outcome.at
        pause = min(outcome.retry_after or 0, settings.retry_after_limit)
        if pause and outcome.status in _WAIT_CODES:
            self.open_until = max(self.open_until, now + pause)
            return
        self.failures += 1
        self.room = max(1, self.room // 2)
        if self.failures >= settings.breaker:
            step = min((self.failures - settings.breaker), len(settings.breaker_waits) - 1)
            self.open_until = max(self.open_until, now + settings.breaker_waits[step])


def _hook(
    connection: Connection, hook_id: str, outcomes: Iterable[Outcome], now: float, settings: DeliverySettings
) -> None:
    query = select(hooks).where(hooks.c.id == hook_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or row.status != "enabled":
        return
    health = _Health(row.room, row.failures, row.failing_since, row.succeeded, row.open_until)
    for outcome in outcomes:
        if outcome.gone:
            _end(connection, row, "gone", "the endpoint answered 410 Gone", now)
            return
        if outcome.delivered:
            health.success(outcome.at, settings)
        else:
            health.failure(outcome, now, settings)
    if health.failing_since is not None and now - health.failing_since >= settings.disable_after:
        days = settings.disable_after / 86400
        _end(connection, row, "disabled", f"nothing but failures for {days:g} days", now)
        return
    values = {
        "room": health.room, "failures": health.failures, "failing_since": health.failing_since,
        "succeeded": health.succeeded, "open_until": health.open_until,
    }  # fmt: skip
    connection.execute(update(hooks).where(hooks.c.id == hook_id).values(values))


def _end(connection: Connection, hook: Row[Any], status: str, reason: str, now: float) -> None:
    """The hook takes nothing any more; what waits for a disabled one can be replayed."""
    values = {"status": status, "reason": reason, "updated": now}
    connection.execute(update(hooks).where(hooks.c.id == hook.id).values(values))
    state = "dead" if status == "disabled" else "canceled"
    close_pending(connection, hook.id, state, f"the hook is {status}: {reason}", now)
    audit.record(connection, f"hook.{status}", hook.id, hook.tenant, audit.GATEWAY, reason=reason)
    if status == "disabled" and hook.kind == "hook":
        payload = {
            "hook_id": hook.id,
            "target_url": hook.target_url,
            "reason": reason,
            "failing_since": hook.failing_since,
        }
        event = Event(
            tenant=hook.tenant, service="specloom", type=DISABLED, state="disabled", payload=payload,
            source_id=f"{hook.id}:{int(now)}",
        )  # fmt: skip
        emit(connection, event, without=[hook.id])

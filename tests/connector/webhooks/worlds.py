"""What the tests of the fan-out build on: a ledger with hooks in it, results, and the queries they ask."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, insert, select, update

from specloom.connector.ledger import Ledger
from specloom.connector.ledger.ids import new_id
from specloom.connector.ledger.webhook_tables import attempts, deliveries, events, hooks
from specloom.connector.network.ssrf import Guard
from specloom.connector.webhooks.delivery.claim import claim, claimed
from specloom.connector.webhooks.delivery.dispatcher import Dispatcher
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.connector.webhooks.delivery.outcome import settle
from specloom.connector.webhooks.delivery.sender import Sender
from specloom.connector.webhooks.delivery.settings import DeliverySettings
from specloom.connector.webhooks.events import record
from specloom.connector.webhooks.signing import new_secret

SECRET_KEY = "a key for tests that is long enough"
LOCAL = Guard(allow=("127.0.0.1",))
QUICK = DeliverySettings(timeout=2, lease=1, retries=(0.2, 0.4), jitter=0, breaker_waits=(0.3, 0.6), poll=0.05)
RESULT: dict[str, Any] = {
    "success": True, "status": "succeeded", "type": "image", "image_url": "https://cdn.example.com/a.webp",
    "items": [{"type": "image", "url": "https://cdn.example.com/a.webp"}], "id": None, "job_id": None,
    "request_id": None, "service": "tuen", "operation": "generateImage", "expires_at": None,
    "usage": {"cost": 1, "remaining": None, "unit": "request"}, "rate_limit": None,
    "raw": {"image_url": "https://cdn.example.com/a.webp", "success": True},
}  # fmt: skip


@dataclass
class World:
    """A ledger, and the tenant "acme" in it."""

    ledger: Ledger
    tenant: str = "acme"

    def hook(self, url: str = "https://example.com/hook", **values: Any) -> str:
        hook_id = new_id("hook")
        row = {
            "id": hook_id, "tenant": self.tenant, "kind": "hook", "status": "enabled", "target_url": url,
            "events": '["*"]', "services": "[]", "sealed": self.ledger.vault.seal(new_secret()), "created": 0,
            "updated": 0, "room": 4,
        }  # fmt: skip
        with self.ledger.write() as connection:
            connection.execute(insert(hooks).values({**row, **values}))
        return hook_id

    def record(self, vendor_id: str | None, tenant: str = "", **options: Any) -> str | None:
        result = {**RESULT, "id": vendor_id, **options.pop("result", {})}
        with self.ledger.write() as connection:
            return record(
                connection, tenant=tenant or self.tenant, service=result["service"], operation=result["operation"],
                result=result, **options,
            )  # fmt: skip

    def fill(self, count: int, start: int = 0) -> None:
        for number in range(start, start + count):
            assert self.record(f"v{number}")

    def claim(
        self, capacity: int = 100, settings: DeliverySettings = QUICK, *, holder: str = "me", later: float = 0
    ) -> list[Claim]:
        """As a process would `later` seconds from now, for 30 seconds."""
        now = time.time() + later
        with self.ledger.write() as connection:
            ids, _ = claim(connection, now, capacity, holder, now + 30, settings)
            return claimed(connection, ids, holder, now, settings)

    def settle(
        self, claims: list[Claim], status: int | None = 200, *, settings: DeliverySettings = QUICK, later: float = 0,
        **values: Any,
    ) -> None:  # fmt: skip
        now = time.time() + later
        error = "" if status is not None and 200 <= status < 300 else f"HTTP {status}"
        outcomes = [Outcome(claim=one, at=now, milliseconds=1, status=status, error=error, **values) for one in claims]
        with self.ledger.write() as connection:
            settle(connection, outcomes, now, settings)

    def rows(self, table: Any, **equal: Any) -> list[Any]:
        with self.ledger.read() as connection:
            return list(connection.execute(select(table).filter_by(**equal).order_by(table.c.id)))

    def change(self, table: Any, **values: Any) -> None:
        with self.ledger.write() as connection:
            connection.execute(update(table).values(values))

    def states(self) -> dict[str, int]:
        with self.ledger.read() as connection:
            query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
            return {state: count for state, count in connection.execute(query)}

    def dispatcher(self, guard: Guard = LOCAL, *, claiming: bool = True, **settings: Any) -> Dispatcher:
        chosen = replace(QUICK, **settings)
        send = Sender(guard, self.ledger.vault.unseal, chosen).send
        return Dispatcher(self.ledger, send, chosen, claiming=claiming)

    def until_done(self, seconds: float = 20) -> dict[str, int]:
        """Until nothing waits any more."""
        until = time.monotonic() + seconds
        while (states := self.states()).keys() & {"pending", "leased"}:
            assert time.monotonic() < until, f"after {seconds} s: {states}"
            time.sleep(0.02)
        return states


__all__ = ["LOCAL", "QUICK", "RESULT", "SECRET_KEY", "World", "attempts", "deliveries", "events", "hooks"]

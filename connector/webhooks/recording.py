"""Where the gateway meets the fan-out: results become events, and the fan-out learns who calls."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Connection, Engine, select

from specloom.connector.errors import Refused
from specloom.connector.gateway.auth import Authenticator
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.webhook_tables import hooks
from specloom.connector.upstream.services import Vendor
from specloom.connector.webhooks.delivery.backends import Fanout
from specloom.connector.webhooks.events import Event, emit, record
from specloom.connector.webhooks.publisher import Publisher
from specloom.schemas.http.result import Result

_WANTS = "SELECT 1 FROM hooks WHERE tenant = ? AND kind = 'hook' AND status = 'enabled' LIMIT 1"


@dataclass(frozen=True, slots=True)
class CallerAccess:
    """Who calls /hooks, /events and /deliveries."""

    callers: Authenticator
    vendors: Mapping[str, Vendor]

    def tenants(self, services: Sequence[str] = ()) -> list[str]:
        """Of every service the call's key may belong to, or of `services`. Raises Refused (401)."""
        known = {key: vendor for key, vendor in self.vendors.items() if not services or key in services}
        return self.callers.tenants(request, known)

    def key_tenant(self) -> str:
        """Raises Refused (401) where there is no gateway key."""
        tenant = self.callers.tenant_of_key(request)
        if tenant is None:
            raise Refused("unauthorized", "This needs a gateway key (SPECLOOM_API_KEYS)")
        return tenant


def publisher_of(ledger: Ledger, fanout: Fanout) -> Publisher:
    wants = HookedTenants(ledger.engine).has if is_sqlite(ledger.engine) else fanout.wants
    return Publisher(ledger, record, _relay, wants, fanout.wake)


class HookedTenants:
    """Which tenants have hooks. Asked for every result, so on SQLite the answer is kept for as long as nobody has
    written to the file, whichever process that may be: one look-up in the file system instead of a query."""

    SETTLED = 0.1
    """Seconds. Files written just now may be written again without their time changing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._log = f"{engine.url.database}-wal"  # every write begins there
        self._known: tuple[object, dict[str, bool]] = (None, {})

    def has(self, tenant: str) -> bool:
        stamp, age = self._stamp()
        known, answers = self._known
        if stamp != known or age < self.SETTLED:
            answers = {}
        found = answers.get(tenant)
        if found is None:
            found = self._ask(tenant)
            if age >= self.SETTLED:
                if len(answers) > 10_000:
                    answers = {}
                answers[tenant] = found
                self._known = (stamp, answers)
        return found

    def _stamp(self) -> tuple[object, float]:
        """What changes with every write, and the seconds since the last."""
        try:
            status = os.stat(self._log)
        except FileNotFoundError:
            return None, 0.0
        return (status.st_ino, status.st_size, status.st_mtime_ns), time.time() - status.st_mtime_ns / 1e9

    def _ask(self, tenant: str) -> bool:
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(_WANTS, (tenant,))
            found = cursor.fetchone()
            cursor.close()
            return found is not None
        finally:
            raw.close()


def _relay(connection: Connection, *, tenant: str, service: str, operation: str, result: Result, url: str) -> None:
    """Send the vendor's own body to the URL the caller gave the vendor, and to no hook."""
    others = connection.scalars(select(hooks.c.id).where(hooks.c.tenant == tenant))
    raw: Any = result["raw"]
    event = Event(
        tenant=tenant, service=service, operation=operation, type=f"relay.{result['status']}", state=result["status"],
        payload=raw if isinstance(raw, dict) else {"result": raw}, source_id=f"relay {result['job_id']}",
    )  # fmt: skip
    emit(connection, event, callbacks=[url], without=list(others))

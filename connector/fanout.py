"""Where the gateway meets the fan-out: results become events, and the fan-out learns who calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Connection, Engine, select

from connector.answers import Refused
from connector.callers import Callers
from connector.dispatch.fanout import Fanout
from connector.events.record import Event, emit, record
from connector.ledger import Ledger, is_sqlite
from connector.ledger.hook_tables import hooks
from connector.results import Sink
from connector.vendors import Vendor
from schemas.normalize import Result

_WANTS = "SELECT 1 FROM hooks WHERE tenant = ? AND kind = 'hook' AND status = 'enabled' LIMIT 1"


@dataclass(frozen=True, slots=True)
class CallerAccess:
    """Who calls /hooks, /events and /deliveries."""

    callers: Callers
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


def sink_of(ledger: Ledger, fanout: Fanout) -> Sink:
    engine = ledger.engine
    if is_sqlite(engine):
        return Sink(ledger, record, _relay, lambda tenant: _has_hooks(engine, tenant), fanout.wake)
    return Sink(ledger, record, _relay, fanout.wants, fanout.wake)


def _has_hooks(engine: Engine, tenant: str) -> bool:
    """Asked for every result, so it goes past SQLAlchemy's compiler, which takes ten times as long as SQLite."""
    raw = engine.raw_connection()
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

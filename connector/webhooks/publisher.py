"""Tells the fan-out of every final result, in one transaction with what else has to be remembered of it."""

from __future__ import annotations

import os
import time
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.webhook_tables import hooks
from specloom.connector.webhooks import callback_secrets
from specloom.connector.webhooks.callback_secrets import UNSIGNED, SealedSecrets
from specloom.connector.webhooks.delivery.backends import Fanout
from specloom.connector.webhooks.events import Event, emit, record
from specloom.schemas.http.result import Result

NOT_RECORDED = {"Specloom-Event": "not-recorded"}
_SILENT = frozenset({"invalid_request", "unauthorized", "forbidden", "not_found", "rate_limited"})
_WANTS = "SELECT 1 FROM hooks WHERE tenant = ? AND kind = 'hook' AND status = 'enabled' LIMIT 1"


class Publisher:
    """Where results become events. Records nothing of a tenant that has no hook and gave no callback."""

    def __init__(self, ledger: Ledger, fanout: Fanout) -> None:
        self._ledger = ledger
        self._fanout = fanout
        self._hooked = HookedTenants(ledger.engine) if is_sqlite(ledger.engine) else None

    def tell(self, tenant: str, result: Result, callback: str | None = None) -> dict[str, str]:
        """Record the result of a call that was no job. Returns headers for the reply: the result was paid for and is
        returned even where the ledger cannot be written."""
        refused = "error" in result and result["error"]["type"] in _SILENT
        if callback is None and (refused or not self.wants(tenant)):
            return {}
        try:
            with self._ledger.write() as connection:
                self.record(connection, tenant, result, callback=callback)
        except SQLAlchemyError:
            return NOT_RECORDED
        self.wake()
        return {}

    def record(
        self, connection: Connection, tenant: str, result: Result, *, dedupe: str | None = None,
        callback: str | None = None,
    ) -> None:  # fmt: skip
        """Write the event of a final result and its deliveries; see `specloom.connector.webhooks.events.record`."""
        record(
            connection, tenant=tenant, service=result["service"], operation=result["operation"], result=result,
            dedupe=dedupe, callback=callback, sealed=self._sealed(connection, tenant) if callback else UNSIGNED,
        )  # fmt: skip

    def forget_future(self, now: float) -> int:
        """See `claim.forget_future`."""
        return self._fanout.forget_future(now)

    def relay(self, connection: Connection, tenant: str, result: Result, url: str) -> None:
        """Send the vendor's own body to the URL the caller gave the vendor, and to no hook."""
        others = connection.scalars(select(hooks.c.id).where(hooks.c.tenant == tenant))
        raw: Any = result["raw"]
        event = Event(
            tenant=tenant, service=result["service"], operation=result["operation"],
            type=f"relay.{result['status']}", state=result["status"],
            payload=raw if isinstance(raw, dict) else {"result": raw}, source_id=f"relay {result['job_id']}",
        )  # fmt: skip
        sealed = self._sealed(connection, tenant)
        emit(connection, event, callbacks=[url], without=list(others), sealed=sealed)

    def _sealed(self, connection: Connection, tenant: str) -> SealedSecrets:
        return callback_secrets.ensure(connection, self._ledger.vault, tenant)

    def wants(self, tenant: str) -> bool:
        """Whether a tenant has a hook at all. A ledger that cannot be read may well have one: try, and say so when it
        fails."""
        try:
            return self._hooked.has(tenant) if self._hooked else self._fanout.wants(tenant)
        except SQLAlchemyError:
            return True

    def wake(self) -> None:
        """After the commit: deliveries begin at once."""
        self._fanout.wake()


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

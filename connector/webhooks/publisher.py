"""Tells the fan-out of every final result, in one transaction with what else has to be remembered of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger
from specloom.schemas.http.result import Result

NOT_RECORDED = {"Specloom-Event": "not-recorded"}
_SILENT = frozenset({"invalid_request", "unauthorized", "forbidden", "not_found", "rate_limited"})


class Recorder(Protocol):
    """specloom.connector.webhooks.events."""

    def __call__(
        self, connection: Connection, *, tenant: str, service: str, operation: str, result: Result,
        dedupe: str | None = None, callback: str | None = None,
    ) -> str | None: ...  # fmt: skip


def nothing(connection: Connection, **_event: Any) -> None:
    """A recorder for a gateway without fan-out."""


@dataclass(slots=True)
class Publisher:
    """`record` writes an event, `wants` says whether a tenant has a hook at all, `wake` starts deliveries."""

    ledger: Ledger
    record: Recorder = nothing
    relay: Callable[..., None] = nothing
    wants: Callable[[str], bool] = lambda tenant: False
    wake: Callable[[], None] = lambda: None

    def tell(self, tenant: str, result: Result, callback: str | None = None) -> dict[str, str]:
        """Record the result of a call that was no job. Returns headers for the reply: the result was paid for and is
        returned even where the ledger cannot be written."""
        refused = result.get("error", {}).get("type") in _SILENT
        if callback is None and (refused or not self.wants_safely(tenant)):
            return {}
        try:
            with self.ledger.write() as connection:
                self.record(
                    connection, tenant=tenant, service=result["service"], operation=result["operation"],
                    result=result, callback=callback,
                )  # fmt: skip
        except SQLAlchemyError:
            return NOT_RECORDED
        self.wake()
        return {}

    def wants_safely(self, tenant: str) -> bool:
        """A ledger that cannot be read may well have hooks: try, and say so when it fails."""
        try:
            return self.wants(tenant)
        except SQLAlchemyError:
            return True

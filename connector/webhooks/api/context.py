"""What the handlers of hooks, events and deliveries need of the gateway around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from specloom.connector.ledger import Ledger
from specloom.connector.webhooks.delivery.backends import Fanout


class Access(Protocol):
    """Who calls. Both raise specloom.connector.errors.Refused (401)."""

    def tenants(self, services: Sequence[str] = ()) -> list[str] | None:
        """Every tenant the request speaks for, None for an operator who speaks for all; `services` leaves those of
        other services' keys out."""

    def key_tenant(self) -> str:
        """The tenant of the gateway key, which the request must bring."""


@dataclass(frozen=True, slots=True)
class WebhooksContext:
    ledger: Ledger
    fanout: Fanout
    access: Access

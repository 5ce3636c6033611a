"""What the parts of one gateway process share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from specloom.connector.access.accounts import Accounts
from specloom.connector.access.quotas import Gate
from specloom.connector.fairness.shares import Shares
from specloom.connector.gateway.auth import Authenticator
from specloom.connector.ledger import Ledger
from specloom.connector.settings import Settings
from specloom.connector.telemetry.exposition import Exposition
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.upstream.endpoints import Endpoints
from specloom.connector.upstream.exchange import VendorCalls
from specloom.connector.upstream.files import Files
from specloom.connector.upstream.services import Vendor
from specloom.connector.webhooks.publisher import Publisher

if TYPE_CHECKING:
    from specloom.connector.gateway.held_calls import CallRoom
    from specloom.connector.gateway.idempotency import Idempotency
    from specloom.connector.jobs import Jobs

EXTENSION = "specloom"


@dataclass(slots=True, kw_only=True)
class GatewayContext:
    settings: Settings
    vendors: Mapping[str, Vendor]
    endpoints: Endpoints
    ledger: Ledger
    callers: Authenticator
    calls: VendorCalls
    shares: Shares
    """What tenants have in flight of this process's calls."""
    room: CallRoom
    """Whether one more of them fits."""
    gate: Gate
    accounts: Accounts
    publisher: Publisher
    metrics: Metrics
    exposition: Exposition
    jobs: Jobs
    files: Files
    idempotency: Idempotency
    check_callback: Callable[[str], str]
    """Checks a URL that is to be called back; returns it. Raises ValueError with words for the caller."""
    stopping: Callable[[], bool]
    document: bytes | None = None
    """/openapi.json, once somebody has asked for it."""


def gateway() -> GatewayContext:
    """The gateway of the running app."""
    found: GatewayContext = current_app.extensions[EXTENSION]
    return found

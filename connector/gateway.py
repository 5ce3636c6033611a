"""What the parts of one gateway process share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from specloom.connector.callers import Callers
from specloom.connector.endpoints import Endpoints
from specloom.connector.ledger import Ledger
from specloom.connector.limits import Limiter
from specloom.connector.metrics import Metrics
from specloom.connector.results import Sink
from specloom.connector.settings import Settings
from specloom.connector.vendors import Vendor

if TYPE_CHECKING:
    from specloom.connector.files import Files
    from specloom.connector.idempotency import Idempotency
    from specloom.connector.jobs import Jobs

EXTENSION = "specloom"


@dataclass(slots=True, kw_only=True)
class Gateway:
    settings: Settings
    vendors: Mapping[str, Vendor]
    endpoints: Endpoints
    ledger: Ledger
    callers: Callers
    limiter: Limiter
    sink: Sink
    metrics: Metrics
    jobs: Jobs
    files: Files
    idempotency: Idempotency
    check_callback: Callable[[str], str]
    """Checks a URL that is to be called back; returns it. Raises ValueError with words for the caller."""
    stopping: Callable[[], bool]


def gateway() -> Gateway:
    """The gateway of the running app."""
    found: Gateway = current_app.extensions[EXTENSION]
    return found

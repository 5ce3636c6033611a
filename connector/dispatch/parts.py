"""The parts of a process that delivers, as the environment says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from connector.dispatch.dispatcher import Dispatcher
from connector.dispatch.feeder import Feeder
from connector.dispatch.model import Claim, Outcome
from connector.dispatch.settings import DeliverySettings
from connector.guard import Guard
from connector.ledger import Ledger
from connector.settings import read_switch
from schemas.problems import SpecloomError

BROKER = "SPECLOOM_BROKER_URL"
ALLOW = "SPECLOOM_HOOK_ALLOW"
ALLOW_HTTP = "SPECLOOM_HOOK_ALLOW_HTTP"
DISPATCH = "SPECLOOM_HOOK_DISPATCH"


class Courier(Protocol):
    """Sees to it that what is due gets delivered."""

    def start(self) -> None: ...

    def stop(self, grace: float = 20.0) -> None: ...

    def wake(self) -> None: ...


class Elsewhere:
    """`specloom worker` delivers, from the same ledger."""

    def start(self) -> None:
        pass

    def stop(self, grace: float = 20.0) -> None:
        pass

    def wake(self) -> None:
        pass


def guard_of(environ: Mapping[str, str]) -> Guard:
    """From SPECLOOM_HOOK_ALLOW (names, addresses, networks, with commas between) and SPECLOOM_HOOK_ALLOW_HTTP."""
    http = read_switch(ALLOW_HTTP, environ.get(ALLOW_HTTP, "").strip() or "no")
    return Guard(allow=tuple(environ.get(ALLOW, "").split(",")), allow_http=http)


def courier_of(
    ledger: Ledger, send: Callable[[Claim], Outcome], settings: DeliverySettings, environ: Mapping[str, str]
) -> Courier:
    """Threads of this process; with SPECLOOM_BROKER_URL Celery's workers; with SPECLOOM_HOOK_DISPATCH=worker nobody
    here. Raises SpecloomError."""
    broker, dispatch = environ.get(BROKER, "").strip(), environ.get(DISPATCH, "").strip().lower()
    if dispatch not in ("", "threads", "worker", "celery"):
        raise SpecloomError(f"{DISPATCH} is {dispatch[:40]!r}", hint="threads, worker or celery")
    if dispatch == "worker":
        return Elsewhere()
    if dispatch == "celery" or (broker and not dispatch):
        if not broker:
            raise SpecloomError(f"{DISPATCH} is celery without {BROKER}", hint="redis://host/0 or amqp://host")
        from connector.dispatch.broker import make_app, publisher

        return Feeder(ledger, settings, publisher(make_app(broker), settings))
    return Dispatcher(ledger, send, settings)

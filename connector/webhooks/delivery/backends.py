"""The fan-out of one process, put together as the environment says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlalchemy import select

from specloom.connector.ledger import Ledger
from specloom.connector.ledger.webhook_tables import hooks
from specloom.connector.network.ssrf import ALLOW, DENY, Guard, RefusedURL
from specloom.connector.settings import read_switch
from specloom.connector.webhooks.delivery.celery import BROKER, make_app, publisher
from specloom.connector.webhooks.delivery.claim import forget_future
from specloom.connector.webhooks.delivery.dispatcher import Dispatcher
from specloom.connector.webhooks.delivery.feeder import Feeder
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.connector.webhooks.delivery.sender import Sender
from specloom.connector.webhooks.delivery.settings import DeliverySettings, delivery_settings
from specloom.schemas.problems import SpecloomError

ALLOW_HTTP = "SPECLOOM_HOOK_ALLOW_HTTP"
DISPATCH = "SPECLOOM_HOOK_DISPATCH"
Send = Callable[[Claim], Outcome]


class DeliveryBackend(Protocol):
    """Sees to it that what is due gets delivered."""

    def start(self) -> None: ...

    def stop(self, grace: float = 20.0) -> None: ...

    def wake(self) -> None: ...


class NullBackend:
    """`specloom worker` delivers, from the same ledger."""

    def start(self) -> None:
        pass

    def stop(self, grace: float = 20.0) -> None:
        pass

    def wake(self) -> None:
        pass


class Fanout:
    """`send` makes one delivery at once, `backend` those that are due."""

    def __init__(
        self, ledger: Ledger, guard: Guard, settings: DeliverySettings, *, send: Send, backend: DeliveryBackend
    ) -> None:
        self.ledger, self.guard, self.settings = ledger, guard, settings
        self.send, self._backend = send, backend

    def start(self) -> None:
        self._backend.start()

    def stop(self, grace: float = 20.0) -> None:
        self._backend.stop(grace)

    def wake(self) -> None:
        """After the commit of a recorded event: deliveries begin at once."""
        self._backend.wake()

    def forget_future(self, now: float) -> int:
        """See `claim.forget_future`."""
        with self.ledger.note() as connection:
            return forget_future(connection, now, self.settings)

    def wants(self, tenant: str) -> bool:
        """Whether a tenant has a hook at all."""
        enabled = (hooks.c.tenant == tenant) & (hooks.c.kind == "hook") & (hooks.c.status == "enabled")
        with self.ledger.read() as connection:
            return connection.execute(select(hooks.c.id).where(enabled).limit(1)).first() is not None

    def check_callback(self, url: str) -> str:
        """The URL again. Raises ValueError with words for the caller."""
        try:
            self.guard.check(url)
        except RefusedURL as error:
            raise ValueError(str(error)) from None
        return url


def check_environment(environ: Mapping[str, str]) -> Guard:
    """What `fanout_of` would refuse, before there is a ledger. Raises SpecloomError."""
    delivery_settings(environ)
    if _is_celery(environ):
        make_app(environ.get(BROKER, "").strip())
    return guard_of(environ)


def fanout_of(ledger: Ledger, environ: Mapping[str, str], watch: Callable[[Send], Send] = lambda send: send) -> Fanout:
    """`watch` wraps what sends. Raises SpecloomError where a variable is wrong."""
    guard, settings = guard_of(environ), delivery_settings(environ)
    send = watch(Sender(guard, ledger.vault.unseal, settings).send)
    return Fanout(ledger, guard, settings, send=send, backend=backend_of(ledger, send, settings, environ))


def guard_of(environ: Mapping[str, str]) -> Guard:
    """From SPECLOOM_HOOK_ALLOW (names, addresses and networks, with or without a port, with commas
    between), SPECLOOM_HOOK_DENY (networks) and SPECLOOM_HOOK_ALLOW_HTTP. Raises SpecloomError."""
    http = read_switch(ALLOW_HTTP, environ.get(ALLOW_HTTP, "").strip() or "no")
    allow, deny = (tuple(environ.get(name, "").split(",")) for name in (ALLOW, DENY))
    return Guard(allow=allow, allow_http=http, deny=deny)


def backend_of(ledger: Ledger, send: Send, settings: DeliverySettings, environ: Mapping[str, str]) -> DeliveryBackend:
    """Threads of this process; with SPECLOOM_BROKER_URL Celery's workers; with SPECLOOM_HOOK_DISPATCH=worker nobody
    here. Raises SpecloomError."""
    if _is_celery(environ):
        return Feeder(ledger, settings, publisher(make_app(environ[BROKER].strip()), settings))
    if _dispatch(environ) == "worker":
        return NullBackend()
    return Dispatcher(ledger, send, settings)


def _dispatch(environ: Mapping[str, str]) -> str:
    dispatch = environ.get(DISPATCH, "").strip().lower()
    if dispatch not in ("", "threads", "worker", "celery"):
        raise SpecloomError(f"{DISPATCH} is {dispatch[:40]!r}", hint="threads, worker or celery")
    return dispatch


def _is_celery(environ: Mapping[str, str]) -> bool:
    broker, dispatch = environ.get(BROKER, "").strip(), _dispatch(environ)
    if dispatch == "celery" and not broker:
        raise SpecloomError(f"{DISPATCH} is celery without {BROKER}", hint="redis://host/0 or amqp://host")
    return dispatch == "celery" or bool(broker and not dispatch)

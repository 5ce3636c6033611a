"""Puts a gateway process together, from its settings to threads that run, and takes it apart again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.access import audit
from specloom.connector.access.accounts import Accounts
from specloom.connector.access.keyring import note_use
from specloom.connector.access.quotas import Gate
from specloom.connector.gateway.app import create_app
from specloom.connector.gateway.auth import Authenticator, CallerAccess
from specloom.connector.gateway.context import GatewayContext
from specloom.connector.gateway.held_calls import CallRoom, call_shares
from specloom.connector.gateway.idempotency import Idempotency
from specloom.connector.gateway.routes import callbacks
from specloom.connector.jobs.service import Jobs
from specloom.connector.jobs.steps import Steps
from specloom.connector.jobs.store import JobStore
from specloom.connector.jobs.tracker import Tracker
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.liveness import Instance
from specloom.connector.network.deadline import patient
from specloom.connector.server.opening import LedgerCheck, await_ledger, open_ledger
from specloom.connector.settings import Settings
from specloom.connector.storage.chosen import store_of
from specloom.connector.storage.model import StoreError
from specloom.connector.telemetry import tracing
from specloom.connector.telemetry.exposition import Exposition, watched
from specloom.connector.telemetry.logs import log
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.upstream import egress
from specloom.connector.upstream.endpoints import Endpoints
from specloom.connector.upstream.exchange import VendorCalls
from specloom.connector.upstream.files import Files
from specloom.connector.upstream.rate_limits import Limiter
from specloom.connector.upstream.services import Vendor, load_services, vendors
from specloom.connector.upstream.verified import VerifiedKeys
from specloom.connector.webhooks.api.routes import blueprint as hook_routes
from specloom.connector.webhooks.delivery.backends import Fanout, fanout_of
from specloom.connector.webhooks.publisher import Publisher
from specloom.connector.webhooks.retention import purge as purge_events
from specloom.schemas.interpretation import GivenDocument
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError

FIRST_PURGE, PURGE = 5.0, 60.0
"""Seconds from the start to the first, and between two."""
_LONGEST = 300.0
"""Seconds that the ledger may take for one chore: there may be much to delete."""


@dataclass(frozen=True, slots=True)
class LateLedger:
    """A ledger that is reached only after the start: `check`ed then, and `failed` is told where it is the wrong one."""

    check: LedgerCheck
    failed: Callable[[SpecloomError], None]


@dataclass(slots=True)
class Process:
    """One running gateway process. Where its ledger is not open yet, it answers what needs none, and begins its work
    once the ledger is there."""

    app: Flask
    shared: GatewayContext
    instance: Instance
    fanout: Fanout
    late: LateLedger | None
    _stopped: threading.Event
    _purger: threading.Thread
    _opener: threading.Thread | None = None
    _works: bool = False

    def start(self) -> Process:
        if self.shared.ledger.is_open:
            self._begin()
        else:
            self._opener = threading.Thread(target=self._wait_for_ledger, name="ledger", daemon=True)
            self._opener.start()
        return self

    def _wait_for_ledger(self) -> None:
        assert self.late is not None
        try:
            while await_ledger(self.shared.ledger, self._stopped, self.late.check):
                with suppress(SQLAlchemyError):  # it may be gone again
                    return self._begin()
                if self._stopped.wait(1):
                    return
        except SpecloomError as error:
            self.late.failed(error)

    def _begin(self) -> None:
        self.instance.start()
        with suppress(StoreError):  # the purge tries again
            self.shared.files.store.remove_drafts()
        self.fanout.start()
        self.shared.accounts.start()
        self.shared.jobs.start()
        self.shared.exposition.occupancy.watch(self._stopped)
        self._purger.start()
        self._works = True

    def stop(self) -> None:
        """Running calls finish; what is left is taken up by the next start."""
        self._stopped.set()
        if self._opener is not None:
            self._opener.join()
        if self._works:
            self.shared.jobs.stop()
            self.fanout.stop()
            self.shared.accounts.stop()
            self._purger.join()
            self.instance.stop()
        self.shared.ledger.engine.dispose()


def build(
    settings: Settings, documents: Iterable[GivenDocument] = (), *, services: Mapping[str, Service] | None = None,
    stopping: Callable[[], bool] | None = None, late: LateLedger | None = None,
) -> Process:  # fmt: skip
    """Everything but started threads. Raises SpecloomError. `services` replaces the documents; without `late` it is an
    error where the ledger cannot be reached."""
    tracing.start(os.environ)
    egress.configure(settings.environ)
    stopped = threading.Event()
    known = vendors(services if services is not None else load_services(documents), settings)
    ledger = open_ledger(settings, waits=late is not None)
    metrics, instance = Metrics(), Instance(ledger)
    fanout = fanout_of(ledger, settings.environ, partial(watched, metrics=metrics))
    shared = _context(settings, known, ledger, metrics, instance, fanout, stopping or stopped.is_set)
    app = create_app(settings, shared, (hook_routes(ledger, fanout, CallerAccess(shared.callers, known)),))
    purger = threading.Thread(target=_purge, args=(shared, stopped), name="purge", daemon=True)
    return Process(app, shared, instance, fanout, late, stopped, purger)


def _context(
    settings: Settings, known: Mapping[str, Vendor], ledger: Ledger, metrics: Metrics, instance: Instance,
    fanout: Fanout, stopping: Callable[[], bool],
) -> GatewayContext:  # fmt: skip
    endpoints = Endpoints(known, settings)
    publisher = Publisher(ledger, fanout)
    files = Files(settings, ledger, endpoints, store_of(settings.environ, settings.data))
    limiter = Limiter(ledger, settings.patience, waiters=max(1, settings.threads // 2), stopping=stopping)
    verified = VerifiedKeys(ledger)
    callers, accounts = Authenticator(settings, ledger, verified), Accounts(ledger)
    gate = Gate(ledger, accounts, settings.tenant_storage)
    accounts.also = partial(note_use, ledger, callers.keyring)
    calls = VendorCalls(limiter, metrics, files, verified, fanout.guard)
    store = JobStore(ledger, instance)
    steps = Steps(endpoints, calls)
    tracker = Tracker(endpoints, store, steps, publisher, metrics, settings.job_slots, accounts, settings.waiters)
    jobs = Jobs(settings, endpoints, store, tracker, stopping, fanout.check_callback, gate.check_jobs)
    shares, exposition = call_shares(settings.threads, settings.tenant_calls), Exposition(metrics, ledger)
    exposition.occupancy.shares |= {"calls": shares.counts, "waiting": tracker.waiters.counts}
    exposition.occupancy.pools |= tracker.scheduler.use()
    return GatewayContext(
        settings=settings, vendors=known, endpoints=endpoints, ledger=ledger,
        callers=callers, gate=gate, accounts=accounts, calls=calls,
        shares=shares, room=CallRoom(shares, gate), publisher=publisher, metrics=metrics,
        exposition=exposition, jobs=jobs, files=files,
        idempotency=Idempotency(ledger, instance, jobs, files), check_callback=fanout.check_callback, stopping=stopping,
    )  # fmt: skip


def _purge(shared: GatewayContext, stopped: threading.Event) -> None:
    wait = FIRST_PURGE
    while not stopped.wait(wait):
        purge(shared, time.time())
        wait = PURGE


def purge(shared: GatewayContext, now: float) -> dict[str, int]:
    """Delete what has had its time, and right what a wrong clock left. Returns how many rows of each kind."""
    chores: dict[str, Callable[[], Any]] = {
        "jobs": lambda: shared.jobs.store.purge(now - shared.settings.retention),
        "events": lambda: purge_events(shared.ledger, now - shared.settings.retention),
        "verified keys": lambda: shared.calls.verified.purge(now - shared.settings.retention),
        "files": lambda: shared.files.purge(now),
        "idempotency": lambda: shared.idempotency.purge(now),
        "inbound": lambda: callbacks.purge(shared.ledger, now),
        "a clock that was ahead": lambda: shared.publisher.forget_future(now),
        "audit": lambda: audit.purge(shared.ledger, now),
        "processes": shared.jobs.store.instance.forget_dead,
    }
    done: dict[str, int] = {}
    for name, chore in chores.items():
        try:
            with patient(_LONGEST):
                done[name] = chore()
        except (SQLAlchemyError, OSError, StoreError) as error:
            log.warning("The purge of %s failed: %s", name, type(error).__name__)
    return done

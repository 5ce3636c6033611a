"""Following jobs to their end: one durable step after the other, whatever fails meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.access.accounts import Accounts
from specloom.connector.errors import Refused
from specloom.connector.jobs.scheduler import Scheduler
from specloom.connector.jobs.steps import RetryLater, Started, Steps, is_final
from specloom.connector.jobs.store import JobRecord, JobStore
from specloom.connector.jobs.waiters import Waiters
from specloom.connector.telemetry.logs import log
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.upstream.client import prepare
from specloom.connector.upstream.endpoints import Endpoint, Endpoints
from specloom.connector.upstream.exchange import failure_of
from specloom.connector.webhooks.publisher import Publisher
from specloom.schemas.http.result import Result, failed_result

BACKOFF = 1.15
SLOWEST = 15.0
"""Seconds between polls, at most (or the document's interval, where that is longer)."""
PATIENCE = 5
"""Refusals in a row until a poll's refusal is believed; right after the start some services do not know the id yet."""
_REFUSALS = frozenset({"invalid_request", "unauthorized", "forbidden", "not_found"})


@dataclass(slots=True)
class TrackedJob:
    """A job this process works on. `interval` grows, `failures` counts polls in a row that told nothing."""

    job: JobRecord
    endpoint: Endpoint
    interval: float
    failures: int = 0
    rung: float = 0.0


@dataclass(slots=True)
class Tracker:
    """The jobs of this process. `slots` calls may be at vendors at once."""

    endpoints: Endpoints
    store: JobStore
    steps: Steps
    publisher: Publisher
    metrics: Metrics
    slots: int
    accounts: Accounts
    waiting: int = 1000
    """Calls that may wait for jobs at once."""
    scheduler: Scheduler = field(init=False)
    waiters: Waiters = field(init=False)
    _follows: dict[str, TrackedJob] = field(default_factory=dict)
    _done: dict[str, threading.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.slots, self._adopt)
        self.waiters = Waiters(self.store.over, self._done.__contains__, self.waiting)

    def begin(self, job: JobRecord, endpoint: Endpoint) -> None:
        """Do an accepted job."""
        self.scheduler.now(partial(self._start, self.follow(job, endpoint)), job.tenant, is_call=True)

    def done(self, job_id: str) -> threading.Event | None:
        """What is set once the job is final; None where this process does not follow it."""
        return self._done.get(job_id)

    def ring(self, job: JobRecord) -> None:
        """Somebody says it is done: ask at once, though not more than once a second."""
        endpoint = self.endpoints.get(job.service, job.operation)
        if endpoint is None or job.state != "running":
            return
        follow = self._follows.get(job.id) or TrackedJob(job, endpoint, 0)
        now = time.monotonic()
        if now - follow.rung >= 1:
            follow.rung = now
            self.scheduler.now(partial(self._poll, follow, once=True), job.tenant, is_call=False)

    def follow(self, job: JobRecord, endpoint: Endpoint) -> TrackedJob:
        interval = endpoint.operation.job.interval if endpoint.operation.job else 3
        follow = self._follows[job.id] = TrackedJob(job, endpoint, max(0.05, interval))
        self._done.setdefault(job.id, threading.Event())
        self.metrics.running.set(len(self._follows))
        return follow

    def forget(self, job_id: str) -> None:
        self._follows.pop(job_id, None)
        done = self._done.pop(job_id, None)
        if done is not None:
            done.set()
        self.waiters.tell(job_id)
        self.metrics.running.set(len(self._follows))

    def _adopt(self) -> None:
        for job in self.store.adopt():
            endpoint = self.endpoints.get(job.service, job.operation)
            if endpoint is None:
                log.error("Job %s is of an operation that is served no more; it waits until it is", job.id)
                continue
            follow = self.follow(job, endpoint)
            if job.state == "accepted":
                self.scheduler.now(partial(self._start, follow), job.tenant, is_call=True)
            elif job.state == "running":
                self.scheduler.now(partial(self._poll, follow), job.tenant, is_call=False)
            else:
                message = "The gateway stopped during the call; it may have done its work, so it was not repeated"
                self.finish(job, self._failed(follow, "outcome_unknown", message))

    def _failed(self, follow: TrackedJob, kind: str, message: str) -> Result:
        job, endpoint = follow.job, follow.endpoint
        return failed_result(
            endpoint.service, endpoint.operation, kind, message, job_id=job.id, vendor_id=job.vendor_id
        )

    def _start(self, follow: TrackedJob) -> None:
        job, endpoint = follow.job, follow.endpoint
        wait = self.steps.calls.try_turn(endpoint, job)
        if wait:
            return self._turn(follow, wait)
        try:
            made = prepare(endpoint, job.work["inputs"], job.credential)
        except Refused as refused:
            self.finish(job, failure_of(endpoint, refused, job.id))
            return
        if not self.store.move(job.id, "accepted", "sending"):
            return self.forget(job.id)
        self.settle(follow, self.steps.start(endpoint, made, job))

    def _turn(self, follow: TrackedJob, wait: float, error: Result | None = None) -> None:
        """The vendor takes no more calls at the moment."""
        given = follow.endpoint.operation.job
        if time.time() + wait > follow.job.created + (given.timeout if given else 600):
            message = "The service's rate limit left no room for this job in time"
            self.finish(follow.job, error or self._failed(follow, "rate_limited", message))
            return
        self.scheduler.at(time.monotonic() + wait, partial(self._start, follow), follow.job.tenant, is_call=True)

    def settle(self, follow: TrackedJob, outcome: Started | RetryLater | Result) -> None:
        """Write down what the call came to, however long the ledger takes: it happened, and is not to happen again."""
        while True:
            try:
                return self._settled(follow, outcome)
            except SQLAlchemyError as error:
                log.error("Job %s waits for the ledger: %s", follow.job.id, type(error).__name__)
                time.sleep(0.5)

    def _settled(self, follow: TrackedJob, outcome: Started | RetryLater | Result) -> None:
        job = follow.job
        if isinstance(outcome, Started):
            if not self.store.started(job.id, outcome.vendor_id, outcome.poll_inputs):
                return self.forget(job.id)
            follow.job = self.store.get(job.id) or job
            wait = 0 if outcome.is_final else follow.interval
            self.scheduler.at(time.monotonic() + wait, partial(self._poll, follow), job.tenant, is_call=False)
        elif isinstance(outcome, RetryLater):
            if self.store.move(job.id, "sending", "accepted"):
                self._turn(follow, outcome.seconds, outcome.error)
        else:
            self.finish(job, outcome)

    def _poll(self, follow: TrackedJob, once: bool = False) -> None:
        job, endpoint = follow.job, follow.endpoint
        given = endpoint.operation.job
        poll = self.endpoints.get(job.service, given.poll.operation_id) if given else None
        if given is None or poll is None or (job.id not in self._follows and not once):
            return
        told = self.steps.poll(endpoint, poll, job)
        if not isinstance(told, RetryLater) and is_final(told):
            self.finish(job, told)
            return
        if isinstance(told, RetryLater) and told.error:
            follow.failures += 1
            if told.error["error"]["type"] in _REFUSALS and follow.failures >= PATIENCE:
                self.finish(job, told.error)
                return
        elif not isinstance(told, RetryLater):
            follow.failures = 0
        if once:
            return
        if time.time() > (job.started or job.created) + given.timeout:
            message = f"It was not done within {given.timeout:g} seconds; the service may still finish it"
            self.finish(job, self._failed(follow, "timeout", message))
            return
        self.scheduler.at(
            time.monotonic() + self._pause(follow, told, given.interval),
            partial(self._poll, follow),
            job.tenant,
            is_call=False,
        )

    def _pause(self, follow: TrackedJob, told: Result | RetryLater, interval: float) -> float:
        follow.interval = min(follow.interval * BACKOFF, max(SLOWEST, interval))
        failed = min(60.0, follow.interval * 1.5**follow.failures) if follow.failures else 0
        return max(follow.interval, failed, min(told.seconds, 300) if isinstance(told, RetryLater) else 0)

    def finish(self, job: JobRecord, result: Result) -> bool:
        """Final, told to the fan-out in the same transaction, once."""
        with self.store.ledger.write() as connection:
            first = self.store.finish(connection, job.id, result)
            if first:
                self._record(connection, job, result)
        self.forget(job.id)
        if first:
            self.accounts.add(job.tenant, result)
            self.publisher.wake()
            self.metrics.jobs.labels(job.service, result["status"]).inc()
        return first

    def _record(self, connection: Connection, job: JobRecord, result: Result) -> None:
        self.publisher.record(connection, job.tenant, result, dedupe=job.id, callback=job.work.get("callback"))
        if job.work.get("relay"):
            self.publisher.relay(connection, job.tenant, result, job.work["relay"])

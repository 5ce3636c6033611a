"""Following jobs to their end: one durable step after the other, whatever fails meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.answers import Refused
from specloom.connector.calls import failure_of, prepare
from specloom.connector.endpoints import Endpoint, Endpoints
from specloom.connector.jobs.runner import Runner
from specloom.connector.jobs.steps import Again, Started, Steps, is_final, owner_of
from specloom.connector.jobs.store import Job, Store
from specloom.connector.limits import Limiter
from specloom.connector.logs import log
from specloom.connector.metrics import Metrics
from specloom.connector.results import Sink
from specloom.schemas.normalize import Result, failed_result

BACKOFF = 1.15
SLOWEST = 15.0
"""Seconds between polls, at most (or the document's interval, where that is longer)."""
PATIENCE = 5
"""Refusals in a row until a poll's refusal is believed; right after the start some services do not know the id yet."""
_REFUSALS = frozenset({"invalid_request", "unauthorized", "forbidden", "not_found"})


@dataclass(slots=True)
class Followed:
    """A job this process works on. `interval` grows, `failures` counts polls in a row that told nothing."""

    job: Job
    endpoint: Endpoint
    interval: float
    failures: int = 0
    rung: float = 0.0


@dataclass(slots=True)
class Following:
    """The jobs of this process. `slots` calls may be at vendors at once."""

    endpoints: Endpoints
    store: Store
    steps: Steps
    limiter: Limiter
    sink: Sink
    metrics: Metrics
    slots: int
    runner: Runner = field(init=False)
    _follows: dict[str, Followed] = field(default_factory=dict)
    _done: dict[str, threading.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runner = Runner(self.slots, self._adopt)

    def begin(self, job: Job, endpoint: Endpoint) -> None:
        """Do an accepted job."""
        self.runner.now(partial(self._start, self.follow(job, endpoint)), is_call=True)

    def done(self, job_id: str) -> threading.Event | None:
        """What is set once the job is final; None where this process does not follow it."""
        return self._done.get(job_id)

    def ring(self, job: Job) -> None:
        """Somebody says it is done: ask at once, though not more than once a second."""
        endpoint = self.endpoints.get(job.service, job.operation)
        if endpoint is None or job.state != "running":
            return
        follow = self._follows.get(job.id) or Followed(job, endpoint, 0)
        now = time.monotonic()
        if now - follow.rung >= 1:
            follow.rung = now
            self.runner.now(partial(self._poll, follow, once=True), is_call=False)

    def follow(self, job: Job, endpoint: Endpoint) -> Followed:
        interval = endpoint.operation.job.interval if endpoint.operation.job else 3
        follow = self._follows[job.id] = Followed(job, endpoint, max(0.05, interval))
        self._done.setdefault(job.id, threading.Event())
        self.metrics.running.set(len(self._follows))
        return follow

    def forget(self, job_id: str) -> None:
        self._follows.pop(job_id, None)
        done = self._done.pop(job_id, None)
        if done is not None:
            done.set()
        self.metrics.running.set(len(self._follows))

    def _adopt(self) -> None:
        for job in self.store.adopt():
            endpoint = self.endpoints.get(job.service, job.operation)
            if endpoint is None:
                log.error("Job %s is of an operation that is served no more; it waits until it is", job.id)
                continue
            follow = self.follow(job, endpoint)
            if job.state == "accepted":
                self.runner.now(partial(self._start, follow), is_call=True)
            elif job.state == "running":
                self.runner.now(partial(self._poll, follow), is_call=False)
            else:
                message = "The gateway stopped during the call; it may have done its work, so it was not repeated"
                self.finish(job, self._failed(follow, "outcome_unknown", message))

    def _failed(self, follow: Followed, kind: str, message: str) -> Result:
        job, endpoint = follow.job, follow.endpoint
        return failed_result(
            endpoint.service, endpoint.operation, kind, message, job_id=job.id, vendor_id=job.vendor_id
        )

    def _start(self, follow: Followed) -> None:
        job, endpoint = follow.job, follow.endpoint
        credential = job.credential
        wait = self.limiter.try_take(endpoint.vendor, owner_of(credential))
        if wait:
            return self._turn(follow, wait)
        try:
            made = prepare(endpoint, job.work["inputs"], credential)
        except Refused as refused:
            self.finish(job, failure_of(endpoint, refused, job_id=job.id))
            return
        if not self.store.move(job.id, "accepted", "sending"):
            return self.forget(job.id)
        self.settle(follow, self.steps.start(endpoint, made, job.id, job.tenant, credential))

    def _turn(self, follow: Followed, wait: float, error: Result | None = None) -> None:
        """The vendor takes no more calls at the moment."""
        given = follow.endpoint.operation.job
        if time.time() + wait > follow.job.created + (given.timeout if given else 600):
            message = "The service's rate limit left no room for this job in time"
            self.finish(follow.job, error or self._failed(follow, "rate_limited", message))
            return
        self.runner.at(time.monotonic() + wait, partial(self._start, follow), is_call=True)

    def settle(self, follow: Followed, outcome: Started | Again | Result) -> None:
        """Write down what the call came to, however long the ledger takes: it happened, and is not to happen again."""
        while True:
            try:
                return self._settled(follow, outcome)
            except SQLAlchemyError as error:
                log.error("Job %s waits for the ledger: %s", follow.job.id, type(error).__name__)
                time.sleep(0.5)

    def _settled(self, follow: Followed, outcome: Started | Again | Result) -> None:
        job = follow.job
        if isinstance(outcome, Started):
            if not self.store.started(job.id, outcome.vendor_id, outcome.poll_inputs):
                return self.forget(job.id)
            follow.job = self.store.get(job.id) or job
            wait = 0 if outcome.is_final else follow.interval
            self.runner.at(time.monotonic() + wait, partial(self._poll, follow), is_call=False)
        elif isinstance(outcome, Again):
            if self.store.move(job.id, "sending", "accepted"):
                self._turn(follow, outcome.seconds, outcome.error)
        else:
            self.finish(job, outcome)

    def _poll(self, follow: Followed, once: bool = False) -> None:
        job, endpoint = follow.job, follow.endpoint
        given = endpoint.operation.job
        poll = self.endpoints.get(job.service, given.poll.operation_id) if given else None
        if given is None or poll is None or (job.id not in self._follows and not once):
            return
        known = {"job_id": job.id, "vendor_id": job.vendor_id}
        told = self.steps.poll(endpoint, poll, job.poll_inputs, job.credential, known, job.tenant)
        if not isinstance(told, Again) and is_final(told):
            self.finish(job, told)
            return
        if isinstance(told, Again) and told.error:
            follow.failures += 1
            if told.error["error"]["type"] in _REFUSALS and follow.failures >= PATIENCE:
                self.finish(job, told.error)
                return
        elif not isinstance(told, Again):
            follow.failures = 0
        if once:
            return
        if time.time() > (job.started or job.created) + given.timeout:
            message = f"It was not done within {given.timeout:g} seconds; the service may still finish it"
            self.finish(job, self._failed(follow, "timeout", message))
            return
        self.runner.at(
            time.monotonic() + self._pause(follow, told, given.interval), partial(self._poll, follow), is_call=False
        )

    def _pause(self, follow: Followed, told: Result | Again, interval: float) -> float:
        follow.interval = min(follow.interval * BACKOFF, max(SLOWEST, interval))
        failed = min(60.0, follow.interval * 1.5**follow.failures) if follow.failures else 0
        return max(follow.interval, failed, min(told.seconds, 300) if isinstance(told, Again) else 0)

    def finish(self, job: Job, result: Result) -> bool:
        """Final, told to the fan-out in the same transaction, once."""
        with self.store.ledger.write() as connection:
            first = self.store.finish(connection, job.id, result)
            if first:
                self._record(connection, job, result)
        self.forget(job.id)
        if first:
            self.sink.wake()
            self.metrics.jobs.labels(job.service, result["status"]).inc()
        return first

    def _record(self, connection: Connection, job: Job, result: Result) -> None:
        names = {"tenant": job.tenant, "service": job.service, "operation": job.operation}
        self.sink.record(connection, **names, result=result, dedupe=job.id, callback=job.work.get("callback"))
        if job.work.get("relay"):
            self.sink.relay(connection, **names, result=result, url=job.work["relay"])

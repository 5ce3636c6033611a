"""Jobs from acceptance to the final result."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from connector.answers import Refused
from connector.callers import Caller
from connector.calls import failure_of, prepare
from connector.endpoints import Endpoint, Endpoints
from connector.jobs.runner import Runner
from connector.jobs.steps import Again, Started, Steps, is_final, owner_of
from connector.jobs.store import Job, Store
from connector.ledger.secrets import token_hash
from connector.limits import Limiter
from connector.logs import log
from connector.metrics import Metrics
from connector.results import Sink
from connector.settings import Settings
from schemas.expressions import Exchange
from schemas.normalize import Result, failed_result, normalize

BACKOFF = 1.15
SLOWEST = 15.0
"""Seconds between polls, at most (or the document's interval, where that is longer)."""
PATIENCE = 5
"""Refusals in a row until a poll's refusal is believed; right after the start some services do not know the id yet."""
_REFUSALS = frozenset({"invalid_request", "unauthorized", "forbidden", "not_found"})
Link = Callable[[Connection, str], None]


@dataclass(slots=True)
class _Follow:
    """A job this process works on. `interval` grows, `failures` counts polls in a row that told nothing."""

    job: Job
    endpoint: Endpoint
    interval: float
    failures: int = 0
    rung: float = 0.0


@dataclass(slots=True)
class Jobs:
    settings: Settings
    endpoints: Endpoints
    store: Store
    steps: Steps
    limiter: Limiter
    sink: Sink
    metrics: Metrics
    stopping: Callable[[], bool]
    check_callback: Callable[[str], str]
    runner: Runner = field(init=False)
    _follows: dict[str, _Follow] = field(default_factory=dict)
    _done: dict[str, threading.Event] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.runner = Runner(self.settings.job_slots, self._adopt)

    def start(self) -> None:
        self.runner.start()

    def stop(self) -> None:
        self.runner.stop(self.settings.grace)
        try:
            self.store.release()
        except SQLAlchemyError:
            log.error("Jobs could not be handed back; they are taken over once this process counts as dead")

    # --- taking work

    def accept(
        self, caller: Caller, endpoint: Endpoint, inputs: Mapping[str, Any], callback: str | None,
        link: Link | None = None,
    ) -> str:  # fmt: skip
        """Take a job durably and begin it. Returns its id. Raises Refused (503) where the ledger cannot be written."""
        inputs = dict(inputs)
        token, relay = self.doorbell(endpoint, inputs)
        if relay:
            self.check_relay(str(relay))
        prepare(endpoint, inputs, caller.credential)  # what cannot be sent at all is refused now
        work = {"inputs": inputs, "callback": callback, "relay": relay, **_kept(caller)}
        doorbell = token_hash(token) if token else None
        try:
            job = self.store.create(
                caller.tenant, endpoint.service.key, endpoint.operation.operation_id, work, doorbell=doorbell, link=link
            )  # fmt: skip
        except SQLAlchemyError:
            raise Refused("unreachable", "The ledger cannot be written; nothing was sent", status=503) from None
        follow = self._follow(job, endpoint)
        self.runner.now(partial(self._start, follow), is_call=True)
        return job.id

    def check_relay(self, url: str) -> None:
        try:
            self.check_callback(url)
        except ValueError as error:
            raise Refused("invalid_request", f"The webhook may not be called: {error}") from None

    def doorbell(self, endpoint: Endpoint, inputs: dict[str, Any]) -> tuple[str, Any]:
        """Puts our callback URL into the inputs, if we have one to give: its token, and the caller's own URL."""
        job = endpoint.operation.job
        if job is None or not job.callback_field or not self.settings.url:
            return "", None
        token = secrets.token_urlsafe(32)
        relay = inputs.get(job.callback_field)
        inputs[job.callback_field] = f"{self.settings.url}/inbound/{endpoint.service.key}/{token}"
        return token, relay

    def watch(self, caller: Caller, endpoint: Endpoint, token: str, callback: str | None, relay: Any) -> Job | None:
        """Follow a job whose first call is the caller's own, on a drop-in route; None where the ledger is not to be
        had, since the call itself does not depend on it."""
        work = {"inputs": {}, "callback": callback, "relay": relay, **_kept(caller)}
        doorbell = token_hash(token) if token else None
        names = caller.tenant, endpoint.service.key, endpoint.operation.operation_id
        try:
            return self.store.create(*names, work, state="sending", doorbell=doorbell)
        except SQLAlchemyError:
            return None

    def watched(self, job: Job, endpoint: Endpoint, exchange: Exchange | None) -> bool:
        """The caller's call was answered (None: it was not). Whether there is something to follow."""
        follow = self._follow(job, endpoint)
        if exchange is not None:
            result = normalize(endpoint.service, endpoint.operation, exchange, job_id=job.id)
            if "error" not in result:
                self._settle(follow, self.steps.accepted(endpoint, exchange, result))
                return True
        self._forget(job.id)
        self.store.drop(job.id)
        return False

    # --- looking

    def get(self, job_id: str) -> Job | None:
        return self.store.get(job_id)

    def result(self, job: Job) -> Result:
        """Its final result, or how far it is."""
        if job.result is not None:
            return job.result
        endpoint = self.endpoints.get(job.service, job.operation)
        kind = endpoint.operation.output.type if endpoint else "none"
        return {
            "success": True, "status": "running" if job.state == "running" else "queued", "type": kind, "items": [],
            "id": job.vendor_id, "job_id": job.id, "request_id": None, "service": job.service,
            "operation": job.operation, "expires_at": None,
            "usage": {"cost": None, "remaining": None, "unit": None}, "rate_limit": None, "raw": None,
        }  # fmt: skip

    def wait(self, job_id: str, seconds: float) -> Result:
        """The result as it stands after `seconds` at the latest, sooner once it is final."""
        until = time.monotonic() + seconds
        done = self._done.get(job_id)
        while (left := until - time.monotonic()) > 0 and not self.stopping():
            if done is not None:
                if done.wait(min(left, 0.5)):
                    break
                continue
            job = self.store.get(job_id)  # another process works on it
            if job is None or job.result is not None:
                break
            time.sleep(min(left, 0.5))
        job = self.store.get(job_id)
        if job is None:
            raise Refused("not_found", "There is no such job")
        return self.result(job)

    def cancel(self, job: Job) -> bool:
        """Stop following it. What the vendor has, it may still finish and charge."""
        endpoint = self.endpoints.get(job.service, job.operation)
        if endpoint is None:
            return False
        unsent = job.state == "accepted"
        message = "Canceled before it was sent" if unsent else "Canceled here; the service may still finish it"
        result = failed_result(
            endpoint.service, endpoint.operation, "provider_error", message, job_id=job.id, vendor_id=job.vendor_id
        )
        result["status"] = "canceled"
        result["error"]["retryable"] = False
        return self._finish(job, result)

    def ring(self, job: Job) -> None:
        """Somebody says it is done: ask at once, though not more than once a second."""
        endpoint = self.endpoints.get(job.service, job.operation)
        if endpoint is None or job.state != "running":
            return
        follow = self._follows.get(job.id) or _Follow(job, endpoint, 0)
        now = time.monotonic()
        if now - follow.rung >= 1:
            follow.rung = now
            self.runner.now(partial(self._poll, follow, once=True), is_call=False)

    # --- working

    def _follow(self, job: Job, endpoint: Endpoint) -> _Follow:
        interval = endpoint.operation.job.interval if endpoint.operation.job else 3
        follow = self._follows[job.id] = _Follow(job, endpoint, max(0.05, interval))
        self._done.setdefault(job.id, threading.Event())
        self.metrics.running.set(len(self._follows))
        return follow

    def _forget(self, job_id: str) -> None:
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
            follow = self._follow(job, endpoint)
            if job.state == "accepted":
                self.runner.now(partial(self._start, follow), is_call=True)
            elif job.state == "running":
                self.runner.now(partial(self._poll, follow), is_call=False)
            else:
                message = "The gateway stopped during the call; it may have done its work, so it was not repeated"
                self._finish(job, self._failed(follow, "outcome_unknown", message))

    def _failed(self, follow: _Follow, kind: str, message: str) -> Result:
        job, endpoint = follow.job, follow.endpoint
        return failed_result(
            endpoint.service, endpoint.operation, kind, message, job_id=job.id, vendor_id=job.vendor_id
        )

    def _start(self, follow: _Follow) -> None:
        job, endpoint = follow.job, follow.endpoint
        credential = job.credential
        wait = self.limiter.try_take(endpoint.vendor, owner_of(credential))
        if wait:
            return self._turn(follow, wait)
        try:
            made = prepare(endpoint, job.work["inputs"], credential)
        except Refused as refused:
            self._finish(job, failure_of(endpoint, refused, job_id=job.id))
            return
        if not self.store.move(job.id, "accepted", "sending"):
            return self._forget(job.id)
        self._settle(follow, self.steps.start(endpoint, made, job.id, job.tenant, credential))

    def _turn(self, follow: _Follow, wait: float, error: Result | None = None) -> None:
        """The vendor takes no more calls at the moment."""
        given = follow.endpoint.operation.job
        if time.time() + wait > follow.job.created + (given.timeout if given else 600):
            message = "The service's rate limit left no room for this job in time"
            self._finish(follow.job, error or self._failed(follow, "rate_limited", message))
            return
        self.runner.at(time.monotonic() + wait, partial(self._start, follow), is_call=True)

    def _settle(self, follow: _Follow, outcome: Started | Again | Result) -> None:
        """Write down what the call came to, however long the ledger takes: it happened, and is not to happen again."""
        while True:
            try:
                return self._settled(follow, outcome)
            except SQLAlchemyError as error:
                log.error("Job %s waits for the ledger: %s", follow.job.id, type(error).__name__)
                time.sleep(0.5)

    def _settled(self, follow: _Follow, outcome: Started | Again | Result) -> None:
        job = follow.job
        if isinstance(outcome, Started):
            if not self.store.started(job.id, outcome.vendor_id, outcome.poll_inputs):
                return self._forget(job.id)
            follow.job = self.store.get(job.id) or job
            wait = 0 if outcome.is_final else follow.interval
            self.runner.at(time.monotonic() + wait, partial(self._poll, follow), is_call=False)
        elif isinstance(outcome, Again):
            if self.store.move(job.id, "sending", "accepted"):
                self._turn(follow, outcome.seconds, outcome.error)
        else:
            self._finish(job, outcome)

    def _poll(self, follow: _Follow, once: bool = False) -> None:
        job, endpoint = follow.job, follow.endpoint
        given = endpoint.operation.job
        poll = self.endpoints.get(job.service, given.poll.operation_id) if given else None
        if given is None or poll is None or (job.id not in self._follows and not once):
            return
        known = {"job_id": job.id, "vendor_id": job.vendor_id}
        told = self.steps.poll(endpoint, poll, job.poll_inputs, job.credential, known, job.tenant)
        if not isinstance(told, Again) and is_final(told):
            self._finish(job, told)
            return
        if isinstance(told, Again) and told.error:
            follow.failures += 1
            if told.error["error"]["type"] in _REFUSALS and follow.failures >= PATIENCE:
                self._finish(job, told.error)
                return
        elif not isinstance(told, Again):
            follow.failures = 0
        if once:
            return
        if time.time() > (job.started or job.created) + given.timeout:
            message = f"It was not done within {given.timeout:g} seconds; the service may still finish it"
            self._finish(job, self._failed(follow, "timeout", message))
            return
        self.runner.at(
            time.monotonic() + self._pause(follow, told, given.interval), partial(self._poll, follow), is_call=False
        )

    def _pause(self, follow: _Follow, told: Result | Again, interval: float) -> float:
        follow.interval = min(follow.interval * BACKOFF, max(SLOWEST, interval))
        failed = min(60.0, follow.interval * 1.5**follow.failures) if follow.failures else 0
        return max(follow.interval, failed, min(told.seconds, 300) if isinstance(told, Again) else 0)

    def _finish(self, job: Job, result: Result) -> bool:
        """Final, told to the fan-out in the same transaction, once."""
        with self.store.ledger.write() as connection:
            first = self.store.finish(connection, job.id, result)
            if first:
                self._record(connection, job, result)
        self._forget(job.id)
        if first:
            self.sink.wake()
            self.metrics.jobs.labels(job.service, result["status"]).inc()
        return first

    def _record(self, connection: Connection, job: Job, result: Result) -> None:
        names = {"tenant": job.tenant, "service": job.service, "operation": job.operation}
        self.sink.record(connection, **names, result=result, dedupe=job.id, callback=job.work.get("callback"))
        if job.work.get("relay"):
            self.sink.relay(connection, **names, result=result, url=job.work["relay"])


def _kept(caller: Caller) -> dict[str, Any]:
    return {"credential": [[location, name, text] for (location, name), text in caller.credential.items()]}

"""Jobs from acceptance to the final result."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import Refused, unknown_operation
from specloom.connector.jobs.store import JobRecord, JobStore
from specloom.connector.jobs.tracker import Tracker
from specloom.connector.jobs.waiters import Waiters
from specloom.connector.ledger.vault import token_hash
from specloom.connector.settings import Settings
from specloom.connector.telemetry.logs import log
from specloom.connector.upstream.client import prepare
from specloom.connector.upstream.credentials import Account, to_rows
from specloom.connector.upstream.endpoints import Endpoint, Endpoints
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import Result, Status, failed_result, normalize, unfinished_result

IdempotencyLink = Callable[[Connection, str], None]


@dataclass(slots=True)
class Jobs:
    settings: Settings
    endpoints: Endpoints
    store: JobStore
    tracker: Tracker
    stopping: Callable[[], bool]
    check_callback: Callable[[str], str]
    check_room: Callable[[Connection, str], None]
    """Whether the tenant may have one more, in the transaction that takes it. Raises Refused."""

    def start(self) -> None:
        self.tracker.scheduler.start()

    def stop(self) -> None:
        self.tracker.scheduler.stop(self.settings.grace)
        try:
            self.store.release()
        except SQLAlchemyError:
            log.error("Jobs could not be handed back; they are taken over once this process counts as dead")

    # --- taking work

    def accept(
        self, caller: Account, endpoint: Endpoint, inputs: Mapping[str, Any], callback: str | None,
        link: IdempotencyLink | None = None,
    ) -> str:  # fmt: skip
        """Take a job durably and begin it. Returns its id. Raises Refused: 503 where the ledger cannot be
        written, 429 where the tenant has as many jobs as it may."""
        inputs = dict(inputs)
        token, relay = self.doorbell(endpoint, inputs)
        if relay:
            self.check_relay(str(relay))
        prepare(endpoint, inputs, caller.credential)  # what cannot be sent at all is refused now
        work = {"inputs": inputs, "callback": callback, "relay": relay, **_kept(caller)}
        doorbell = token_hash(token) if token else None
        try:
            names = caller.tenant, endpoint.service.key, endpoint.operation.operation_id
            job = self.store.create(*names, work, doorbell=doorbell, link=link, check=self.check_room)
        except SQLAlchemyError:
            raise Refused("unreachable", "The ledger cannot be written; nothing was sent", status=503) from None
        self.tracker.begin(job, endpoint)
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

    def watch(
        self, caller: Account, endpoint: Endpoint, token: str, callback: str | None, relay: Any
    ) -> JobRecord | None:
        """Follow a job whose first call is the caller's own, on a drop-in route; None where the ledger is not to be
        had, since the call itself does not depend on it."""
        work = {"inputs": {}, "callback": callback, "relay": relay, **_kept(caller)}
        doorbell = token_hash(token) if token else None
        names = caller.tenant, endpoint.service.key, endpoint.operation.operation_id
        try:
            return self.store.create(*names, work, state="sending", doorbell=doorbell, check=self.check_room)
        except SQLAlchemyError:
            return None

    def watched(self, job: JobRecord, endpoint: Endpoint, exchange: Exchange | None) -> bool:
        """The caller's call was answered (None: it was not). Whether there is something to follow."""
        follow = self.tracker.follow(job, endpoint)
        if exchange is not None:
            result = normalize(endpoint.service, endpoint.operation, exchange, job_id=job.id)
            if "error" not in result:
                self.tracker.settle(follow, self.tracker.steps.accepted(endpoint, exchange, result))
                return True
        self.tracker.forget(job.id)
        self.store.drop(job.id)
        return False

    # --- looking

    def get(self, job_id: str) -> JobRecord | None:
        return self.store.get(job_id)

    def existing(self, job_id: str) -> JobRecord:
        """Raises Refused (404)."""
        job = self.store.get(job_id)
        if job is None:
            raise Refused("not_found", "There is no such job")
        return job

    @property
    def waiters(self) -> Waiters:
        return self.tracker.waiters

    def result(self, job: JobRecord) -> Result:
        """Its final result, or how far it is."""
        if job.result is not None:
            return job.result
        endpoint = self.endpoints.get(job.service, job.operation)
        kind = endpoint.operation.output.type if endpoint else "none"
        status: Status = "running" if job.state == "running" else "queued"
        return unfinished_result(job.service, job.operation, kind, status, job_id=job.id, vendor_id=job.vendor_id)

    def wait(self, job_id: str, seconds: float) -> Result:
        """The result as it stands after `seconds` at the latest, sooner once it is final. Holds the thread."""
        until = time.monotonic() + seconds
        done = self.tracker.done(job_id)
        while (left := until - time.monotonic()) > 0 and not self.stopping():
            if done is not None:
                if done.wait(min(left, 0.5)):
                    break
                continue
            job = self.store.get(job_id)  # another process works on it
            if job is None or job.result is not None:
                break
            time.sleep(min(left, 0.5))
        return self.result(self.existing(job_id))

    def cancel(self, job: JobRecord) -> bool:
        """Stop following it. What the vendor has, it may still finish and charge."""
        endpoint = self.endpoints.get(job.service, job.operation)
        known = (endpoint.service, endpoint.operation) if endpoint else unknown_operation(job.service, job.operation)
        unsent = job.state == "accepted"
        message = "Canceled before it was sent" if unsent else "Canceled here; the service may still finish it"
        result = failed_result(*known, "provider_error", message, job_id=job.id, vendor_id=job.vendor_id)
        result["status"] = "canceled"
        result["error"]["retryable"] = False
        return self.tracker.finish(job, result)


def _kept(caller: Account) -> dict[str, Any]:
    return {"credential": to_rows(caller.credential)}

"""What one step of a job does at the vendor: start it, or ask how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specloom.connector.errors import Refused
from specloom.connector.jobs.store import JobRecord
from specloom.connector.upstream.client import UpstreamRequest, prepare
from specloom.connector.upstream.endpoints import Endpoint, Endpoints
from specloom.connector.upstream.exchange import Answer, NoAnswer, VendorCall, VendorCalls, failure_of
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import FINAL, Result, failed_result, link_inputs

SOON = 60.0
"""Seconds: a job waits this long for its turn at the vendor without being failed."""


@dataclass(frozen=True, slots=True)
class Started:
    """The vendor has begun. `is_final` where its first reply already says that it is done."""

    vendor_id: str | None
    poll_inputs: Mapping[str, Any]
    is_final: bool


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Nothing was done, or nothing is known yet: come back in so many seconds."""

    seconds: float
    error: Result | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    endpoints: Endpoints
    calls: VendorCalls

    def start(self, endpoint: Endpoint, made: UpstreamRequest, job: JobRecord) -> Started | Result | RetryLater:
        """Send the call that starts the work, or does it. It has had its turn."""
        outcome = self.calls.make(VendorCall(request=made, account=job, reads=endpoint, job_id=job.id))
        if isinstance(outcome, NoAnswer):
            return outcome.result
        result = outcome.result
        if "error" in result:
            waits = result["error"]["retry_after"]
            is_turn = result["error"]["type"] == "rate_limited" and waits is not None and waits <= SOON
            return RetryLater(max(waits or 0, 0.5), result) if is_turn else result
        if endpoint.operation.job is None or not isinstance(outcome, Answer):
            return result
        return self.accepted(endpoint, outcome.exchange, result)

    def accepted(self, endpoint: Endpoint, exchange: Exchange, result: Result) -> Started | Result:
        job = endpoint.operation.job
        assert job is not None
        inputs = link_inputs(job.poll, exchange)
        poll = self.endpoints.get(endpoint.service.key, job.poll.operation_id)
        if poll is None or not all(f.name in inputs for f in poll.operation.fields if f.required and not f.when):
            message = "The service took the work but its reply does not say how to ask for it"
            return failed_result(
                endpoint.service, endpoint.operation, "outcome_unknown", message, job_id=result["job_id"],
                status=exchange.status, raw=exchange.body,
            )  # fmt: skip
        return Started(result["id"], inputs, is_final(result))

    def poll(self, endpoint: Endpoint, poll: Endpoint, job: JobRecord) -> Result | RetryLater:
        """Ask once. A result that is queued or running is a report of progress; the job's lies in its poll's reply,
        read as the job's own operation says."""
        wait = self.calls.try_turn(endpoint, job)
        if wait:
            return RetryLater(wait)
        try:
            made = prepare(poll, job.poll_inputs, job.credential)
        except Refused as refused:  # such as an address that is not configured after this start
            return RetryLater(0, failure_of(endpoint, refused, job.id, job.vendor_id))
        outcome = self.calls.make(
            VendorCall(request=made, account=job, reads=endpoint, job_id=job.id, vendor_id=job.vendor_id)
        )
        result = outcome.result
        if isinstance(outcome, NoAnswer):
            return RetryLater(0, result)
        if isinstance(outcome, Answer) and "error" in result and not _tells(outcome.exchange):
            return RetryLater(result["error"]["retry_after"] or 0, result)
        return result


def _tells(exchange: Exchange) -> bool:
    """Whether a poll's reply says anything of the job: an error of its own, or a page of text, does not."""
    return 200 <= exchange.status < 300 and not isinstance(exchange.body, str)


def is_final(result: Result) -> bool:
    return result["status"] in FINAL

"""What one step of a job does at the vendor: start it, or ask how far it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specloom.connector.errors import Refused
from specloom.connector.gateway.auth import Slot
from specloom.connector.metrics import Metrics
from specloom.connector.upstream.client import UpstreamRequest, call, exchange_of, failure_of, prepare, result_of
from specloom.connector.upstream.endpoints import Endpoint, Endpoints
from specloom.connector.upstream.files import Files
from specloom.connector.upstream.rate_limits import Limiter
from specloom.connector.upstream.transport import UpstreamError
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import Result, failed_result, job_state, link_inputs, normalize

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
    limiter: Limiter
    metrics: Metrics
    files: Files

    def start(
        self, endpoint: Endpoint, made: UpstreamRequest, job_id: str, tenant: str, credential: Mapping[Slot, str]
    ) -> Started | Result | RetryLater:
        """Send the call that starts the work, or does it."""
        known = {"job_id": job_id}
        try:
            reply = self._call(made)
            if endpoint.operation.output.binary and 200 <= reply.status < 300:
                return self.files.binary_result(made, reply, tenant, credential, job_id)
            exchange = exchange_of(made, reply)
        except UpstreamError as error:
            self.metrics.called(endpoint.service.key, error.kind)
            return failure_of(endpoint, error, **known)
        result = result_of(made, exchange, **known)
        self.limiter.learn(endpoint.vendor, owner_of(credential), result)
        if "error" in result:
            waits = result["error"]["retry_after"]
            is_turn = result["error"]["type"] == "rate_limited" and waits is not None and waits <= SOON
            return RetryLater(max(waits, 0.5), result) if is_turn else result
        if endpoint.operation.job is None:
            return self.files.reachable(endpoint, result, tenant, credential)
        return self.accepted(endpoint, exchange, result)

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
        return Started(result["id"], inputs, result["status"] in ("succeeded", "failed", "canceled"))

    def poll(
        self, endpoint: Endpoint, poll: Endpoint, inputs: Mapping[str, Any], credential: Mapping[Slot, str],
        known: Mapping[str, str | None], tenant: str,
    ) -> Result | RetryLater:  # fmt: skip
        """Ask once. A result that is queued or running is a report of progress."""
        wait = self.limiter.try_take(endpoint.vendor, owner_of(credential))
        if wait:
            return RetryLater(wait)
        try:
            made = prepare(poll, inputs, credential)
            exchange = exchange_of(made, self._call(made))
        except UpstreamError as error:
            self.metrics.called(endpoint.service.key, error.kind)
            return RetryLater(0, failure_of(endpoint, error, **known))
        except Refused as refused:  # such as an address that is not configured after this start
            return RetryLater(0, failure_of(endpoint, refused, **known))
        result = self._read(endpoint, made, exchange, known)
        self.limiter.learn(endpoint.vendor, owner_of(credential), result)
        if not 200 <= exchange.status < 300 or isinstance(exchange.body, str):
            return RetryLater(result["error"]["retry_after"] or 0, result)
        return self.files.reachable(endpoint, result, tenant, credential)

    def _read(
        self, endpoint: Endpoint, made: UpstreamRequest, exchange: Exchange, known: Mapping[str, str | None]
    ) -> Result:
        """The job's result lies in its poll's reply, read as the job's own operation says."""
        if isinstance(exchange.body, str):
            return result_of(made, exchange, **known)
        base_url = endpoint.vendor.base_url
        return normalize(endpoint.service, endpoint.operation, exchange, base_url=base_url, now=time.time(), **known)

    def _call(self, made: UpstreamRequest) -> Any:
        reply = call(made)
        self.metrics.called(made.endpoint.service.key, str(reply.status))
        return reply


def owner_of(credential: Mapping[Slot, str]) -> str:
    return "\0".join(credential.values())


def is_final(result: Result) -> bool:
    return result["status"] in ("succeeded", "failed", "canceled")


__all__ = ["RetryLater", "Started", "Steps", "is_final", "job_state", "owner_of"]

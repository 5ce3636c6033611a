"""The uniform route: `POST /run/<key>/<operationId>` takes flat inputs and answers with the normalized result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from specloom.connector.access.identity import current
from specloom.connector.errors import (
    Refused,
    body_of,
    dumps,
    json_reply,
    refused_result,
    result_status,
    unknown_operation,
)
from specloom.connector.gateway.auth import Caller, missing_key
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.held_calls import held_call
from specloom.connector.gateway.preferences import Preferences, preferences
from specloom.connector.gateway.waiting import when_done
from specloom.connector.jobs.service import IdempotencyLink
from specloom.connector.upstream.client import prepare
from specloom.connector.upstream.endpoints import Endpoint
from specloom.connector.upstream.exchange import NoAnswer, VendorCall
from specloom.connector.upstream.validation import WARNING, check_inputs
from specloom.schemas.http.deserialization import with_numbers
from specloom.schemas.http.result import Result

blueprint = Blueprint("run", __name__)


@blueprint.post("/run/<key>/<operation_id>")
@blueprint.post("/run/<key>/<path:operation_id>")
def run(key: str, operation_id: str) -> Response:
    shared = gateway()
    endpoint = shared.endpoints.get(key, operation_id)
    if endpoint is None:
        what = f"operation {operation_id[:100]!r}" if key in shared.vendors else f"service {key[:100]!r}"
        raise Refused("not_found", f"There is no {what}; GET /services lists what there is")
    g.service, g.operation = key, operation_id
    return _Run(shared, endpoint).answer()


def refusal(key: str, operation_id: str, refused: Refused) -> Response:
    """The result of a call that was not made, for whatever reason."""
    endpoint = gateway().endpoints.get(key, operation_id)
    service, operation = unknown_operation(key, operation_id)
    if endpoint is not None:
        service, operation = endpoint.service, endpoint.operation
    return json_reply(refused_result(refused, service, operation), refused.status, refused.reply_headers())


class _Run:
    """One uniform call on its way."""

    def __init__(self, shared: GatewayContext, endpoint: Endpoint) -> None:
        self.shared = shared
        self.endpoint = endpoint
        self.caller: Caller = shared.callers.of(request, endpoint.vendor, anywhere=True)
        shared.gate.admit(current(), self.caller, endpoint.service.key, endpoint.operation.operation_id)
        self.inputs = with_numbers(endpoint.operation.fields, self.given())
        self.preferences: Preferences = preferences(request, shared)
        self.headers: dict[str, str] = {}

    def given(self) -> dict[str, Any]:
        return inputs_of(request.get_data(cache=True), self.shared.settings.body_parts)

    def answer(self) -> Response:
        endpoint = self.endpoint
        if endpoint.needs_key and not self.caller.credential:
            raise missing_key(self.caller, endpoint.vendor)
        if complaint := check_inputs(endpoint, self.inputs):
            self.headers[WARNING] = complaint
        g.secret_reply = endpoint.operation.sensitive
        name = f"run {endpoint.service.key} {endpoint.operation.operation_id}"
        fingerprint = dumps(sorted(self.inputs.items()))
        return self.shared.idempotency.once(self.caller.tenant, name, fingerprint, self.work, self.job_reply)

    def work(self, link: IdempotencyLink | None) -> Response:
        asynchronous = self.preferences.respond_async and not self.endpoint.operation.sensitive
        if self.endpoint.is_slow or asynchronous:
            return self.as_job(link)
        return self.reply(self.direct())

    def as_job(self, link: IdempotencyLink | None) -> Response:
        job = self.shared.jobs.accept(self.caller, self.endpoint, self.inputs, self.preferences.callback, link)
        g.job = job
        return self.job_reply(job)

    def job_reply(self, job: str) -> Response:
        """As far as it is when the caller has waited long enough."""
        wait = 0.0 if self.preferences.respond_async and self.preferences.wait is None else self.preferences.wait
        headers = {"Location": f"/jobs/{job}", **self.preferences.applied(is_job=True)}
        seconds = self.shared.settings.wait if wait is None else wait
        return when_done(
            self.shared, self.caller.tenant, job, seconds, lambda result, _waited: self.reply(result, headers)
        )

    def direct(self) -> Result:
        """The call itself, while the caller waits."""
        shared, endpoint = self.shared, self.endpoint
        made = prepare(endpoint, self.inputs, self.caller.credential)
        with held_call(shared.room, self.caller.tenant):
            shared.calls.take_turn(endpoint, self.caller)
            outcome = shared.calls.make(VendorCall(request=made, account=self.caller, reads=endpoint))
        g.unsent = isinstance(outcome, NoAnswer) and not outcome.error.sent
        shared.accounts.add(self.caller.tenant, outcome.result)
        if endpoint.makes_results:
            told = shared.publisher.tell(self.caller.tenant, outcome.result, self.preferences.callback)
            self.headers.update(told)
        return outcome.result

    def reply(self, result: Result, headers: Mapping[str, str] | None = None) -> Response:
        waits = result["error"]["retry_after"] if "error" in result else None
        told = {} if waits is None else {"Retry-After": str(int(waits + 0.999))}
        return json_reply(result, result_status(result), {**told, **self.headers, **(headers or {})})


def inputs_of(data: bytes, most: int) -> dict[str, Any]:
    """The body of a uniform call, of at most so many parts. Raises Refused."""
    if not data.strip():
        return {}
    try:
        inputs = body_of(data, most)
    except ValueError:
        raise Refused("invalid_request", "The body is no JSON") from None
    if not isinstance(inputs, dict):
        raise Refused("invalid_request", "The body must be a JSON object of inputs by name")
    return inputs

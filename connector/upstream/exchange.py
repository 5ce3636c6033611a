"""The one vendor call: a turn under the rate limit, sent, counted, normalized, and learned from."""

from __future__ import annotations

import time
from dataclasses import dataclass

from specloom.connector.errors import JSON, MOST_PARTS, Refused, is_crowded
from specloom.connector.network.redirects import MOST_REDIRECTS, Hop, redirected
from specloom.connector.network.ssrf import Guard
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.upstream.client import REPLY_LIMIT, UpstreamRequest
from specloom.connector.upstream.credentials import Account
from specloom.connector.upstream.endpoints import Endpoint
from specloom.connector.upstream.files import Files
from specloom.connector.upstream.rate_limits import Limiter
from specloom.connector.upstream.transport import Reply, UpstreamError, send
from specloom.connector.upstream.verified import VerifiedKeys
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import Result, failed_result, normalize
from specloom.schemas.media.decoding import decode, decode_text
from specloom.schemas.media.kinds import is_file, media_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCall:
    """A call to make. `reads` is the operation whose result the reply holds: a job's own, where its poll is called.
    `relays`: a reply that is no JSON object goes on to the caller as it comes, and is not read here."""

    request: UpstreamRequest
    account: Account
    reads: Endpoint
    job_id: str | None = None
    vendor_id: str | None = None
    relays: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The vendor's reply, read to its end. `data` is the body as it came."""

    reply: Reply
    data: bytes
    exchange: Exchange
    result: Result


@dataclass(frozen=True, slots=True)
class MadeFile:
    """The reply was a file, and its result is a link to it."""

    result: Result


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No usable reply came; `result` is the failure."""

    error: UpstreamError
    result: Result


@dataclass(frozen=True, slots=True)
class Relayed:
    """The body is still to be read, by whoever hands it on."""

    reply: Reply


VendorOutcome = Answer | MadeFile | NoAnswer
"""What a call that is read to its end comes to."""


@dataclass(frozen=True, slots=True)
class VendorCalls:
    """All calls of one process go through here: those of /run, of the proxy and of jobs."""

    limiter: Limiter
    metrics: Metrics
    files: Files
    verified: VerifiedKeys
    guard: Guard
    """Decides which other servers a redirect may lead to."""

    def take_turn(self, endpoint: Endpoint, account: Account) -> None:
        """Wait for the vendor's rate limit. Raises Refused (429) where that takes longer than a caller waits."""
        self.limiter.take(endpoint.vendor, account.owner)

    def try_turn(self, endpoint: Endpoint, account: Account) -> float:
        """0 where the call may go now, otherwise seconds until it is worth asking again."""
        return self.limiter.try_take(endpoint.vendor, account.owner)

    def make(self, call: VendorCall) -> VendorOutcome:
        """Send a call that has had its turn, and read the reply to its end."""
        outcome = self.relay(call)
        assert not isinstance(outcome, Relayed)
        return outcome

    def relay(self, call: VendorCall) -> VendorOutcome | Relayed:
        """The same, but that a call which `relays` may leave the reply's body unread."""
        key = call.reads.service.key
        outcome: VendorOutcome | Relayed
        try:
            reply = send_request(call.request, call.account, None if call.relays else self.guard)
            self.metrics.called(key, str(reply.status))
            outcome = self._read(call, reply)
        except UpstreamError as error:
            self.metrics.called(key, error.kind)
            outcome = NoAnswer(error, failure_of(call.reads, error, call.job_id, call.vendor_id))
        if call.request.endpoint.needs_key and _succeeded(outcome):
            self.verified.note(call.account.credential)
        if not isinstance(outcome, Relayed):
            self.limiter.learn(call.reads.vendor, call.account.owner, outcome.result)
        return outcome

    def _read(self, call: VendorCall, reply: Reply) -> Answer | MadeFile | Relayed:
        """Raises UpstreamError."""
        if call.relays and not _is_readable(call, reply):
            return Relayed(reply)
        made_file = is_file(call.request.endpoint.operation.output.binary, reply.status, reply.content_type)
        if made_file and not call.relays:
            return MadeFile(self.files.binary_result(call.request, reply, call.account, call.job_id))
        data = reply.read(REPLY_LIMIT)
        said = reply.headers.get("content-type", "")
        if is_crowded(data):
            if not call.relays:
                raise UpstreamError("provider_error", f"The reply has more than {MOST_PARTS} parts", sent=True)
            return Answer(reply, data, *_unread(call, reply))
        body = decode(data, said, call.request.endpoint.operation.accept)
        exchange = call.request.exchange(reply.status, reply.headers, body)
        is_text = isinstance(body, str) and body == decode_text(data, said)
        result = result_of(call, exchange, is_text=is_text)
        return Answer(reply, data, exchange, self.files.reachable(call.reads, result, call.account))


def _unread(call: VendorCall, reply: Reply) -> tuple[Exchange, Result]:
    """Of a reply that goes on to the caller and is too much to be read here."""
    exchange = call.request.exchange(reply.status, reply.headers, None)
    return exchange, result_of(call, exchange)


def _is_readable(call: VendorCall, reply: Reply) -> bool:
    kind = reply.content_type
    large = reply.length is not None and reply.length > REPLY_LIMIT
    return call.request.method != "HEAD" and not large and (kind == JSON or kind.endswith("+json"))


def _succeeded(outcome: VendorOutcome | Relayed) -> bool:
    if isinstance(outcome, Relayed):
        return 200 <= outcome.reply.status < 300
    return outcome.result["success"]


def send_request(request: UpstreamRequest, account: Account, guard: Guard | None = None) -> Reply:
    """Up to the reply's headers, without the server's own key where the call had it. With a `guard` redirects are
    followed: elsewhere as far as it lets them. Raises UpstreamError."""
    hop = Hop(request.method, request.url, request.headers, request.body)
    for count in range(MOST_REDIRECTS + 1):
        if complaint := request.endpoint.vendor.egress.complaint(hop.url):
            raise UpstreamError("provider_error" if count else "forbidden", complaint, sent=count > 0)
        allowed = guard if hop.is_elsewhere else None
        reply = send(
            hop.method, hop.url, hop.headers, hop.body, owner=account.tenant,
            timeout=request.endpoint.timeout, guard=allowed,
        )  # fmt: skip
        follows = guard is not None and count < MOST_REDIRECTS
        following = redirected(hop, reply.status, reply.headers.get("location", "")) if follows else None
        if following is None:
            break
        reply.close()
        hop = following
    vendor = request.endpoint.vendor
    return reply.masked(vendor.masks if account.credential == vendor.credential else None)


def result_of(call: VendorCall, exchange: Exchange, *, is_text: bool = False) -> Result:
    """The normalized result; `is_text` where the body is no JSON. A 2XX that is not what the document promises is a
    failure like any other."""
    reads = call.reads
    json_promised = media_kind(call.request.endpoint.operation.accept) == "json"
    if 200 <= exchange.status < 300 and json_promised and is_text:
        kind = exchange.headers.get("content-type", "something else").partition(";")[0][:60]
        message = f"The service answered with {kind} instead of JSON"
        return failed_result(
            reads.service, reads.operation, "provider_error", message, status=exchange.status,
            raw=exchange.body[:4000], job_id=call.job_id, vendor_id=call.vendor_id,
        )  # fmt: skip
    result = normalize(
        reads.service, reads.operation, exchange, base_url=reads.vendor.base_url, now=time.time(),
        job_id=call.job_id, vendor_id=call.vendor_id,
    )  # fmt: skip
    return result


def failure_of(
    endpoint: Endpoint, error: UpstreamError | Refused, job_id: str | None = None, vendor_id: str | None = None
) -> Result:
    """The result of a call that got no usable reply. A call that may have been carried out is not to be repeated."""
    result = failed_result(
        endpoint.service, endpoint.operation, error.kind, error.message,
        retry_after=getattr(error, "retry_after", None), job_id=job_id, vendor_id=vendor_id,
    )  # fmt: skip
    if isinstance(error, UpstreamError) and error.sent and endpoint.operation.writes and error.kind == "timeout":
        result["error"]["retryable"] = False
        result["error"]["message"] += "; it may have done its work all the same"
    return result

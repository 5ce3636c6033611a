"""Drop-in routes: `/<key>` stands for the vendor's scheme and host, and the vendor's answer comes back as it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from flask import Blueprint, Request, Response, g, request

from specloom.connector.access.identity import current
from specloom.connector.errors import JSON, Refused, VendorResponse, body_of, dumps, vendor_error
from specloom.connector.fairness.fair_queue import aside
from specloom.connector.gateway.auth import KEY_HEADER, Caller, is_gateway_key, missing_key
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.idempotency import HEADER as IDEMPOTENCY
from specloom.connector.gateway.preferences import CALLBACK, preferences
from specloom.connector.gateway.routes.proxy_addresses import Addresses
from specloom.connector.gateway.routes.proxy_jobs import ProxyJob
from specloom.connector.network.masking import is_masked
from specloom.connector.upstream.client import RequestView, UpstreamRequest, unconfigured
from specloom.connector.upstream.credentials import taken_by
from specloom.connector.upstream.exchange import Answer, NoAnswer, Relayed, VendorCall, VendorOutcome
from specloom.connector.upstream.transport import Reply
from specloom.connector.upstream.validation import WARNING, check_wire
from specloom.schemas.http.result import flat_field

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]
_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade"
    .split()
)  # fmt: skip
_NOT_FORWARDED = _HOP | frozenset(
    f"host content-length accept-encoding cookie forwarded via x-real-ip expect prefer idempotency-key x-request-id "
    f"specloom-callback {KEY_HEADER.lower()}".split()
)
_NOT_RETURNED = _HOP | frozenset(
    "content-length content-encoding set-cookie server date strict-transport-security alt-svc x-request-id".split()
)


def blueprint(keys: Iterable[str]) -> Blueprint:
    """Routes for the services there are; every other path stays free for the gateway's own 404 and 405."""
    made = Blueprint("dropin", __name__)
    for key in sorted(keys):
        for rule, defaults in ((f"/{key}/", {"key": key, "rest": ""}), (f"/{key}/<path:rest>", {"key": key})):
            made.add_url_rule(rule, "call", call, defaults=defaults, methods=METHODS, provide_automatic_options=False)
    return made


def call(key: str, rest: str) -> Response:
    shared = gateway()
    g.service = key
    try:
        return _Call(shared, key).answer()
    except Refused as refused:
        return vendor_error(shared.vendors[key].service, refused)


class _Call:
    """One drop-in request on its way."""

    def __init__(self, shared: GatewayContext, key: str) -> None:
        self.shared = shared
        self.vendor = shared.vendors[key]
        self.path = raw_path(request, key)
        matched = shared.endpoints.match(key, request.method, self.path)
        endpoint, self.parameters, allowed = matched.endpoint, matched.parameters, matched.allowed
        if endpoint is None and allowed:
            headers = {"Allow": ", ".join(allowed)}
            raise Refused("invalid_request", f"Not with {request.method}", status=405, headers=headers)
        if endpoint is None:
            raise Refused("not_found", f"{self.vendor.service.title}'s document has no such path")
        self.endpoint = endpoint
        g.operation = endpoint.operation.operation_id
        self.caller: Caller = shared.callers.of(request, self.vendor)
        shared.gate.admit(current(), self.caller, key, endpoint.operation.operation_id)
        self.data = request.get_data(cache=True)
        self.body: Any = None
        self.headers: dict[str, str] = {}
        self.callback: str | None = None

    def answer(self) -> Response:
        if complaint := self.check():
            self.headers[WARNING] = complaint
        if not self.endpoint.base_url:
            raise unconfigured(self.endpoint)
        if self.caller.by_gateway_key and self.endpoint.needs_key and not self.caller.credential:
            raise missing_key(self.caller, self.vendor)
        if CALLBACK in request.headers:
            self.callback = preferences(request, self.shared).callback
        if IDEMPOTENCY not in request.headers:
            return self.work(None)
        g.secret_reply = self.endpoint.operation.sensitive
        name = f"call {self.vendor.service.key} {self.endpoint.operation.operation_id}"
        fingerprint = self.path.encode() + b"?" + request.query_string + b"\n" + self.data
        return self.shared.idempotency.once(self.caller.tenant, name, fingerprint, self.work, _no_job)

    def work(self, _link: object) -> Response:
        held = self.shared.room.hold(self.caller.tenant)
        with aside():
            return held.until_sent(self.relayed())

    def relayed(self) -> Response:
        self.shared.calls.take_turn(self.endpoint, self.caller)
        watch = ProxyJob.of(self.shared, self.endpoint, self.caller, self.body, self.callback)
        if watch is not None:
            self.data, self.body = watch.data or self.data, watch.body
        outcome: VendorOutcome | Relayed | None = None
        try:
            call = VendorCall(request=self.request(), account=self.caller, reads=self.endpoint, relays=True)
            outcome = self.shared.calls.relay(call)
            response = self.respond(outcome)
        finally:
            if watch is not None:
                self.headers.update(watch.answered(outcome.exchange if isinstance(outcome, Answer) else None))
        response.headers.extend(self.headers)
        return response

    def check(self) -> str:
        """Refuses what the document rules out; returns a warning."""
        if self.data and self.endpoint.is_json and _is_json(request):
            try:
                charset = request.mimetype_params.get("charset", "")
                self.body = body_of(self.data, self.shared.settings.body_parts, charset)
            except ValueError as error:
                raise Refused("invalid_request", f"The body is no JSON: {_place(error)}") from None
        elif not self.data and self.endpoint.operation.body_required and self.endpoint.is_json:
            raise Refused("invalid_request", "A JSON body is required")
        query: list[tuple[str, str]] = []
        headers: dict[str, str] = {}
        if self.endpoint.parameters is not None:
            query, headers = list(request.args.items(multi=True)), dict(request.headers)
        return check_wire(self.endpoint, self.parameters, query, headers, self.body)

    def request(self) -> UpstreamRequest:
        headers = forwarded(request)
        sent = taken_by(self.vendor.service, self.endpoint.operation, self.caller.credential)
        query = forwarded_query(request, {name for location, name in sent if location == "query"})
        for (location, name), value in sent.items():
            if location == "header":
                headers[name] = value
            elif location == "query" and (name not in request.args or _is_no_key(request.args[name])):
                query += f"{'&' if query else ''}{quote(name, safe='')}={quote(value, safe='')}"
            elif location == "cookie":
                headers["Cookie"] = f"{name}={value}"
        url = f"{self.endpoint.base_url}{self.tail()}{'?' if query else ''}{query}"
        seen = RequestView(path=self.parameters, query=request.args, body=self.body)
        return UpstreamRequest(self.endpoint, request.method, url, headers, self.data or None, seen)

    def tail(self) -> str:
        """The path below the base URL: as many segments as the operation's own path has."""
        return "/" + "/".join(self.path.split("/")[-self.endpoint.operation.path.count("/") :])

    def respond(self, outcome: VendorOutcome | Relayed) -> Response:
        """Streams what is no JSON, and adds the flat fields to what is a JSON object."""
        if isinstance(outcome, NoAnswer):
            g.unsent = not outcome.error.sent
            return vendor_error(self.vendor.service, Refused(outcome.error.kind, outcome.error.message))
        addresses = Addresses(self.shared, self.endpoint, f"{self.endpoint.base_url}{self.tail()}")
        if isinstance(outcome, Relayed):
            return streamed(outcome.reply, addresses.headers(returned(outcome.reply)))
        assert isinstance(outcome, Answer)
        response = VendorResponse(_with(addresses.body(outcome), self.flat(outcome)), outcome.reply.status)
        response.headers.clear()
        response.headers.extend(addresses.headers(returned(outcome.reply)))
        return response

    def flat(self, answer: Answer) -> dict[str, str]:
        """The flat fields the body lacks. Tells the fan-out what the reply says, on the way."""
        result, body = answer.result, answer.exchange.body
        if self.endpoint.operation.job is None:
            self.shared.accounts.add(self.caller.tenant, result)
        if self.endpoint.makes_results and self.endpoint.operation.job is None:
            self.headers.update(self.shared.publisher.tell(self.caller.tenant, result, self.callback))
        found = flat_field(result["type"], result["items"])
        lacks = found is not None and isinstance(body, dict) and found[0] not in body
        return {found[0]: found[1]} if found and lacks else {}


def _no_job(_job: str) -> Response:
    raise Refused("invalid_request", "This key belongs to a job", status=409)


def raw_path(request: Request, key: str) -> str:
    """The path behind `/<key>`, still percent-encoded as the caller wrote it."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if not raw.startswith("/"):
        raw = "/" + raw.partition("://")[2].partition("/")[2] if "://" in raw else quote(request.path)
    path = raw.partition("?")[0].partition("#")[0]
    prefix = f"{request.script_root}/{key}"
    return path[len(prefix) :] if path.startswith(prefix) else quote(request.path.removeprefix(f"/{key}"))


def forwarded(request: Request) -> dict[str, str]:
    """The caller's headers, without those that are meant for the gateway or tell who the caller is."""
    named = _named_in(request.headers.get("Connection", ""))
    headers = {
        name: value
        for name, value in request.headers.items()
        if (low := name.lower()) not in _NOT_FORWARDED
        and low not in named
        and not low.startswith("x-forwarded-")
        and not is_gateway_key(value)
    }
    headers["Accept-Encoding"] = "gzip, deflate"
    return headers


def forwarded_query(request: Request, keys: Collection[str] = ()) -> str:
    """The query as the caller wrote it, without values that are gateway keys; and of what is named as the vendor's
    `keys`, without what masks one: a next page's address comes back with it."""
    pairs = [pair.partition("=") for pair in request.query_string.decode("latin-1").split("&")]
    return "&".join(
        "".join(pair)
        for pair in pairs
        if not is_gateway_key(value := unquote_plus(pair[2])) and not (pair[0] in keys and is_masked(value))
    )


def _is_no_key(value: str) -> bool:
    return is_gateway_key(value) or is_masked(value)


def returned(reply: Reply) -> list[tuple[str, str]]:
    """The vendor's headers, without those of its connection, its cookies and what it tells browsers about itself."""
    named = _named_in(reply.headers.get("connection", ""))
    return [
        (name, value)
        for name, value in reply.pairs
        if (low := name.lower()) not in _NOT_RETURNED and low not in named and not low.startswith("access-control-")
    ]


def _named_in(connection: str) -> frozenset[str]:
    """Headers that belong to one connection because its `Connection` header says so (RFC 9110, 7.6.1)."""
    return frozenset(name.strip().lower() for name in connection.split(",")) if connection else frozenset()


def _is_json(request: Request) -> bool:
    kind = (request.mimetype or JSON).lower()
    return kind == JSON or kind.endswith("+json")


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "it is not text in UTF-8" if isinstance(error, UnicodeError) else str(error)[:100]


def _with(data: bytes, added: Mapping[str, str]) -> bytes:
    """The vendor's bytes with fields put in before the last brace: nothing else of them changes."""
    if not added:
        return data
    head, brace, tail = data.rpartition(b"}")
    if not brace or tail.strip() or b"\0" in data[:4]:
        return data
    comma = b"" if head.rstrip().endswith(b"{") else b","
    return head + comma + dumps(added)[1:-1] + b"}" + tail


def streamed(reply: Reply, headers: list[tuple[str, str]]) -> Response:
    """The vendor's reply with these headers, its body as it arrives."""
    response = VendorResponse(
        b"" if request.method == "HEAD" else reply.chunks(), reply.status, direct_passthrough=True
    )
    response.headers.clear()
    response.headers.extend(headers)
    if reply.length is not None:
        response.headers["Content-Length"] = str(reply.length)
    response.call_on_close(reply.close)
    return response

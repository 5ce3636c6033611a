"""The Flask app: one port, each service at /<key>, and the files it hands out at /_media."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from specloom.connector.emulator.credentials import ANONYMOUS, PresentedCredential, credential_of, good_key
from specloom.connector.emulator.replies import files
from specloom.connector.emulator.replies.bodies import BadBody, read_body
from specloom.connector.emulator.replies.failures import failure, refusal_status
from specloom.connector.emulator.replies.replies import EmulatedReply
from specloom.connector.emulator.settings import EmulatorSettings
from specloom.connector.emulator.state import tokens
from specloom.connector.emulator.state.callbacks import Callbacks, Delivery
from specloom.connector.emulator.vendor import EmulatedVendor
from specloom.schemas.http.inputs import from_wire
from specloom.schemas.http.routing import Match, mount_path
from specloom.schemas.http.styles import NO_DOTS, has_dots
from specloom.schemas.model import Operation, Service

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One call as it arrived, and what it was answered with."""

    service: str
    operation_id: str
    """'' where no operation fits."""
    method: str
    path: str
    """As sent, percent-encoded, with the mount point."""
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: Any
    """Decoded; the raw text where it could not be."""
    raw: bytes
    inputs: Mapping[str, Any]
    owner: str
    status: int
    reply: Any
    at: float


class Emulator:
    """What stands behind the app; `app.extensions["emulator"]`."""

    def __init__(self, services: Iterable[Service], settings: EmulatorSettings) -> None:
        self.settings = settings
        self.requests: deque[RecordedRequest] = deque(maxlen=REMEMBERED)
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.callbacks = Callbacks(settings, self.deliveries.append)
        self.vendors = {service.key: EmulatedVendor(service, settings, self.callbacks) for service in services}

    def calls(self, operation_id: str = "", service: str = "") -> list[RecordedRequest]:
        """Recorded requests, oldest first, of one operation if it is named."""
        return [
            r for r in list(self.requests)
            if operation_id in ("", r.operation_id) and service in ("", r.service)
        ]  # fmt: skip

    def clear(self) -> None:
        """Forget the recorded requests and deliveries."""
        self.requests.clear()
        self.deliveries.clear()

    def add_item(self, service: str, operation_id: str, item: Any = None, **owner: str) -> Any:
        """Put a new element in front of a list, so that polling triggers find it. Returns the element."""
        vendor = self.vendors[service]
        operation = vendor.service.operation(operation_id)
        if operation is None:
            raise KeyError(operation_id)
        return vendor.catalogue.add(operation, item, **owner)

    def fire(self, service: str, event: str, payload: Any = None) -> int:
        """Send an event to everybody who subscribed to it; how many there are."""
        vendor = self.vendors[service]
        trigger = next(t for t in vendor.service.triggers if t.event == event)
        return vendor.fire(trigger, payload)

    def base_path(self, key: str) -> str:
        """Path to give as the base URL of a service: '/tuen/api/services'."""
        return f"/{key}{mount_path(self.vendors[key].service)}"


def create_app(
    services: Iterable[Service], *, realistic: bool = False, public_url: str | None = None, **settings: Any
) -> Flask:
    """The emulator as a WSGI app. Further settings: see connector/emulator/settings.py."""
    app = Flask("specloom.emulator", static_folder=None)
    app.url_map.merge_slashes = False
    chosen = EmulatorSettings(realistic=realistic, public_url=(public_url or "").rstrip("/"), **settings)
    app.extensions["emulator"] = Emulator(services, chosen)
    app.add_url_rule("/", "index", _index, methods=["GET"])
    app.add_url_rule("/<path:rest>", "serve", _serve, methods=METHODS, provide_automatic_options=False)
    return app


def emulator_of(app: Flask) -> Emulator:
    emulator: Emulator = app.extensions["emulator"]
    return emulator


def _index() -> Response:
    emulator = emulator_of(current_app)
    origin = _origin(emulator)
    listed = {
        key: {"base_url": origin + emulator.base_path(key), "key": good_key(vendor.service)}
        for key, vendor in emulator.vendors.items()
    }
    return EmulatedReply(200, {"services": listed}).response()


def _origin(emulator: Emulator) -> str:
    return emulator.settings.public_url or request.host_url.rstrip("/")


def _serve(rest: str) -> Response:
    emulator = emulator_of(current_app)
    # Read even where it is ignored: on a kept connection the next request would begin inside it.
    request.get_data(cache=True, parse_form_data=False)
    # The path as sent: %2F in a value is not a slash between segments.
    path = str(request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.path).partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    key, _, inner = path.removeprefix("/").partition("/")
    if key == files.MEDIA:
        found = files.served(path)
        return (
            EmulatedReply(200, found[0], {}, found[1]).response()
            if found
            else EmulatedReply(404, {"error": "No such file"}).response()
        )
    vendor = emulator.vendors.get(key)
    if vendor is None:
        known = ", ".join(sorted(emulator.vendors))
        return EmulatedReply(404, {"error": f"No service {key!r} here; there are: {known}"}).response()
    return _Exchange(emulator, vendor, path, "/" + inner).respond()


class _Exchange:
    """One request to one vendor."""

    def __init__(self, emulator: Emulator, vendor: EmulatedVendor, full_path: str, path: str) -> None:
        self.emulator = emulator
        self.vendor = vendor
        self.full_path = full_path
        self.path = path
        self.query = tuple(parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True))
        self.raw = request.get_data(cache=True, parse_form_data=False)
        self.operation: Operation | None = None
        self.inputs: Mapping[str, Any] = {}
        self.body: Any = None
        self.credential: PresentedCredential | None = None

    def respond(self) -> Response:
        service = self.vendor.service
        reply = tokens.answer(service, self.path, request)
        if reply is None:
            found = self.vendor.router.match(request.method, self.path)
            self.operation = found.operation
            reply = self._unmatched(found) if found.operation is None else self._answer(found.operation, found.path)
        self._record(reply)
        if self.credential and self.credential.error and not self.credential.error.isdigit():
            return _broken(self.credential.error, reply)
        response = reply.response()
        if request.method == "HEAD":
            response.set_data(b"")
        return response

    def _unmatched(self, found: Match) -> EmulatedReply:
        service = self.vendor.service
        if not found.allowed:
            return failure(service, None, 404)
        reply = failure(service, None, 405)
        reply.headers["Allow"] = ", ".join(found.allowed)
        return reply

    def _answer(self, operation: Operation, path: Mapping[str, str]) -> EmulatedReply:
        self.credential = credential_of(self.vendor.service, operation, request)
        limits = self.vendor.limits
        allowed, headers = limits.count(self.credential or ANONYMOUS)
        reply = self._decided(operation, path, allowed)
        reply.headers = {**reply.headers, **headers}
        if reply.status == 429 and (left := limits.header_names().get("remaining")):
            reply.headers[left] = "0"
        return reply

    def _decided(self, operation: Operation, path: Mapping[str, str], allowed: bool) -> EmulatedReply:
        if self.credential is None:
            return self._refused_key(operation)
        if self.credential.error:
            status = int(self.credential.error) if self.credential.error.isdigit() else 200
            return failure(self.vendor.service, operation, status)
        return self._checked(operation, path) if allowed else failure(self.vendor.service, operation, 429)

    def _refused_key(self, operation: Operation) -> EmulatedReply:
        documented = {response.status for response in operation.responses}
        status = 403 if "403" in documented and "401" not in documented else 401
        return failure(self.vendor.service, operation, status)

    def _checked(self, operation: Operation, path: Mapping[str, str]) -> EmulatedReply:
        service = self.vendor.service
        if climbing := [name for name, value in path.items() if has_dots(value)]:
            return failure(service, operation, 400, [f"{climbing[0]} {NO_DOTS}"])
        try:
            self.body, checked = read_body(operation, request, self.raw)
        except BadBody as problem:
            return failure(service, operation, refusal_status(operation), [str(problem)])
        self.inputs = from_wire(
            operation,
            path=path,
            query=self.query,
            headers=dict(request.headers),
            cookies=request.cookies,
            body=self.body,
        )
        parameters, body = self.vendor.checkers(operation)
        flat = {f.name for f in operation.fields if f.location != "body"}
        refusals = parameters.refusals({name: value for name, value in self.inputs.items() if name in flat})
        if checked:
            refusals += body.refusals(self.body)
        if refusals:
            return failure(service, operation, refusal_status(operation), [str(refusal) for refusal in refusals])
        return self._accepted(operation)

    def _accepted(self, operation: Operation) -> EmulatedReply:
        assert self.credential is not None
        settings = self.emulator.settings
        busy = operation.duration if settings.realistic and operation.duration and not operation.job else 0
        time.sleep(busy * settings.pace + self.credential.delay)
        call = self.vendor.call(operation, self.inputs, self.body)
        origin = _origin(self.emulator)
        query = request.query_string.decode("utf-8", "replace")
        url = origin + self.full_path + (f"?{query}" if query else "")
        return self.vendor.answer(call, self.credential.owner, origin, url)

    def _record(self, reply: EmulatedReply) -> None:
        self.emulator.requests.append(
            RecordedRequest(
                service=self.vendor.service.key,
                operation_id=self.operation.operation_id if self.operation else "",
                method=request.method,
                path=self.full_path,
                query=self.query,
                headers=dict(request.headers),
                body=self.body if self.body is not None else self.raw.decode("utf-8", "replace") or None,
                raw=self.raw,
                inputs=dict(self.inputs),
                owner=self.credential.owner if self.credential else "",
                status=reply.status,
                reply=reply.body if not isinstance(reply.body, bytes) else f"{len(reply.body)} bytes",
                at=time.time(),
            )
        )


def _broken(kind: str, reply: EmulatedReply) -> Response:
    """Ways in which a server lets its callers down: error_html, error_cut, error_reset in the key."""
    if kind == "html":
        return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, content_type="text/html")
    if kind == "cut":
        whole = json.dumps(reply.body).encode()
        response = Response(whole[: len(whole) // 2], 200, content_type="application/json")
        response.automatically_set_content_length = False
        response.headers["Content-Length"] = str(len(whole))
        response.headers["Connection"] = "close"
        return response
    if kind == "reset":
        connection = request.environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 500)

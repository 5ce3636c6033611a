"""The gateway as a WSGI app. `create_app` needs settings and nothing else; whoever wants may hand it the parts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from specloom.connector.access.identity import tenant_name
from specloom.connector.errors import Refused, error_reply
from specloom.connector.gateway.context import EXTENSION, GatewayContext
from specloom.connector.gateway.parking import parking
from specloom.connector.gateway.routes import callbacks, files, health, jobs, operators, proxy, run
from specloom.connector.settings import Settings
from specloom.connector.telemetry import tracing
from specloom.connector.telemetry.logs import answered, log, request_id

ROUTES = (run, jobs, files, callbacks, operators, health)
_QUIET = frozenset({"health.alive", "health.ready", "health.metrics"})


def create_app(settings: Settings, shared: GatewayContext, extra: tuple[Any, ...] = ()) -> Flask:
    """`extra` are blueprints of other rooms: /hooks, /events, /deliveries."""
    app = Flask("specloom.gateway", static_folder=None)
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = settings.body_size
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_size
    app.extensions[EXTENSION] = shared
    for blueprint in (*extra, *(module.blueprint for module in ROUTES)):
        app.register_blueprint(blueprint)
    app.register_blueprint(proxy.blueprint(shared.vendors))
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(SQLAlchemyError, _ledger_failed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count, x_prefix=count)  # type: ignore[method-assign]
    return app


def _begin() -> Response | None:
    place = parking()
    if place is not None and place.is_over:
        return place.resumed()
    g.began = time.perf_counter()
    g.span = tracing.begin(request.headers, request.endpoint or "none")
    g.request_id = request_id(request.headers.get("X-Request-Id"))
    if "\0" in request.path:  # no id and no path of a service has one, and a database may choke on it
        raise Refused("invalid_request", "There is a NUL in the path")
    return None


def _end(response: Response) -> Response:
    place = parking()
    if place is not None and place.is_wanted:
        return place.leave(response)
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.began
    route = request.endpoint or "none"
    service, operation = g.get("service", ""), g.get("operation", "")
    shared: GatewayContext = current().extensions[EXTENSION]
    shared.metrics.answered(route, service, operation, response.status_code, seconds)
    if route not in _QUIET:
        fields = {
            "request_id": g.request_id, "method": request.method, "route": route, "service": service,
            "operation": operation, "status": response.status_code, "ms": round(seconds * 1000, 1),
        }  # fmt: skip
        fields |= _who()
        answered(fields)
        if g.get("span") is not None:
            g.span.end({**{f"specloom.{name}": value for name, value in fields.items()}, **_semantic(response)})
    return response


def _semantic(response: Response) -> dict[str, Any]:
    return {"http.request.method": request.method, "http.response.status_code": response.status_code}


_RESOURCES = ("job_id", "hook_id", "delivery_id", "event_id", "file_id", "key_id", "subject")


def _who() -> dict[str, Any]:
    """The tenant by its name, the key by its own, the address, and what it was about: never a key or a token."""
    identity, caller, given = g.get("identity"), g.get("caller"), request.view_args or {}
    tenant = g.get("tenant") or (caller.tenant if caller else "")
    resource = g.get("job") or next((given[name] for name in _RESOURCES if name in given), "")
    named = {"tenant": tenant_name(tenant), "key": identity.name if identity else "", "client": request.remote_addr}
    return {**named, "resource": str(resource)[:80]}


def current() -> Flask:
    from flask import current_app

    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]


def _refused(refused: Refused) -> Response:
    """In the shape of the route: a result on /run, whatever happened, and an error elsewhere."""
    if request.endpoint != "run.run" or not request.view_args:
        return error_reply(refused)
    return run.refusal(**request.view_args, refused=refused)


def _ledger_failed(error: SQLAlchemyError) -> Response:
    log.error("The ledger cannot be used: %s", type(getattr(error, "orig", error)).__name__)
    return _refused(Refused("unreachable", "The ledger cannot be used at the moment", status=503, retry_after=5))


_KINDS: Mapping[int, str] = {404: "not_found", 429: "rate_limited"}


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return _refused(Refused("invalid_request", "The body is too large", status=413))
    status = error.code or 500
    if status >= 500:
        return _fault(error)
    refused = Refused(_KINDS.get(status, "invalid_request"), error.name, status=status)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        refused.headers["Allow"] = ", ".join(allowed)
    return _refused(refused)


def _fault(error: Exception) -> Response:
    log.error("A fault of the gateway", exc_info=error, extra={"fields": {"request_id": g.get("request_id", "")}})
    return _refused(Refused("provider_error", "A fault of the gateway; its log tells more", status=500))

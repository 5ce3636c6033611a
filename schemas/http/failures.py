"""Why a call failed, in the terms of a result: its type, its message, and when to try again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from specloom.schemas.durations import seconds_until
from specloom.schemas.expressions import Exchange, Expression, evaluate, lookup
from specloom.schemas.http.items import number_of
from specloom.schemas.model import Operation, Service


class Failure(TypedDict):
    """The `error` of a result. `status` is the vendor's HTTP status, `retry_after` seconds."""

    type: str
    message: str
    status: int | None
    retryable: bool
    retry_after: float | None


class ResultRateLimit(TypedDict):
    """What a reply tells of the vendor's limit; `reset` is unix seconds."""

    limit: float | None
    remaining: float | None
    reset: float | None


_TYPES = {
    401: "unauthorized", 402: "insufficient_credits", 403: "forbidden", 404: "not_found",
    408: "timeout", 429: "rate_limited", 504: "timeout",
}  # fmt: skip
RETRYABLE = frozenset({"rate_limited", "quota_exceeded", "provider_error", "timeout", "unreachable"})
_MESSAGES = (
    ("error", "message"),
    ("error",),
    ("message",),
    ("detail",),
    ("errors", "0", "message"),
    ("errors",),
    ("error_message",),
    ("errorMessage",),
    ("error_description",),
    ("msg",),
    ("reason",),
    ("title",),
)
_TAGS = re.compile(r"<[^>]{0,500}>")


def failure(service: Service, operation: Operation | None, exchange: Exchange, *, now: float | None = None) -> Failure:
    """The `error` of a result: {type, message, status, retryable, retry_after in seconds}."""
    http = exchange.status
    kind = error_type(service, http)
    return {
        "type": kind,
        "message": _message(service, operation, exchange),
        "status": http or None,
        # What was answered, with a failure or a redirect, would be answered again.
        "retryable": kind in RETRYABLE and not 200 <= http < 400,
        "retry_after": _retry_after(service, exchange, now),
    }


def error_type(service: Service, http: int) -> str:
    types = service.errors.types
    own = types.get(str(http)) or types.get(f"{http // 100}XX")
    if own:
        return own
    if http < 400:
        return "provider_error"  # a 2XX that says it failed, or a redirect we do not follow
    return _TYPES.get(http) or ("invalid_request" if http < 500 else "provider_error")


def rate_limit_of(service: Service, exchange: Exchange) -> ResultRateLimit | None:
    rules = service.rate_limit
    if rules is None:
        return None

    def value(rule: Any) -> float | None:
        return number_of(evaluate(rule, exchange) if isinstance(rule, Expression) else rule)

    found: ResultRateLimit = {
        "limit": value(rules.limit),
        "remaining": value(rules.remaining),
        "reset": value(rules.reset),
    }
    return found if any(v is not None for v in found.values()) else None


def _message(service: Service, operation: Operation | None, exchange: Exchange) -> str:
    body = exchange.body
    job = operation.job if operation else None
    candidates: list[Any] = []
    if job and job.error:
        candidates.append(evaluate(job.error, exchange))
    if service.errors.message:
        candidates.append(evaluate(service.errors.message, exchange))
    candidates += [lookup(body, path) for path in _MESSAGES]
    for candidate in candidates:
        text = _words(candidate)
        if text:
            return text[:2000]
    if 300 <= exchange.status < 400:
        return "The service answered with a redirect that is not followed"
    if isinstance(body, str) and body.strip():
        return " ".join(_TAGS.sub(" ", body[:4000]).split())[:200] or f"HTTP {exchange.status}"
    if 200 <= exchange.status < 300:
        return "The service reports that it failed, without a reason"
    return f"HTTP {exchange.status}"


def _words(value: Any) -> str:
    """A text, a list of texts, or FastAPI's [{loc, msg}]."""
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, list):
        return ""
    parts = []
    for entry in value[:20]:
        if isinstance(entry, str):
            parts.append(entry.strip())
        elif isinstance(entry, Mapping) and isinstance(entry.get("msg"), str):
            loc = entry.get("loc")
            place = ".".join(str(part) for part in loc) if isinstance(loc, list) else ""
            parts.append(f"{place}: {entry['msg']}" if place else entry["msg"])
    return "; ".join(part for part in parts if part)


def _retry_after(service: Service, exchange: Exchange, now: float | None) -> float | None:
    if exchange.status < 400:
        return None
    rule = service.errors.retry_after
    told = seconds_until(evaluate(rule, exchange), now) if rule else None
    if told is None:
        header = next((v for k, v in exchange.headers.items() if k.lower() == "retry-after"), None)
        told = seconds_until(header, now)
    if told is None and exchange.status == 429 and now is not None:
        limit = rate_limit_of(service, exchange)
        told = max(0.0, limit["reset"] - now) if limit and limit["reset"] is not None else None
    return told

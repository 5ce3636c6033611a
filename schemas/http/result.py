"""One vendor's reply to the normalized result (result.schema.json). Pure: no clock, no network.

The JavaScript twin is generator/runtime/core.ts; both pass tests/vectors/*.json.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from specloom.schemas.durations import seconds_until
from specloom.schemas.expressions import Exchange, Expression, as_text, evaluate, lookup
from specloom.schemas.model import URL_FIELDS, Job, Link, Operation, Output, Service

Result = dict[str, Any]

_TYPES = {
    401: "unauthorized", 402: "insufficient_credits", 403: "forbidden", 404: "not_found",
    408: "timeout", 429: "rate_limited", 504: "timeout",
}  # fmt: skip
RETRYABLE = frozenset({"rate_limited", "quota_exceeded", "provider_error", "timeout", "unreachable"})
_TEXTS = ("content_type", "file_name", "preview_url")
_NUMBERS = ("file_size", "width", "height", "duration")
_MESSAGES = (
    ("error", "message"),
    ("error",),
    ("message",),
    ("detail",),
    ("errors", "0", "message"),
    ("title",),
)
_TAGS = re.compile(r"<[^>]{0,500}>")


def normalize(
    service: Service,
    operation: Operation,
    exchange: Exchange,
    *,
    base_url: str = "",
    job_id: str | None = None,
    vendor_id: str | None = None,
    now: float | None = None,
) -> Result:
    """The result of `operation`, of which `exchange` is the last: the call itself, or for a job its poll.
    `base_url` resolves relative URLs, `now` (unix seconds) turns dates into waits."""
    output = operation.output
    status = state(service, operation, exchange)
    failed = status in ("failed", "canceled")
    items = [] if failed or status in ("queued", "running") else _items(service, output, exchange, base_url)
    result: Result = {
        "success": not failed,
        "status": status,
        "type": output.type,
        "items": items,
        "id": _text(_mapped(output, "id", exchange)) or vendor_id,
        "job_id": job_id,
        "request_id": _text(_mapped(output, "request_id", exchange)),
        "service": service.key,
        "operation": operation.operation_id,
        "expires_at": _text(_mapped(output, "expires_at", exchange)),
        "usage": _usage(operation, exchange),
        "rate_limit": _rate_limit(service, exchange),
        "raw": exchange.body,
    }
    flat = flat_field(output.type, items)
    if flat:
        result[flat[0]] = flat[1]
    if failed:
        result["error"] = failure(service, operation, exchange, now=now)
    return result


def state(service: Service, operation: Operation, exchange: Exchange) -> str:
    """queued, running, succeeded, failed or canceled. What a job calls by no known name is running."""
    if not 200 <= exchange.status < 300:
        return "failed"
    if _false(_mapped(operation.output, "success", exchange)):
        return "failed"
    job, told = operation.job, operation.output.mapping.get("status")
    if job is not None:
        return job_state(job, evaluate(job.status, exchange))
    if told is None:
        return "succeeded"
    polled = next(
        (o.job for o in service.operations if o.job and o.job.poll.operation_id == operation.operation_id),
        None,
    )
    return job_state(polled, evaluate(told, exchange)) if polled else "succeeded"


def job_state(job: Job, value: Any) -> str:
    told = as_text(value)
    for name in ("succeeded", "failed", "canceled", "queued"):
        if told is not None and told in getattr(job, name):
            return name
    return "running"


def flat_field(kind: str, items: list[Result]) -> tuple[str, str] | None:
    """('image_url', first item's URL); None where there is nothing to repeat."""
    key, part = ("text", "text") if kind == "text" else (URL_FIELDS.get(kind, ""), "url")
    value = items[0].get(part) if items and key else None
    return (key, value) if value is not None else None


def link_inputs(link: Link, exchange: Exchange, item: Any = None) -> dict[str, Any]:
    """Inputs, by Field.name, of the operation a link leads to; absent values are left out."""
    values = {
        name: evaluate(value, exchange, item) if isinstance(value, Expression) else value
        for name, value in link.parameters.items()
    }
    return {name: value for name, value in values.items() if value is not None}


def failure(service: Service, operation: Operation | None, exchange: Exchange, *, now: float | None = None) -> Result:
    """The `error` of a result: {type, message, status, retryable, retry_after in seconds}."""
    http = exchange.status
    kind = error_type(service, http)
    return {
        "type": kind,
        "message": _message(service, operation, exchange),
        "status": http or None,
        "retryable": kind in RETRYABLE,
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


def failed_result(
    service: Service, operation: Operation, kind: str, message: str, *, status: int | None = None,
    job_id: str | None = None, vendor_id: str | None = None, retry_after: float | None = None, raw: Any = None,
) -> Result:  # fmt: skip
    """A result for what no vendor reply describes: unreachable, timeout, outcome_unknown, an input refused by us."""
    error = {
        "type": kind, "message": message, "status": status, "retryable": kind in RETRYABLE, "retry_after": retry_after,
    }  # fmt: skip
    return {
        "success": False,
        "status": "failed",
        "type": operation.output.type,
        "items": [],
        "id": vendor_id,
        "job_id": job_id,
        "request_id": None,
        "service": service.key,
        "operation": operation.operation_id,
        "expires_at": None,
        "usage": {"cost": None, "remaining": None, "unit": None},
        "rate_limit": None,
        "raw": raw,
        "error": error,
    }


# Parts of a result ---------------------------------------------------------------------------------------------


def _items(service: Service, output: Output, exchange: Exchange, base_url: str) -> list[Result]:
    if output.type == "none":
        return []
    if output.items is None:
        elements: list[Any] = [exchange.body]
        url = output.mapping.get("url")
        listed = evaluate(url, exchange) if url and not url.uses("item") else None
        if isinstance(listed, list):
            found = [_item(service, output, exchange, element, base_url, url=element) for element in listed]
            return [item for item in found if item]
    else:
        given = evaluate(output.items, exchange)
        elements = given if isinstance(given, list) else [] if given is None else [given]
    found = [_item(service, output, exchange, element, base_url) for element in elements]
    return [item for item in found if item]


def _item(
    service: Service, output: Output, exchange: Exchange, element: Any, base_url: str, url: Any = None
) -> Result | None:
    def value(key: str) -> Any:
        expression = output.mapping.get(key)
        return evaluate(expression, exchange, element) if expression else None

    item: Result = {"type": output.type}
    if output.type == "text":
        text = value("text")
        return {**item, "text": text if isinstance(text, str) else str(text)} if text is not None else None
    address = _text(url if url is not None else value("url")) or _download_url(service, output, exchange, element)
    if not address:
        return None
    item["url"] = _absolute(address, base_url or service.base_url)
    if (identity := _text(value("item_id"))) is not None:
        item["id"] = identity
    for key in _TEXTS:
        if (text := _text(value(key))) is not None:
            item[key] = text
    for key in _NUMBERS:
        if (number := _number(value(key))) is not None:
            item[key] = number
    return item


def _absolute(url: str, base_url: str) -> str:
    """A root-relative URL belongs to the base URL's host; a bare path goes below the base URL."""
    if not base_url or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url):
        return url
    return urljoin(base_url.rstrip("/") + "/", url)


def _download_url(service: Service, output: Output, exchange: Exchange, element: Any) -> str | None:
    """Where the reply has no URL, the one of the operation that returns the bytes, below the base URL."""
    link = output.download
    target = service.operation(link.operation_id) if link else None
    if link is None or target is None:
        return None
    inputs = link_inputs(link, exchange, element)
    path = target.path
    for field in target.fields:
        if field.location == "path":
            segment = encoded(inputs.get(field.name))
            if segment is None:
                return None
            path = path.replace(f"{{{field.pointer}}}", segment)
    asked = [f for f in target.fields if f.location == "query" and f.name in inputs]
    query = [(f.pointer, as_text(inputs[f.name]) or "") for f in asked]
    return path.lstrip("/") + (f"?{urlencode(query)}" if query else "")


def encoded(value: Any) -> str | None:
    """One path segment: nothing in it can leave the segment. None for what is no segment: nothing, '.' and '..',
    which clients resolve even when they are percent-encoded."""
    text = as_text(value)
    return quote(text, safe="") if text and text not in (".", "..") else None


def _mapped(output: Output, key: str, exchange: Exchange) -> Any:
    expression = output.mapping.get(key)
    return evaluate(expression, exchange) if expression is not None and not expression.uses("item") else None


def _usage(operation: Operation, exchange: Exchange) -> Result:
    usage = operation.usage
    if usage is None:
        return {"cost": None, "remaining": None, "unit": None}
    cost = evaluate(usage.cost, exchange) if isinstance(usage.cost, Expression) else usage.cost
    remaining = evaluate(usage.remaining, exchange) if usage.remaining else None
    return {"cost": _number(cost), "remaining": _number(remaining), "unit": usage.unit or None}


def _rate_limit(service: Service, exchange: Exchange) -> Result | None:
    rules = service.rate_limit
    if rules is None:
        return None

    def value(rule: Any) -> float | None:
        return _number(evaluate(rule, exchange) if isinstance(rule, Expression) else rule)

    found = {"limit": value(rules.limit), "remaining": value(rules.remaining), "reset": value(rules.reset)}
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
        limit = _rate_limit(service, exchange)
        told = max(0.0, limit["reset"] - now) if limit and limit["reset"] is not None else None
    return told


def _text(value: Any) -> str | None:
    """A text or number as text; None for anything else and for the empty text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) or None


def _number(value: Any) -> float | None:
    """A finite number, also where it came as a text (headers do)."""
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}(\.\d{1,18})?\s*", value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def _false(value: Any) -> bool:
    return value is False or value in ("false", "False", 0) and value is not None

"""One vendor's reply to the normalized result (result.schema.json). Pure: no clock, no network.

The JavaScript twin is generator/runtime/core.ts; both pass tests/vectors/*.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast

from specloom.schemas.expressions import Exchange, Expression, as_text, evaluate, lookup
from specloom.schemas.http.failures import RETRYABLE, Failure, ResultRateLimit, error_type, failure, rate_limit_of
from specloom.schemas.http.items import Item, items_of, link_inputs, number_of, text_of
from specloom.schemas.model import URL_FIELDS, Job, Operation, Output, Service

__all__ = [
    "FINAL", "RETRYABLE", "Failure", "Item", "Result", "ResultRateLimit", "ResultUsage", "Status", "envelope",
    "error_type", "failed_result", "failure", "flat_field", "job_state", "link_inputs", "normalize", "state",
    "unfinished_result", "with_items",
]  # fmt: skip

Status = Literal["queued", "running", "succeeded", "failed", "canceled"]
FINAL: frozenset[Status] = frozenset({"succeeded", "failed", "canceled"})


class ResultUsage(TypedDict):
    """What the call cost and what is left, in `unit`s of the vendor's."""

    cost: float | None
    remaining: float | None
    unit: str | None


class Result(TypedDict):
    """A normalized result, as it stands in JSON: keys that are not required are left out. One of the flat fields
    (`image_url` … `text`) repeats the first item; `error` is there where `success` is false; `raw` is the vendor's
    reply as it came."""

    success: bool
    status: Status
    type: str
    items: list[Item]
    id: str | None
    job_id: str | None
    request_id: str | None
    service: str
    operation: str
    expires_at: str | None
    usage: ResultUsage
    rate_limit: ResultRateLimit | None
    raw: Any
    image_url: NotRequired[str]
    audio_url: NotRequired[str]
    video_url: NotRequired[str]
    model_url: NotRequired[str]
    file_url: NotRequired[str]
    text: NotRequired[str]
    error: NotRequired[Failure]


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
    items = [] if failed or status in ("queued", "running") else items_of(service, output, exchange, base_url)
    result: Result = {
        **cast(Result, _flat(output.type, items)),
        "success": not failed,
        "status": status,
        "type": output.type,
        "items": items,
        "id": text_of(_mapped(output, "id", exchange)) or vendor_id or _own_id(output, exchange),
        "job_id": job_id,
        "request_id": text_of(_mapped(output, "request_id", exchange)),
        "service": service.key,
        "operation": operation.operation_id,
        "expires_at": text_of(_mapped(output, "expires_at", exchange)),
        "usage": _usage(operation, exchange),
        "rate_limit": rate_limit_of(service, exchange),
        "raw": exchange.body,
    }
    if failed:
        result["error"] = failure(service, operation, exchange, now=now)
    return result


def state(service: Service, operation: Operation, exchange: Exchange) -> Status:
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


_TOLD: tuple[Status, ...] = ("succeeded", "failed", "canceled", "queued")


def job_state(job: Job, value: Any) -> Status:
    told = as_text(value)
    for name in _TOLD:
        if told is not None and told in getattr(job, name):
            return name
    return "running"


def flat_field(kind: str, items: list[Item]) -> tuple[str, str] | None:
    """('image_url', first item's URL); None where there is nothing to repeat."""
    key = "text" if kind == "text" else URL_FIELDS.get(kind, "")
    if not items or not key:
        return None
    first = items[0]
    value = first.get("text") if kind == "text" else first.get("url")
    return (key, value) if value is not None else None


def _flat(kind: str, items: list[Item]) -> Any:
    flat = flat_field(kind, items)
    return dict([flat]) if flat else {}


def with_items(result: Result, items: list[Item]) -> Result:
    """The result with other items, the first of which the flat field repeats."""
    again = _flat(items[0]["type"], items) if items else {}
    return cast(Result, {**again, **result, "items": items, **again})


_ALWAYS = frozenset(("success", "status", "type", "service", "operation", "error", "raw"))


def envelope(result: Result) -> dict[str, Any]:
    """The result as callers get it: the flat field first, absent things left out. What the vendor answered stays as
    it came."""
    told: dict[str, Any] = {}
    for name, value in result.items():
        if name in ("usage", "rate_limit") and isinstance(value, Mapping):
            value = {key: part for key, part in value.items() if part is not None}
            value = value if value.keys() - {"unit"} else None
        if name in _ALWAYS and (name != "raw" or value is not None) or value not in (None, []):
            told[name] = value
    return told


def failed_result(
    service: Service, operation: Operation, kind: str, message: str, *, status: int | None = None,
    job_id: str | None = None, vendor_id: str | None = None, retry_after: float | None = None, raw: Any = None,
) -> Result:  # fmt: skip
    """A result for what no vendor reply describes: unreachable, timeout, outcome_unknown, an input refused by us."""
    result = _empty(operation.output.type, service.key, operation.operation_id)
    error: Failure = {
        "type": kind, "message": message, "status": status, "retryable": kind in RETRYABLE, "retry_after": retry_after,
    }  # fmt: skip
    result.update({"success": False, "status": "failed", "id": vendor_id, "job_id": job_id, "raw": raw, "error": error})
    return result


def unfinished_result(
    service: str, operation: str, kind: str, status: Status, *, job_id: str, vendor_id: str | None
) -> Result:
    """How far a job is: queued or running."""
    result = _empty(kind, service, operation)
    result.update({"status": status, "id": vendor_id, "job_id": job_id})
    return result


def _empty(kind: str, service: str, operation: str) -> Result:
    return {
        "success": True,
        "status": "succeeded",
        "type": kind,
        "items": [],
        "id": None,
        "job_id": None,
        "request_id": None,
        "service": service,
        "operation": operation,
        "expires_at": None,
        "usage": {"cost": None, "remaining": None, "unit": None},
        "rate_limit": None,
        "raw": None,
    }


def _own_id(output: Output, exchange: Exchange) -> str | None:
    """Of a record, which is the reply itself."""
    return text_of(lookup(exchange.body, ("id",))) if output.type == "none" else None


def _mapped(output: Output, key: str, exchange: Exchange) -> Any:
    expression = output.mapping.get(key)
    return evaluate(expression, exchange) if expression is not None and not expression.uses("item") else None


def _usage(operation: Operation, exchange: Exchange) -> ResultUsage:
    usage = operation.usage
    if usage is None:
        return {"cost": None, "remaining": None, "unit": None}
    cost = evaluate(usage.cost, exchange) if isinstance(usage.cost, Expression) else usage.cost
    remaining = evaluate(usage.remaining, exchange) if usage.remaining else None
    return {"cost": number_of(cost), "remaining": number_of(remaining), "unit": usage.unit or None}


def _false(value: Any) -> bool:
    return value is False or value in ("false", "False", 0) and value is not None

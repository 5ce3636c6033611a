"""What goes wrong, in Make's words: the vendor's message, and the error type that makes Make wait, stop or ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.iml.expressions import BODY, ImlScope, translate
from specloom.schemas.expressions import Exchange, evaluate
from specloom.schemas.http.result import error_type
from specloom.schemas.model import Job, Operation, Service

MAKE_TYPES: Mapping[str, str] = {
    "invalid_request": "DataError",
    "unauthorized": "InvalidAccessTokenError",
    "forbidden": "InvalidConfigurationError",
    "not_found": "DataError",
    "insufficient_credits": "OutOfSpaceError",
    "quota_exceeded": "RateLimitError",
    "rate_limited": "RateLimitError",
    "provider_error": "ConnectionError",
    "timeout": "ConnectionError",
    "unreachable": "ConnectionError",
    "outcome_unknown": "RuntimeError",
}
"""Normalized error type to Make's: RateLimitError and ConnectionError are tried again later by Make itself."""

_USUAL = (400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504)


def of_status(service: Service, status: int) -> str:
    return MAKE_TYPES[error_type(service, status)]


def error_rules(service: Service) -> dict[str, Any]:
    """The `response.error` of the base: one entry for every status the service documents, and the usual ones."""
    documented = {int(r.status) for o in service.operations for r in o.errors if r.status.isdigit()}
    rules: dict[str, Any] = {"message": _status_line(message(service)), "type": "RuntimeError"}
    for status in sorted(documented | set(_USUAL)):
        rules[str(status)] = {
            "message": _status_line(_of_examples(service, status) or message(service)),
            "type": of_status(service, status),
        }
    return rules


def _status_line(expression: str) -> str:
    return f"[{{{{statusCode}}}}] {iml.wrap(expression)}"


def message(
    service: Service, scope: ImlScope = BODY, operation: Operation | None = None, polled: Job | None = None
) -> str:
    """The vendor's own words about a failure, as an expression; the status where there are none."""
    found: list[str] = []
    job = polled or (operation.job if operation else None)
    for rule in (job.error if job else None, service.errors.message):
        if rule is not None:
            try:
                found.append(translate(rule, scope))
            except iml.Inexpressible:
                continue
    if service.errors.message is None:
        found += [f"{scope.body}.{part}" for part in ("error.message", "message", "detail", "error")]
    text = "'The service reports that it failed, without a reason'"
    for expression in reversed(found):
        text = f"ifempty({expression}, {text})"
    return text


def _of_examples(service: Service, status: int) -> str:
    """Where the documented replies of this status hold a list of complaints, the list as one text."""
    rule = service.errors.message
    if rule is None:
        return ""
    replies = [r for o in service.operations for r in o.errors if r.status == str(status)]
    values = [evaluate(rule, Exchange(body=e.value)) for r in replies for e in r.examples]
    listed = next((value for value in values if isinstance(value, list) and value), None)
    if listed is None or not all(isinstance(value, list) for value in values):
        return ""
    try:
        source = translate(rule, BODY)
    except iml.Inexpressible:
        return ""
    if isinstance(listed[0], dict):
        return f"join(map({source}, 'msg'), '; ')" if "msg" in listed[0] else ""
    return f"join({source}, '; ')"


def gateway_rules() -> dict[str, Any]:
    """The gateway answers with a normalized result, whose error names its own type."""
    by_type = ", ".join(f"{iml.quote(ours)}, {iml.quote(makes)}" for ours, makes in MAKE_TYPES.items())
    text = "{{ifempty(body.error.message, 'The gateway reports a failure without a reason')}}"
    return {
        "valid": {
            "condition": "{{body.success != false}}",
            "message": text,
            "type": f"{{{{switch(body.error.type, {by_type}, 'RuntimeError')}}}}",
        },
        "error": {
            "message": f"[{{{{statusCode}}}}] {text}",
            "type": f"{{{{switch(body.error.type, {by_type}, 'RuntimeError')}}}}",
        },
    }

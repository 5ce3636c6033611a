"""What the gateway says itself: JSON replies, errors in the shape of a result, and the status each has."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers

from specloom.schemas.expressions import join_pointer
from specloom.schemas.http.result import RETRYABLE, Failure, Result, failed_result
from specloom.schemas.http.values.numbers import json_text
from specloom.schemas.model import Operation, Service

STATUS: Mapping[str, int] = {
    "invalid_request": 400,
    "unauthorized": 401,
    "insufficient_credits": 402,
    "forbidden": 403,
    "not_found": 404,
    "quota_exceeded": 429,
    "rate_limited": 429,
    "provider_error": 502,
    "unreachable": 502,
    "outcome_unknown": 502,
    "timeout": 504,
}
"""Error type to the status of a /run reply."""
JSON = "application/json"
MOST_PARTS = 2_000_000
"""Texts, lists, objects and commas of JSON that is read, if nobody says otherwise; each takes up to 62 bytes."""
JsonObject = dict[str, Any]
"""A reply whose shape is gateway.openapi.yaml's."""


class Refused(Exception):
    """The gateway answers this call itself. `kind` is an error type of a result."""

    def __init__(
        self, kind: str, message: str, *, status: int = 0, retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status or STATUS[kind]
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    def error(self) -> Failure:
        return {
            "type": self.kind,
            "message": self.message,
            "status": None,
            "retryable": self.kind in RETRYABLE,
            "retry_after": self.retry_after,
        }

    def reply_headers(self) -> dict[str, str]:
        waits = {} if self.retry_after is None else {"Retry-After": str(math.ceil(self.retry_after))}
        return {**waits, **self.headers}


def dumps(value: Any) -> bytes:
    """JSON in ASCII: half a surrogate pair from a vendor stays a harmless escape."""
    return json_text(value, ascii=True).encode()


def _no_constant(_name: str) -> None:
    """NaN and Infinity are no JSON: they become null."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_ADDRESSES = frozenset({"location", "content-location"})


class TooManyParts(ValueError):
    """Many small values take thirty times the size of their text in memory."""


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
_STRICT = json.JSONDecoder(parse_constant=_refuse_constant)


_PART = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[,\[{]', re.DOTALL)


def loads(data: bytes, *, strict: bool = False, charset: str = "", most: int = MOST_PARTS) -> Any:
    """Decoded JSON. Raises ValueError for whatever is wrong with it, nesting without end included; TooManyParts where
    it has more than `most` of them. Vendors are forgiven their NaN; callers (`strict`) are told. `charset` is what the
    Content-Type says: JSON is UTF-8 or another Unicode, but for those who send something else and say so."""
    try:
        text = data.decode(json.detect_encoding(data), "strict")
    except UnicodeDecodeError:
        if not is_charset(charset):
            raise
        text = data.decode(charset, "strict")
    if has_more(text, most):
        raise TooManyParts(f"more than {most} texts, lists, objects and commas")
    try:
        return (_STRICT if strict else _DECODER).decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def has_more(text: str, most: int) -> bool:
    """Whether JSON has more than `most` parts, before anything is made of it. Those in a text are none: where there are
    many marks, texts are skipped, and nothing is looked at behind one part too many."""
    if sum(text.count(mark) for mark in '",[{') <= most:
        return False
    return next(islice(_PART.finditer(text), most, None), None) is not None


def is_crowded(data: bytes) -> bool:
    """Whether a vendor's JSON has more parts than are read."""
    marks = sum(data.count(mark) for mark in (b'"', b",", b"[", b"{"))
    return marks > MOST_PARTS and has_more(data.decode("latin-1"), MOST_PARTS)


def is_charset(name: str) -> bool:
    """Whether Python knows it as an encoding of text."""
    try:
        return "".encode(name) == "".encode(name, "strict") if name else False
    except (LookupError, ValueError):
        return False


class VendorResponse(Response):
    """A vendor's reply: its addresses in headers go on as they were written, where werkzeug fails if they are none."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        kept = [(name, value) for name, value in self.headers if name.lower() in _ADDRESSES]
        for name, _ in kept:
            del self.headers[name]
        headers = super().get_wsgi_headers(environ)
        headers.extend(kept)
        return headers


def body_of(data: bytes, most: int, charset: str = "") -> Any:
    """The JSON of a caller's body. Raises Refused (413) for one of more than `most` parts, and ValueError."""
    try:
        return loads(data, strict=True, charset=charset, most=most)
    except TooManyParts as error:
        message = f"The body is JSON with {error}; SPECLOOM_BODY_PARTS is the gateway's limit"
        raise Refused("invalid_request", message, status=413) from None


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(dumps(value), status, mimetype=JSON)
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def error_reply(refused: Refused) -> Response:
    """Of the gateway's own routes: {"error": {type, message, …}}."""
    return json_reply({"error": refused.error()}, refused.status, refused.reply_headers())


def result_status(result: Result) -> int:
    """The HTTP status of a /run reply."""
    if result["status"] in ("queued", "running"):
        return 202
    return STATUS[result["error"]["type"]] if "error" in result else 200


def refused_result(refused: Refused, service: Service, operation: Operation) -> Result:
    return failed_result(service, operation, refused.kind, refused.message, retry_after=refused.retry_after)


def unknown_operation(service: str, operation: str) -> tuple[Service, Operation]:
    """Stand-ins, to name in a result what does not exist."""
    return Service(key=service, title=service), Operation(operation_id=operation, resource="", name="")


def vendor_error(service: Service, refused: Refused) -> Response:
    """On a drop-in route: the message where the vendor's own errors have it, the type in a header."""
    rule = service.errors.message
    reference = rule.reference if rule else None
    path = reference.path if reference and reference.root == "response.body" and reference.path else ("error",)
    body: Any = refused.message
    for token in reversed(path):
        body = {token: body}
    headers = {"Specloom-Error": refused.kind, "Specloom-Error-Place": join_pointer(path)}
    return json_reply(body, refused.status, {**refused.reply_headers(), **headers})

"""Reads the body of a request as its operation expects it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request

from specloom.schemas.http.values.input_rules import by_pointer
from specloom.schemas.media.decoding import decode_text
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.model import Field, Operation


class BadBody(ValueError):
    """The body cannot be read; `str()` says why."""


def read_body(operation: Operation, request: Request, raw: bytes) -> tuple[Any, bool]:
    """The decoded body, and whether there is one to check against the schema."""
    if not operation.media_type:
        return None, False
    sent = (request.mimetype or "").lower()
    if _is_json(operation.media_type):
        return _json(operation, sent, raw)
    if operation.media_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        if sent != operation.media_type:
            raise BadBody(f"the body must be {operation.media_type}")
        return _form(operation, request), True
    if not raw:
        if operation.body_required:
            raise BadBody("a body is required")
        return None, False
    is_text = media_kind(operation.media_type) in ("text", "lines", "events")
    return decode_text(raw, request.content_type or "") if is_text else "(bytes)", False


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().endswith("json") or media_type == "*/*"


def _json(operation: Operation, sent: str, raw: bytes) -> tuple[Any, bool]:
    whole = any(f.location == "body" and not by_pointer(f) for f in operation.fields)
    if not raw.strip():
        if whole and operation.body_required:
            raise BadBody("a body is required")
        return (None, False) if whole or not operation.body_required else ({}, True)
    if sent and not _is_json(sent):
        raise BadBody("the body must be application/json")
    try:
        return json.loads(raw), True
    except (ValueError, RecursionError) as problem:
        raise BadBody(f"the body is not JSON: {problem}"[:200]) from None


def _form(operation: Operation, request: Request) -> dict[str, Any]:
    """Form fields by wire name, typed as the document says; a file stands as its name."""
    fields = {(by_pointer(f) or ("",))[-1]: f for f in operation.fields if f.location == "body"}
    body: dict[str, Any] = {}
    for name, values in request.form.lists():
        wire = name.removesuffix("[]")
        item = fields.get(wire)
        typed = [_typed(item, value) for value in values]
        body[wire] = typed if (item is not None and item.repeated) or len(typed) > 1 else typed[0]
    for name, parts in request.files.lists():
        names = [part.filename or name for part in parts]
        repeated = name in fields and fields[name].repeated
        body[name] = names if repeated else names[0]
    return _nested(body)


def _typed(item: Field | None, value: str) -> Any:
    if item is None or item.type in ("string", "file"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _nested(body: Mapping[str, Any]) -> dict[str, Any]:
    """`address[city]=…` to {'address': {'city': …}}."""
    result: dict[str, Any] = {}
    for name, value in body.items():
        outer, bracket, inner = name.partition("[")
        if bracket and inner.endswith("]") and isinstance(result.setdefault(outer, {}), dict):
            result[outer][inner[:-1]] = value
        else:
            result[name] = value
    return result

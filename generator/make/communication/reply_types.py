"""How Make reads replies. By itself it knows `application/json` and a few more types by their names, but no
`application/vnd.api+json`, and nothing where a reply has no type: what the document promises is said instead."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from specloom.generator.make.iml.expressions import ImlScope
from specloom.schemas.media.kinds import media_kind
from specloom.schemas.model import Operation

JSON = {"*": "automatic", "200-299": "json", "204-205": "text"}
"""`response.type` of the base, which every module inherits; Make takes the smallest range that a status is in."""
_LINES = "parseJSON('[' + replace(trim(body), newline, ',') + ']')"


def reply_type(operation: Operation) -> dict[str, Any]:
    """`type` of the response where it is not the base's."""
    kind = media_kind(operation.accept)
    if not any(reply.ok and reply.media_type for reply in operation.responses) or kind in (None, "file"):
        return {"type": "automatic"}
    if kind == "json":
        return {}
    return {"type": {"*": "automatic", "200-299": "urlencoded" if kind == "form" else "text"}}


def reply_temp(operation: Operation) -> dict[str, Any]:
    """What the reply leaves in `temp` before its result is made of it."""
    return {"stream": {"text": "{{body}}"}} if media_kind(operation.accept) == "events" else {}


def read_as(operation: Operation, scope: ImlScope) -> ImlScope:
    """Where the body stands: lines of JSON are read as a list; of a stream there is the text alone."""
    kind = media_kind(operation.accept)
    if scope.body != "body" or kind not in ("lines", "events"):
        return scope
    return replace(scope, body=_LINES if kind == "lines" else "temp.stream")

"""Responses: what each call answers, and the errors that all calls share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from specloom.schemas.draft.facts import Header, Operation, Reply, Sample
from specloom.schemas.draft.labels import status_of
from specloom.schemas.draft.write.schemas import completed, of_fields, of_samples, source

Node = dict[str, Any]
"""A part of the document: free JSON."""
TODO = "TODO"
REASONS = {
    "200": "OK",
    "201": "Created",
    "202": "Accepted",
    "204": "No Content",
    "400": "Bad Request",
    "401": "Unauthorized",
    "402": "Payment Required",
    "403": "Forbidden",
    "404": "Not Found",
    "405": "Method Not Allowed",
    "409": "Conflict",
    "413": "Content Too Large",
    "415": "Unsupported Media Type",
    "422": "Unprocessable Content",
    "429": "Too Many Requests",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
    "503": "Service Unavailable",
    "504": "Gateway Timeout",
}
_MEDIA = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "zip": "application/zip",
    "glb": "model/gltf-binary",
}
MAX_EXAMPLES = 3


class Shared(Struct, frozen=True):
    """Errors of all calls: responses by status, and the schema of their bodies."""

    responses: dict[str, Node]
    successes: dict[str, Reply]
    """Statuses below 400 that a source lists for no call in particular."""
    schema: Node


def shared_errors(errors: Sequence[Reply]) -> Shared:
    samples = [reply.sample for reply in errors if reply.sample is not None]
    fields = [field for reply in errors for field in reply.fields]
    schema = completed(of_fields(fields) if fields else {}, of_samples(samples))
    listed: dict[str, Reply] = {}
    for reply in errors:
        if reply.status and (reply.status not in listed or not listed[reply.status].description):
            listed[reply.status] = reply
    responses: dict[str, Node] = {}
    for status, reply in listed.items():
        if not re.match(r"[45]|default", status):
            continue
        made: Node = {"description": reply.description or REASONS.get(status, TODO)}
        if schema:
            made["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
            shown = [sample for sample in samples if _belongs(sample, status, listed)]
            if shown:
                made["content"]["application/json"]["examples"] = _examples(shown)
        responses[status] = {**made, "x-specloom": {"source": source([reply.cite])}}
    return Shared(responses, {s: r for s, r in listed.items() if s[0] in "23"}, schema)


def _belongs(sample: Sample, status: str, listed: dict[str, Reply]) -> bool:
    """A sample stands under the status that it repeats; else under the one whose words it uses."""
    codes = (
        [str(value) for value in sample.value.values() if isinstance(value, int)]
        if isinstance(sample.value, dict)
        else []
    )
    own = [known for known in listed if known in codes]
    if own:
        return own[0] == status
    words = (
        _words(" ".join(str(value) for value in sample.value.values() if isinstance(value, str)))
        if isinstance(sample.value, dict)
        else set()
    )
    scores = {known: len(words & _words(reply.description)) for known, reply in listed.items()}
    best = max(scores.values(), default=0)
    return best > 1 and scores[status] == best and list(scores.values()).count(best) == 1


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def responses_of(operation: Operation, shared: Shared, rate_headers: dict[str, Header]) -> Node:
    """By status. A success whose status no source tells is a 200, and says that it is inferred."""
    grouped: dict[str, list[Reply]] = {}
    for reply in _all_replies(operation):
        grouped.setdefault(reply.status or "", []).append(reply)
    untold = grouped.pop("", [])
    untold_errors = [reply for reply in untold if _looks_failed(reply)]
    untold = [reply for reply in untold if reply not in untold_errors]
    good = [status for status in grouped if status.startswith("2")]
    if untold and good:
        grouped[good[0]] = [*grouped[good[0]], *untold]
        untold = []
    made = {
        status: _response(status, replies)
        for status, replies in sorted(grouped.items())
        if re.fullmatch(r"[1-5](?:\d\d|XX)|default", status)
    }
    if not good:
        made = {**_untold_success(operation, untold, shared), **made}
    if untold_errors:
        made["default"] = _response("default", untold_errors)
    for status in shared.responses:
        made.setdefault(status, {"$ref": f"#/components/responses/{component(status)}"})
    if rate_headers:
        for response in made.values():
            if "$ref" not in response:
                response["headers"] = {
                    header.name: {"$ref": f"#/components/headers/{header.name}"} for header in rate_headers.values()
                }
    return dict(sorted(made.items(), key=lambda entry: (entry[0] == "default", entry[0])))


def _all_replies(operation: Operation) -> list[Reply]:
    return [
        *operation.replies,
        *(reply for request in operation.requests for reply in request.replies if reply not in operation.replies),
    ]


def _looks_failed(reply: Reply) -> bool:
    value = reply.sample.value if reply.sample else None
    return isinstance(value, dict) and (
        value.get("success") is False or ("error" in value and bool(value["error"]) and len(value) <= 4)
    )


def component(status: str) -> str:
    """The name of a shared response: `TooManyRequests` of 429."""
    return re.sub(r"[^A-Za-z]", "", REASONS.get(status, "").title()) or f"Status{status}"


def _untold_success(operation: Operation, replies: list[Reply], shared: Shared) -> Node:
    file = next(
        (
            m[1].lower()
            for r in operation.requests
            if (m := re.search(r"\.(\w{2,5})(?:\?|\Z)", r.url)) and m[1].lower() in _MEDIA
        ),
        "",
    )
    if not replies and file:
        told = f"{TODO}: no source shows the reply"
        content = {_MEDIA[file]: {"schema": {"type": "string", "contentMediaType": _MEDIA[file]}}}
        return {
            "200": {
                "description": told,
                "content": content,
                "x-specloom": {"inferred": f"The example's file ends in .{file}; no source shows the reply."},
            }
        }
    why = (
        "The source shows the reply's body without a status." if replies else "No source shows the reply or its status."
    )
    made: Node = _response("200", replies) if replies else {"description": f"{TODO}: no source shows the reply"}
    block: Node = {**made.pop("x-specloom", {}), "inferred": why}
    listed = [shared.successes[s].cite for s in ("200", "201", "202") if s in shared.successes]
    if listed and "source" not in block:
        block["source"] = source(listed)
    return {"200": {**made, "x-specloom": block}}


def _response(status: str, replies: list[Reply]) -> Node:
    described = next((reply.description for reply in replies if reply.description), "")
    parts = status_of(described)
    described = parts[1] if parts and parts[1] else described
    made: Node = {"description": described or REASONS.get(status, "The reply")}
    samples = [reply.sample for reply in replies if reply.sample is not None]
    fields = [field for reply in replies for field in reply.fields]
    media = next((reply.media for reply in replies if reply.media), "") or (
        samples[0].media if samples else "application/json"
    )
    if samples or fields:
        schema = completed(of_fields(fields) if fields else {}, of_samples(samples))
        made["content"] = {media: {"schema": schema, **({"examples": _examples(samples)} if samples else {})}}
    elif media != "application/json" and any(reply.media for reply in replies) and status[0] == "2":
        made["content"] = {media: {"schema": {}}}
    return {**made, "x-specloom": {"source": source([reply.cite for reply in replies])}}


def _examples(samples: list[Sample]) -> Node:
    names = ["example", *(f"example{number}" for number in range(2, MAX_EXAMPLES + 1))]
    return {name: {"value": sample.value} for name, sample in zip(names, samples, strict=False)}

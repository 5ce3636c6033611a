"""What was sent and given, held against what a vector says: exact numbers, raw bytes, one line for each difference."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from typing import Any

from tests.platforms.wire.services import PRIMARY, Case
from tests.platforms.wire.upstream import Call
from tests.platforms.wire.vectors import UNSAID

SECRETS = ("authorization", "cookie", "proxy-authorization")
BODIES = ("json", "form", "parts", "text", "base64")
TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "parts": "multipart/form-data"}


@dataclass
class Outcome:
    """What one runtime did with one vector. `error` is what a person reads where the step failed; `missing` why there
    is no step; `files` are what it gave beside JSON, each {name, type, content}."""

    output: Any = UNSAID
    error: str = ""
    missing: str = ""
    files: list[Mapping[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Codes of what the build reports for the operation."""


def differences(case: Case, runtime: str, calls: Sequence[Call], outcome: Outcome) -> list[str]:
    """Empty where the runtime did what the vector says."""
    vector = case.vector
    if outcome.missing:
        return [f"no step: {outcome.missing}"]
    found = []
    if vector.refused and calls:
        found.append(f"sent {calls[0].method} {calls[0].target}, which was to be refused")
    # The gateway's /run makes one call: whoever calls it turns the pages.
    once = vector.all and runtime == "gateway"
    wanted = vector.requests[:1] if once else vector.requests
    expected = "" if once else vector.refused or vector.error
    if expected and not _says(outcome.error, expected):
        found.append(f"error {outcome.error!r} instead of one that says {expected!r}")
    if outcome.error and not expected:
        found.append(f"error: {outcome.error}")
    if len(calls) != len(wanted):
        shown = ", ".join(f"{call.method} {call.target}" for call in calls)
        found.append(f"{len(calls)} requests instead of {len(wanted)}: {shown}")
    for expected_request, call in zip(wanted, calls, strict=False):
        found += unlike(case, {**expected_request, **expected_request.get(runtime, {})}, call)
    return [*found, *_unlike_output(case, runtime, outcome)]


def _says(error: str, expected: Any) -> bool:
    return bool(error) if expected is True else str(expected).lower() in error.lower()


def _unlike_output(case: Case, runtime: str, outcome: Outcome) -> Iterator[str]:
    vector = case.vector
    if runtime == "gateway":
        if vector.gateway is not UNSAID and not _holds(exact(vector.gateway), exact(outcome.output)):
            yield f"envelope {shown(outcome.output)} does not hold {shown(vector.gateway)}"
        return
    expected = vector.output_of(runtime)
    if expected is not UNSAID and exact(expected) != exact(outcome.output):
        yield f"output {shown(outcome.output)} instead of {shown(expected)}"
    files = vector.files.get(runtime, ()) if isinstance(vector.files, Mapping) else vector.files
    if files and (given := [_file(one) for one in outcome.files]) != [_file(one) for one in files]:
        yield f"files {given} instead of {list(files)}"


def _file(told: Mapping[str, Any]) -> tuple[str, str, bytes]:
    content = told.get("content")
    if content is None:
        content = str(told["text"]).encode() if "text" in told else base64.b64decode(told["base64"])
    return told["name"], str(told.get("type", "")).partition(";")[0], content


def _holds(expected: Any, found: Any) -> bool:
    """Whether `found` is what is expected, with more keys in objects perhaps; null is no key."""
    if isinstance(expected, dict):
        given = found if isinstance(found, dict) else None
        return given is not None and all(_holds(value, given.get(key)) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_holds, expected, found))
    return bool(expected == found) and isinstance(expected, bool) is isinstance(found, bool)


def exact(value: Any) -> Any:
    """With numbers that compare digit by digit, and true that is no one."""
    if isinstance(value, dict):
        return {str(key): exact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    if isinstance(value, bool):
        return f"bool {value}"
    return Decimal(repr(value)) if isinstance(value, float) else value


def read_exact(text: str | bytes) -> Any:
    """JSON with every digit of its numbers."""
    return json.loads(text, parse_float=Decimal)


def shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 400 else text[:400] + "…"


# Requests


def unlike(case: Case, expected: Mapping[str, Any], call: Call) -> Iterator[str]:
    method, _, target = expected["target"].partition(" ")
    if (call.method, call.host) != (method, expected.get("host", PRIMARY)):
        yield f"{call.method} to {call.host} instead of {method} to {expected.get('host', PRIMARY)}"
    if _ordered(call.target) != _ordered(target):
        yield f"target {call.target} instead of {target}"
    yield from _unlike_headers(case, expected, call)
    kind = next((name for name in BODIES if name in expected), "")
    if not kind:
        if call.body:
            yield f"a body that was not to be sent: {call.body[:200]!r}"
        return
    media_type = call.headers.get("content-type", "").partition(";")[0].strip()
    wanted = expected.get("type", TYPES.get(kind, ""))
    if media_type.lower() != wanted.lower():
        yield f"Content-Type {media_type!r} instead of {wanted!r}"
    yield from _BODY[kind](expected[kind], call)


def _ordered(target: str) -> tuple[str, list[str]]:
    """The path, and the pairs by name: those of one name in the order in which they were sent."""
    path, _, query = target.partition("?")
    return path, sorted(query.split("&") if query else [], key=lambda pair: pair.partition("=")[0])


def _unlike_headers(case: Case, expected: Mapping[str, Any], call: Call) -> Iterator[str]:
    """Those that the vector names, and none of those that hold a secret or an input besides."""
    wanted = {name.lower(): value for name, value in expected.get("headers", {}).items()}
    inputs = {field.pointer.lower() for field in case.operation.fields if field.location == "header"}
    schemes = {a.name.lower() for a, _ in case.secrets() if a.kind == "apiKey" and a.location == "header"}
    for name in sorted({*SECRETS, *inputs, *schemes, *wanted}):
        if call.headers.get(name) != wanted.get(name):
            yield f"header {name}: {call.headers.get(name)!r} instead of {wanted.get(name)!r}"


def _unlike_json(expected: Any, call: Call) -> Iterator[str]:
    wanted = read_exact(expected) if isinstance(expected, str) else expected
    try:
        found = read_exact(call.body)
    except ValueError:
        yield f"no JSON: {call.body[:200]!r}"
        return
    if exact(found) != exact(wanted):
        yield f"body {call.body.decode(errors='replace')[:400]} instead of {shown(wanted)}"


def _unlike_form(expected: str, call: Call) -> Iterator[str]:
    found = call.body.decode(errors="replace")
    if _ordered(f"?{found}") != _ordered(f"?{expected}"):
        yield f"form {found} instead of {expected}"


def _unlike_parts(expected: Sequence[Mapping[str, Any]], call: Call) -> Iterator[str]:
    """Each part {name, filename?, type?, json | text | base64}; a type is compared where the vector tells one."""
    found = sorted(parts_of(call), key=lambda part: str(part["name"]))
    wanted = sorted(expected, key=lambda part: str(part["name"]))
    if [part["name"] for part in found] != [part["name"] for part in wanted]:
        yield f"parts {[part['name'] for part in found]} instead of {[part['name'] for part in wanted]}"
        return
    for part, told in zip(found, wanted, strict=True):
        if part["filename"] != told.get("filename"):
            yield f"part {part['name']}: file name {part['filename']!r} instead of {told.get('filename')!r}"
        if "type" in told and part["type"] != told["type"]:
            yield f"part {part['name']}: type {part['type']!r} instead of {told['type']!r}"
        if "json" in told:
            same = exact(read_exact(part["content"])) == exact(read_exact(told["json"]))
        else:
            content = str(told["text"]).encode() if "text" in told else base64.b64decode(told["base64"])
            same = part["content"] == content
        if not same:
            yield f"part {part['name']}: {part['content'][:200]!r}"


def parts_of(call: Call) -> list[dict[str, Any]]:
    """The parts of a multipart body; file names in UTF-8, as browsers and clients send them."""
    head = b"Content-Type: " + call.headers.get("content-type", "").encode() + b"\r\n\r\n"
    message = message_from_bytes(head + call.body)
    payload: Any = message.get_payload()
    return [_part(one) for one in payload] if message.is_multipart() else []


def _part(part: Message) -> dict[str, Any]:
    raw = next((str(value) for name, value in part.raw_items() if name.lower() == "content-disposition"), "")
    named = re.search(r'filename="([^"]*)"', raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    filename = named[1] if named else None
    return {
        "name": part.get_param("name", header="content-disposition"),
        "filename": filename,
        "type": part.get_content_type() if "content-type" in part else None,
        "content": part.get_payload(decode=True),
        "disposition": raw,
    }


def _unlike_text(expected: str, call: Call) -> Iterator[str]:
    if call.body != expected.encode():
        yield f"body {call.body[:400]!r} instead of {expected!r}"


def _unlike_bytes(expected: str, call: Call) -> Iterator[str]:
    if call.body != base64.b64decode(expected):
        yield f"body {call.body[:400]!r} instead of {base64.b64decode(expected)!r}"


_BODY: Mapping[str, Any] = {
    "json": _unlike_json, "form": _unlike_form, "parts": _unlike_parts, "text": _unlike_text, "base64": _unlike_bytes,
}  # fmt: skip

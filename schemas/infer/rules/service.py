"""What concerns the service as a whole: keys given as parameters, and rate-limit headers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from specloom.schemas.infer.api import Api, says
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Header

_KEY_QUERIES = frozenset("apikey accesstoken appkey apitoken authtoken".split())
_LIMITS = {"limit": "ratelimitlimit", "remaining": "ratelimitremaining", "reset": "ratelimitreset"}
_EPOCH = re.compile(r"\b(unix|epoch|utc)\b", re.I)
_SECRETS = frozenset("secret secrets key keys token tokens credential credentials password".split())
_RENEWS = frozenset("rotate regenerate reset revoke roll renew".split())


def credential(api: Api) -> Iterator[Proposal]:
    auth = api.service.auth
    if any(problem.code == "auth-lifted" for problem in api.service.problems):
        reason = f"header parameter {auth.name!r} carries the key"
        yield _scheme(api, auth.id, "header", auth.name, 0.95, reason, auth.description)
    elif auth.kind == "none":
        uses = Counter(
            field.pointer
            for operation in api.service.operations
            for field in operation.fields
            if field.location == "query" and field.type == "string" and bare(field.pointer) in _KEY_QUERIES
        )
        for name, times in uses.most_common(1):
            share = times / len(api.service.operations)
            reason = f"query parameter {name!r} of {times} operations carries the key"
            yield _scheme(api, bare(name), "query", name, 0.85 if share >= 0.5 else 0.6, reason)


def _scheme(api: Api, key: str, location: str, name: str, confidence: float, reason: str, text: str = "") -> Proposal:
    scheme = {"type": "apiKey", "in": location, "name": name, **({"description": text} if text else {})}
    key = re.sub(r"[^A-Za-z0-9._-]", "_", key) or "key"
    holder: dict[str, Any] = (
        {"securityDefinitions": {key: scheme}}
        if api.is_swagger2
        else {"components": {"securitySchemes": {key: scheme}}}
    )
    return Proposal(
        kind="credential",
        reason=reason,
        confidence=confidence,
        changes=(ProposedChange("", {**holder, "security": [{key: []}]}),),
    )


def rate_limit(api: Api) -> Iterator[Proposal]:
    if "rate_limit" in api.root_block:
        return
    headers = {
        re.sub(r"^x", "", bare(header.name)): header
        for operation in api.service.operations
        for response in operation.responses
        for header in response.headers
    }
    found = {key: headers[name] for key, name in _LIMITS.items() if name in headers}
    if "reset" in found and not _is_epoch(found["reset"]):
        del found["reset"]
    if "remaining" in found:
        told = {key: f"$response.header.{header.name}" for key, header in found.items()}
        yield Proposal(
            kind="rate limit",
            reason=f"replies have the header {found['remaining'].name}",
            confidence=0.95,
            changes=(ProposedChange("", {"x-specloom": {"rate_limit": told}}),),
        )


def _is_epoch(header: Header) -> bool:
    return bool(_EPOCH.search(header.description)) or (isinstance(header.example, int) and header.example > 10**9)


def sensitive(api: Api) -> Iterator[Proposal]:
    for operation, block in api.open_operations:
        if operation.sensitive or "sensitive" in block or not operation.writes:
            continue
        if says(operation, _RENEWS) and says(operation, _SECRETS):
            confidence, reason = 0.92, "it renews or revokes a secret"
        elif operation.method == "POST" and _mints(operation.path):
            confidence, reason = 0.8, "it mints a secret"
        elif operation.method == "DELETE":
            confidence, reason = 0.6, "it deletes"
        else:
            continue
        yield Proposal(
            kind="sensitive",
            operation_id=operation.operation_id,
            reason=reason,
            confidence=confidence,
            changes=(ProposedChange(operation.pointer, {"x-specloom": {"sensitive": True}}),),
        )


def _mints(path: str) -> bool:
    last = bare(path.rstrip("/").rpartition("/")[2])
    return last in (
        "apikeys",
        "apikey",
        "accesstokens",
        "tokens",
        "secrets",
        "keys",
        "credentials",
        "personalaccesstokens",
    )

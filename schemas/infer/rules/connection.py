"""The call that tells a good key from a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specloom.schemas.infer.api import Api, body, needed
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Operation
from specloom.schemas.model.safe_reads import proof, safe_reads

_LABELS = (
    "email",
    "username",
    "login",
    "displayname",
    "fullname",
    "name",
    "accountname",
    "organizationname",
    "company",
)


def connection(api: Api) -> Iterator[Proposal]:
    if "connection" in api.root_block or api.service.auth.kind == "none":
        return
    held = api.service.auth.ids
    if reads := safe_reads(api.service.operations, held):
        yield _proposal(api, reads[0])
        return
    refused = next((o for o in api.service.operations if o.signed_by(held) and _is_refused(o)), None)
    if refused is not None:
        test = {"operation": refused.operation_id, "body": {}, "valid": ["2XX", 400, 422], "invalid": [401, 403]}
        yield Proposal(
            kind="connection",
            reason=f"there is no free read; {refused.operation_id} refuses an empty body before it does anything",
            confidence=0.5,
            changes=(ProposedChange("", {"x-specloom": {"connection": test}}),),
        )


def _proposal(api: Api, operation: Operation) -> Proposal:
    confidence, why = _rank(operation)
    test: dict[str, Any] = {"operation": operation.operation_id}
    if label := _label(api, operation):
        test["label"] = label
    return Proposal(
        kind="connection",
        reason=why,
        confidence=confidence,
        changes=(ProposedChange("", {"x-specloom": {"connection": test}}),),
    )


def _is_refused(operation: Operation) -> bool:
    """A POST that documents both refusals and cannot work without something in its body."""
    if operation.method != "POST" or operation.sensitive:
        return False
    statuses = {response.status for response in operation.responses}
    if "401" not in statuses or statuses.isdisjoint(("400", "422")):
        return False
    places = {field.location for field in needed(operation)}
    return "body" in places and places.isdisjoint(("path", "query", "header"))


def _rank(operation: Operation) -> tuple[float, str]:
    """A record about whoever the key belongs to is sure; a list is not."""
    match proof(operation):
        case "me":
            return 0.95, f"{operation.path} is about whoever the key belongs to"
        case "account":
            return 0.92, f"{operation.path} is about the key's own account"
        case "check" | "short list":
            return 0.65, f"GET {operation.path} needs the key and nothing else"
    return 0.6, f"GET {operation.path} needs the key and nothing else"


def _label(api: Api, operation: Operation) -> str:
    if operation.output.repeated:
        return ""
    every = api.replies.walk(operation, 2)
    found = {bare(path[-1]): path for path, f in reversed(every) if f.type == "string" and not f.repeated}
    path = next((found[name] for name in _LABELS if name in found), None)
    return body(path) if path else ""

"""Which call tells a good secret from a bad one: a free read about the key's own account, else the plainest list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from specloom.schemas.model.operations import Operation

Proof = Literal["me", "account", "check", "short list", "list", "read", "other"]
_BEST_FIRST: tuple[Proof, ...] = ("me", "account", "check", "short list", "list", "read")

_ME = frozenset("me whoami self current currentuser myself authenticateduser viewer".split())
_ACCOUNT = frozenset("account user profile tokeninfo verifycredentials accountinfo userinfo".split())
_FUNDS = frozenset("credits balance quota subscription".split())
_CHECKS = frozenset(
    "ping authentication authenticate introspect checkapikey verifytoken validatetoken verify authtest "
    "calleridentity identity session limits ratelimit ratelimits".split()
)
_OWN = frozenset("organization organisation workspace team company tenant merchant store shop plan key apikey".split())
"""Records that a key belongs to."""
_SHORT = frozenset(
    "models voices languages workspaces organizations organisations orgs projects teams styles presets engines avatars "
    "accounts sites brands formats".split()
)
"""Lists that a key's owner has few of."""
_PLAIN = _ME | _ACCOUNT | frozenset("api rest public users accounts auth current customer info".split())
"""What may stand before it in a path that still speaks of the key's own account."""
_WHOSE = frozenset("me whoami current authenticated myself".split())
_ABOUT_ME = _WHOSE | frozenset(
    "get fetch read show retrieve find view user users account info details profile the my".split()
)
_REPORTS = frozenset(
    "admin administration admins internal report reports statistics stats analytics audit auditlog auditlogs log logs "
    "metrics usage usages history billing invoices costs health healthcheck status version heartbeat".split()
)
"""Needs rights that most keys lack, costs much, or answers everybody."""
_DOES = frozenset(
    "add append cancel convert create decode delete execute export find generate logout lookup make query random "
    "register remove reset revoke run search send set start stop trigger update upload".split()
)
"""Does or makes something although it is a GET, or wants to be told what to look for."""
_AFTER = frozenset(("info", "details"))
_ENDING = re.compile(r"\.(json|php|xml)\Z")
_VERSION = re.compile(r"v?\d+[a-z0-9]*")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def proof(operation: Operation) -> Proof:
    """What a call without required inputs is about."""
    parts = [_plain(part) for part in operation.path.split("/") if part and "{" not in part]
    named = {word.lower() for word in _WORD.findall(operation.operation_id)}
    inner = {word.lower() for part in operation.path.split("/") for word in _WORD.findall(part)}
    while len(parts) > 1 and parts[-1] in _AFTER:
        parts.pop()
    last = parts[-1] if parts else ""
    if not parts or not (_DOES | _REPORTS).isdisjoint(inner):
        return "other"
    if not (operation.output.repeated or operation.pagination):
        if last in _ME or (named <= _ABOUT_ME and not _WHOSE.isdisjoint(named)):
            return "me"
        whole = all(part in _PLAIN or _VERSION.fullmatch(part) for part in parts[:-1])
        if whole and last in _ACCOUNT | _FUNDS:
            return "account"
    else:
        whole = False
    if last in _CHECKS or (whole and last in _OWN):
        return "check"
    if not (_DOES | _REPORTS).isdisjoint(named):
        return "other"
    if not _is_list(operation):
        return "other"
    if last in _SHORT:
        return "short list"
    return "list" if any(response.status in ("401", "403") for response in operation.responses) else "read"


def _is_list(operation: Operation) -> bool:
    output = operation.output
    return output.repeated or bool(operation.pagination or output.items) or any(f.repeated for f in output.fields)


def _plain(part: str) -> str:
    """`getMe`, `me.json` and `me` alike."""
    low = re.sub(r"[^a-z0-9]", "", _ENDING.sub("", part.lower()))
    return low.removeprefix("get").removeprefix("my") if low.removeprefix("get") not in ("", "my") else low


def safe_reads(operations: Iterable[Operation], held: tuple[str, ...]) -> list[Operation]:
    """GETs that need the secrets `held` and nothing else, the best test first; of two alike the shorter path, and of
    those the document's first."""
    found: list[tuple[int, int, Operation]] = []
    for operation in operations:
        if not operation.proves(held) or any(f.required and f.default is None for f in operation.fields):
            continue
        if operation.server or operation.output.binary or (kind := proof(operation)) == "other":
            continue
        found.append((_BEST_FIRST.index(kind), operation.path.rstrip("/").count("/"), operation))
    return [operation for _, _, operation in sorted(found, key=lambda entry: entry[:2])]


def surest_read(operations: Iterable[Operation], held: tuple[str, ...]) -> Operation | None:
    """The best of them; None where several lists are as good, because nobody says which of them every key may read, or
    where no refusal is documented."""
    found = safe_reads(operations, held)
    kinds = [proof(operation) for operation in found[:2]]
    if not kinds or kinds[0] == "read" or (kinds[0] in ("short list", "list") and kinds.count(kinds[0]) > 1):
        return None
    return found[0]

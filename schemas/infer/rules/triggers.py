"""Events: lists that can be watched for new elements, and hooks that a call subscribes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from specloom.schemas.infer.api import Api, Listing, body, needed, thing
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import NEWEST_FIRST, TIMES, bare
from specloom.schemas.model import Field, Operation
from specloom.schemas.text import humanize, title_case

_DESCENDING = partial(
    re.compile, r"desc|newest|latest|recent|-\s*(creat|date|time|updat)|creat\w*:desc|(^|_)desc", re.I
)
_BY = frozenset("sort sortby orderby".split())
_CREATED = partial(re.compile, r"creat|date|time|new|recent|latest|^-?id$|desc", re.I)
_HOOK_PATH = re.compile(r"/(?:web)?hooks?(?:[-_]?(?:subscriptions?|endpoints?))?/?\Z|/subscriptions?/?\Z", re.I)


def triggers(api: Api, unsure: Collection[str] = ()) -> Iterator[Proposal]:
    """`unsure`: operationIds of lists of which it is not certain how they are turned: nor is then how to watch them."""
    yield from _watched(api, unsure)
    yield from _subscribed(api)


def _watched(api: Api, unsure: Collection[str]) -> Iterator[Proposal]:
    taken = {trigger.operation_id for trigger in api.service.triggers}
    for operation, block in api.open_operations:
        if operation.method != "GET" or "trigger" in block or operation.operation_id in taken or operation.sensitive:
            continue
        listing = api.listing(operation)
        identity = listing.field("id", "uuid", f"{thing(operation)}id") if listing else None
        if listing is None or identity is None or identity.repeated or identity.type not in ("string", "integer"):
            continue
        if needed(operation):
            continue
        if proposal := _watch(operation, listing, identity, operation.operation_id in unsure):
            yield proposal


def _watch(operation: Operation, listing: Listing, identity: Field, unsure: bool) -> Proposal | None:
    time = listing.field(*TIMES)
    if time is None:
        return None
    first = _newest_first(operation)
    if not first and operation.pagination is None and not _looks_paged(operation):
        confidence, reason = 0.75, "its elements have an id and a time, and it comes as a whole"
    elif first:
        confidence, reason = 0.92, f"its elements have an id and a time, and {first}"
    else:
        confidence, reason = 0.6, "its elements have an id and a time; check that the newest come first"
    event = f"New {title_case(humanize(thing(operation)))}"
    block = watched(operation, listing, {"event": event, "dedupe": identity.name, "order": time.name})
    return Proposal(
        kind="trigger",
        operation_id=operation.operation_id,
        reason=reason,
        confidence=min(confidence, 0.6) if unsure else confidence,
        changes=(ProposedChange(operation.pointer, {"x-specloom": block}),),
    )


def watched(operation: Operation, listing: Listing, trigger: dict[str, Any]) -> dict[str, Any]:
    """The block of a trigger; with the pagination of a list that nobody says how to turn: where it stands in the reply,
    and the Link header, if ever there is one."""
    if operation.pagination is not None or operation.output.repeated:
        return {"trigger": trigger}
    return {"pagination": {"style": "link", "items": listing.items}, "trigger": trigger}


def _newest_first(operation: Operation) -> str:
    if any(
        bare(f.pointer) in _BY and isinstance(f.default, str) and not _CREATED().search(f.default)
        for f in operation.fields
    ):
        return ""
    for field in operation.fields:
        if (
            bare(field.pointer) in known("records", "order")
            and isinstance(field.default, str)
            and _DESCENDING().search(field.default)
        ):
            return f"{field.pointer!r} is {field.default!r} unless one says otherwise"
    if NEWEST_FIRST().search(operation.description[:3000]):
        return "the document says that the newest come first"
    return ""


def _looks_paged(operation: Operation) -> bool:
    return any(
        bare(f.pointer) in ("page", "limit", "offset", "cursor", "perpage", "pagesize") for f in operation.fields
    )


def _subscribed(api: Api) -> Iterator[Proposal]:
    for operation, _ in api.open_operations:
        if operation.method != "POST" or any(r.links for r in operation.responses if r.ok):
            continue
        node = api.node(operation) or {}
        declared = isinstance(node.get("callbacks"), dict) and bool(node["callbacks"])
        if not declared and not _HOOK_PATH.search(operation.path):
            continue
        if proposal := _subscription(api, operation, declared):
            yield proposal


def _subscription(api: Api, operation: Operation, declared: bool) -> Proposal | None:
    path = operation.path.rstrip("/")
    end = next((o for p, o in api.deletes.items() if re.fullmatch(re.escape(path) + r"/\{[^{}/]+\}", p)), None)
    url = next(
        (f for f in operation.fields if f.location == "body" and bare(f.name) in known("records", "hook_url")), None
    )
    reply = next((r for r in operation.responses if r.ok), None)
    identity = _identity(api, operation)
    if end is None or url is None or reply is None or identity is None:
        return None
    if not url.required and any(f.location == "body" for f in needed(operation)):
        return None  # a callback of what this call starts
    parameter = end.path.rstrip("/").rpartition("{")[2].removesuffix("}")
    own = {f.pointer: f"$request.path.{f.pointer}" for f in operation.fields if f.location == "path"}
    asked = [f.pointer for f in end.fields if f.required and f.location == "path" and f.pointer != parameter]
    if any(name not in own for name in asked):
        return None
    link = {"operationId": end.operation_id, "parameters": {parameter: body(identity), **{n: own[n] for n in asked}}}
    update: dict[str, Any] = {"responses": {reply.status: {"links": {"unsubscribe": link}}}}
    if not declared:
        update["callbacks"] = {"event": {f"{{$request.body#{url.pointer}}}": {"post": _EVENT}}}
    return Proposal(
        kind="subscription",
        operation_id=operation.operation_id,
        reason=f"it subscribes {url.name!r}, and {end.operation_id} ends that",
        confidence=0.85 if declared else 0.7,
        changes=(ProposedChange(operation.pointer, update),),
    )


_EVENT = {
    "summary": "Event",
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"200": {"description": "Received"}},
}


def _identity(api: Api, operation: Operation) -> tuple[str, ...] | None:
    if operation.output.repeated:
        return None
    every = api.replies.walk(operation, 2)
    found = {bare(path[-1]): path for path, f in every if f.type in ("string", "integer")}
    return next(
        (found[name] for name in ("id", "uuid", "webhookid", "hookid", "subscriptionid") if name in found), None
    )

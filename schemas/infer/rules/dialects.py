"""What other vendors' extensions say of the same: Microsoft's connector extensions, Speakeasy's and Fern's pagination.

What a document declares, in whatever dialect, is certain; labels and visibility (`x-ms-summary`, `x-ms-visibility`,
`x-ms-enum`) are read by the loader itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from specloom.schemas.expressions import lookup, split_pointer
from specloom.schemas.infer.api import Api, body, item
from specloom.schemas.infer.places import place
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.rules.triggers import watched
from specloom.schemas.model import Field, Operation

_SPEAKEASY = {"offset": "offset", "page": "page", "cursor": "cursor", "limit": "size"}


def dialects(api: Api, dynamic: bool = True) -> Iterator[Proposal]:
    """`dynamic`: whether the document speaks of dynamic values at all."""
    yield from _connection(api)
    for operation, block in api.open_operations:
        node = api.node(operation) or {}
        found = _pagination(operation, node) if "pagination" not in block else None
        if found:
            value, name = found
            yield _proposal("pagination", operation, operation.pointer, {"pagination": value}, name)
        if "trigger" not in block and node.get("x-ms-trigger") in ("batch", "single"):
            yield from _trigger(api, operation, paged=found is not None)
        for field in operation.fields if dynamic else ():
            yield from _options(api, operation, field)


def _proposal(kind: Any, operation: Operation, pointer: str, block: Mapping[str, Any], name: str) -> Proposal:
    return Proposal(
        kind=kind,
        operation_id=operation.operation_id,
        reason=f"{name} says so",
        confidence=1.0,
        changes=(ProposedChange(pointer, {"x-specloom": block}),),
    )


def _connection(api: Api) -> Iterator[Proposal]:
    told = api.raw.get("x-ms-capabilities")
    test = told.get("testConnection") if isinstance(told, dict) else None
    name = test.get("operationId") if isinstance(test, dict) else None
    if "connection" in api.root_block or not isinstance(name, str) or api.service.operation(name) is None:
        return
    block: dict[str, Any] = {"operation": name}
    if isinstance(test, dict) and isinstance(test.get("parameters"), dict) and test["parameters"]:
        block["parameters"] = dict(test["parameters"])
    changes = (ProposedChange("", {"x-specloom": {"connection": block}}),)
    yield Proposal(kind="connection", reason="x-ms-capabilities says so", confidence=1.0, changes=changes)


def _pagination(operation: Operation, node: Mapping[str, Any]) -> tuple[dict[str, Any], str] | None:
    if operation.pagination is not None or operation.output.binary:
        return None
    for name, read in (
        ("x-ms-pageable", _microsoft),
        ("x-speakeasy-pagination", _speakeasy),
        ("x-fern-pagination", _fern),
    ):
        told = node.get(name)
        value = read(operation, told) if isinstance(told, dict) else None
        if value:
            return value, name
    return None


def _microsoft(operation: Operation, told: Mapping[str, Any]) -> dict[str, Any] | None:
    link, items = told.get("nextLinkName"), told.get("itemName") or "value"
    if not isinstance(link, str) or not link or not isinstance(items, str):
        return None
    return {"style": "link", "items": body((items,)), "next": body((link,))}


def _speakeasy(operation: Operation, told: Mapping[str, Any]) -> dict[str, Any] | None:
    outputs = told.get("outputs") if isinstance(told.get("outputs"), dict) else {}
    items = _path((outputs or {}).get("results"))
    if items is None:
        return None
    found: dict[str, Any] = {"items": items}
    inputs = told.get("inputs")
    for entry in inputs if isinstance(inputs, list) else []:
        role = _SPEAKEASY.get(str(entry.get("type"))) if isinstance(entry, dict) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        if role and isinstance(name, str) and _input(operation, name):
            found["size_parameter" if role == "size" else "parameter"] = name
            found.setdefault("style", role) if role != "size" else None
    if told.get("type") == "url":
        following = _path((outputs or {}).get("nextUrl"))
        return {"style": "link", "items": items, "next": following} if following else None
    if found.get("style") == "cursor":
        following = _path((outputs or {}).get("nextCursor"))
        return {**found, "next": following} if following else None
    return found if "style" in found else None


def _fern(operation: Operation, told: Mapping[str, Any]) -> dict[str, Any] | None:
    items = _path(told.get("results"))
    following = _path(told.get("next_cursor"))
    cursor, offset = _request(operation, told.get("cursor")), _request(operation, told.get("offset"))
    if items and cursor and following:
        return {"style": "cursor", "parameter": cursor, "items": items, "next": following}
    if items and offset:
        return {"style": "page" if "page" in offset.lower() else "offset", "parameter": offset, "items": items}
    return None


def _request(operation: Operation, text: Any) -> str:
    match = re.fullmatch(r"\$request\.(?:query\.)?([\w\-]+)", text) if isinstance(text, str) else None
    return match[1] if match and _input(operation, match[1]) else ""


def _input(operation: Operation, name: str) -> bool:
    return any(field.pointer.removeprefix("/") == name for field in operation.fields)


def _path(text: Any) -> str | None:
    """`$.a.b` or `$response.a.b` as an expression on the reply's body; None for JSONPath that looks for things."""
    match = re.fullmatch(r"\$(?:response)?((?:\.[\w\-]+)*)", text) if isinstance(text, str) else None
    return body(tuple(match[1].split(".")[1:])) if match else None


def _trigger(api: Api, operation: Operation, *, paged: bool) -> Iterator[Proposal]:
    listing = api.listing(operation) if operation.method == "GET" else None
    identity = listing.field("id", "uuid", "key") if listing else None
    if listing is None or identity is None:
        return
    trigger = {"dedupe": identity.name}
    block = {"trigger": trigger} if paged else watched(operation, listing, trigger)
    yield _proposal("trigger", operation, operation.pointer, block, "x-ms-trigger")


def _options(api: Api, operation: Operation, field: Field) -> Iterator[Proposal]:
    if field.options is not None or field.location not in ("path", "query", "header", "body"):
        return
    pointer = place(api, operation, field)
    node = _resolved(api, pointer) if pointer else None
    for name in ("x-ms-dynamic-values", "x-ms-dynamic-list"):
        told = node.get(name) if isinstance(node, dict) else None
        block = _dynamic(api, told) if isinstance(told, dict) else None
        if block and pointer:
            yield Proposal(
                kind="options",
                operation_id=operation.operation_id,
                reason=f"{name} says so",
                confidence=1.0,
                changes=(ProposedChange(pointer, {"x-specloom": {"options": block}}),),
                fields=((operation.operation_id, field.name),),
            )
            return


def _resolved(api: Api, pointer: str) -> Any:
    node = lookup(api.raw, split_pointer(pointer))
    ref = node.get("$ref") if isinstance(node, dict) else None
    return lookup(api.raw, split_pointer(ref[1:])) if isinstance(ref, str) and ref.startswith("#/") else node


def _dynamic(api: Api, told: Mapping[str, Any]) -> dict[str, str] | None:
    operation = told.get("operationId")
    if not isinstance(operation, str) or api.service.operation(operation) is None:
        return None
    items = _slashed(told.get("value-collection") or told.get("itemsPath"))
    value = _slashed(told.get("value-path") or told.get("itemValuePath"))
    label = _slashed(told.get("value-title") or told.get("itemTitlePath")) or value
    if not value:
        return None
    return {"operation": operation, "items": body(items), "value": item(value), "label": item(label)}


def _slashed(text: Any) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[/.]", text) if part) if isinstance(text, str) else ()

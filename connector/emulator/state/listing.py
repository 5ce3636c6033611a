"""Lists: a stock of documented elements, with everything created in front, cut into the vendor's pages."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from specloom.connector.emulator.replies.fitting import body_path, put_at
from specloom.connector.emulator.replies.ids import is_time, like, time_like
from specloom.connector.emulator.replies.replies import EmulatedReply, element_samples, success
from specloom.schemas.expressions import lookup
from specloom.schemas.model import Operation, Pagination, Service

DEFAULT_SIZE = 20
_SIZE_KEYS = {"limit", "perpage", "pagesize", "size", "take", "count"}


def is_list(operation: Operation) -> bool:
    return operation.pagination is not None and not operation.writes


def identity_key(service: Service, operation: Operation) -> str:
    """The name of the elements' id."""
    trigger = next((t for t in service.triggers if t.operation_id == operation.operation_id), None)
    return trigger.dedupe.strip("/") if trigger else "id"


def stock(service: Service, operation: Operation, count: int, now: float) -> list[Any]:
    """`count` elements like the documented ones, newest first, the same at each start but for their times."""
    assert operation.pagination is not None
    samples = element_samples(operation, body_path(operation.pagination.items) or ())
    key = identity_key(service, operation)
    found: list[Any] = []
    for index in range(count if samples else 0):
        salt = f"{service.key}/{operation.operation_id}/{index}"
        found.append(vary(samples[index % len(samples)], key, salt, now - 60 * (index + 1)))
    return found


def vary(element: Any, key: str, salt: str, at: float) -> Any:
    """Another element like this one: its own id, made at `at`."""
    if not isinstance(element, dict):
        return like(element, salt)
    result = deepcopy(element)
    if key in result:
        result[key] = like(result[key], salt)
    for name, value in result.items():
        if is_time(value):
            result[name] = time_like(value, at)
    return result


def page(operation: Operation, elements: list[Any], query: Mapping[str, Any], url: str) -> EmulatedReply:
    """One page of `elements`. `query` holds the inputs by Field.name, `url` is where the list was asked for."""
    pagination = operation.pagination
    assert pagination is not None
    elements = _ordered(operation, _filtered(operation, elements, query), query)
    size = max(1, _number(operation, pagination.size_parameter, query, DEFAULT_SIZE))
    start, given = _start(operation, pagination, query, url, size)
    shown, following = elements[start : start + size], start + size
    more = following < len(elements)
    reply = success(operation)
    reply.body = _with_elements(reply.body, body_path(pagination.items) or (), deepcopy(shown))
    _count(reply.body, body_path(pagination.items) or (), start, size, len(elements))
    flag = body_path(pagination.more)
    if flag:
        put_at(reply.body, flag, more)
    _say_next(reply, pagination, following if more else None, url, elements)
    return reply


def _with_elements(body: Any, path: tuple[str, ...], elements: list[Any]) -> Any:
    if not path:
        return elements
    body = body if isinstance(body, dict) else {}
    holder = body
    for token in path[:-1]:
        holder = holder.setdefault(token, {})
    holder[path[-1]] = elements
    return body


def _number(operation: Operation, name: str, query: Mapping[str, Any], otherwise: int) -> int:
    item = operation.field(name) if name else None
    value = query.get(name, item.default if item else None)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _start(
    operation: Operation, pagination: Pagination, query: Mapping[str, Any], url: str, size: int
) -> tuple[int, str]:
    if pagination.style == "page":
        item = operation.field(pagination.parameter)
        first = 0 if item is not None and (item.default == 0 or item.minimum == 0) else 1
        return (max(first, _number(operation, pagination.parameter, query, first)) - first) * size, ""
    if pagination.style == "offset":
        return max(0, _number(operation, pagination.parameter, query, 0)), ""
    given = str(query.get(pagination.parameter) or "") if pagination.parameter else ""
    if pagination.style == "link" and not given:
        given = dict(parse_qsl(urlsplit(url).query)).get("cursor", "")
    digits = given.rpartition("_")[2]
    return (int(digits) if digits.isdigit() else 0), given


def _say_next(
    reply: EmulatedReply, pagination: Pagination, following: int | None, url: str, elements: list[Any]
) -> None:
    if pagination.style == "cursor":
        path = body_path(pagination.next)
        if path:
            _put(reply.body, path, None if following is None else f"cur_{following}")
        elif pagination.next and pagination.next.reference and pagination.next.reference.root == "response.header":
            reply.headers.pop(pagination.next.reference.path[0], None)
            if following is not None:
                reply.headers[pagination.next.reference.path[0]] = f"cur_{following}"
    elif pagination.style == "link":
        parts = urlsplit(url)
        pairs = [(name, value) for name, value in parse_qsl(parts.query) if name != "cursor"]
        target = parts._replace(query=urlencode([*pairs, ("cursor", f"cur_{following}")])).geturl()
        path = body_path(pagination.next)
        if path:
            _put(reply.body, path, None if following is None else target)
        else:
            reply.headers.pop("Link", None)
            if following is not None:
                reply.headers["Link"] = f'<{target}>; rel="next"'


def _put(body: Any, path: tuple[str, ...], value: Any) -> None:
    for token in path[:-1]:
        body = body.setdefault(token, {}) if isinstance(body, dict) else {}
    if isinstance(body, dict):
        body[path[-1]] = value


def _count(body: Any, items: tuple[str, ...], start: int, size: int, total: int) -> None:
    """The counters beside the list, under the names they usually have."""
    values = {
        "total": total,
        "totalcount": total,
        "totalitems": total,
        "totalresults": total,
        "offset": start,
    }
    values |= {"page": start // size + 1, "currentpage": start // size + 1}
    values |= dict.fromkeys(("pages", "totalpages", "pagecount", "lastpage"), -(-total // size))
    values |= dict.fromkeys(_SIZE_KEYS, size) | {
        "hasmore": start + size < total,
        "hasnext": start + size < total,
    }
    holder = lookup(body, items[:-1]) if items else None
    for place in (body, holder, *(holder.values() if isinstance(holder, dict) else ())):
        for name, old in place.items() if isinstance(place, dict) else ():
            new = values.get(name.replace("_", "").lower())
            if new is not None and isinstance(old, int):
                place[name] = bool(new) if isinstance(old, bool) else new


def _filtered(operation: Operation, elements: list[Any], query: Mapping[str, Any]) -> list[Any]:
    """Closed filters that elements carry under the same name; a plural filter finds its singular."""
    for item in operation.fields:
        value = query.get(item.name)
        if not item.choices or not isinstance(value, str) or value == "all" or item.location != "query":
            continue
        if any(isinstance(e, dict) and item.name in e for e in elements):
            wanted = {value, value.removesuffix("s")}
            elements = [e for e in elements if isinstance(e, dict) and e.get(item.name) in wanted]
    return elements


def _ordered(operation: Operation, elements: list[Any], query: Mapping[str, Any]) -> list[Any]:
    ascending = any(query.get(i.name) == "asc" for i in operation.fields if i.location == "query")
    return elements[::-1] if ascending else elements

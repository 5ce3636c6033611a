"""What callers send to the hooks' REST API, checked: a wrong field is named, and what it may be is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import request

from specloom.connector.errors import Refused, loads
from specloom.connector.webhooks.patterns import EVENT_TYPE, LONGEST, PATTERN

MAX_BODY = 1_000_000
"""Bytes. Zapier takes 6 MB, Make 5 MB, n8n 16 MB; an event is told to all of them."""
_MOST = 50
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:)(\d\d)(\.\d{1,6})?\d*([Zz]|[+-]\d\d:\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def body(*, empty: bool = False) -> dict[str, Any]:
    """The JSON object of the request. Raises Refused; `empty`: none is {}."""
    if (request.content_length or 0) > MAX_BODY:
        raise _too_large()
    data = request.stream.read(MAX_BODY + 1)
    if len(data) > MAX_BODY:
        raise _too_large()
    if empty and not data.strip():
        return {}
    try:
        value = loads(data)
    except ValueError:
        raise Refused("invalid_request", "The body must be JSON") from None
    if not isinstance(value, dict):
        raise Refused("invalid_request", "The body must be a JSON object")
    return value


def _too_large() -> Refused:
    return Refused("invalid_request", f"The body is larger than {MAX_BODY} bytes", status=413)


ValueReader = Callable[[Any], Any]
"""A JSON value to what it means. Raises ValueError with the words that follow the field's name."""


def read(
    given: Mapping[str, Any], readers: Mapping[str, ValueReader], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The given fields, each read by its reader. Raises Refused for the first that is wrong, unknown or missing."""
    unknown = sorted(str(name) for name in given if name not in readers)
    if unknown:
        raise Refused("invalid_request", f"Unknown field '{unknown[0][:60]}'; known are {', '.join(readers)}")
    for name in required:
        if given.get(name) is None:
            raise Refused("invalid_request", f"The field '{name}' is missing")
    values = {}
    for name, value in given.items():
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            raise Refused("invalid_request", f"The field '{name}' {error}") from None
    return values


def text(most: int) -> ValueReader:
    def reader(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or "\0" in value or not _storable(value):
            raise ValueError(f"must be a text of at most {most} characters")
        return value

    return reader


def _storable(value: str) -> bool:
    """Half a surrogate pair is valid JSON and nothing a database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def names(value: Any, most: int = 80) -> list[str]:
    """`most`: characters of each."""
    reader = text(most)
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"must be a list of at most {_MOST} texts")
    return list(dict.fromkeys(reader(entry) for entry in value))


def patterns(value: Any) -> list[str]:
    """Of events; one alone may come without a list."""
    entries = names([value] if isinstance(value, str) else value, LONGEST)
    wrong = [entry for entry in entries if not PATTERN.fullmatch(entry)]
    if wrong or not entries:
        raise ValueError("must list events such as image.succeeded, image.*, *.failed or *")
    return entries


def event_type(value: Any) -> str:
    if not isinstance(value, str) or not EVENT_TYPE.fullmatch(value):
        raise ValueError("must be an event such as order.paid: words of letters, digits, _ and - with dots between")
    return value


def number(least: float, most: float, *, nullable: bool = False) -> ValueReader:
    def reader(value: Any) -> float | None:
        if value is None and nullable:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"must be a number from {least:g} to {most:g}{' or null' if nullable else ''}")
        return float(value)

    return reader


def json_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a JSON object")
    return value


def moment(value: Any) -> float:
    """A time as RFC 3339 writes it, to unix seconds; any of them, however long ago. A leap second is the one before."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is None:
            raise ValueError
        parsed = datetime.fromisoformat(f"{match[1]}{'59' if match[2] == '60' else match[2]}{match[3] or ''}{match[4]}")
    except ValueError:
        raise ValueError("must be a time such as 2026-01-31T12:00:00Z") from None
    return (parsed - _EPOCH).total_seconds()


def query(readers: Mapping[str, ValueReader]) -> dict[str, Any]:
    """The query parameters `readers` know; others are not ours to judge."""
    return read({name: request.args[name] for name in readers if name in request.args}, readers)


def limit(value: Any) -> int:
    if not str(value).isdigit() or not 1 <= int(str(value)[:9]) <= 100:
        raise ValueError("must be a whole number from 1 to 100")
    return int(value)


def one_of(*allowed: str) -> ValueReader:
    def reader(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return reader

"""IML values in Python: JSON, plus `undefined`, buffers (bytes) and dates (datetime)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final


class ImlError(Exception):
    """The expression fails when it is run."""


class Undefined:
    """JavaScript's undefined: falsy, equal to itself alone, and gone from objects."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()


def is_empty(value: Any) -> bool:
    """What ifempty() replaces: not defined, null or an empty text. An empty array is not empty."""
    return value is UNDEFINED or value is None or value == ""


def truthy(value: Any) -> bool:
    if isinstance(value, (list, dict, bytes, datetime)):
        return True
    return bool(value) and value is not UNDEFINED


def same(left: Any, right: Any) -> bool:
    """Strict equality: no conversion between types."""
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right
    return type(left) is type(right) and bool(left == right)


def text(value: Any) -> str:
    """How a value stands in a longer text."""
    if value is UNDEFINED or value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, list):
        return ",".join(text(each) for each in value)
    if isinstance(value, dict):
        raise ImlError("a collection inside a text would read [object Object]")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)

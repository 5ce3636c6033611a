"""Numbers with every digit: read from texts that say one, and written into JSON as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST = 4000
"""Characters; Python reads no longer integers."""


def number_of(text: str) -> int | float | Decimal | None:
    """The number that a text says in JSON's own form; None where it says none ('007', '+5')."""
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("-").isdigit():
        return int(text)
    return float(text) if repr(float(text)) == text else Decimal(text)


def json_text(value: Any, *, ascii: bool = False) -> str:
    """JSON on one line, Decimals with all their digits."""
    try:
        return json.dumps(value, ensure_ascii=ascii, separators=(",", ":"))
    except TypeError:
        return _with_decimals(value)


def _with_decimals(value: Any) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_with_decimals(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_with_decimals, value)) + "]"
    return json.dumps(value)


def decimal_text(value: Decimal) -> str:
    return str(value).replace("E", "e")

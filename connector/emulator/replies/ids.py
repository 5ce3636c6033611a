"""New identifiers and times in the form of the documented examples."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SHORTEST = 8
"""Characters that vary, so that thousands of identifiers stay different."""


def like(example: Any, salt: str) -> Any:
    """An identifier of the example's form that depends on nothing but `salt`: same salt, same identifier."""
    digest = hashlib.sha256(salt.encode()).hexdigest()
    if isinstance(example, bool) or example is None:
        return example
    if isinstance(example, int):
        return int(digest[:10], 16) % 10 ** max(SHORTEST, len(str(example)))
    text = str(example)
    if _UUID.fullmatch(text):
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    cut = max(text.rfind("_"), text.rfind("-")) + 1
    head, tail = text[:cut], text[cut:]
    length = max(SHORTEST, len(tail))
    if tail and all(character in "0123456789abcdef" for character in tail) and not tail.isdigit():
        return head + (digest * (length // 64 + 1))[:length]
    number = int(digest * (length // 32 + 1), 16)
    alphabet = "0123456789" if tail.isdigit() else _LETTERS
    varied = ""
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        varied += alphabet[index]
    return head + varied


def is_time(value: Any) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def time_like(example: str, at: float) -> str:
    """`at` (Unix seconds) written as the example is."""
    moment = datetime.fromtimestamp(at, UTC)
    fraction = f".{moment.microsecond // 1000:03d}" if "." in example else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"

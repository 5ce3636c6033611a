"""Which events a hook is told of: `image.succeeded`, `image.*`, `*.failed`, `*`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = r"[A-Za-z0-9_-]{1,60}"
EVENT_TYPE = re.compile(rf"{_PART}(\.{_PART}){{1,3}}")
"""Full match: words with dots between; a result's is `<type>.<status>`."""
LONGEST = 4 * 60 + 3
"""Characters of a pattern."""
PATTERN = re.compile(rf"\*|({_PART}|\*)(\.({_PART}|\*)){{1,3}}")


def matches(patterns: Iterable[str], event_type: str) -> bool:
    """A star stands for one word; alone, or as the last word, for all that follow."""
    words = event_type.split(".")
    return any(_match(pattern.split("."), words) for pattern in patterns)


def _match(pattern: list[str], words: list[str]) -> bool:
    if pattern[-1] == "*" and len(words) >= len(pattern):
        words = words[: len(pattern)]
    return len(pattern) == len(words) and all(part in ("*", word) for part, word in zip(pattern, words, strict=True))

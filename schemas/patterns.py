"""Which of a document's regular expressions Python may run on strangers' input without running away."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_PATTERN = 1000
MAX_VALUE = 2000
"""Characters; longer values are not matched."""
MAX_REPEATS = 6
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|P<\w+>))?|.", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*,?\d*\}")


@lru_cache(maxsize=1024)
def usable_pattern(pattern: str) -> bool:
    """False for syntax that only other languages know, and where a repeated group repeats or chooses inside: such
    patterns can take forever, and are left unchecked rather than trusted."""
    if not pattern or len(pattern) > MAX_PATTERN:
        return False
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return _is_tame(pattern)


def _is_tame(pattern: str) -> bool:
    wild = [False]
    repeats, position = 0, 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        assert token is not None
        position = token.end()
        closed = False
        if token.group().startswith("("):
            wild.append(False)
            continue
        if token.group() == ")" and len(wild) > 1:
            closed = wild.pop()
            wild[-1] = wild[-1] or closed
        elif token.group() == "|":
            wild[-1] = True
        if repeat := _REPEAT.match(pattern, position):
            position = repeat.end()
            if closed:
                return False
            repeats += 1
            wild[-1] = True
    return repeats <= MAX_REPEATS

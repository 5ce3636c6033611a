"""Which of a document's regular expressions may be run on strangers' input without running away.

A backtracking matcher, Python's or JavaScript's, takes exponential time where a repetition holds another one or
alternatives that begin alike, and polynomial time where repetitions of the same characters stand in a row.
"""

from __future__ import annotations

import re
import warnings
from math import log
from typing import Any

from specloom.schemas.memo import cached

MAX_PATTERN = 1000
MAX_VALUE = 2000
"""Characters; longer values are not matched."""
MAX_DEGREE = 2
"""Of the polynomial that tells the steps from the length of the value."""

_ECMA = (
    (re.compile(r"\\[pP]\{[^}]*\}"), r"\\w"),
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"\\u\{[0-9a-fA-F]+\}|\\c[A-Za-z]"), "x"),
    (re.compile(r"\[\^\]"), "."),
)
_REPEATS = frozenset(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"))
_ONE = frozenset(("LITERAL", "NOT_LITERAL", "IN", "ANY"))
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
    "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
}  # fmt: skip
_PARSER: Any = getattr(re, "_parser", None)


def usable_pattern(pattern: str) -> bool:
    """Whether Python can apply it, and may: syntax that only other languages know is left unchecked."""
    if not pattern or len(pattern) > MAX_PATTERN or pattern_fault(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


@cached(4096)
def pattern_fault(pattern: str) -> str:
    """'' for a pattern that is safe to run on up to MAX_VALUE characters, else why it is not."""
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    text = pattern
    for ecma, python in _ECMA:
        text = ecma.sub(python, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            items = list(_PARSER.parse(text))
        if _ambiguous(items):
            return "can take forever: it repeats what may be read in several ways"
        anchored = bool(items) and str(items[0][0]) == "AT" and str(items[0][1]).startswith("AT_BEGINNING")
        if _degree(items) + (not anchored) > MAX_DEGREE:
            return "can take forever: it has too many open repetitions in a row"
    except (re.error, OverflowError, ValueError):
        return "is no regular expression that every platform understands"
    except RecursionError:
        return "is nested too deeply"
    return ""


# --- exponential: a repetition of something that can be cut into pieces in several ways


def _ambiguous(items: Any) -> bool:
    for operation, argument in items:
        name = str(operation)
        if name in _REPEATS and int(argument[1]) > 1 and (_unfenced(argument[2]) or _alike_inside(argument[2])):
            return True
        if any(_ambiguous(part) for part in _parts(name, argument)):
            return True
    return False


def _parts(name: str, argument: Any) -> list[Any]:
    if name in _REPEATS:
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    if name == "ATOMIC_GROUP":
        return [argument]
    return [part for part in argument[1:] if part] if name == "GROUPREF_EXISTS" else []


def _unfenced(items: Any) -> bool:
    """Whether the repeated part varies in length, unless each round holds a literal that nothing varying in it can
    match: `(?:-[a-z]+)*` can be cut in one way only."""
    flat = _flat(items)
    varying = [argument for operation, argument in flat if str(operation) in _REPEATS and argument[0] != argument[1]]
    hidden = any(_varies(part) for o, a in flat if str(o) not in _REPEATS for part in _parts(str(o), a))
    if not varying and not hidden:
        return any(_varies(argument[2]) for operation, argument in flat if str(operation) in _REPEATS)
    fences = [argument for operation, argument in flat if str(operation) == "LITERAL"]
    simple = all(len(argument[2]) == 1 and str(argument[2][0][0]) in _ONE for argument in varying)
    if hidden or not simple:
        return True
    return not any(not any(_matches(argument[2][0], fence) for argument in varying) for fence in fences)


def _flat(items: Any) -> list[Any]:
    """With groups opened."""
    result: list[Any] = []
    for operation, argument in items:
        result += _flat(argument[3]) if str(operation) == "SUBPATTERN" else [(operation, argument)]
    return result


def _varies(items: Any) -> bool:
    return any(
        (str(o) in _REPEATS and a[0] != a[1]) or any(_varies(part) for part in _parts(str(o), a)) for o, a in items
    )


def _alike_inside(items: Any) -> bool:
    return any(
        (str(o) == "BRANCH" and _alike(a[1])) or any(_alike_inside(part) for part in _parts(str(o), a))
        for o, a in items
    )


def _alike(branches: Any) -> bool:
    """Two alternatives may begin with the same character, or one may be empty."""
    firsts = [branch[0] if len(branch) else None for branch in branches]
    if any(first is None or str(first[0]) not in _ONE for first in firsts):
        return True
    return any(_overlap(one, other) for i, one in enumerate(firsts) for other in firsts[:i])


# --- polynomial: repetitions that can hand characters to each other


def _degree(items: Any) -> float:
    """The heaviest row of repetitions of the same characters: an open one weighs 1, `?` and `{1,8}` less."""
    worst = row = 0.0
    before: Any = None
    for operation, argument in _flat(items):
        name = str(operation)
        if name in _REPEATS and argument[0] != argument[1]:
            inner = argument[2]
            weight = min(1.0, log(int(argument[1]) - int(argument[0]) + 1, MAX_VALUE))
            now = inner[0] if len(inner) == 1 and str(inner[0][0]) in _ONE else None
            row = row + weight if row and (now is None or before is None or _overlap(before, now)) else weight
            before = now
        elif name in _ONE and row and before is not None and not _overlap(before, (operation, argument)):
            row = 0.0
        elif name == "BRANCH":
            row += max(_degree(part) for part in argument[1])
            before = None
        worst = max(worst, row, *(_degree(part) for part in _parts(name, argument)))
    return worst


def _overlap(one: Any, other: Any) -> bool:
    return any(_matches(one, code) and _matches(other, code) for code in (*range(128), 0xE9, 0x4E2D))


def _matches(item: Any, code: int) -> bool:
    """Whether a one-character item may match the character; when unsure, it may."""
    name, argument = str(item[0]), item[1]
    if name == "LITERAL":
        return bool(argument == code)
    if name == "NOT_LITERAL":
        return bool(argument != code)
    if name == "IN" and str(argument[0][0]) == "NEGATE":
        return not any(_within(str(kind), value, code) for kind, value in argument[1:])
    return name != "IN" or any(_within(str(kind), value, code) for kind, value in argument)


def _within(kind: str, value: Any, code: int) -> bool:
    if kind == "LITERAL":
        return bool(value == code)
    if kind == "RANGE":
        return bool(value[0] <= code <= value[1])
    category = _CATEGORIES.get(str(value))
    return bool(re.match(category, chr(code))) if category else True

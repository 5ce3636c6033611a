"""What is asked for again and again while one node is written: remembered until the next, so that the many nodes of a
split document do not add up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

_FORGET: list[Callable[[], None]] = []


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Makes what it makes once for the same arguments (Controls are compared by identity), until `forget`."""
    known = cache(make)
    _FORGET.append(known.cache_clear)
    return cast("Callable[P, T]", known)


def by_identity(make: Callable[[T], R]) -> Callable[[T], R]:
    """As `remembered`, for what is costly to compare or cannot be: the same object, not an equal one."""
    known: dict[int, tuple[T, R]] = {}
    _FORGET.append(known.clear)

    def found(given: T) -> R:
        held = known.get(id(given))
        if held is None:
            held = known[id(given)] = given, make(given)  # the argument is kept so that its id stays its own
        return held[1]

    return found


def forget() -> None:
    """At the beginning of an emission."""
    for clear in _FORGET:
        clear()

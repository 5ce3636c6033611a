"""What is asked for again and again while one node is written: remembered until then, so that the many nodes of a split
document do not add up."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_FORGET: list[Callable[[], None]] = []


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Makes what it makes once for the same arguments (Controls are compared by identity), until `forget`."""
    known = cache(make)
    _FORGET.append(known.cache_clear)
    return cast("Callable[P, T]", known)


def forget() -> None:
    """At the end of an emission."""
    for clear in _FORGET:
        clear()

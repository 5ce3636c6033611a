"""What is said several times and made once: every table that spares work to repeat it is made here.

No table decides a byte of the output: emitters compare by content where parts are written once. The environment
variable `SPECLOOM_MEMO=off`, read when this is imported and meant for tests only, makes every table forget: the same
output, only slower."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from typing import Any, Generic, ParamSpec, TypeVar, cast

import msgspec

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

SWITCH = "SPECLOOM_MEMO"
ON = os.environ.get(SWITCH) != "off"
_FORGET: list[Callable[[], None]] = []

# Results of orjson keep the buffer they were written to: thousands of small ones would take a page of memory each.
_packed = msgspec.msgpack.Encoder().encode


def content_key(value: Any) -> bytes:
    """The same for equal data, and different for all other; b"" where that cannot be told fast."""
    try:
        return _packed(value)
    except (TypeError, OverflowError, UnicodeEncodeError):
        return b""


class _Forgetful(dict[Any, Any]):
    """Takes everything and holds nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return default


def table() -> dict[Any, Any]:
    """An empty table of what has been made. To be read by `get`: what is put in need not be there."""
    return {} if ON else _Forgetful()


def cached(size: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For functions of texts and numbers alone: remembers the last `size` results."""

    def remember(make: Callable[P, T]) -> Callable[P, T]:
        return cast("Callable[P, T]", lru_cache(size)(make)) if ON else make

    return remember


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Makes what it makes once for the same arguments, until `forget`."""
    if not ON:
        return make
    known = cache(make)
    _FORGET.append(known.cache_clear)
    return cast("Callable[P, T]", known)


def by_identity(make: Callable[[T], R]) -> Callable[[T], R]:
    """As `remembered`, for what is costly to compare or cannot be: the same object, not an equal one."""
    known: dict[int, tuple[T, R]] = table()
    _FORGET.append(known.clear)

    def found(given: T) -> R:
        held = known.get(id(given))
        if held is None:
            held = known[id(given)] = given, make(given)  # the argument is kept so that its id stays its own
        return held[1]

    return found


def forget() -> None:
    """Between two emissions: what one service `remembered` does not add up to the next."""
    for clear in _FORGET:
        clear()


class Memo(Generic[T]):
    """Remembers what was made of a value: for the same one (many operations refer to it), and for all that say the same
    (many documents write out what others refer to), unless something was reported, for that has a place."""

    def __init__(self, reported: Callable[[], int]) -> None:
        """`reported` tells how often something was reported so far."""
        self._reported = reported
        self._same: dict[tuple[Any, ...], tuple[Any, T]] = table()
        self._equal: dict[tuple[Any, ...], T] = table()

    def of(self, value: Any, make: Callable[[], T], *given: Hashable) -> T:
        """What `make` makes of the value; it depends on nothing else than that and what is `given`."""
        same = (id(value), *given)
        known = self._same.get(same)
        if known is not None:
            return known[1]
        content = content_key(value)
        equal = (content, *given)
        made = self._equal.get(equal) if content else None
        if made is None:
            before = self._reported()
            made = make()
            if content and self._reported() == before:
                self._equal[equal] = made
            self._same[same] = (value, made)  # the value is kept so that its id stays its own
        return made

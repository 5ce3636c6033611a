"""The garbage collector, off where it would only cost."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_left: dict[str, object] | None = None
"""What is left to the end of the process, by name; None in one that lives on."""
GROWTH = 1_000_000
"""Blocks of memory, 60 to 120 MB of them: less than this is not worth a look."""
_kept = 0
"""Blocks that were left after the last look."""


@contextmanager
def without_collector() -> Iterator[None]:
    """For work that makes hundreds of thousands of objects and keeps nearly all of them: a look for garbage is a waste,
    and would copy the pages that processes share."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # to the oldest generation without a look at each of them
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def tidy() -> None:
    """To be called before each of many documents. The collector never hears of what was made without it, so what the
    last documents left in circles is looked for here, whenever memory has doubled."""
    global _kept
    if sys.getallocatedblocks() > 2 * _kept + GROWTH:
        if _left:
            _left.clear()
        gc.collect()
        _kept = sys.getallocatedblocks()


def ends_soon() -> None:
    """This process is for one piece of work: what that makes need not be taken apart."""
    global _left
    _left = {}


def leave(name: str, made: object) -> None:
    """Keeps what is large and no longer needed until the next of this `name`, or until memory has grown much: to
    take it apart would be a thirtieth of a build, while the end of a process frees it at once."""
    if _left is not None:
        _left[name] = made

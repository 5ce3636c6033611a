"""The garbage collector, off where it would only cost."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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

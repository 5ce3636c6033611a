"""Connections that are kept for the next call of the same owner, and of nobody else: what a server sends late, or
unasked, can only ever be read by whom it was sent to."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import urllib3

IDLE = 60.0
"""Seconds after which what an owner no longer uses is closed, when another comes."""
_MOST_OWNERS = 256
_MOST_ORIGINS = 64


@dataclass(slots=True)
class OwnedPools:
    """`manager` makes them. `by_origin` are those there are: to ask it for one takes as long as a small call."""

    manager: urllib3.PoolManager
    used: float = 0.0
    by_origin: dict[str, urllib3.HTTPConnectionPool] = field(default_factory=dict)

    def at(self, origin: str) -> urllib3.HTTPConnectionPool:
        """`origin` is scheme://host:port."""
        pool = self.by_origin.get(origin)
        if pool is None:
            if len(self.by_origin) >= _MOST_ORIGINS:
                self.by_origin.clear()
            pool = self.by_origin[origin] = self.manager.connection_from_url(origin)
        return pool


class Pools:
    """Of one process, for all its threads. A pool that is dropped while a call is on it closes after that call."""

    def __init__(self, make: Callable[[], urllib3.PoolManager]) -> None:
        self._make = make
        self._owners: OrderedDict[str, OwnedPools] = OrderedDict()
        self._lock = threading.Lock()
        self._process = os.getpid()

    def of(self, owner: str) -> OwnedPools:
        now = time.monotonic()
        with self._lock:
            if self._process != os.getpid():  # a connection is not shared with the process this one is forked from
                self._process, self._owners = os.getpid(), OrderedDict()
            owned = self._owners.get(owner)
            if owned is None:
                self._drop_idle(now)
                owned = self._owners[owner] = OwnedPools(self._make())
            owned.used = now
            self._owners.move_to_end(owner)
            return owned

    def _drop_idle(self, now: float) -> None:
        while self._owners:
            oldest = next(iter(self._owners.values()))
            if len(self._owners) < _MOST_OWNERS and now - oldest.used < IDLE:
                return
            self._owners.popitem(last=False)

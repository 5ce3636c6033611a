"""What only few may hold at once, by turns over tenants: a hundred writes of one wait behind one of another. SQLite has
one writer, PostgreSQL some connections."""

from __future__ import annotations

import threading
from collections import Counter

from specloom.connector.fairness.fair_queue import FairQueue, acting_for
from specloom.connector.fairness.shares import room


class FairLock:
    """A lock that `size` may hold at once, no tenant all of it (see `acting_for` and `room`). What is given back is
    handed on at once, to the next tenant's oldest waiter."""

    def __init__(self, size: int = 1) -> None:
        self._size = size
        self._guard = threading.Lock()
        self._waiting: FairQueue[threading.Lock] = FairQueue()
        self._held: Counter[str] = Counter()
        self._used = 0

    def acquire(self, timeout: float) -> bool:
        """False where it was not to be had within `timeout` seconds."""
        tenant = acting_for()
        with self._guard:
            if self._fits(tenant):
                self._take(tenant)
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.put(tenant, turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._guard:
            if self._waiting.remove(turn):
                return False
        return True  # it was handed over at the last moment

    def release(self) -> None:
        """By the thread that has acquired it."""
        with self._guard:
            tenant = acting_for()
            self._used -= 1
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]
            while (taken := self._waiting.take(self._fits)) is not None:
                self._take(taken[0])
                taken[1].release()

    def _fits(self, tenant: str) -> bool:
        return self._used < self._size and room(self._size, self._used, self._held[tenant]) > 0

    def _take(self, tenant: str) -> None:
        self._held[tenant] += 1
        self._used += 1

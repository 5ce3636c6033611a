"""The one writer SQLite has, by turns over tenants: a hundred writes of one wait behind one of another."""

from __future__ import annotations

import threading

from specloom.connector.fairness.fair_queue import FairQueue, acting_for


class FairLock:
    """A lock that is handed on at once, to the next tenant's oldest waiter (see `acting_for`)."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: FairQueue[threading.Lock] = FairQueue()
        self._taken = False

    def acquire(self, timeout: float) -> bool:
        """False where it was not to be had within `timeout` seconds."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.put(acting_for(), turn)
        if turn.acquire(timeout=timeout):
            return True
        with self._guard:
            if self._waiting.remove(turn):
                return False
        return True  # it was handed over at the last moment

    def release(self) -> None:
        with self._guard:
            taken = self._waiting.take()
            if taken is None:
                self._taken = False
            else:
                taken[1].release()

"""Queues and threads that take turns over tenants: who has put in a thousand waits no less than who has put in one."""

from __future__ import annotations

import sys
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from specloom.connector.fairness.shares import Shares

T = TypeVar("T")
_acting = threading.local()


def acting_for() -> str:
    """Whose work this thread does; '' where nobody said."""
    tenant: str = getattr(_acting, "tenant", "")
    return tenant


class FairQueue(Generic[T]):
    """First in, first out within a tenant; tenants by turns. Not safe for threads by itself."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[str, deque[T]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def tenants(self) -> list[str]:
        """Those that have something waiting, whose turn is next first."""
        return list(self._lanes)

    def put(self, tenant: str, item: T) -> None:
        self._lanes.setdefault(tenant, deque()).append(item)
        self._size += 1

    def take(self, allowed: Callable[[str], bool] = lambda _tenant: True) -> tuple[str, T] | None:
        """The next item of the first tenant that is allowed one; None where there is none. Its next turn is last."""
        tenant = next((name for name in self._lanes if allowed(name)), None)
        if tenant is None:
            return None
        lane = self._lanes.pop(tenant)
        item = lane.popleft()
        if lane:
            self._lanes[tenant] = lane
        self._size -= 1
        return tenant, item

    def waiting(self, tenant: str) -> int:
        return len(self._lanes.get(tenant, ()))

    def remove(self, item: T) -> bool:
        """False where it waits no more."""
        for tenant, lane in self._lanes.items():
            if item in lane:
                lane.remove(item)
                self._size -= 1
                if not lane:
                    del self._lanes[tenant]
                return True
        return False

    def clear(self) -> list[T]:
        """Everything that waited."""
        items = [item for lane in self._lanes.values() for item in lane]
        self._lanes.clear()
        self._size = 0
        return items


@contextmanager
def aside() -> Iterator[None]:
    """Of this thread, in a pool: for as long as the block lasts it waits for somebody else, and computes nothing."""
    pool: FairPool | None = getattr(_acting, "pool", None)
    if pool is None:
        yield
        return
    tenant, _acting.pool = acting_for(), None
    pool.busy(tenant, -1)
    try:
        yield
    finally:
        pool.busy(tenant, 1)
        _acting.pool = pool


@dataclass(frozen=True, slots=True)
class PoolUse:
    """Of a pool: its threads, those that work, and what waits for one."""

    threads: int
    running: int
    waiting: int


class FairPool:
    """Up to `size` threads, begun as they are needed; of one tenant up to `most` at once that are not `aside`. What
    runs must not raise."""

    def __init__(self, size: int, name: str, most: int = sys.maxsize) -> None:
        self._size, self._name, self._most = size, name, most
        self._busy: Counter[str] = Counter()
        self._shares = Shares(size)
        self._waiting: FairQueue[Callable[[], None]] = FairQueue()
        self._changed = threading.Condition()
        self._threads = self._idle = self._running = 0
        self._stopped = False

    @property
    def running(self) -> int:
        return self._running

    def use(self) -> PoolUse:
        with self._changed:
            return PoolUse(self._threads, self._running, len(self._waiting))

    def waiting(self, tenant: str) -> int:
        """How much of this tenant has not been begun."""
        with self._changed:
            return self._waiting.waiting(tenant)

    def submit(self, tenant: str, work: Callable[[], None]) -> None:
        """Runs `work` when it is this tenant's turn; forgets it once stopped."""
        with self._changed:
            if self._stopped:
                return
            self._waiting.put(tenant, work)
            if self._idle < len(self._waiting) and self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
            self._changed.notify()

    def busy(self, tenant: str, change: int) -> None:
        with self._changed:
            self._busy[tenant] += change
            if not self._busy[tenant]:
                del self._busy[tenant]
            if change < 0 and self._waiting:  # a thread that finds nothing to do costs as much as a call
                self._changed.notify()

    def _may(self, tenant: str) -> bool:
        """Takes one of the tenant's threads, if it has one left."""
        return self._busy[tenant] < self._most and self._shares.take(tenant)

    def stop(self) -> None:
        """Begin nothing more."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while (taken := self._waiting.take(self._may)) is None:
                    if self._stopped:
                        return
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                self._running += 1
                tenant, work = taken
                self._busy[tenant] += 1
            _acting.tenant, _acting.pool = tenant, self
            try:
                work()
            finally:
                self._shares.give(tenant)
                with self._changed:
                    self._running -= 1
                self.busy(tenant, -1)

"""How what there is of something is divided among tenants: whoever takes much leaves room for whoever comes next.

A tenant may take until it has WEIGHT times what is left free: one alone gets three quarters of all, two get three
sevenths each, and so on. Nothing is set by hand, and what is kept free is the same for whoever comes next.
"""

from __future__ import annotations

import threading
from collections import Counter

WEIGHT = 3


def room(size: int, used: int, mine: int) -> int:
    """How many more of `size` a tenant may take that has `mine` of the `used` ones; at least one where it has none
    and one is free."""
    free = size - used
    if free <= 0:
        return 0
    fair = (WEIGHT * free - mine) // (WEIGHT + 1)
    return max(fair, 1 if mine == 0 else 0)


class Shares:
    """Counts what tenants hold of `size`; safe for threads. `most` is what one tenant gets at most, 0: see above."""

    def __init__(self, size: int, most: int = 0) -> None:
        self.size, self._most = size, most
        self._held: Counter[str] = Counter()
        self._used = 0
        self._lock = threading.Lock()

    def take(self, tenant: str) -> bool:
        """One more, if there is one for this tenant."""
        with self._lock:
            mine = self._held[tenant]
            fits = mine < self._most and self._used < self.size if self._most else room(self.size, self._used, mine) > 0
            if fits:
                self._held[tenant] += 1
                self._used += 1
            return fits

    def give(self, tenant: str) -> None:
        """What `take` allowed is over."""
        with self._lock:
            self._used -= 1
            self._held[tenant] -= 1
            if not self._held[tenant]:
                del self._held[tenant]

    def held(self, tenant: str) -> int:
        with self._lock:
            return self._held.get(tenant, 0)

    def counts(self) -> dict[str, int]:
        """What each tenant holds that holds anything."""
        with self._lock:
            return dict(self._held)


class Caps:
    """How many each subject holds at once, where it may not hold more than so many; safe for threads."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, subject: str, most: int) -> bool:
        """One more, if it fits."""
        with self._lock:
            fits = self._held[subject] < most
            if fits:
                self._held[subject] += 1
            return fits

    def give(self, subject: str) -> None:
        with self._lock:
            self._held[subject] -= 1
            if not self._held[subject]:
                del self._held[subject]

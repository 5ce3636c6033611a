"""The threads that send, by turns over tenants, and the room there is for more."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from specloom.connector.fairness.fair_queue import FairQueue
from specloom.connector.fairness.shares import room
from specloom.connector.webhooks.delivery.model import Claim
from specloom.connector.webhooks.delivery.settings import DeliverySettings

_AHEAD = 8
"""Deliveries held for each that can be sent at once, so that no thread waits for the ledger."""


def in_flight(settings: DeliverySettings) -> int:
    """What one process holds at most, those aside that hang: what a kill can double."""
    return settings.concurrency * _AHEAD


class Senders:
    """`send` makes one delivery and never raises. What was put in is held until it is freed."""

    def __init__(self, send: Callable[[Claim], None], settings: DeliverySettings) -> None:
        self._send, self._settings = send, settings
        self._todo: FairQueue[Claim] = FairQueue()
        self._held: Counter[str] = Counter()
        self._ids: set[str] = set()
        self._sending: dict[str, tuple[float, str]] = {}  # delivery: since when (monotonic), whose
        self._changed = threading.Condition()
        self._threads = 0
        self._stopped = False

    @property
    def held(self) -> int:
        """Claimed, and neither settled nor given back."""
        return self._held.total()

    def held_ids(self) -> set[str]:
        with self._changed:
            return set(self._ids)

    def put(self, claims: Sequence[Claim]) -> None:
        with self._changed:
            for claim in claims:
                self._held[claim.tenant] += 1
                self._ids.add(claim.delivery_id)
                self._todo.put(claim.tenant, claim)
            self._grow()
            self._changed.notify(len(claims))

    def free(self, claims: Iterable[Claim]) -> None:
        """They are settled, or given back."""
        with self._changed:
            for claim in claims:
                self._held[claim.tenant] -= 1
                self._ids.discard(claim.delivery_id)
            self._held += Counter()  # forgets the tenants that hold nothing
            self._changed.notify_all()

    def wait_for_room(self, stopping: threading.Event) -> None:
        """Returns while this process has enough to do only where it stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._room(self._held, self._slow()) > 0 or stopping.is_set())

    def room(self, over: Iterable[Claim]) -> tuple[int, Callable[[str], int]]:
        """How many more may be claimed, and how many of a tenant, once those that are `over` are settled."""
        with self._changed:
            held, slow = self._held - Counter(claim.tenant for claim in over), self._slow()
        used, hanging = held.total(), slow.total()
        ahead, most = in_flight(self._settings), self._settings.max_in_flight

        def of(tenant: str) -> int:
            mine = held[tenant]
            return min(room(ahead, used - hanging, mine - slow[tenant]), room(most, used, mine))

        return self._room(held, slow), of

    def look_after(self) -> bool:
        """To be called now and then: what hangs makes place for others. Returns whether anything waits for a thread."""
        with self._changed:
            if self._todo:
                self._grow()
                self._changed.notify_all()
            return bool(self._todo)

    def withdraw(self) -> list[Claim]:
        """What has not been begun."""
        with self._changed:
            return self._todo.clear()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # Under the lock ------------------------------------------------------------------------------------------

    def _slow(self) -> Counter[str]:
        """Those that have been hanging for long, by tenant: they take no other's place."""
        before = time.monotonic() - self._settings.slow_after
        return Counter(tenant for since, tenant in list(self._sending.values()) if since < before)

    def _room(self, held: Counter[str], slow: Counter[str]) -> int:
        ahead = in_flight(self._settings) - (held.total() - slow.total())
        return min(ahead, self._settings.max_in_flight - held.total())

    def _grow(self) -> None:
        sending = {tenant for _, tenant in self._sending.values()}
        newcomers = sum(1 for tenant in self._todo.tenants() if tenant not in sending)
        wanted = self._settings.concurrency + self._slow().total() + newcomers
        while self._threads < min(wanted, self._settings.max_in_flight, len(self._sending) + len(self._todo)):
            name = f"delivery-{self._threads}"
            self._threads += 1
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def _may(self, tenant: str) -> bool:
        """Whether one more of this tenant may be sent now: one always, more while few are being sent."""
        if len(self._sending) < self._settings.concurrency:
            return True
        fast = len(self._sending) - self._slow().total()
        return fast < self._settings.concurrency or all(tenant != other for _, other in self._sending.values())

    def _work(self) -> None:
        while True:
            with self._changed:
                while (taken := self._todo.take(self._may)) is None:
                    if self._stopped:
                        return
                    self._changed.wait()
                tenant, claim = taken
                self._sending[claim.delivery_id] = time.monotonic(), tenant
            self._send(claim)
            with self._changed:
                del self._sending[claim.delivery_id]

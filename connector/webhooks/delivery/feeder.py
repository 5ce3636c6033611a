"""Hands due deliveries to the broker: their ids and nothing else. The ledger stays the truth; what is lost on the way
is due again when its lease ends, and of two messages for one delivery only the first finds it."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.fairness.shares import room
from specloom.connector.ledger import Ledger
from specloom.connector.webhooks.delivery.claim import claim, give_back, leased
from specloom.connector.webhooks.delivery.settings import DeliverySettings

log = logging.getLogger("specloom.dispatch")
QUEUE = "queue"
"""Holder of the lease of a delivery that is with the broker."""
BATCH = 16
_SPACING = 0.02
Publish = Callable[[Sequence[str]], None]


def _most(under_way: Counter[str], settings: DeliverySettings, tenant: str) -> int:
    """How many more of one tenant the workers get: so many that a single worker has threads left for others."""
    mine = under_way[tenant]
    return min(room(settings.queue_depth, under_way.total(), mine), room(settings.max_in_flight, mine, mine))


class Feeder:
    """Any number may run, in gateways and workers. `publish` raises when the broker cannot be reached."""

    def __init__(self, ledger: Ledger, settings: DeliverySettings, publish: Publish) -> None:
        self._ledger, self._settings, self._publish = ledger, settings, publish
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self, grace: float = 5.0) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(grace)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            self._wake.wait(pause)
            self._wake.clear()
            try:
                pause = self._turn()
            except SQLAlchemyError as error:
                log.error("the ledger cannot be used: %s", type(error).__name__)
                pause = self._rest(1.0)

    def _turn(self) -> float:
        """Hand over what is due. Returns how long nothing will be, as far as is known."""
        now = time.time()
        with self._ledger.note() as connection:
            under_way = leased(connection, now)
            free = self._settings.queue_depth - under_way.total()
            until = now + self._settings.queue_lease
            most = partial(_most, under_way, self._settings)
            ids, due = claim(connection, now, max(0, free), QUEUE, until, self._settings, most)
        unsent = self._send(ids)
        if unsent:
            with self._ledger.note() as connection:
                give_back(connection, unsent, QUEUE)
            return self._rest(1.0)
        if ids:
            return self._rest(_SPACING)
        return self._settings.poll if due is None else min(self._settings.poll, max(_SPACING, due - time.time()))

    def _send(self, ids: Sequence[str]) -> Sequence[str]:
        """Returns those that the broker did not take."""
        for start in range(0, len(ids), BATCH):
            try:
                self._publish(ids[start : start + BATCH])
            except Exception as error:  # each transport has its own
                log.error("the broker cannot be reached: %s", type(error).__name__)
                return ids[start:]
        return ()

    def _rest(self, seconds: float) -> float:
        self._stopping.wait(seconds)
        return 0.0

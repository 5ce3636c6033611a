"""Delivers in this process: threads that send, and one that keeps the ledger, many deliveries to a transaction."""

from __future__ import annotations

import logging
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.webhooks.delivery.claim import claim, claimed, give_back, give_back_others, take_over
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.connector.webhooks.delivery.outcome import settle
from specloom.connector.webhooks.delivery.senders import Senders
from specloom.connector.webhooks.delivery.settings import DeliverySettings

log = logging.getLogger("specloom.dispatch")
_MOST_SETTLED = 100
"""Outcomes in one transaction: a writer beside us must not wait long."""
_SPACING = 0.03
"""Seconds from one transaction to the next while there is something to send: fewer, fuller ones."""
_TIDYING = 0.25
"""Seconds from one tidying of the ledger to the next."""
_GIVE_WAY = 0.02
"""Seconds a delivery waits at most for calls that write: they are quick, and somebody waits for them."""


class Dispatcher:
    """`send` makes one delivery and never raises. With `claiming` off it takes only what `accept` is given (the ids
    of a broker's message); the ledger is kept the same way."""

    def __init__(
        self, ledger: Ledger, send: Callable[[Claim], Outcome], settings: DeliverySettings, *, claiming: bool = True
    ) -> None:
        self._ledger, self._send, self._settings, self._claiming = ledger, send, settings, claiming
        self.holder = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._senders = Senders(self._deliver, settings)
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._untouched: queue.SimpleQueue[Claim] = queue.SimpleQueue()  # to be given back
        self._unsettled: list[Outcome] = []
        self._tidied = 0.0
        self._returning: list[Claim] = []
        self._unsure = False  # whether the ledger may have leases of ours that are not held here
        self._taking = threading.Lock()  # from a lease to its being held
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="ledger-keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def is_alive(self) -> bool:
        """Whether it keeps the ledger, or has not begun to: it may be waiting for one."""
        return self._keeper.ident is None or self._keeper.is_alive()

    def wake(self) -> None:
        """There is something new in the ledger."""
        self._wake.set()

    def stop(self, grace: float = 20.0) -> None:
        """Begin nothing new; what is being sent is finished and written down as far as `grace` seconds allow. What
        was not is sent again by another process once its lease is over."""
        self._stopping.set()
        self._wake.set()
        self._senders.wake()
        if self._keeper.ident is not None:
            self._keeper.join(grace)

    def accept(self, ids: Sequence[str], queue_holder: str) -> None:
        """Deliver those of `ids` that `queue_holder` still has; waits while this process has enough to do."""
        self._senders.wait_for_room(self._stopping)
        if self._stopping.is_set():
            return
        with self._taking:
            try:
                with self._ledger.note() as connection:
                    taken = take_over(connection, ids, queue_holder, self.holder, self._lease(time.time()))
                self._senders.put(self._load(taken))
            except SQLAlchemyError:
                self._unsure = True
                raise

    # The keeper ----------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        pause = 0.0
        batch = _MOST_SETTLED
        while not (self._stopping.is_set() and self._senders.held == 0):
            self._wake.wait(pause)
            self._wake.clear()
            try:
                self._recall()
                pause = self._turn(batch)
                batch = _MOST_SETTLED
                self._tidy()
            except OperationalError as error:
                # Nothing is lost: the outcomes stay here, and other processes' leases end by themselves.
                self._unsure = True
                log.error("the ledger cannot be written: %s", _first_line(error))
                pause = _wait_out(0.5)
            except SQLAlchemyError as error:
                self._unsure = True
                log.error("an outcome cannot be written: %s", _first_line(error))
                if batch == 1:
                    self._settled(self._unsettled[:1])  # its lease will end
                batch, pause = 1, _wait_out(0.1)
        self._senders.stop()

    def _turn(self, batch: int) -> float:
        """Settle and claim, once. Returns how long nothing will be due, as far as is known."""
        began = time.monotonic()
        stopping = self._stopping.is_set()
        self._collect(stopping)
        untouched = self._returning[:]
        outcomes = self._unsettled[:batch]
        claiming = self._claiming and not stopping
        if is_sqlite(self._ledger.engine):  # one writer: fewer transactions
            with self._ledger.note() as connection:
                self._write(connection, outcomes, untouched)
                ids, due = self._claim(connection, outcomes) if claiming else ([], None)
            self._settled(outcomes)
        else:
            if outcomes or untouched:
                with self._ledger.note() as connection:
                    self._write(connection, outcomes, untouched)
                self._settled(outcomes)
            with self._ledger.note() as connection:
                ids, due = self._claim(connection, ()) if claiming else ([], None)
        self._senders.free(untouched)
        self._returning.clear()
        self._senders.put(self._load(ids))
        if outcomes or ids:
            return _wait_out(max(0.0, began + _SPACING - time.monotonic()))
        if self._senders.look_after():
            return self._settings.slow_after
        return self._settings.poll if due is None else min(self._settings.poll, max(_SPACING, due - time.time()))

    def _recall(self) -> None:
        """Give back what was leased while the ledger went away: it would wait for the end of its lease, and with it
        all that follows on a hook with little room."""
        if not self._unsure:
            return
        self._unsure = False
        with self._taking, self._ledger.note() as connection:
            give_back_others(connection, self.holder, self._senders.held_ids())

    def _tidy(self) -> None:
        now = time.monotonic()
        if now >= self._tidied + _TIDYING:
            self._tidied = now
            self._ledger.tidy()

    def _collect(self, stopping: bool) -> None:
        """Takes in the outcomes, and what was claimed and will not be sent."""
        while not self._done.empty():
            self._unsettled.append(self._done.get())
        while not self._untouched.empty():
            self._returning.append(self._untouched.get())
        if stopping:
            self._returning += self._senders.withdraw()

    def _write(self, connection: Connection, outcomes: list[Outcome], untouched: list[Claim]) -> None:
        settle(connection, outcomes, time.time(), self._settings)
        if untouched:
            give_back(connection, [held.delivery_id for held in untouched], self.holder)

    def _claim(self, connection: Connection, over: Sequence[Outcome]) -> tuple[list[str], float | None]:
        room, of_tenant = self._senders.room(outcome.claim for outcome in over)
        if room <= 0:
            return [], None
        now = time.time()
        return claim(connection, now, room, self.holder, self._lease(now), self._settings, of_tenant)

    def _load(self, ids: list[str]) -> list[Claim]:
        """Outside the transaction, which others wait for."""
        if not ids:
            return []
        with self._ledger.read() as connection:
            return claimed(connection, ids, self.holder, time.time(), self._settings)

    def _settled(self, outcomes: list[Outcome]) -> None:
        del self._unsettled[: len(outcomes)]
        self._senders.free(outcome.claim for outcome in outcomes)

    def _lease(self, now: float) -> float:
        return now + self._settings.timeout + self._settings.lease

    # In the threads that send --------------------------------------------------------------------------------

    def _deliver(self, one: Claim) -> None:
        if time.time() > one.lease_until - self._settings.timeout:
            self._untouched.put(one)  # it waited so long here that another may take it while it is sent
            return
        self._ledger.give_way(_GIVE_WAY)
        self._done.put(self._send(one))
        self._wake.set()


def _wait_out(seconds: float) -> float:
    time.sleep(seconds)
    return 0.0


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0][:300]

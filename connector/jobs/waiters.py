"""Who waits for jobs: told at once where this process works on the job; for the rest one thread asks the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.fairness.shares import Shares
from specloom.connector.telemetry.logs import log

LOOK = 0.5
"""Seconds between two looks for jobs that other processes work on."""

Tell = Callable[[], None]


class Waiters:
    """`over` gives those of some job ids that are final or gone, `is_ours` whether this process follows a job. At most
    `most` calls wait, and no tenant takes all the places."""

    def __init__(self, over: Callable[[Collection[str]], set[str]], is_ours: Callable[[str], bool], most: int) -> None:
        self._over, self._is_ours = over, is_ours
        self._places = Shares(most)
        self._waiting: dict[str, list[Tell]] = {}
        self._lock = threading.Lock()
        self._new = threading.Event()
        self._thread: threading.Thread | None = None

    def admit(self, tenant: str) -> bool:
        """Whether one more call of this tenant may wait; if so, `leave` ends it."""
        return self._places.take(tenant)

    def leave(self, tenant: str) -> None:
        self._places.give(tenant)

    def counts(self) -> dict[str, int]:
        """How many calls of each tenant wait."""
        return self._places.counts()

    def subscribe(self, job_id: str, tell: Tell) -> Callable[[], None]:
        """Have `tell` called, perhaps more than once, when the job is final. Returns what ends that."""
        with self._lock:
            self._waiting.setdefault(job_id, []).append(tell)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="waiters", daemon=True)
                self._thread.start()
        if not self._is_ours(job_id):
            self._new.set()

        def forget() -> None:
            with self._lock:
                told = self._waiting.get(job_id, [])
                if tell in told:
                    told.remove(tell)
                if not told:
                    self._waiting.pop(job_id, None)

        return forget

    def tell(self, job_id: str) -> None:
        """The job is final."""
        with self._lock:
            told = self._waiting.pop(job_id, [])
        for tell in told:
            tell()

    def _look(self) -> None:
        while True:
            self._new.wait()
            self._new.clear()
            while foreign := self._foreign():
                self._find(foreign)
                self._new.wait(LOOK)
                self._new.clear()

    def _foreign(self) -> list[str]:
        with self._lock:
            waiting = list(self._waiting)
        return [job_id for job_id in waiting if not self._is_ours(job_id)]

    def _find(self, foreign: list[str]) -> None:
        try:
            for job_id in self._over(foreign):
                self.tell(job_id)
        except SQLAlchemyError as error:
            log.warning("Waiting for jobs: the ledger cannot be read: %s", type(error).__name__)

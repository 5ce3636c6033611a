"""When jobs are worked on: due steps go to threads, orphans are taken over, a stop hands back what it holds."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.fairness.fair_queue import FairPool, PoolUse
from specloom.connector.telemetry.logs import log

ADOPT = 2.0
"""Seconds between two looks for orphans."""
POLLERS = 16

ScheduledStep = Callable[[], None]


class Scheduler:
    """`calls` are steps that may take as long as a vendor likes; polls have threads of their own beside them. Tenants
    take turns in both, and none has all of them."""

    def __init__(self, slots: int, adopt: ScheduledStep) -> None:
        self._adopt = adopt
        self._due: list[tuple[float, int, ScheduledStep, bool, str]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._calls = FairPool(slots, "job")
        self._polls = FairPool(min(POLLERS, slots), "poll")
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def use(self) -> dict[str, Callable[[], PoolUse]]:
        """Of its pools, by name."""
        return {"job": self._calls.use, "poll": self._polls.use}

    def at(self, when: float, step: ScheduledStep, tenant: str, *, is_call: bool) -> None:
        """Do `step` of `tenant` at `when` (monotonic seconds)."""
        with self._changed:
            heapq.heappush(self._due, (when, next(self._order), step, is_call, tenant))
            self._changed.notify()

    def now(self, step: ScheduledStep, tenant: str, *, is_call: bool) -> None:
        self.at(0, step, tenant, is_call=is_call)

    def stop(self, grace: float) -> None:
        """Begin nothing more, and wait for what is under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self._calls.stop()
        self._polls.stop()
        until = time.monotonic() + grace
        while self._calls.running + self._polls.running and time.monotonic() < until:
            time.sleep(0.02)

    def _loop(self) -> None:
        looked = 0.0
        while True:
            now = time.monotonic()
            if now - looked >= ADOPT:
                looked = now
                self._safely(self._adopt, "")
            with self._changed:
                if self._stopping:
                    return
                ready = []
                while self._due and self._due[0][0] <= time.monotonic():
                    ready.append(heapq.heappop(self._due))
                if not ready:
                    until = self._due[0][0] if self._due else looked + ADOPT
                    self._changed.wait(max(0.001, min(until, looked + ADOPT) - time.monotonic()))
            for _, _, step, is_call, tenant in ready:
                (self._calls if is_call else self._polls).submit(tenant, partial(self._safely, step, tenant))

    def _safely(self, step: ScheduledStep, tenant: str) -> None:
        """A failed step is tried again: the ledger may be locked or full, and nothing of a job is lost by waiting."""
        try:
            step()
        except SQLAlchemyError as error:
            log.error("The ledger cannot be used: %s", type(getattr(error, "orig", error)).__name__)
            if step is not self._adopt and not self._stopping:
                self.at(time.monotonic() + 1, step, tenant, is_call=False)
        except Exception:
            log.exception("A job's step failed")

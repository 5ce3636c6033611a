"""What this process is occupied with: its threads, and what each tenant holds of it. Asked for at a scrape and, since
another process may be the one that is scraped, every few seconds."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from specloom.connector.access.identity import labelled
from specloom.connector.fairness.fair_queue import PoolUse
from specloom.connector.telemetry.metrics import Metrics

LOOK = 2.0
"""Seconds between two looks."""


class Occupancy:
    """`shares` gives, by what is shared out, each tenant's count; `pools` the use of each pool of threads by name."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.shares: dict[str, Callable[[], Mapping[str, int]]] = {}
        self.pools: dict[str, Callable[[], PoolUse]] = {}
        self._told: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def watch(self, stopped: threading.Event) -> None:
        """Until the process stops."""
        threading.Thread(target=self._watch, args=(stopped,), name="occupancy", daemon=True).start()

    def _watch(self, stopped: threading.Event) -> None:
        while not stopped.wait(LOOK):
            self.look()

    def look(self) -> None:
        """Write it into the gauges. Who holds nothing any more is told once more, as 0."""
        with self._lock:
            self._metrics.threads.set(threading.active_count())
            for name, used in self.pools.items():
                pool = used()
                self._metrics.pool_threads.labels(name, "running").set(pool.running)
                self._metrics.pool_threads.labels(name, "idle").set(pool.threads - pool.running)
                self._metrics.pool_waiting.labels(name).set(pool.waiting)
            held: Counter[tuple[str, str]] = Counter()
            for what, counts in self.shares.items():
                for tenant, count in counts().items():
                    held[what, labelled(tenant)] += count
            for key in self._told | held.keys():
                self._metrics.held.labels(*key).set(held[key])
            self._told |= held.keys()

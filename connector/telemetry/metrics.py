"""Prometheus counters. Labels come from the documents and from us, never from callers."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """One registry a process; with several workers their files are added up (PROMETHEUS_MULTIPROC_DIR)."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "specloom_requests_total", "Calls answered.", ["route", "service", "operation", "status"], registry=registry
        )
        self.seconds = Histogram(
            "specloom_request_seconds", "Time to an answer.", ["route"], buckets=_SECONDS, registry=registry
        )
        self.upstream = Counter(
            "specloom_upstream_total", "Calls made to vendors.", ["service", "outcome"], registry=registry
        )
        self.jobs = Counter("specloom_jobs_total", "Jobs that ended.", ["service", "status"], registry=registry)
        self.running = Gauge(
            "specloom_jobs_running", "Jobs this gateway works on.", registry=registry, multiprocess_mode="livesum"
        )
        self.deliveries = Counter(
            "specloom_deliveries_total", "Attempts to deliver an event.", ["outcome"], registry=registry
        )
        self.delivery_seconds = Histogram(
            "specloom_delivery_seconds", "Time of an attempt.", buckets=_SECONDS, registry=registry
        )
        self.ledger_seconds = Histogram(
            "specloom_ledger_seconds", "Time of a transaction, waiting for one's turn included.", ["kind"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._occupancy()
        self._children: dict[tuple[str, ...], Any] = {}

    def _occupancy(self) -> None:
        """Gauges of what lives in a process; of several processes the sum of those that live."""

        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(name, told, labels, registry=self.registry, multiprocess_mode="livesum")

        self.threads = gauge("specloom_threads", "Threads of all kinds.")
        self.pool_threads = gauge("specloom_pool_threads", "Threads of a pool, such as call.", "pool", "state")
        self.pool_waiting = gauge("specloom_pool_waiting", "What waits for a thread of the pool.", "pool")
        self.held = gauge(
            "specloom_tenant_held", "Calls at vendors, or waiting for jobs, that a tenant has.", "what", "tenant"
        )

    def answered(self, route: str, service: str, operation: str, status: int, seconds: float) -> None:
        """Children are kept: looking one up by its labels costs more than counting."""
        key = (route, service, operation, str(status))
        counter = self._children.get(key)
        if counter is None:
            counter = self._children[key] = self.requests.labels(*key)
        counter.inc()
        histogram = self._children.get((route,))
        if histogram is None:
            histogram = self._children[(route,)] = self.seconds.labels(route)
        histogram.observe(seconds)

    def called(self, service: str, outcome: str) -> None:
        key = (service, outcome)
        counter = self._children.get(key)
        if counter is None:
            counter = self._children[key] = self.upstream.labels(*key)
        counter.inc()

    def attempted(self, outcome: str, seconds: float) -> None:
        """A delivery: delivered, failed or gone."""
        self.deliveries.labels(outcome).inc()
        self.delivery_seconds.observe(seconds)

    def ledger_used(self, kind: str, seconds: float) -> None:
        """A transaction: read, write or note."""
        histogram = self._children.get(("ledger", kind))
        if histogram is None:
            histogram = self._children[("ledger", kind)] = self.ledger_seconds.labels(kind)
        histogram.observe(seconds)

    def text(self) -> bytes:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

"""Seen from outside: what the ledger holds, as gauges asked for at the scrape; every delivery attempt, counted and
logged; and the small server of a process that answers no calls."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.access.disclosure import bare
from specloom.connector.access.identity import labelled, tenant_name
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.tables import jobs
from specloom.connector.ledger.webhook_tables import deliveries, hooks
from specloom.connector.telemetry.logs import answered, log
from specloom.connector.telemetry.metrics import Metrics
from specloom.connector.telemetry.occupancy import Occupancy
from specloom.connector.telemetry.tracing import span
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.schemas.problems import SpecloomError

FRESH = 5.0
"""Seconds between two looks at the ledger, however often it is scraped."""
_OPEN = ("accepted", "sending", "running")


Figures = dict[str, dict[tuple[str, ...], float]]
"""Metric to its labels' values to the figure."""


def ledger_figures(connection: Connection, now: float) -> Figures:
    """Each query reads a small index, whatever else the ledger holds."""
    dead = select(func.count()).select_from(deliveries).where(deliveries.c.state == "dead")
    due = connection.scalar(select(func.min(deliveries.c.due)).where(deliveries.c.state == "pending"))
    of_tenants = _deliveries_of_tenants(connection)
    held: dict[tuple[str, ...], float] = {("pending",): 0.0, ("leased",): 0.0, ("dead",): connection.scalar(dead) or 0}
    for (_, state), n in of_tenants.items():
        held[state,] += n
    return {
        "specloom_deliveries_by_state": held,
        "specloom_oldest_due_seconds": {(): max(0.0, now - due) if due is not None else 0.0},
        "specloom_hooks": _hooks_by_status(connection),
        **_open_jobs(connection),
        "specloom_tenant_deliveries": dict(of_tenants),
    }


def _deliveries_of_tenants(connection: Connection) -> Counter[tuple[str, ...]]:
    """By tenant and state. By their hooks first, whose index is as small as the backlog."""
    found: Counter[tuple[str, ...]] = Counter()
    for state in ("pending", "leased"):
        each = select(deliveries.c.hook_id, func.count().label("n")).where(deliveries.c.state == state)
        grouped = each.group_by(deliveries.c.hook_id).subquery()
        query = select(hooks.c.tenant, func.sum(grouped.c.n)).join(grouped, hooks.c.id == grouped.c.hook_id)
        for tenant, n in connection.execute(query.group_by(hooks.c.tenant)):
            found[labelled(tenant), state] += int(n)
    return found


def _hooks_by_status(connection: Connection) -> dict[tuple[str, ...], float]:
    subscribed = (hooks.c.kind == "hook") & (hooks.c.status != "deleted")
    by_status = select(hooks.c.status, func.count()).where(subscribed).group_by(hooks.c.status)
    failing = select(func.count()).select_from(hooks).where(hooks.c.failures > 0, hooks.c.status == "enabled")
    told: dict[tuple[str, ...], float] = {(status,): n for status, n in connection.execute(by_status)}
    return {**told, ("failing",): connection.scalar(failing) or 0}


def _open_jobs(connection: Connection) -> Figures:
    query = select(jobs.c.state, jobs.c.tenant, func.count()).where(jobs.c.state.in_(_OPEN))
    by_state: dict[tuple[str, ...], float] = {(state,): 0.0 for state in _OPEN}
    by_tenant: dict[tuple[str, ...], float] = {}
    for state, tenant, n in connection.execute(query.group_by(jobs.c.state, jobs.c.tenant)):
        by_state[state,] += n
        label = (labelled(tenant),)
        by_tenant[label] = by_tenant.get(label, 0) + n
    return {"specloom_jobs": by_state, "specloom_tenant_jobs": by_tenant}


_HELP: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "specloom_deliveries_by_state": (
        "Deliveries that wait (pending), are being sent (leased), or are dead letters.", ("state",)
    ),
    "specloom_oldest_due_seconds": ("For how long the oldest delivery that waits has been due.", ()),
    "specloom_hooks": ("Hooks by status; failing are those whose last attempts failed.", ("state",)),
    "specloom_jobs": ("Jobs that are not final yet.", ("state",)),
    "specloom_tenant_jobs": ("Jobs of a tenant that are not final yet.", ("tenant",)),
    "specloom_tenant_deliveries": ("Deliveries of a tenant that wait or are being sent.", ("tenant", "state")),
}  # fmt: skip
"""Metric to its help and its labels."""


class LedgerCollector(Collector):
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._at, self._figures = -FRESH, Figures()
        self._lock = threading.Lock()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._lock:
            if time.monotonic() - self._at >= FRESH:
                self._figures = self._read()
                self._at = time.monotonic()
            figures = self._figures
        up = GaugeMetricFamily("specloom_ledger_up", "Whether the ledger can be read.", value=float(bool(figures)))
        yield up
        for name, values in figures.items():
            told, labels = _HELP[name]
            family = GaugeMetricFamily(name, told, labels=labels)
            for label, value in values.items():
                family.add_metric(label, value)
            yield family

    def _read(self) -> Figures:
        try:
            with self._ledger.read() as connection:
                return ledger_figures(connection, time.time())
        except SQLAlchemyError:
            return {}


class Exposition:
    """The text that /metrics answers with: this process's counters, and the ledger's gauges."""

    def __init__(self, metrics: Metrics, ledger: Ledger, occupancy: Occupancy | None = None) -> None:
        self._metrics, self.occupancy = metrics, occupancy or Occupancy(metrics)
        self._registry = CollectorRegistry()
        self._registry.register(LedgerCollector(ledger))
        ledger.observe = metrics.ledger_used

    def text(self) -> bytes:
        self.occupancy.look()
        return self._metrics.text() + generate_latest(self._registry)


def watched(send: Callable[[Claim], Outcome], metrics: Metrics) -> Callable[[Claim], Outcome]:
    """`send`, with every attempt counted and logged: where to by host only, since the rest may be a secret."""

    def sent(claim: Claim) -> Outcome:
        host = urlsplit(claim.url).hostname or ""
        with span("deliver", server__address=host, specloom__delivery=claim.delivery_id) as describe:
            outcome = send(claim)
            describe(http__response__status_code=outcome.status, specloom__error=bare(outcome.error))
        told = "delivered" if outcome.delivered else "gone" if outcome.gone else "failed"
        metrics.attempted(told, outcome.milliseconds / 1000)
        fields = {
            "delivery": claim.delivery_id, "hook": claim.hook_id, "tenant": tenant_name(claim.tenant),
            "event": claim.event_id, "type": claim.event_type, "host": host,
            "attempt": claim.attempts + 1, "outcome": told, "status": outcome.status, "error": bare(outcome.error),
            "ms": outcome.milliseconds,
        }  # fmt: skip
        answered(fields, "delivery")
        return outcome

    return sent


class StatusServer:
    """/healthz, /readyz and /metrics of a worker. Raises SpecloomError where it cannot listen."""

    def __init__(self, address: str, exposition: Exposition, ledger: Ledger, alive: Callable[[], bool]) -> None:
        host, _, port = address.rpartition(":")
        handler = type("Handler", (_Status,), {"exposition": exposition, "ledger": ledger, "alive": alive})
        try:
            self._server = ThreadingHTTPServer((host.strip("[]") or "127.0.0.1", int(port)), handler)
        except (OSError, ValueError, OverflowError) as error:
            raise SpecloomError(f"cannot listen on {address[:80]!r}", hint="give HOST:PORT, of a free port") from error
        self.port: int = self._server.server_address[1]

    def start(self) -> StatusServer:
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="status", daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Status(BaseHTTPRequestHandler):
    exposition: Exposition
    ledger: Ledger
    alive: Callable[[], bool]
    timeout = 10

    def do_GET(self) -> None:
        pages: dict[str, Callable[[], tuple[int, bytes]]] = {
            "/healthz": lambda: (200, b"ok\n") if type(self).alive() else (503, b"it stopped\n"),
            "/readyz": self._ready,
            "/metrics": lambda: (200, self.exposition.text()),
        }
        page = pages.get(self.path.partition("?")[0])
        status, body = page() if page else (404, b"there is /healthz, /readyz and /metrics\n")
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST if self.path.startswith("/metrics") else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _ready(self) -> tuple[int, bytes]:
        try:
            with self.ledger.read() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return 503, b"the ledger cannot be read\n"
        return 200, b"ready\n"

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("status: %s", format % args)

"""What tenants have spent at services, from the `usage` of results, by day. Counted in memory and written down every
second: a call does not wait for its account, and a kill loses a second of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.key_tables import spend
from specloom.connector.telemetry.logs import log

EVERY = 1.0
FRESH = 1.0
_MOST = 4096


@dataclass(slots=True)
class _Sum:
    cost: float = 0
    calls: int = 0
    unit: str = ""


class Accounts:
    """`also` is done with each writing: what else is noted now and then."""

    def __init__(self, ledger: Ledger) -> None:
        self.also: Callable[[], None] = lambda: None
        self._ledger = ledger
        self._sums: dict[tuple[str, str, str], _Sum] = {}
        self._known: dict[tuple[str, str], tuple[float, str, float]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="accounts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.write()

    def add(self, tenant: str, result: Mapping[str, Any]) -> None:
        """A result that succeeded; one that tells no cost counts as a call."""
        if result["status"] != "succeeded":
            return
        usage = result["usage"]
        cost = usage["cost"] if isinstance(usage["cost"], int | float) else 0
        with self._lock:
            entry = self._sums.setdefault((tenant, result["service"], _day(time.time())), _Sum())
            entry.cost, entry.calls = entry.cost + cost, entry.calls + 1
            entry.unit = str(usage["unit"] or entry.unit)[:40]

    def this_month(self, tenant: str, service: str) -> float:
        """In the service's own unit. What other processes spent in the last second or two may be missing."""
        now, month = time.monotonic(), _day(time.time())[:7]
        at, known_month, cost = self._known.get((tenant, service), (-FRESH, "", 0.0))
        if now - at >= FRESH or known_month != month:
            cost = self._read(tenant, service, month, cost if known_month == month else 0.0)
            with self._lock:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[tenant, service] = (now, month, cost)
        with self._lock:
            mine = [e.cost for (t, s, day), e in self._sums.items() if (t, s, day[:7]) == (tenant, service, month)]
        return cost + sum(mine)

    def _read(self, tenant: str, service: str, month: str, otherwise: float) -> float:
        mine = (spend.c.tenant == tenant) & (spend.c.service == service) & spend.c.day.startswith(month)
        try:
            with self._ledger.read() as connection:
                return float(connection.scalar(select(func.sum(spend.c.cost)).where(mine)) or 0)
        except SQLAlchemyError:
            return otherwise

    def _keep(self) -> None:
        while not self._stop.wait(EVERY):
            self.write()

    def write(self) -> None:
        """What could not be written stays for the next time."""
        with self._lock:
            sums, self._sums = self._sums, {}
        try:
            if sums:
                with self._ledger.note() as connection:
                    for key in sorted(sums):
                        connection.execute(self._added(key, sums[key]))
                with self._lock:
                    self._known.clear()
        except SQLAlchemyError as error:
            log.warning("Accounts cannot be written: %s", type(error).__name__)
            self._give_back(sums)
            return
        try:
            self.also()
        except SQLAlchemyError as error:
            log.warning("The use of keys cannot be noted: %s", type(error).__name__)

    def _give_back(self, sums: Mapping[tuple[str, str, str], _Sum]) -> None:
        with self._lock:
            for key, entry in sums.items():
                mine = self._sums.setdefault(key, _Sum(unit=entry.unit))
                mine.cost, mine.calls = mine.cost + entry.cost, mine.calls + entry.calls

    def _added(self, key: tuple[str, str, str], entry: _Sum) -> Any:
        dialect = sqlite if is_sqlite(self._ledger.engine) else postgresql
        tenant, service, day = key
        put = dialect.insert(spend).values(
            tenant=tenant, service=service, day=day, cost=entry.cost, unit=entry.unit, calls=entry.calls
        )
        changed = {"cost": spend.c.cost + entry.cost, "calls": spend.c.calls + entry.calls, "unit": entry.unit}
        return put.on_conflict_do_update(index_elements=["tenant", "service", "day"], set_=changed)


def _day(now: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(now))

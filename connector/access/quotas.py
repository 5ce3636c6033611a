"""How much a tenant or a key may have: kept in the ledger, and enforced at the call where that can be done there."""

from __future__ import annotations

import calendar
import json
import math
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection, Double, bindparam, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.access.accounts import Accounts
from specloom.connector.access.identity import Identity
from specloom.connector.errors import Refused
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.engine import alone
from specloom.connector.ledger.key_tables import quotas, rate_windows
from specloom.connector.ledger.tables import files as files_table
from specloom.connector.ledger.tables import jobs as jobs_table
from specloom.connector.telemetry.logs import log

EVERYONE = "*"
"""The subject of what holds for each tenant that has nothing of its own."""
FRESH = 1.0
"""Seconds after which another process's change counts here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """None is no limit. `calls` are in flight at once, `jobs` open at once, `rate` calls a minute, `storage` bytes of
    files, `spend` {service: most of its own unit in a calendar month (UTC)}. Of a key only `calls` and `rate` count."""

    calls: int | None = None
    jobs: int | None = None
    rate: float | None = None
    storage: int | None = None
    spend: Mapping[str, float] = field(default_factory=dict)


UNLIMITED = Quotas()


def read(connection: Connection) -> dict[str, Quotas]:
    """Every subject (a tenant, a key's id, or EVERYONE) and what it has."""
    return {row.subject: _quotas(row) for row in connection.execute(select(quotas))}


def _quotas(row: Any) -> Quotas:
    return Quotas(
        calls=row.calls, jobs=row.jobs, rate=row.rate, storage=row.storage, spend=json.loads(row.spend)
    )  # fmt: skip


def write(connection: Connection, subject: str, given: Quotas) -> None:
    """In place of what the subject had; nothing but None takes its row away."""
    connection.execute(delete(quotas).where(quotas.c.subject == subject))
    if given != UNLIMITED:
        row = {**asdict(given), "spend": json.dumps(dict(given.spend)), "subject": subject, "updated": time.time()}
        connection.execute(quotas.insert().values(row))


@dataclass(frozen=True, slots=True)
class CallCap:
    """What one subject may have in flight at once. `whose` begins the sentence that refuses more."""

    subject: str
    whose: str
    most: int

    def refusal(self) -> Refused:
        if self.most <= 0:
            return Refused("quota_exceeded", f"{self.whose} may make no calls")
        calls = "call" if self.most == 1 else "calls"
        return Refused("rate_limited", f"{self.whose} may have {self.most} {calls} in flight at once", retry_after=1)


class HasTenant(Protocol):
    @property
    def tenant(self) -> str: ...


class Gate:
    """Asked before each call, at no cost where there are no quotas. `storage` is what a tenant may store that has no
    quota of it, in bytes; 0 is no limit."""

    def __init__(self, ledger: Ledger, accounts: Accounts, storage: int = 0) -> None:
        self._ledger, self._accounts, self._storage = ledger, accounts, storage
        self._at, self._known = -math.inf, dict[str, Quotas]()
        self._reading, self._changes, self._seen = threading.Lock(), 0, -1
        self._take = _take_of(ledger)

    def of(self, tenant: str, key_id: str = "") -> Quotas:
        """What the tenant has; with `key_id`, what that key has."""
        known = self._table()
        if key_id:
            return known.get(key_id, UNLIMITED)
        return known.get(tenant) or known.get(EVERYONE, UNLIMITED)

    def forget(self) -> None:
        """What was changed just now counts at once, in this process."""
        self._at, self._changes = -math.inf, self._changes + 1

    def _table(self) -> dict[str, Quotas]:
        """As it was when it could last be read: quotas do not stop what needs no ledger. One thread reads it anew; the
        others wait for that where it was changed here, and else go on with what is known."""
        if time.monotonic() - self._at < FRESH or not self._reading.acquire(blocking=self._seen != self._changes):
            return self._known
        try:
            if time.monotonic() - self._at >= FRESH:
                changes = self._changes
                with self._ledger.read() as connection:
                    self._known = read(connection)
                self._seen = changes
        except SQLAlchemyError as error:
            self._seen = self._changes
            log.warning("Quotas cannot be read: %s", type(error).__name__)
        finally:
            self._at = time.monotonic() if self._seen == self._changes else -math.inf
            self._reading.release()
        return self._known

    def admit(self, identity: Identity | None, caller: HasTenant, service: str, operation: str) -> None:
        """Raises Refused: 403 where the key is not for this operation, 429 where a quota is used up."""
        if identity is not None and not identity.allows(service, operation):
            raise Refused("forbidden", f"The key {identity.name!r} is not for {service}/{operation}")
        if not self._table():
            return
        tenant = caller.tenant
        key_id = identity.key_id if identity else ""
        for subject, whose, given in (
            (key_id, "This key", self.of(tenant, key_id) if key_id else UNLIMITED),
            (tenant, "Your tenant", self.of(tenant)),
        ):
            if given.rate is not None:
                self._rate(subject, whose, given.rate)
        self._spend(tenant, service, self.of(tenant).spend.get(service))

    def _rate(self, subject: str, whose: str, rate: float) -> None:
        """A minute's worth at once, then evenly: the same count over every process that shares the ledger."""
        if rate <= 0:
            raise Refused("quota_exceeded", f"{whose} may make no calls")
        now, interval = time.time(), 60 / rate
        latest = now + max(60.0, interval)
        values = {"subject": subject, "now": now, "interval": interval, "latest": latest}
        try:
            with self._ledger.note() as connection:
                if connection.execute(self._take, values).first() is not None:
                    return
                filled = connection.scalar(
                    select(rate_windows.c.filled_until).where(rate_windows.c.subject == subject)
                )  # fmt: skip
        except SQLAlchemyError as error:
            log.warning("A rate cannot be counted: %s", type(error).__name__)
            return
        wait = max(0.1, (filled or now) + interval - latest)
        raise Refused("rate_limited", f"{whose} may make {rate:g} calls a minute", retry_after=wait)

    def _spend(self, tenant: str, service: str, most: float | None) -> None:
        if most is None:
            return
        spent = self._accounts.this_month(tenant, service)
        if spent >= most:
            message = f"Your tenant has spent {spent:g} of the {most:g} it may spend at {service} this month"
            raise Refused("quota_exceeded", message, retry_after=_until_next_month(time.time()))

    def call_caps(self, tenant: str, key_id: str) -> list[CallCap]:
        """What bounds the calls of this key and its tenant that are in flight in one process."""
        if not self._table():
            return []
        named = [(tenant, "Your tenant", self.of(tenant))]
        named += [(key_id, "This key", self.of(tenant, key_id))] if key_id else []
        return [CallCap(subject, whose, given.calls) for subject, whose, given in named if given.calls is not None]

    def check_jobs(self, connection: Connection, tenant: str) -> None:
        """In the transaction that takes one more job. Raises Refused (429) where there is no room for it."""
        most = self.of(tenant).jobs
        if most is None:
            return
        alone(connection, f"jobs {tenant}")
        mine = (jobs_table.c.tenant == tenant) & jobs_table.c.state.in_(("accepted", "sending", "running"))
        if (connection.scalar(select(func.count()).select_from(jobs_table).where(mine)) or 0) >= most:
            if most <= 0:
                raise Refused("quota_exceeded", "Your tenant may have no jobs")
            message = f"Your tenant may have {most} open {'job' if most == 1 else 'jobs'} at once"
            raise Refused("quota_exceeded", message, retry_after=5)

    def storage_left(self, tenant: str) -> int | None:
        """Bytes; None where there is no limit. Raises Refused (429) where nothing is left."""
        most = self._most_stored(tenant)
        if most is None:
            return None
        with self._ledger.read() as connection:
            left = most - _stored(connection, tenant)
        if left <= 0:
            raise self.full(tenant, 0)
        return left

    def check_storage(self, tenant: str, connection: Connection, size: int) -> None:
        """In the transaction that writes down a file of so many bytes: of several that come at once, those that fit.
        Raises Refused (429)."""
        most = self._most_stored(tenant)
        if most is None:
            return
        alone(connection, f"files {tenant}")
        left = most - _stored(connection, tenant)
        if size > left:
            raise self.full(tenant, max(0, left))

    def full(self, tenant: str, left: int) -> Refused:
        """Of a file that has more bytes than are `left`."""
        most = self._most_stored(tenant)
        message = f"Your tenant may store {most} bytes of files, and has {left} bytes left"
        return Refused("quota_exceeded", f"{message}: delete some, or wait until some expire")

    def _most_stored(self, tenant: str) -> int | None:
        given = self.of(tenant).storage
        return given if given is not None else self._storage or None


def _stored(connection: Connection, tenant: str) -> int:
    kept = (files_table.c.tenant == tenant) & files_table.c.service.is_(None) & (files_table.c.expires > time.time())
    return int(connection.scalar(select(func.sum(files_table.c.size)).where(kept)) or 0)


def _take_of(ledger: Ledger) -> Any:
    """One more call, where there is room for it: a row then, and none otherwise (GCRA: virtual scheduling)."""
    dialect = sqlite if is_sqlite(ledger.engine) else postgresql
    now: Any = bindparam("now", type_=Double)
    interval: Any = bindparam("interval", type_=Double)
    latest: Any = bindparam("latest", type_=Double)
    before = case((rate_windows.c.filled_until > now, rate_windows.c.filled_until), else_=now)
    put = dialect.insert(rate_windows).values(subject=bindparam("subject"), filled_until=now + interval)
    return put.on_conflict_do_update(
        index_elements=["subject"], set_={"filled_until": before + interval}, where=before + interval <= latest
    ).returning(rate_windows.c.subject)


def _until_next_month(now: float) -> float:
    moment = time.gmtime(now)
    year, month = (moment.tm_year + 1, 1) if moment.tm_mon == 12 else (moment.tm_year, moment.tm_mon + 1)
    return calendar.timegm((year, month, 1, 0, 0, 0)) - now

"""Jobs in the ledger. Every change of state is one durable, conditional update: two processes never both make it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from specloom.connector.errors import dumps
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.ids import is_id, new_id, storable, within
from specloom.connector.ledger.liveness import Instance
from specloom.connector.ledger.tables import jobs
from specloom.connector.upstream.credentials import Slot, from_rows, owner_of
from specloom.schemas.http.result import Result

OPEN = ("accepted", "sending", "running")
"""accepted: nothing was sent yet; sending: the call may have reached the vendor; running: the vendor has it."""

_LISTED = (
    jobs.c.id, jobs.c.tenant, jobs.c.service, jobs.c.operation, jobs.c.state, jobs.c.created, jobs.c.started,
    jobs.c.finished,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """`work` is {credential: [[location, name, text]], inputs, callback, relay, doorbell}; empty once final."""

    id: str
    tenant: str
    service: str
    operation: str
    state: str
    work: Mapping[str, Any]
    vendor_id: str | None
    poll_inputs: Mapping[str, Any]
    result: Result | None
    created: float
    started: float | None
    finished: float | None

    @property
    def credential(self) -> dict[Slot, str]:
        return from_rows(self.work.get("credential", ()))

    @property
    def owner(self) -> str:
        """As `specloom.connector.upstream.credentials.Account` has it."""
        return owner_of(self.credential)


@dataclass(frozen=True, slots=True)
class JobSummary:
    id: str
    tenant: str
    service: str
    operation: str
    state: str
    created: float
    started: float | None
    finished: float | None

    @property
    def status(self) -> str:
        """As a result has it."""
        return "queued" if self.state in ("accepted", "sending") else self.state


class JobStore:
    def __init__(self, ledger: Ledger, instance: Instance) -> None:
        self.ledger = ledger
        self.instance = instance

    def create(
        self, tenant: str, service: str, operation: str, work: Mapping[str, Any], *, state: str = "accepted",
        doorbell: str | None = None, link: Callable[[Connection, str], None] | None = None,
        check: Callable[[Connection, str], None] = lambda _connection, _tenant: None,
    ) -> JobRecord:  # fmt: skip
        """Durable when it returns. `doorbell` is the hash of a callback's token; `link` writes what belongs to the job
        in the same transaction, in which `check` may refuse it."""
        row: dict[str, Any] = {
            "id": new_id("job"), "tenant": tenant, "service": service, "operation": operation, "state": state,
            "created": time.time(),
        }  # fmt: skip
        with self.ledger.write() as connection:
            check(connection, tenant)
            sealed = self.ledger.vault.seal(work)
            connection.execute(insert(jobs).values(**row, owner=self.instance.id, sealed=sealed, doorbell=doorbell))
            if link is not None:
                link(connection, row["id"])
        return JobRecord(**row, work=work, vendor_id=None, poll_inputs={}, result=None, started=None, finished=None)

    def move(self, job_id: str, before: str, after: str, **values: Any) -> bool:
        """One step of a job this process holds; False where somebody else has moved it meanwhile."""
        mine = (jobs.c.id == job_id) & (jobs.c.state == before) & (jobs.c.owner == self.instance.id)
        with self.ledger.write() as connection:
            return connection.execute(update(jobs).where(mine).values(state=after, **values)).rowcount == 1

    def started(self, job_id: str, vendor_id: str | None, poll_inputs: Mapping[str, Any]) -> bool:
        """The vendor has taken it."""
        values = {"vendor_id": vendor_id and storable(vendor_id), "poll_inputs": dumps(poll_inputs).decode()}
        return self.move(job_id, "sending", "running", **values, started=time.time())

    def finish(self, connection: Connection, job_id: str, result: Result) -> bool:
        """False where it was final already. To be called in the transaction that records the event."""
        values = {
            "state": result["status"], "result": dumps(result).decode(), "finished": time.time(), "owner": None,
            "sealed": None, "poll_inputs": None, "doorbell": None,
        }  # fmt: skip
        is_open = (jobs.c.id == job_id) & jobs.c.state.in_(OPEN)
        return connection.execute(update(jobs).where(is_open).values(values)).rowcount == 1

    def drop(self, job_id: str) -> None:
        """Forget a job that came to nothing before it began."""
        with self.ledger.write() as connection:
            connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.owner == self.instance.id))

    def adopt(self) -> list[JobRecord]:
        """Take over what nobody works on, or a dead process did."""
        with self.ledger.read() as connection:
            orphaned = jobs.c.state.in_(OPEN) & self._orphaned(connection)
            if connection.execute(select(jobs.c.id).where(orphaned).limit(1)).first() is None:
                return []
        with self.ledger.write() as connection:
            self.instance.sweep(connection)
            orphaned = jobs.c.state.in_(OPEN) & self._orphaned(connection)
            ids = [row.id for row in connection.execute(select(jobs.c.id).where(orphaned).limit(200))]
            connection.execute(
                update(jobs).where(jobs.c.id.in_(ids) & orphaned).values(owner=self.instance.id)
            )  # fmt: skip
            query = select(jobs).where(jobs.c.id.in_(ids), jobs.c.owner == self.instance.id)
            rows = list(connection.execute(query))
        return [self._job(row) for row in rows]

    def _orphaned(self, connection: Connection) -> Any:
        return or_(jobs.c.owner.is_(None), jobs.c.owner.not_in(self.instance.living(connection)))

    def release(self) -> None:
        """Give up what this process holds, for the next one. What is at the vendor right now stays ours to the end."""
        mine = (jobs.c.owner == self.instance.id) & jobs.c.state.in_(("accepted", "running"))
        with self.ledger.write() as connection:
            connection.execute(update(jobs).where(mine).values(owner=None))

    def get(self, job_id: str, tenants: Collection[str] | None = None) -> JobRecord | None:
        """`tenants` are those the asker speaks for; None is the gateway itself."""
        query = select(jobs).where(jobs.c.id == job_id)
        if tenants is not None:
            query = query.where(within(jobs.c.tenant, tenants))
        with self.ledger.read() as connection:
            row = connection.execute(query).first() if is_id(job_id) else None
        return self._job(row) if row else None

    def over(self, ids: Collection[str]) -> set[str]:
        """Those of `ids` that are final, or no longer there."""
        query = select(jobs.c.id).where(jobs.c.id.in_(ids), jobs.c.state.in_(OPEN))
        with self.ledger.read() as connection:
            return set(ids) - set(connection.scalars(query))

    def by_doorbell(self, service: str, doorbell: str) -> JobRecord | None:
        query = select(jobs).where(jobs.c.doorbell == doorbell, jobs.c.service == service)
        with self.ledger.read() as connection:
            row = connection.execute(query).first()
        return self._job(row) if row else None

    def listed(self, tenants: Collection[str] | None, wanted: Mapping[str, Any], limit: int) -> list[JobSummary]:
        """Newest first, without what was sent and made, which may be large. `wanted`: state (a result's status),
        service, operation, since and until (unix seconds), before (an id)."""
        readings: Mapping[str, Any] = {
            "state": lambda value: jobs.c.state.in_(("accepted", "sending") if value == "queued" else (value,)),
            "service": lambda value: jobs.c.service == value,
            "operation": lambda value: jobs.c.operation == value,
            "since": lambda value: jobs.c.created >= value,
            "until": lambda value: jobs.c.created <= value,
            "before": lambda value: jobs.c.id < value,
        }
        chosen = [readings[name](value) for name, value in wanted.items()]
        query = select(*_LISTED).where(within(jobs.c.tenant, tenants), *chosen).order_by(jobs.c.id.desc())
        with self.ledger.read() as connection:
            return [JobSummary(*row) for row in connection.execute(query.limit(limit))]

    def purge(self, before: float) -> int:
        with self.ledger.write() as connection:
            return connection.execute(delete(jobs).where(jobs.c.finished < before)).rowcount

    def _job(self, row: Row[Any]) -> JobRecord:
        values = row._asdict()
        return JobRecord(
            id=row.id, tenant=row.tenant, service=row.service, operation=row.operation, state=row.state,
            work=self.ledger.vault.unseal(row.sealed) if row.sealed else {},
            vendor_id=row.vendor_id,
            poll_inputs=json.loads(values["poll_inputs"] or "{}"),
            result=json.loads(row.result) if row.result else None,
            created=row.created, started=row.started, finished=row.finished,
        )  # fmt: skip

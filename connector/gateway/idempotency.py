"""Idempotency-Key: a repeated call returns the first answer, and nothing is done or paid for twice."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import Refused, VendorResponse
from specloom.connector.jobs.service import Jobs
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.liveness import Instance
from specloom.connector.ledger.tables import idempotency as table

HEADER = "Idempotency-Key"
KEPT_FOR = 86400.0
LARGEST = 8 * 2**20
"""Bytes of an answer that is kept."""
_LONGEST = 255
_HEADERS = ("Content-Type", "Location", "Retry-After", "Specloom-Warning", "Specloom-Error", "Specloom-Event")
_UNKNOWN = "The gateway stopped during the first call with this key; it may have done its work, so it is not repeated"

Work = Callable[[Callable[[Connection, str], None] | None], Response]
"""Does the call. Takes what ties a job to the key in the job's own transaction."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    ledger: Ledger
    instance: Instance
    jobs: Jobs

    def once(
        self, tenant: str, operation: str, fingerprint: bytes, work: Work, again: Callable[[str], Response]
    ) -> Response:
        """The answer of `work`, or the one it gave before; `again` answers for a job. Raises Refused: 422 for another
        request under the same key, 409 while the first one is under way."""
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return work(None)
        if not key or len(key) > _LONGEST or not key.isprintable():
            raise Refused("invalid_request", f"{HEADER} must have 1 to {_LONGEST} printable characters")
        call = _Call(self, (tenant, operation, key), hashlib.sha256(fingerprint).hexdigest())
        before = call.begin()
        if before is None:
            return call.run(work)
        return self._repeat(call, before, again)

    def _repeat(self, call: _Call, before: Row[Any], again: Callable[[str], Response]) -> Response:
        if before.fingerprint != call.fingerprint:
            raise Refused("invalid_request", f"This {HEADER} was used for another request", status=422)
        if before.job is not None:
            response = again(before.job)
        elif before.done:
            response = self._kept(before)
        else:
            with self.ledger.read() as connection:
                alive = before.owner in self.instance.living(connection)
            if alive:
                raise Refused("invalid_request", "The first call with this key is under way", status=409, retry_after=1)
            raise Refused("outcome_unknown", _UNKNOWN)
        response.headers["Idempotent-Replayed"] = "true"
        return response

    def _kept(self, row: Row[Any]) -> Response:
        if row.sealed is None:
            message = "The first call with this key was answered; its answer was too large, or too secret, to be kept"
            raise Refused("invalid_request", message, status=409)
        response = VendorResponse(self.ledger.vault.unseal(row.sealed).encode("latin-1"), row.status)
        for name, value in json.loads(row.headers).items():
            response.headers[name] = value
        return response

    def purge(self, now: float) -> int:
        with self.ledger.write() as connection:
            return connection.execute(delete(table).where(table.c.expires < now)).rowcount


@dataclass(frozen=True, slots=True)
class _Call:
    shared: Idempotency
    key: tuple[str, str, str]
    fingerprint: str

    @property
    def _mine(self) -> Any:
        tenant, operation, key = self.key
        return (table.c.tenant == tenant) & (table.c.operation == operation) & (table.c.key == key)

    def begin(self) -> Row[Any] | None:
        """Claim the key; the row of an earlier call where there is one. Raises Refused (503)."""
        ledger, now = self.shared.ledger, time.time()
        dialect = sqlite if is_sqlite(ledger.engine) else postgresql
        tenant, operation, key = self.key
        row: Mapping[str, Any] = {
            "tenant": tenant, "operation": operation, "key": key, "fingerprint": self.fingerprint, "done": False,
            "owner": self.shared.instance.id, "expires": now + KEPT_FOR,
        }  # fmt: skip
        try:
            with ledger.write() as connection:
                connection.execute(delete(table).where(self._mine, table.c.expires < now))
                put = dialect.insert(table).values(row).on_conflict_do_nothing().returning(table.c.key)
                if connection.execute(put).first() is not None:
                    return None
                return connection.execute(select(table).where(self._mine)).first()
        except SQLAlchemyError:
            message = f"The ledger cannot be written, so {HEADER} cannot be kept; nothing was sent"
            raise Refused("unreachable", message, status=503) from None

    def run(self, work: Work) -> Response:
        try:
            response = work(self._tie)
        except Refused:
            self._release()  # nothing was sent
            raise
        except BaseException:
            self._abandon()
            raise
        if g.get("job"):
            return response
        if 400 <= response.status_code < 500 or g.get("unsent"):
            self._release()  # the vendor did nothing: the key is good for another try
        else:
            self._keep(response)
        return response

    def _tie(self, connection: Connection, job: str) -> None:
        connection.execute(update(table).where(self._mine).values(job=job))

    def _release(self) -> None:
        with self.shared.ledger.write() as connection:
            connection.execute(delete(table).where(self._mine, table.c.job.is_(None)))

    def _abandon(self) -> None:
        """A fault of ours, who knows when: a repetition is told that the outcome is unknown."""
        with self.shared.ledger.write() as connection:
            connection.execute(update(table).where(self._mine).values(owner=""))

    def _keep(self, response: Response) -> None:
        values: dict[str, Any] = {"done": True, "status": response.status_code}
        if not g.get("secret_reply"):
            response.make_sequence()
            body = response.get_data()
            headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
            sealed = self.shared.ledger.vault.seal(body.decode("latin-1")) if len(body) <= LARGEST else None
            values |= {"headers": json.dumps(headers), "sealed": sealed}
        with self.shared.ledger.write() as connection:
            connection.execute(update(table).where(self._mine).values(values))

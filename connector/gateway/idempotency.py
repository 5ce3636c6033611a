"""Idempotency-Key: a repeated call returns the first answer, and nothing is done or paid for twice."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Response, g, request
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import Refused
from specloom.connector.gateway.kept_streams import KeptStream
from specloom.connector.jobs.service import Jobs
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.liveness import Instance
from specloom.connector.ledger.tables import idempotency as table
from specloom.connector.storage.model import StoreError
from specloom.connector.storage.spool import Spool, unavailable
from specloom.connector.telemetry.logs import log
from specloom.connector.upstream.files import BINARY, Files

HEADER = "Idempotency-Key"
KEPT_FOR = 86400.0
LARGEST = 8 * 2**20
"""Bytes of an answer that is kept in the ledger; a longer one, and a stream, are files."""
_LONGEST = 255
_HEADERS = (
    "Content-Type", "Content-Disposition", "Location", "Retry-After", "Specloom-Warning", "Specloom-Error",
    "Specloom-Event",
)  # fmt: skip
_UNKNOWN = "The gateway stopped during the first call with this key; it may have done its work, so it is not repeated"

Work = Callable[[Callable[[Connection, str], None] | None], Response]
"""Does the call. Takes what ties a job to the key in the job's own transaction."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    ledger: Ledger
    instance: Instance
    jobs: Jobs
    files: Files

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
        if row.sealed is not None:
            response = Response(self.ledger.vault.unseal(row.sealed).encode("latin-1"), row.status)
        elif row.file is not None:
            response = self._from_store(row)
        else:
            raise _not_kept(row.reason or "its answer was too large, or too secret, to be kept")
        for name, value in json.loads(row.headers).items():
            response.headers[name] = value
        return response

    def _from_store(self, row: Row[Any]) -> Response:
        file = self.files.find(row.file)
        try:
            size = file.size or 0 if file else 0
            chunks = self.files.store.read(row.file, 0, size) if file else None
        except KeyError:
            chunks = None
        except StoreError as error:
            raise unavailable(error) from None
        if chunks is None:
            raise _not_kept("its answer is kept no longer")
        return Response(chunks, row.status, {"Content-Length": str(size)}, direct_passthrough=True)

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
        """What there is of the answer now; of a stream, what goes by."""
        values: dict[str, Any] = {"status": response.status_code}
        if g.get("secret_reply"):
            return self.done(values | {"reason": "its answer was too secret to be kept"})
        values["headers"] = json.dumps({name: response.headers[name] for name in _HEADERS if name in response.headers})
        if response.is_streamed:
            response.response = KeptStream(response.response, self.spool(), partial(self.end, values))
            return
        body = response.get_data()
        if len(body) <= LARGEST:
            return self.done(values | {"sealed": self.shared.ledger.vault.seal(body.decode("latin-1"))})
        stream = KeptStream([body], self.spool(), partial(self.end, values))
        for _ in stream:
            pass

    def spool(self) -> Spool | Refused:
        """Where the answer is to go; why it cannot, where it cannot."""
        try:
            return self.shared.files.spool()
        except Refused as refused:
            return refused

    def end(self, values: Mapping[str, Any], kept: Spool | str) -> None:
        """`kept` is the whole answer, or why there is none."""
        try:
            if isinstance(kept, str):
                return self.done({**values, "reason": kept})
            tenant, _, _ = self.key
            file = self.shared.files.add(kept, tenant, "answer", BINARY, KEPT_FOR)
            self.done({**values, "file": file.id})
        except Refused as refused:
            self.done({**values, "reason": refused.message})
        except SQLAlchemyError as error:  # its caller has the answer
            log.error("An answer cannot be kept: %s", type(error).__name__)

    def done(self, values: Mapping[str, Any]) -> None:
        with self.shared.ledger.write() as connection:
            connection.execute(update(table).where(self._mine).values(done=True, **values))


def _not_kept(reason: str) -> Refused:
    message = f"The first call with this key was answered, and is not repeated: {reason}"
    return Refused("invalid_request", message, status=409)

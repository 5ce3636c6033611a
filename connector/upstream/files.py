"""Private files in, signed expiring links out; and vendors' files that only a key opens, behind such links too."""

from __future__ import annotations

import mimetypes
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Connection, delete, insert, select, update
from werkzeug.http import parse_options_header

from specloom.connector.errors import dumps
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.tables import files
from specloom.connector.settings import Settings
from specloom.connector.storage.model import FileStore, StoreError
from specloom.connector.storage.spool import Spool
from specloom.connector.upstream.client import UpstreamRequest
from specloom.connector.upstream.credentials import Account, to_rows
from specloom.connector.upstream.endpoints import Endpoint, Endpoints
from specloom.connector.upstream.transport import Reply
from specloom.schemas.http.result import Item, Result, normalize, with_items
from specloom.schemas.media.names import named, readable

_UNSAFE = re.compile(r"[^\w.\- ]+")
_KIND = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,80}/[a-zA-Z0-9!#$&^_.+-]{1,80}")
_ID = re.compile(r"file_[0-9a-f]{32,40}")
_SWEEP = 3600.0
"""Seconds between two looks for bytes that no file owns, and how old these are at least."""
BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One row. With a `service` the bytes are the vendor's, fetched with `work` {inputs, credential}."""

    id: str
    name: str
    content_type: str
    size: int | None
    created: float
    expires: float
    service: str | None = None
    operation: str | None = None
    work: Mapping[str, Any] | None = None
    tenant: str = ""


Room = Callable[[Connection, int], None]
"""Asked, in the transaction that a file of so many bytes is written down in, whether it fits. Raises Refused."""


def _anything(_connection: Connection, _size: int) -> None:
    """Fits."""


class Files:
    def __init__(self, settings: Settings, ledger: Ledger, endpoints: Endpoints, store: FileStore) -> None:
        self._settings = settings
        self._ledger = ledger
        self._endpoints = endpoints
        self.store = store
        self._swept = 0.0

    # --- files of callers

    def keep(
        self, tenant: str, name: str, content_type: str, chunks: Iterable[bytes], ttl: float | None = None,
        room: Room = _anything,
    ) -> File:  # fmt: skip
        """Durable when it returns. Raises Refused (413) where it is too large, (503) where it cannot be kept."""
        spool = self.spool()
        try:
            for chunk in chunks:
                spool.write(chunk)
        except BaseException:
            spool.discard()
            raise
        return self.add(spool, tenant, name, content_type, ttl or self._settings.file_ttl, room)

    def spool(self) -> Spool:
        """For bytes that come one by one, up to the size of a file; then `add`. Raises Refused (503)."""
        return Spool(self.store, self._settings.file_size)

    def add(
        self, spool: Spool, tenant: str, name: str, content_type: str, ttl: float, room: Room = _anything
    ) -> File:  # fmt: skip
        """What was spooled is a file of `tenant` for so many seconds."""
        spool.keep()
        now = time.time()
        file = File(
            id=spool.file_id, name=safe_name(name), content_type=safe_kind(content_type, name), size=spool.size,
            created=now, expires=now + ttl,
        )  # fmt: skip
        row = {"id": file.id, "name": file.name, "content_type": file.content_type, "size": file.size}
        try:
            with self._ledger.write() as connection:
                room(connection, spool.size)
                connection.execute(insert(files).values(**row, tenant=tenant, created=now, expires=file.expires))
        except BaseException:
            with suppress(StoreError):  # the purge finds it
                self.store.remove(file.id)
            raise
        return file

    def find(self, file_id: str, tenant: str | None = None) -> File | None:
        query = select(files).where(files.c.id == file_id, files.c.expires > time.time())
        if tenant is not None:
            query = query.where(files.c.tenant == tenant)
        with self._ledger.read() as connection:
            row = connection.execute(query).first() if _ID.fullmatch(file_id) else None
        if row is None:
            return None
        return File(
            id=row.id, name=row.name, content_type=row.content_type, size=row.size, created=row.created,
            expires=row.expires, service=row.service, operation=row.operation, tenant=row.tenant,
            work=self._ledger.vault.unseal(row.sealed) if row.sealed else None,
        )  # fmt: skip

    def drop(self, file_id: str) -> None:
        with self._ledger.write() as connection:
            connection.execute(delete(files).where(files.c.id == file_id))
        with suppress(StoreError):  # the purge finds it
            self.store.remove(file_id)

    def purge(self, now: float) -> int:
        """What has had its time, and what a process that was killed has left. Raises StoreError."""
        with self._ledger.write() as connection:
            gone = list(
                connection.execute(select(files.c.id, files.c.service).where(files.c.expires < now).limit(1000))
            )
            connection.execute(delete(files).where(files.c.id.in_([row.id for row in gone])))
        for row in gone:
            if row.service is None:
                self.store.remove(row.id)
        if now >= self._swept + _SWEEP:
            self._swept = now
            self.store.remove_drafts()
            self._remove_unknown(now)
        return len(gone)

    def _remove_unknown(self, now: float) -> None:
        """Bytes whose row was never written, or whose removal failed. Nothing that is not yet a file is that old."""
        for ids in _batches(self.store.older_than(now - _SWEEP), 500):
            with self._ledger.read() as connection:
                known = set(connection.scalars(select(files.c.id).where(files.c.id.in_(ids))))
            for file_id in ids:
                if file_id not in known:
                    self.store.remove(file_id)

    # --- links

    def link(self, file: File) -> str:
        """Whoever has it may read the file until it expires."""
        expires = str(int(file.expires))
        signature = self._ledger.vault.digest("link", file.id, expires)
        return f"{self.base}/files/{file.id}/{quote(file.name)}?expires={expires}&signature={signature}"

    @property
    def base(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self._settings.host, self._settings.host)
        return self._settings.url or f"http://{host}:{self._settings.port}"

    def is_signed(self, file_id: str, expires: str, signature: str) -> bool:
        signed = self._ledger.vault.matches(signature, "link", file_id, expires)
        return signed and expires.isascii() and expires.isdigit() and int(expires) > time.time()

    # --- files of vendors

    def reachable(self, endpoint: Endpoint, result: Result, account: Account) -> Result:
        """The result with links in place of URLs that only the vendor's key opens."""
        items = [self._reachable(endpoint, item, account) for item in result["items"]]
        return with_items(result, items) if items != result["items"] else result

    def _reachable(self, endpoint: Endpoint, item: Item, account: Account) -> Item:
        found = self._locked(endpoint, item.get("url", ""))
        if found is None:
            return item
        file = self.register(*found, account, item.get("file_name", ""), item.get("content_type", ""))
        return {**item, "url": self.link(file)}

    def _locked(self, endpoint: Endpoint, url: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The operation that serves `url`, where it is one of the vendor's own that wants a key."""
        base = endpoint.vendor.base_url
        if not url or not base or not url.startswith(base + "/"):
            return None
        path = urlsplit(url[len(base) :]).path
        server = urlsplit(endpoint.service.servers[0].url if endpoint.service.servers else "").path.rstrip("/")
        matched = self._endpoints.match(endpoint.service.key, "GET", server + path)
        found, values = matched.endpoint, matched.parameters
        if found is None or found.operation.public or not found.operation.output.binary:
            return None
        return found, _inputs(found, values)

    def register(
        self, endpoint: Endpoint, inputs: Mapping[str, Any], account: Account, name: str = "", content_type: str = "",
        size: int | None = None,
    ) -> File:  # fmt: skip
        """A vendor's file to be fetched on demand; the same file keeps its link."""
        service, operation = endpoint.service.key, endpoint.operation.operation_id
        secret, tenant = to_rows(account.credential), account.tenant
        identity = dumps([service, operation, sorted(inputs.items()), secret]).decode()
        now = time.time()
        name = safe_name(name or str(next(iter(inputs.values()), "file")))
        file = File(
            id="file_" + self._ledger.vault.digest("vendor file", tenant, identity)[:40], name=name,
            content_type=safe_kind(content_type, name), size=size, created=now, expires=now + self._settings.file_ttl,
            service=service, operation=operation, tenant=tenant,
        )  # fmt: skip
        row = {"name": file.name, "content_type": file.content_type, "size": size, "expires": file.expires}
        sealed = self._ledger.vault.seal({"inputs": dict(inputs), "credential": secret})
        with self._ledger.write() as connection:
            if connection.execute(update(files).where(files.c.id == file.id).values(**row)).rowcount == 0:
                names = {"id": file.id, "tenant": tenant, "service": service, "operation": operation}
                connection.execute(insert(files).values(**row, **names, created=now, sealed=sealed))
        return file

    def binary_result(self, made: UpstreamRequest, reply: Reply, account: Account, job_id: str | None = None) -> Result:
        """The result of an operation that answers with a file: a link to it. A read is repeated when the link is
        opened; what was made by the call is kept. Raises UpstreamError."""
        endpoint = made.endpoint
        exchange = made.exchange(reply.status, reply.headers, None)
        result = normalize(endpoint.service, endpoint.operation, exchange, now=time.time(), job_id=job_id)
        kind = endpoint.operation.output.type
        name = _file_name(made, reply)
        if endpoint.operation.method == "GET":
            inputs = {f.name: made.seen.path[f.pointer or f.name] for f in _path_fields(endpoint)} | dict(
                made.seen.query
            )
            file = self.register(endpoint, inputs, account, name, reply.content_type, reply.length)
            reply.close()
        else:
            file = self.keep(account.tenant, name, reply.content_type, reply.chunks())
        item: Item = {
            "type": "file" if kind == "none" else kind,
            "url": self.link(file),
            "content_type": file.content_type,
            "file_name": file.name,
        }
        if file.size is not None:
            item["file_size"] = file.size
        return with_items(result, [item])


def _path_fields(endpoint: Endpoint) -> list[Any]:
    return [f for f in endpoint.operation.fields if f.location == "path"]


def _inputs(endpoint: Endpoint, values: Mapping[str, str]) -> dict[str, str]:
    return {f.name: values[f.pointer or f.name] for f in _path_fields(endpoint) if (f.pointer or f.name) in values}


def _file_name(made: UpstreamRequest, reply: Reply) -> str:
    """As the reply says (`filename*` before `filename`), as the address does, or that of the operation."""
    told = parse_options_header(reply.headers.get("content-disposition", ""))[1].get("filename", "")[:200]
    last = str(list(made.seen.path.values())[-1]) if made.seen.path else ""
    name = readable(told) or (last if "." in last else made.endpoint.operation.operation_id)
    return named(name, reply.content_type)


def _batches(ids: Iterator[str], size: int) -> Iterator[list[str]]:
    while batch := list(islice(ids, size)):
        yield batch


def safe_name(name: str) -> str:
    """A file name and nothing but: no folders, no control characters."""
    bare = _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    return bare[-120:] or "file"


def safe_kind(content_type: str, name: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    return kind if _KIND.fullmatch(kind) else mimetypes.guess_type(name)[0] or BINARY

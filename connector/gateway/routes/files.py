"""`POST /files`: a private file in, a link out that a vendor can read until it expires."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO

from flask import Blueprint, Response, g, request
from werkzeug.http import http_date

from specloom.connector.errors import Refused, json_reply
from specloom.connector.fairness.fair_queue import aside
from specloom.connector.gateway.auth import Caller
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.routes.proxy import returned, streamed
from specloom.connector.storage.model import StoreError
from specloom.connector.storage.spool import unavailable
from specloom.connector.upstream.client import prepare
from specloom.connector.upstream.credentials import from_rows
from specloom.connector.upstream.exchange import send_request
from specloom.connector.upstream.files import BINARY, File
from specloom.connector.upstream.transport import CHUNK, UpstreamError
from specloom.schemas.durations import iso

blueprint = Blueprint("files", __name__)
_FORM_MARGIN = 65536
_LONGEST = 30 * 86400
"""Seconds that a link can be asked for."""
_SHOWN = ("image/", "audio/", "video/")
_GUARDS = {
    # A stranger's file on the gateway's own origin: it is data, whatever it says of itself.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, no-transform",
}


@blueprint.post("/files")
def upload() -> Response:
    shared = gateway()
    tenant = shared.callers.uploader(request)
    left, room = shared.gate.storage_left(tenant), partial(shared.gate.check_storage, tenant)
    bounded = partial(_chunks, left=left, full=partial(shared.gate.full, tenant))
    request.max_content_length = shared.settings.file_size + _FORM_MARGIN
    ttl = min(_ttl(request.args.get("expires_in")) or math.inf, shared.settings.file_ttl)
    if request.mimetype == "multipart/form-data":
        part = request.files.get("file") or next(iter(request.files.values()), None)
        if part is None:
            raise Refused("invalid_request", "The form holds no file; name its part 'file'")
        file = shared.files.keep(tenant, part.filename or "file", part.mimetype, bounded(part.stream), ttl, room)
    elif not request.content_length and not request.mimetype and "Transfer-Encoding" not in request.headers:
        raise Refused("invalid_request", "Send the file as the body, or in a form as the part 'file'")
    else:
        name = request.args.get("name", "file")
        file = shared.files.keep(tenant, name, request.mimetype or BINARY, bounded(request.stream), ttl, room)
    warning = (
        {}
        if shared.settings.url
        else {"Specloom-Warning": "SPECLOOM_PUBLIC_URL is not set: only this network can read the link"}
    )
    return json_reply(_shown(shared, file), 201, {"Location": f"/files/{file.id}", **warning})


def _ttl(text: str | None) -> float | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:12]) <= _LONGEST:
        raise Refused("invalid_request", f"expires_in must be a number of seconds from 1 to {_LONGEST}")
    return float(text)


def _chunks(stream: IO[bytes], left: int | None, full: Callable[[int], Refused]) -> Iterator[bytes]:
    """Raises Refused (429) once there are more bytes than the tenant has `left`."""
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if left is not None and size > left:
            raise full(left)
        yield chunk


def _shown(shared: GatewayContext, file: File) -> dict[str, object]:
    return {
        "id": file.id, "url": shared.files.link(file), "file_name": file.name, "content_type": file.content_type,
        "file_size": file.size, "expires_at": iso(file.expires),
    }  # fmt: skip


@blueprint.get("/files/<file_id>")
def describe(file_id: str) -> Response:
    shared = gateway()
    return json_reply(_shown(shared, _own(shared, file_id)))


@blueprint.delete("/files/<file_id>")
def remove(file_id: str) -> Response:
    shared = gateway()
    shared.files.drop(_own(shared, file_id).id)
    return Response(status=204)


def _own(shared: GatewayContext, file_id: str) -> File:
    file = shared.files.find(file_id, shared.callers.anyone(request))
    if file is None:
        raise Refused("not_found", "There is no such file")
    return file


@blueprint.get("/files/<file_id>/<name>")
def read(file_id: str, name: str) -> Response:
    """The bytes, for whoever has the signed link."""
    shared = gateway()
    signature = request.args.get("signature", "")
    if not shared.files.is_signed(file_id, request.args.get("expires", ""), signature):
        raise Refused("forbidden", "This link is not signed, or it has expired")
    file = shared.files.find(file_id)
    if file is None:
        raise Refused("not_found", "The file is gone")
    if file.service:  # whoever has a link may fetch it: all links of a service have one share
        held = shared.room.hold_apart(f"links {file.service}")
        with aside():
            response = held.until_sent(_fetched(shared, file))
    else:
        response = _kept(shared, file)
    response.headers.extend(_GUARDS)
    inline = file.content_type.startswith(_SHOWN) and "svg" not in file.content_type
    disposition = "inline" if inline else "attachment"
    response.headers.set("Content-Disposition", disposition, filename=file.name.encode("ascii", "replace").decode())
    return response


def _kept(shared: GatewayContext, file: File) -> Response:
    """From the store, whole or one part of it."""
    size = file.size or 0
    headers = {"Accept-Ranges": "bytes", "Last-Modified": http_date(file.created)}
    start, stop, status = 0, size, 200
    wanted = request.range
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1 and _is_fresh(file):
        part = wanted.range_for_length(size)
        if part is None:
            return Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        (start, stop), status = part, 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    elif request.if_modified_since and file.created < request.if_modified_since.timestamp() + 1:
        return Response(status=304, headers=headers)
    try:
        chunks = shared.files.store.read(file.id, start, stop)
    except KeyError:
        raise Refused("not_found", "The file is gone") from None
    except StoreError as error:
        raise unavailable(error) from None
    response = Response(chunks, status, headers, mimetype=file.content_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(stop - start)
    return response


def _is_fresh(file: File) -> bool:
    """Whether a part is still one of the file that the caller has the others of."""
    known = request.if_range.date
    return request.if_range.etag is None and (known is None or file.created < known.timestamp() + 1)


def _fetched(shared: GatewayContext, file: File) -> Response:
    """The vendor's bytes as they come, with the key this link stands for."""
    endpoint = shared.endpoints.get(file.service or "", file.operation or "")
    if endpoint is None or file.work is None:
        raise Refused("not_found", "The file's service is served no more")
    g.service, g.operation = file.service, file.operation
    account = Caller(lambda: file.tenant, from_rows(file.work["credential"]))
    made = prepare(endpoint, file.work["inputs"], account.credential)
    wanted = {"Range": request.headers["Range"]} if "Range" in request.headers else {}
    try:
        reply = send_request(replace(made, headers={**made.headers, **wanted}), account)
    except UpstreamError as error:
        raise Refused(error.kind, error.message) from None
    if reply.status not in (200, 206):
        reply.close()
        kind = "not_found" if reply.status in (404, 410) else "provider_error"
        raise Refused(kind, f"{endpoint.service.title} answered with {reply.status}")
    kept = {"content-type", "content-range", "accept-ranges", "last-modified", "etag"}
    headers = [(k, v) for k, v in returned(reply) if k.lower() in kept]
    return streamed(reply, headers)

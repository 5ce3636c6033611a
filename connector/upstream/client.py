"""One call at a vendor, from flat inputs to the bytes that are sent, and from the bytes that came to a value."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from specloom.connector.errors import Refused, dumps
from specloom.connector.upstream.credentials import SentCredential, taken_by
from specloom.connector.upstream.endpoints import Endpoint
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.bodies import Part, body_type, form_text, multipart_parts
from specloom.schemas.http.inputs import WireRequest, to_wire
from specloom.schemas.http.styles import InputError, percent, text
from specloom.schemas.model import Operation

AGENT = "specloom-gateway"
REPLY_LIMIT = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request by its names and values, before they are written down. `path` is by the document's own names."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A call made ready to `endpoint`. `seen` is what expressions see of it."""

    endpoint: Endpoint
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    seen: RequestView

    def exchange(self, status: int, headers: Mapping[str, str], body: Any) -> Exchange:
        seen = self.seen
        return Exchange(
            status=status, body=body, headers=headers, request_body=seen.body, request_headers=seen.headers,
            path=seen.path, query=seen.query, url=self.url, method=self.method,
        )  # fmt: skip


def prepare(endpoint: Endpoint, inputs: Mapping[str, Any], credential: SentCredential) -> UpstreamRequest:
    """Raises Refused where the inputs cannot be written down as the vendor wants them."""
    if not endpoint.base_url:
        raise unconfigured(endpoint)
    operation = endpoint.operation
    try:
        wire = to_wire(operation, inputs)
    except InputError as error:
        raise Refused("invalid_request", str(error)) from None
    headers = {"Accept": operation.accept or "*/*", "User-Agent": AGENT, "Accept-Encoding": "gzip, deflate"}
    headers.update(wire.headers)
    body, media_type = encode_body(operation, wire)
    if media_type:
        headers["Content-Type"] = media_type
    cookies, query = dict(wire.cookies), [wire.query_string] if wire.query_string else []
    for (location, name), value in taken_by(endpoint.service, operation, credential).items():
        if location == "header":
            headers[name] = value
        elif location == "cookie":
            cookies[name] = value
        else:
            query.append(f"{percent(name)}={percent(value)}")
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={percent(value)}" for name, value in cookies.items())
    url = endpoint.base_url + wire.path + (f"?{'&'.join(query)}" if query else "")
    path = {f.pointer or f.name: inputs[f.name] for f in operation.fields if f.location == "path" and f.name in inputs}
    seen = RequestView(path=path, query=dict(wire.query), body=wire.body, headers=wire.headers)
    return UpstreamRequest(endpoint, operation.method, url, headers, body, seen)


def unconfigured(endpoint: Endpoint) -> Refused:
    service, missing = endpoint.service, endpoint.vendor.missing
    message = f"The gateway does not know where {service.title} is: set {missing or 'its base URL'}"
    return Refused("unreachable", message, status=503)


def encode_body(operation: Operation, wire: WireRequest) -> tuple[bytes | None, str]:
    """The bytes of a request body and its media type; (None, '') for none."""
    body, kind = wire.body, body_type(operation)
    if body is None:
        return None, ""
    if kind == "json":
        return dumps(body), wire.media_type
    if kind == "form" and isinstance(body, Mapping):
        return form_text(operation, body).encode(), wire.media_type
    if kind == "multipart" and isinstance(body, Mapping):
        return encode_multipart_formdata([_form_part(part) for part in multipart_parts(operation, body)])
    if kind == "text":
        return text(body).encode(), wire.media_type
    # A range says nothing of the file, which may say it itself.
    told = body.get("content_type") if isinstance(body, Mapping) else None
    return _bytes(body), str(told) if told and wire.media_type == "application/octet-stream" else wire.media_type


def _form_part(part: Part) -> RequestField:
    """A file is given as base64 text, a data URL, or {data, file_name, content_type}."""
    told = part.value if part.file and isinstance(part.value, Mapping) else {}
    data = _bytes(part.value) if part.file else str(part.value)
    name = re.split(r"[\\/]", str(told.get("file_name") or part.name))[-1] or "file"
    field = RequestField(part.name, data, filename=name if part.file else None)
    kind = str(told.get("content_type") or part.content_type or ("application/octet-stream" if part.file else ""))
    field.make_multipart(content_type=kind or None)
    return field


def _bytes(value: Any) -> bytes:
    encoded = str(value.get("data", "") if isinstance(value, Mapping) else value)
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Refused("invalid_request", "A file must be given as base64 text or as a data URL") from None

"""Vendors' callbacks: a doorbell and no more. Token and signature are checked, the payload is never believed."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from dataclasses import dataclass

from flask import Blueprint, Response, g, request
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from werkzeug.datastructures import Headers

from specloom.connector.errors import Refused, json_reply
from specloom.connector.gateway.context import gateway
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import inbound
from specloom.connector.ledger.vault import token_hash
from specloom.connector.upstream.services import Vendor
from specloom.schemas.model import Signature

blueprint = Blueprint("inbound", __name__)
LARGEST = 2**20
_ALGORITHMS = {"hmac-sha256": "sha256", "hmac-sha512": "sha512", "hmac-sha1": "sha1"}
_BAD = "The signature is missing, wrong, too old or was seen before"


@blueprint.post("/inbound/<service>/<token>")
def ring(service: str, token: str) -> Response:
    """The job is asked about at once. 404 for a token that belongs to no running job, 401 for a bad signature."""
    shared = gateway()
    vendor = shared.vendors.get(service)
    request.max_content_length = LARGEST
    body = request.get_data(cache=False)
    if vendor is None:
        raise Refused("not_found", "There is no such service")
    g.service = service
    job = shared.jobs.store.by_doorbell(service, token_hash(token))
    if job is None:
        raise Refused("not_found", "No running job waits for this call")
    if vendor.doorbell.secrets:
        digest = verified(vendor, request.headers, body, time.time())
        if not remember(shared.ledger, digest, time.time() + 2 * tolerance_of(vendor)):
            raise Refused("unauthorized", _BAD)
    shared.jobs.tracker.ring(job)
    g.operation = job.operation
    return json_reply({"received": True})


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a signed call, as they stand in its headers."""

    timestamp: str
    signature: str
    message_id: str


def verified(vendor: Vendor, headers: Headers, body: bytes, now: float) -> str:
    """A digest that stands for this one call, to refuse its repetition. Raises Refused (401), whatever is wrong."""
    rule = vendor.service.signature
    if rule is None or rule.algorithm not in _ALGORITHMS:
        raise Refused("unauthorized", "This service's signatures are not known to the gateway")
    signed = Signed(
        headers.get(rule.timestamp_header, "") if rule.timestamp_header else "",
        headers.get(rule.signature_header, ""),
        headers.get(rule.id_header, "") if rule.id_header else "",
    )
    if rule.timestamp_header and not is_recent(signed.timestamp, now, tolerance_of(vendor)):
        raise Refused("unauthorized", _BAD)
    given = _bytes(signed.signature, rule, vendor.doorbell.encoding or rule.encoding)
    content = signed_content(rule, signed, body)
    digests = [hmac.digest(secret, content, _ALGORITHMS[rule.algorithm]) for secret in vendor.doorbell.secrets]
    # Every secret is compared, so that time does not tell which one it was.
    if not any([hmac.compare_digest(digest, given) for digest in digests]):
        raise Refused("unauthorized", _BAD)
    return token_hash(f"{vendor.service.key}\0{signed.timestamp}\0{given.hex()}")


def signed_content(rule: Signature, signed: Signed, body: bytes) -> bytes:
    """What was signed: the document's template, filled in once, so that nothing in a body is a placeholder."""
    values = {"{timestamp}": signed.timestamp.encode(), "{id}": signed.message_id.encode(), "{body}": body}
    content, rest = b"", rule.content
    while rest:
        found = min((place for place in values if place in rest), key=rest.index, default="")
        if not found:
            return content + rest.encode()
        before, _, rest = rest.partition(found)
        content += before.encode() + values[found]
    return content


def is_recent(timestamp: str, now: float, tolerance: float) -> bool:
    """Unix seconds, or milliseconds, which nobody documents either."""
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 16:
        return False
    moment = float(timestamp)
    return abs((moment / 1000 if moment > 1e11 else moment) - now) <= tolerance


def tolerance_of(vendor: Vendor) -> float:
    rule = vendor.service.signature
    return vendor.doorbell.tolerance or (rule.tolerance if rule else 300)


def _bytes(text: str, rule: Signature, encoding: str) -> bytes:
    text = text.strip()
    text = text.removeprefix(rule.prefix) if rule.prefix else text
    try:
        return bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise Refused("unauthorized", _BAD) from None


def remember(ledger: Ledger, digest: str, expires: float) -> bool:
    """False where any process has seen it before."""
    dialect = sqlite if is_sqlite(ledger.engine) else postgresql
    with ledger.write() as connection:
        put = dialect.insert(inbound).values(digest=digest, expires=expires).on_conflict_do_nothing()
        return connection.execute(put.returning(inbound.c.digest)).first() is not None


def purge(ledger: Ledger, now: float) -> int:
    with ledger.write() as connection:
        return connection.execute(delete(inbound).where(inbound.c.expires < now)).rowcount

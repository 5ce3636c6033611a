"""Operations: is it alive, is it ready, what does it count, what does it speak, and whom does it stand for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import JSON, Refused, json_reply
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.described import document_of, service_of
from specloom.connector.ledger import is_sqlite
from specloom.connector.settings import is_loopback
from specloom.connector.storage.folder import check_folder
from specloom.connector.storage.model import StoreError

DOCUMENT = Path(__file__).parents[3] / "schemas" / "gateway.openapi.yaml"
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    return json_reply({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """503 while it stops, while the ledger cannot be used, and while there is no room for what callers send."""
    shared = gateway()
    if shared.stopping():
        raise Refused("unreachable", "The gateway is stopping", status=503)
    try:
        _check_ledger(shared)
    except SQLAlchemyError:
        raise Refused("unreachable", "The ledger cannot be used", status=503, retry_after=5) from None
    try:
        if is_sqlite(shared.ledger.engine):
            check_folder(Path(str(shared.ledger.engine.url.database)).parent)
        shared.files.store.check()
    except StoreError as error:
        raise Refused("unreachable", f"Nothing can be kept: {error}", status=503, retry_after=5) from None
    return json_reply({"status": "ready"})


def _check_ledger(shared: GatewayContext) -> None:
    """Raises SQLAlchemyError. What a file of SQLite takes is a question of its disk; a server is asked."""
    if is_sqlite(shared.ledger.engine):
        with shared.ledger.read() as connection:
            connection.execute(text("SELECT 1"))
    else:
        shared.jobs.store.instance.sign()


@blueprint.get("/metrics")
def metrics() -> Response:
    """For operators, and where no call needs a key, for neighbours."""
    shared = gateway()
    if shared.callers.keyring.is_closed() or not is_loopback(request.remote_addr or ""):
        shared.callers.operator(request)
    return Response(shared.exposition.text(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/services")
def services() -> Response:
    """What there is to run, and where its drop-in route begins."""
    vendors = gateway().vendors
    return json_reply({"data": [service_of(vendor, whole=False) for _, vendor in sorted(vendors.items())]})


@blueprint.get("/services/<key>")
def service(key: str) -> Response:
    """One service, with the inputs of its operations as JSON Schema."""
    vendor = gateway().vendors.get(key)
    if vendor is None:
        raise Refused("not_found", f"There is no service {key[:100]!r}; GET /services lists what there is")
    return json_reply(service_of(vendor))


@blueprint.get("/openapi.json")
def document() -> Response:
    """The contract, and each operation that there is to run."""
    shared = gateway()
    if shared.document is None:
        contract: Any = yaml.safe_load(DOCUMENT.read_text("utf-8"))
        shared.document = json.dumps(document_of(contract, shared.vendors), default=str).encode()
    return Response(shared.document, mimetype=JSON)

"""Operations: is it alive, is it ready, what does it count, what does it speak, and whom does it stand for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import JSON, Refused, json_reply
from specloom.connector.gateway.context import gateway
from specloom.connector.settings import is_loopback

DOCUMENT = Path(__file__).parents[3] / "schemas" / "gateway.openapi.yaml"
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    return json_reply({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """503 while it stops, and while the ledger cannot be read."""
    shared = gateway()
    if shared.stopping():
        raise Refused("unreachable", "The gateway is stopping", status=503)
    try:
        with shared.ledger.read() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        raise Refused("unreachable", "The ledger cannot be read", status=503) from None
    return json_reply({"status": "ready"})


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
    shared = gateway()
    listed = [
        {
            "key": key,
            "title": vendor.service.title,
            "drop_in": f"/{key}",
            "ready": bool(vendor.base_url),
            "operations": [
                {"id": o.operation_id, "name": o.name, "type": o.output.type, "run": f"/run/{key}/{o.operation_id}"}
                for o in vendor.service.operations
            ],
        }
        for key, vendor in sorted(shared.vendors.items())
    ]
    return json_reply({"data": listed})


@blueprint.get("/openapi.json")
def document() -> Response:
    return Response(_document(), mimetype=JSON)


@cache
def _document() -> bytes:
    loaded: Any = yaml.safe_load(DOCUMENT.read_text())
    return json.dumps(loaded, default=str).encode()

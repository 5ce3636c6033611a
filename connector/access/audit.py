"""The audit trail: who changed which key, quota or hook, and what operators ran for whom. Written in the transaction of
the change itself; never a key, never an address in full."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import has_request_context, request
from sqlalchemy import Connection, Row, delete, insert, select

from specloom.connector.access.identity import current, tenant_name
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.ids import new_id
from specloom.connector.ledger.key_tables import audit
from specloom.schemas.durations import iso

KEPT = 400 * 86400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it; `client` is an address, '' for this machine."""

    name: str
    role: str
    client: str = ""


GATEWAY = Actor("gateway", "machine")


def actor() -> Actor:
    """Whoever makes the request at hand; the gateway itself outside of one."""
    if not has_request_context():
        return GATEWAY
    identity, client = current(), request.remote_addr or ""
    if identity is None:
        return Actor("a vendor's key", "vendor_key", client)
    return Actor(identity.name, identity.role, client)


def record(
    connection: Connection, action: str, target: str, tenant: str | None, by: Actor | None = None, **detail: Any
) -> None:
    """One entry. `action` is such as key.created; `detail` is JSON."""
    who = by or actor()
    row = {
        "id": new_id("aud"), "at": time.time(), "actor": who.name[:120], "role": who.role, "action": action,
        "target": target[:120], "tenant": tenant, "detail": json.dumps(detail), "client": who.client[:64],
    }  # fmt: skip
    connection.execute(insert(audit).values(row))


def page(connection: Connection, wanted: Mapping[str, Any], size: int) -> list[Row[Any]]:
    """Newest first. `wanted`: tenant, action (or its beginning, as `key.`), target, actor, since and until (unix
    seconds), before (an id)."""
    readings: Mapping[str, Any] = {
        "tenant": lambda value: audit.c.tenant == value,
        "action": lambda value: audit.c.action.startswith(value, autoescape=True),
        "target": lambda value: audit.c.target == value,
        "actor": lambda value: audit.c.actor == value,
        "since": lambda value: audit.c.at >= value,
        "until": lambda value: audit.c.at <= value,
        "before": lambda value: audit.c.id < value,
    }
    chosen = [readings[name](value) for name, value in wanted.items() if value is not None]
    return list(connection.execute(select(audit).where(*chosen).order_by(audit.c.id.desc()).limit(size)))


def shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": iso(row.at),
        "actor": row.actor,
        "role": row.role,
        "action": row.action,
        "target": row.target,
        "tenant": tenant_name(row.tenant) or None,
        "detail": json.loads(row.detail),
        "client": row.client,
    }


def masked(url: str) -> str:
    """An address without what makes those of Zapier and Make secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def purge(ledger: Ledger, now: float) -> int:
    with ledger.write() as connection:
        return connection.execute(delete(audit).where(audit.c.at < now - KEPT)).rowcount

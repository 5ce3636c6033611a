"""`/keys`, `/tenants` and `/audit`: what operators look after. Keys of operators are never made here."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection, select

from specloom.connector.access import audit, quotas, store
from specloom.connector.access.identity import tenant_id, tenant_name
from specloom.connector.access.quotas import UNLIMITED, Quotas
from specloom.connector.access.store import NewKey
from specloom.connector.errors import Refused, json_reply
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.ledger.key_tables import keys, spend
from specloom.connector.webhooks.api.requests import (
    ValueReader,
    body,
    limit,
    moment,
    names,
    number,
    one_of,
    query,
    read,
    text,
)

blueprint = Blueprint("operators", __name__)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._@-]{0,78}[A-Za-z0-9._@-])?")
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_OPERATION = re.compile(r"[A-Za-z0-9_.-]{1,120}/[ -~]{1,199}")
_SERVICE = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_SUBJECT = re.compile(r"[A-Za-z0-9_:*][ -.0-~]{0,75}")


def _like(pattern: re.Pattern[str], words: str) -> ValueReader:
    def reader(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"must be {words}")
        return value

    return reader


_name = _like(_NAME, "a name of 1 to 80 letters, digits, spaces and ._@-")
_tenant_name = _like(_TENANT, "1 to 60 letters, digits, dots, dashes and underscores")
_operation = _like(_OPERATION, "an operation as service/operationId")


def _services(value: Any) -> list[str]:
    entries = names(value, 120)
    if not all(_SERVICE.fullmatch(entry) for entry in entries):
        raise ValueError("must list keys of services")
    return entries


def _operations(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > 200:
        raise ValueError("must be a list of at most 200 operations")
    return [_operation(entry) for entry in value]


def _whole(most: int) -> ValueReader:
    def reader(value: Any) -> int | None:
        if value is None:
            return None
        whole = isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
        if not whole or not 0 <= value <= most:
            raise ValueError(f"must be a whole number from 0 to {most}, or null")
        return int(value)

    return reader


def _spend(value: Any) -> dict[str, float]:
    amount = number(0, 1e12)
    if not isinstance(value, dict) or len(value) > 200 or not all(_SERVICE.fullmatch(service) for service in value):
        raise ValueError("must be an object of services and what may be spent at each in a month")
    return {service: amount(most) for service, most in value.items()}


_NEW: Mapping[str, ValueReader] = {
    "name": _name,
    "tenant": _tenant_name,
    "services": _services,
    "operations": _operations,
    "expires_at": moment,
}
_QUOTAS: Mapping[str, ValueReader] = {
    "calls": _whole(100_000), "jobs": _whole(1_000_000), "rate": number(0, 1e6, nullable=True),
    "storage": _whole(2**53), "spend": _spend,
}  # fmt: skip
_ENTRIES: Mapping[str, ValueReader] = {
    "tenant": text(80), "action": text(40), "target": text(120), "actor": text(120), "since": moment, "until": moment,
    "before": text(40), "limit": limit,
}  # fmt: skip


def _shared() -> GatewayContext:
    """The gateway, for an operator. Raises Refused (401, 403)."""
    shared = gateway()
    shared.callers.operator(request)
    return shared


@blueprint.get("/keys")
def list_keys() -> Response:
    shared = _shared()
    wanted = query({"tenant": text(80), "state": one_of("active", "all")})
    tenant = tenant_id(wanted["tenant"]) if "tenant" in wanted else None
    with shared.ledger.read() as connection:
        rows = store.listed(connection, tenant=tenant, gone=wanted.get("state") == "all")
    return json_reply({"data": [store.shown(row) for row in rows]})


@blueprint.post("/keys")
def create_key() -> Response:
    """A tenant's key, shown this once."""
    shared = _shared()
    given = read(body(), _NEW, ("name",))
    expires = given.pop("expires_at", None)
    with shared.ledger.write() as connection:
        row, key = store.create(connection, NewKey(**given, expires=expires), audit.actor().name)
        audit.record(connection, "key.created", row.id, row.tenant, name=row.name)
    shared.callers.keyring.forget()
    return json_reply({**store.shown(row), "key": key}, 201, {"Location": f"/keys/{row.id}"})


@blueprint.get("/keys/<key_id>")
def get_key(key_id: str) -> Response:
    with _shared().ledger.read() as connection:
        return json_reply(store.shown(store.find(connection, key_id)))


@blueprint.delete("/keys/<key_id>")
def revoke_key(key_id: str) -> Response:
    """It works no more, within a second wherever the ledger is shared. To revoke it again changes nothing."""
    shared = _shared()
    with shared.ledger.write() as connection:
        row = store.find(connection, key_id)
        if store.revoke(connection, row):
            audit.record(connection, "key.revoked", row.id, row.tenant, name=row.name)
    shared.callers.keyring.forget()
    return Response(status=204)


@blueprint.get("/tenants")
def list_tenants() -> Response:
    """Those that keys, quotas or accounts name: what each may have, and what it spent this month."""
    shared = _shared()
    month = time.strftime("%Y-%m", time.gmtime())
    with shared.ledger.read() as connection:
        given, spent = quotas.read(connection), _spent(connection, month)
        owners = set(connection.scalars(select(keys.c.tenant).where(keys.c.tenant.is_not(None)).distinct()))
    known = owners | set(shared.callers.keyring.tenants()) | set(spent)
    known |= {subject for subject in given if subject[:2] in ("t:", "k:", "v:")}
    listed = [_tenant(tenant, given, spent) for tenant in sorted(known)]
    return json_reply({"data": listed, "default": _quotas(given.get(quotas.EVERYONE, UNLIMITED))})


def _spent(connection: Connection, month: str) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in connection.execute(select(spend).where(spend.c.day.startswith(month)).order_by(spend.c.day)):
        entry = found.setdefault(row.tenant, {}).setdefault(row.service, {"cost": 0.0, "unit": "", "calls": 0})
        entry |= {"cost": entry["cost"] + row.cost, "calls": entry["calls"] + row.calls, "unit": row.unit}
    return found


def _tenant(tenant: str, given: Mapping[str, Quotas], spent: Mapping[str, Any]) -> dict[str, Any]:
    own = given.get(tenant)
    return {
        "tenant": tenant_name(tenant),
        "quotas": _quotas(own or given.get(quotas.EVERYONE, UNLIMITED)),
        "own_quotas": own is not None,
        "spent": spent.get(tenant, {}),
    }


def _quotas(given: Quotas) -> dict[str, Any]:
    return {
        "calls": given.calls, "jobs": given.jobs, "rate": given.rate, "storage": given.storage,
        "spend": dict(given.spend),
    }  # fmt: skip


@blueprint.get("/quotas/<subject>")
def get_quotas(subject: str) -> Response:
    with _shared().ledger.read() as connection:
        return json_reply(_quotas(quotas.read(connection).get(_subject(connection, subject), UNLIMITED)))


@blueprint.put("/quotas/<subject>")
def set_quotas(subject: str) -> Response:
    """All of them at once: what is not given has no limit."""
    shared = _shared()
    given = Quotas(**read(body(empty=True), _QUOTAS))
    with shared.ledger.write() as connection:
        found = _subject(connection, subject)
        quotas.write(connection, found, given)
        owner = found if found[1:2] == ":" else None
        audit.record(connection, "quotas.set", found, owner, **_quotas(given))
    shared.gate.forget()
    return json_reply(_quotas(given))


def _subject(connection: Connection, given: str) -> str:
    """A tenant's name, the id of a key, or * for tenants without any. Raises Refused (400, 404)."""
    if given == quotas.EVERYONE:
        return given
    if given.startswith("key_"):
        return str(store.find(connection, given).id)
    if not _SUBJECT.fullmatch(given):
        raise Refused("invalid_request", "A tenant's name has at most 76 printable characters, and no slash")
    return tenant_id(given)


@blueprint.get("/audit")
def list_audit() -> Response:
    shared = _shared()
    wanted = query(_ENTRIES)
    size = wanted.pop("limit", 20)
    if "tenant" in wanted:
        wanted["tenant"] = tenant_id(wanted["tenant"])
    with shared.ledger.read() as connection:
        rows = audit.page(connection, wanted, size)
    return json_reply({"data": [audit.shown(row) for row in rows]})

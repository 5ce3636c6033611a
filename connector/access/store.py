"""Keys in the ledger: made, listed, revoked. What is kept of a key is its hash; it is shown once, to who made it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from specloom.connector.access.identity import TENANT, Identity, Role, tenant_id, tenant_name
from specloom.connector.errors import Refused
from specloom.connector.ledger.ids import is_id, new_id
from specloom.connector.ledger.key_tables import keys
from specloom.connector.ledger.vault import token_hash
from specloom.connector.settings import KEY_PREFIX, OPERATOR_PREFIX
from specloom.schemas.durations import iso

_HINT = 8
"""Characters: the prefix and four more, of 43."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What is asked for. `expires` is unix seconds; a tenant's key without `tenant` is a tenant of its own name."""

    name: str
    role: Role = TENANT
    tenant: str = ""
    services: Sequence[str] = ()
    operations: Sequence[str] = ()
    expires: float | None = None


def create(connection: Connection, wanted: NewKey, by: str) -> tuple[Row[Any], str]:
    """The new row, and the key itself, which is never shown again. Raises Refused (409) where a key of the same tenant
    that works has the name already."""
    now = time.time()
    tenant = tenant_id(wanted.tenant or wanted.name) if wanted.role == TENANT else None
    same = (keys.c.name == wanted.name) & keys.c.revoked.is_(None) & keys.c.tenant.is_not_distinct_from(tenant)
    if any(row.expires is None or row.expires > now for row in connection.execute(select(keys).where(same))):
        raise Refused("invalid_request", f"There is a key named {wanted.name!r} already", status=409)
    key = (KEY_PREFIX if wanted.role == TENANT else OPERATOR_PREFIX) + secrets.token_urlsafe(32)
    row = {
        "id": new_id("key"), "digest": token_hash(key), "hint": key[:_HINT], "role": wanted.role, "name": wanted.name,
        "tenant": tenant,
        "services": json.dumps(list(wanted.services)), "operations": json.dumps(list(wanted.operations)),
        "created": now, "created_by": by, "expires": wanted.expires,
    }  # fmt: skip
    connection.execute(insert(keys).values(row))
    return find(connection, str(row["id"])), key


def find(connection: Connection, key_id: str) -> Row[Any]:
    """Raises Refused (404)."""
    row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none() if is_id(key_id) else None
    if row is None:
        raise Refused("not_found", "There is no such key")
    return row


def named(connection: Connection, text: str) -> Row[Any]:
    """By id, or by name where one key that is not revoked has it. Raises Refused (404)."""
    if is_id(text):
        return find(connection, text)
    rows = connection.execute(select(keys).where(keys.c.name == text, keys.c.revoked.is_(None))).all()
    if len(rows) != 1:
        problem = "There is no such key" if not rows else f"{len(rows)} keys have this name; give the id"
        raise Refused("not_found", problem)
    return rows[0]


def listed(connection: Connection, *, tenant: str | None = None, gone: bool = False) -> list[Row[Any]]:
    """Newest first; `gone`: those that are revoked or have expired too."""
    query = select(keys).order_by(keys.c.id.desc())
    if tenant is not None:
        query = query.where(keys.c.tenant == tenant)
    if not gone:
        query = query.where(keys.c.revoked.is_(None), (keys.c.expires.is_(None)) | (keys.c.expires > time.time()))
    return list(connection.execute(query))


def revoke(connection: Connection, row: Row[Any]) -> bool:
    """It works no more, wherever the ledger is read. False where it was revoked before."""
    ended = update(keys).where(keys.c.id == row.id, keys.c.revoked.is_(None)).values(revoked=time.time())
    return connection.execute(ended).rowcount == 1


def identity_of(row: Row[Any], now: float) -> Identity | None:
    """None for a key that is revoked or has expired."""
    if row.revoked is not None or (row.expires is not None and row.expires <= now):
        return None
    return Identity(
        name=row.name, role=row.role, tenant=row.tenant, key_id=row.id,
        services=frozenset(json.loads(row.services)), operations=frozenset(json.loads(row.operations)),
    )  # fmt: skip


def used(connection: Connection, times: Mapping[str, float]) -> None:
    """Note when keys were last used (id to unix seconds)."""
    for key_id in sorted(times):
        connection.execute(update(keys).where(keys.c.id == key_id).values(used=times[key_id]))


def state_of(row: Row[Any], now: float) -> str:
    """active, expired or revoked."""
    if row.revoked is not None:
        return "revoked"
    return "expired" if row.expires is not None and row.expires <= now else "active"


def shown(row: Row[Any]) -> dict[str, Any]:
    """A key as the API shows it: how it begins, and no more of it."""
    return {
        "id": row.id,
        "name": row.name,
        "hint": f"{row.hint}…",
        "role": row.role,
        "tenant": tenant_name(row.tenant) or None,
        "services": json.loads(row.services),
        "operations": json.loads(row.operations),
        "state": state_of(row, time.time()),
        "created_at": iso(row.created),
        "created_by": row.created_by,
        "expires_at": iso(row.expires),
        "revoked_at": iso(row.revoked),
        "last_used_at": iso(row.used),
    }

"""Hooks in the ledger. Every statement is bound to the tenants of the caller: there is no way to name another's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from specloom.connector.errors import Refused
from specloom.connector.ledger import Vault
from specloom.connector.ledger.ids import is_id, new_id, within
from specloom.connector.ledger.webhook_tables import hooks
from specloom.connector.network.ssrf import Guard, RefusedURL
from specloom.connector.webhooks.delivery.claim import close_pending
from specloom.connector.webhooks.events import FIRST_ROOM
from specloom.connector.webhooks.signing import new_secret
from specloom.schemas.durations import iso

MOST_HOOKS = 1000
"""Of one tenant."""
_SHOWN = ("enabled", "disabled", "gone")
_HEALTHY = {"failures": 0, "failing_since": None, "open_until": 0, "room": FIRST_ROOM, "reason": ""}
_COLUMNS = {"rate_limit": "rate"}
_LISTS = ("events", "services")


def create(connection: Connection, vault: Vault, tenant: str, values: Mapping[str, Any]) -> tuple[Row[Any], str]:
    """The new hook and its signing secret, which is never shown again."""
    mine = (hooks.c.tenant == tenant) & (hooks.c.kind == "hook") & hooks.c.status.in_(_SHOWN)
    if connection.execute(select(func.count()).select_from(hooks).where(mine)).scalar_one() >= MOST_HOOKS:
        raise Refused("invalid_request", f"There are {MOST_HOOKS} hooks already; delete some", status=409)
    now, secret, hook_id = time.time(), new_secret(), new_id("hook")
    row = {
        "services": "[]", **_row(values), "id": hook_id, "tenant": tenant, "kind": "hook", "status": "enabled",
        "sealed": vault.seal(secret), "created": now, "updated": now, "room": FIRST_ROOM,
    }  # fmt: skip
    connection.execute(insert(hooks).values(row))
    return find(connection, [tenant], hook_id), secret


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _COLUMNS.get(name, name): json.dumps(value) if name in _LISTS else value for name, value in values.items()
    }  # fmt: skip


def find(connection: Connection, tenants: Sequence[str] | None, hook_id: str) -> Row[Any]:
    """Raises Refused (404), for another tenant's hook too."""
    query = select(hooks).where(hooks.c.id == hook_id, _mine(tenants))
    row = connection.execute(query).one_or_none() if is_id(hook_id) else None
    if row is None:
        raise Refused("not_found", "There is no such hook")
    return row


def _mine(tenants: Sequence[str] | None) -> Any:
    return within(hooks.c.tenant, tenants) & (hooks.c.kind == "hook") & hooks.c.status.in_(_SHOWN)


def every(connection: Connection, tenants: Sequence[str] | None) -> list[Row[Any]]:
    """Newest first."""
    query = select(hooks).where(_mine(tenants)).order_by(hooks.c.id.desc()).limit(MOST_HOOKS)
    return list(connection.execute(query))


def change(connection: Connection, hook: Row[Any], values: Mapping[str, Any]) -> None:
    """`enabled: true` also forgets past failures; `false` ends what waits, which can be replayed."""
    now = time.time()
    row = _row({name: value for name, value in values.items() if name != "enabled"})
    enabled = values.get("enabled")
    if enabled:
        row |= {"status": "enabled", **_HEALTHY}
    elif enabled is False:
        row |= {"status": "disabled", "reason": "disabled by its owner"}
        close_pending(connection, hook.id, "dead", "the hook is disabled", now)
    connection.execute(update(hooks).where(hooks.c.id == hook.id).values({**row, "updated": now}))


def delete(connection: Connection, hook: Row[Any]) -> None:
    """What the log says of it stays until it is purged; its secrets do not."""
    now = time.time()
    close_pending(connection, hook.id, "canceled", "the hook was deleted", now)
    values = {"status": "deleted", "reason": "", "sealed": "", "sealed_old": "", "updated": now}
    connection.execute(update(hooks).where(hooks.c.id == hook.id).values(values))


def rotate(connection: Connection, vault: Vault, hook: Row[Any], overlap: float) -> str:
    """A new signing secret; for `overlap` seconds deliveries are signed with the old one too."""
    now, secret = time.time(), new_secret()
    values = {
        "sealed": vault.seal(secret), "sealed_old": hook.sealed if overlap else "",
        "sealed_old_until": now + overlap, "updated": now,
    }  # fmt: skip
    connection.execute(update(hooks).where(hooks.c.id == hook.id).values(values))
    return secret


def shown(hook: Row[Any]) -> dict[str, Any]:
    """A hook as the API shows it: without its secret."""
    return {
        "id": hook.id,
        "target_url": hook.target_url,
        "events": json.loads(hook.events),
        "services": json.loads(hook.services),
        "description": hook.description,
        "include_raw": bool(hook.include_raw),
        "rate_limit": hook.rate,
        "status": hook.status,
        "reason": hook.reason,
        "failing_since": iso(hook.failing_since),
        "last_success_at": iso(hook.succeeded),
        "created_at": iso(hook.created),
        "updated_at": iso(hook.updated),
    }


def refused(connection: Connection, guard: Guard) -> list[tuple[str, str]]:
    """(id, reason) of each enabled hook that may be called no more, such as after a change of the allow-list. Names
    are looked up when they are called."""
    found = []
    enabled = select(hooks.c.id, hooks.c.target_url).where(hooks.c.status == "enabled").order_by(hooks.c.id)
    for hook_id, url in connection.execute(enabled):
        try:
            guard.check(url, resolve=False)
        except RefusedURL as error:
            found.append((str(hook_id), str(error).partition("'http")[0].rstrip(": ")))
    return found


def sealed_secrets(hook: Row[Any], now: float) -> tuple[str, ...]:
    """What its deliveries are signed with now, the newest first: two while its secret is being replaced."""
    older = hook.sealed_old if hook.sealed_old_until > now else ""
    return tuple(secret for secret in (hook.sealed, older) if secret)

"""What one-off deliveries (`Specloom-Callback`) are signed with: a secret of each tenant, shown when made anew."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from specloom.connector.ledger import Vault
from specloom.connector.ledger.webhook_tables import callback_secrets, hooks
from specloom.connector.webhooks.signing import new_secret


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """The columns of a hook that say what its deliveries are signed with: the old one too, until that time."""

    sealed: str = ""
    sealed_old: str = ""
    sealed_old_until: float = 0


UNSIGNED = SealedSecrets()


def ensure(connection: Connection, vault: Vault, tenant: str) -> SealedSecrets:
    """The tenant's secrets; one is made where it has none."""
    table = callback_secrets.c
    mine = select(table.sealed, table.sealed_old, table.sealed_old_until).where(table.tenant == tenant)
    row = connection.execute(mine).one_or_none()
    if row is None:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        first = {"tenant": tenant, "sealed": vault.seal(new_secret()), "updated": time.time()}
        connection.execute(dialect.insert(callback_secrets).values(first).on_conflict_do_nothing())
        row = connection.execute(mine).one()
    return SealedSecrets(*row)


def rotate(connection: Connection, vault: Vault, tenant: str, overlap: float) -> str:
    """A new secret, whose text is shown this once; for `overlap` seconds what is sent bears the old signature too."""
    now, secret = time.time(), new_secret()
    old = ensure(connection, vault, tenant).sealed if overlap else ""
    values = asdict(SealedSecrets(vault.seal(secret), old, now + overlap))
    ensure(connection, vault, tenant)
    mine = update(callback_secrets).where(callback_secrets.c.tenant == tenant)
    connection.execute(mine.values(**values, updated=now))
    callbacks = (hooks.c.tenant == tenant) & (hooks.c.kind == "callback")
    connection.execute(update(hooks).where(callbacks).values(values))
    return secret

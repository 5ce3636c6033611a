"""Tenants that nobody named: a keyed digest of what they call with, which stays theirs when the secret key changes."""

from __future__ import annotations

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import files, idempotency, jobs, tenant_aliases
from specloom.connector.ledger.webhook_tables import events, hooks

_SIZE = 40
"""Hex characters of the digest that make a name."""
_MOST_KNOWN = 10_000
_OWNED: tuple[Table, ...] = (hooks, jobs, events, files, idempotency)


class TenantNames:
    """While several secret keys are configured, a tenant bears the name of the oldest under which the ledger knows it,
    so that gateways which still have that one alone agree. Its names under the others become aliases, which remain when
    the old key is gone."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, str] = {}

    def of(self, prefix: str, purpose: str, *parts: str) -> str:
        """`prefix` and the digest of `parts`. Needs the ledger once for each name, and does without where it is not to
        be had: the call itself does not depend on it."""
        names = [prefix + digest[:_SIZE] for digest in self._ledger.vault.digests(purpose, *parts)]
        known = self._known.get(names[0])
        if known is not None:
            return known
        try:
            tenant = self._looked_up(names)
        except SQLAlchemyError:
            return names[-1]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[names[0]] = tenant
        return tenant

    def _looked_up(self, names: list[str]) -> str:
        with self._ledger.read() as connection:
            query = select(tenant_aliases).where(tenant_aliases.c.name.in_(names))
            aliases = {row.name: row.tenant for row in connection.execute(query)}
            if names[0] in aliases:
                return str(aliases[names[0]])
            if len(names) == 1:
                return names[0]
            before = next((aliases[name] for name in names if name in aliases), None)
            tenant = before or next((name for name in reversed(names) if _owns(connection, name)), names[-1])
        self._remember([name for name in names if name != tenant], str(tenant))
        return str(tenant)

    def _remember(self, names: list[str], tenant: str) -> None:
        dialect = sqlite if is_sqlite(self._ledger.engine) else postgresql
        rows = [{"name": name, "tenant": tenant} for name in names]
        with self._ledger.write() as connection:
            connection.execute(dialect.insert(tenant_aliases).values(rows).on_conflict_do_nothing())


def _owns(connection: Connection, tenant: str) -> bool:
    return any(
        connection.execute(select(table.c.tenant).where(table.c.tenant == tenant).limit(1)).first() for table in _OWNED
    )

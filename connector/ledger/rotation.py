"""A change of the secret key: the wrong one is refused at start, and what another one sealed is sealed anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import files, idempotency, jobs, secret_checks
from specloom.connector.ledger.webhook_tables import callback_secrets, hooks
from specloom.schemas.problems import SpecloomError

_CHECK = "secret key"
_AT_ONCE = 200
"""Rows in one transaction: writers beside us must not wait long."""
_SEALED: tuple[Column[Any], ...] = (
    hooks.c.sealed, hooks.c.sealed_old, callback_secrets.c.sealed, callback_secrets.c.sealed_old,
    jobs.c.sealed, files.c.sealed, idempotency.c.sealed,
)  # fmt: skip


def check_secret_key(ledger: Ledger) -> None:
    """Raises SpecloomError where this ledger was written with another key. A ledger that has no check value yet, from
    before there were any, is judged by what is sealed in it."""
    with ledger.read() as connection:
        check = connection.scalar(select(secret_checks.c.sealed).where(secret_checks.c.name == _CHECK))
        samples = [] if check else [connection.scalar(select(c).where(c != "").limit(1)) for c in _SEALED]
    for sealed in [check] if check else samples:
        if sealed:
            ledger.vault.unseal(sealed)
    if check is None:
        dialect = sqlite if is_sqlite(ledger.engine) else postgresql
        row = {"name": _CHECK, "sealed": ledger.vault.seal(_CHECK)}
        with ledger.write() as connection:
            connection.execute(dialect.insert(secret_checks).values(row).on_conflict_do_nothing())
        check_secret_key(ledger)  # of two gateways that start at once with two keys, one is wrong


def seal_anew(ledger: Ledger) -> int:
    """With several keys, seal with the first what others sealed, so that those can be taken away. Returns how many."""
    if not ledger.vault.has_older_keys:
        return 0
    return sum(_seal_anew(ledger, column) for column in (secret_checks.c.sealed, *_SEALED))


def _seal_row(ledger: Ledger, connection: Connection, column: Column[Any], row: Sequence[Any]) -> int:
    """`row` is the primary key and the sealed text. What no key opens any more stays as it is."""
    table: Table = column.table
    try:
        value = ledger.vault.unseal(row[-1])
    except SpecloomError:
        return 0
    same = [part == value for part, value in zip(table.primary_key.columns, row[:-1], strict=True)]
    changed = update(table).where(*same, column == row[-1]).values({column.name: ledger.vault.seal(value)})
    return connection.execute(changed).rowcount


def _seal_anew(ledger: Ledger, column: Column[Any]) -> int:
    table: Table = column.table
    place, done, after = list(table.primary_key.columns), 0, None
    first = place[0]
    while True:
        query = select(*place, column).where(column != "").order_by(first).limit(_AT_ONCE)
        with ledger.read() as connection:
            rows = list(connection.execute(query if after is None else query.where(first > after)))
        old = [row for row in rows if not ledger.vault.is_current(row[-1])]
        if old:
            with ledger.write() as connection:
                done += sum(_seal_row(ledger, connection, column, row) for row in old)
        if len(rows) < _AT_ONCE:
            return done
        after = rows[-1][0]

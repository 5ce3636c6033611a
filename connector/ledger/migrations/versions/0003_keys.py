"""Keys, quotas, spend and the audit trail; and the indexes that ledgers lack which saw 0002 before it was edited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _keys()
    _quotas()
    op.create_table(
        "audit",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("target", sa.String(120), nullable=False, server_default=""),
        sa.Column("tenant", sa.String(80)),
        sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
        sa.Column("client", sa.String(64), nullable=False, server_default=""),
    )
    op.create_index("ix_audit_tenant", "audit", ["tenant", "id"])
    op.create_index("ix_audit_target", "audit", ["target", "id"])
    _mend_deliveries()


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("tenant", sa.String(80)),
        sa.Column("services", sa.Text, nullable=False, server_default="[]"),
        sa.Column("operations", sa.Text, nullable=False, server_default="[]"),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False, server_default=""),
        sa.Column("expires", sa.Double),
        sa.Column("revoked", sa.Double),
        sa.Column("used", sa.Double),
    )
    op.create_index("ix_keys_digest", "keys", ["digest"], unique=True)
    op.create_index("ix_keys_tenant", "keys", ["tenant", "id"])


def _quotas() -> None:
    op.create_table(
        "quotas",
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("calls", sa.Integer),
        sa.Column("jobs", sa.Integer),
        sa.Column("rate", sa.Double),
        sa.Column("storage", sa.BigInteger),
        sa.Column("spend", sa.Text, nullable=False, server_default="{}"),
        sa.Column("updated", sa.Double, nullable=False),
    )
    op.create_table(
        "rate_windows",
        sa.Column("subject", sa.String(80), primary_key=True),
        sa.Column("filled_until", sa.Double, nullable=False),
    )
    op.create_table(
        "spend",
        sa.Column("tenant", sa.String(80), primary_key=True),
        sa.Column("service", sa.String(120), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("cost", sa.Double, nullable=False),
        sa.Column("unit", sa.String(40), nullable=False, server_default=""),
        sa.Column("calls", sa.Integer, nullable=False),
    )


_NOW: dict[str, list[str]] = {
    "deliveries_dead": ["tenant", "id"],
    "deliveries_by_tenant": ["tenant", "id"],
    "deliveries_by_hook": ["hook_id"],
}


def _mend_deliveries() -> None:
    """What 0002 makes today, where it once made something else."""
    found = {index["name"]: index["column_names"] for index in sa.inspect(op.get_bind()).get_indexes("deliveries")}
    for name, columns in _NOW.items():
        if found.get(name) == columns:
            continue
        if name in found:
            op.drop_index(name, "deliveries")
        dead = sa.text("state = 'dead'") if name == "deliveries_dead" else None
        op.create_index(name, "deliveries", columns, sqlite_where=dead, postgresql_where=dead)

"""What a change of the secret key must not lose: which key this is, and the names tenants had under those before; and
the secrets of one-off deliveries, and the vendor keys that work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "secret_checks",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )
    op.create_table(
        "tenant_aliases",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("tenant", sa.String(80), nullable=False),
    )
    op.create_table(
        "callback_secrets",
        sa.Column("tenant", sa.String(80), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("sealed_old", sa.Text, nullable=False, server_default=""),
        sa.Column("sealed_old_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("updated", sa.Double, nullable=False),
    )
    op.create_table(
        "verified_keys",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("seen", sa.Double, nullable=False),
    )
    op.execute("DELETE FROM rate_state")  # vendor keys in the clear stood there; what they tell is soon told again

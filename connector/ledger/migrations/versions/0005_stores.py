"""Answers kept as files, and why others are not; files of more than two gigabytes; what quotas are counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("file", sa.String(64)))
    op.add_column("idempotency", sa.Column("reason", sa.Text))
    op.create_index("ix_jobs_open", "jobs", ["tenant", "state"])
    op.create_index("ix_files_tenant", "files", ["tenant", "expires"])
    if op.get_bind().dialect.name != "sqlite":  # whose whole numbers are of any size
        op.alter_column("files", "size", type_=sa.BigInteger)

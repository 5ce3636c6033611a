"""Jobs, idempotent answers, files, accepted signatures, rate limits and the processes that hold them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "instances",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("seen", sa.Double, nullable=False),
    )
    _jobs()
    _idempotency()
    _files()
    op.create_table(
        "inbound",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_index("ix_inbound_expires", "inbound", ["expires"])
    op.create_table(
        "rate_state",
        sa.Column("service", sa.String(120), primary_key=True),
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("blocked_until", sa.Double, nullable=False),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(80), nullable=False),
        sa.Column("service", sa.String(120), nullable=False),
        sa.Column("operation", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("sealed", sa.Text),
        sa.Column("vendor_id", sa.Text),
        sa.Column("poll_inputs", sa.Text),
        sa.Column("doorbell", sa.String(64)),
        sa.Column("result", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("finished", sa.Double),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "owner"])
    op.create_index("ix_jobs_doorbell", "jobs", ["doorbell"], unique=True)
    op.create_index("ix_jobs_tenant", "jobs", ["tenant", "created"])
    op.create_index("ix_jobs_finished", "jobs", ["finished"])


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(80), primary_key=True),
        sa.Column("operation", sa.String(330), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("job", sa.String(64)),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("sealed", sa.Text),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_index("ix_idempotency_expires", "idempotency", ["expires"])


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(80), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer),
        sa.Column("service", sa.String(120)),
        sa.Column("operation", sa.String(200)),
        sa.Column("sealed", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_index("ix_files_expires", "files", ["expires"])

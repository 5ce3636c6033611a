"""Hooks, events, deliveries and attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _hooks()
    _events()
    _deliveries()
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.String(40), sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("response", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("attempts_by_delivery", "attempts", ["delivery_id"])


def _hooks() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("target_url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("services", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("include_raw", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("rate", sa.Double),
        sa.Column("sealed", sa.Text, nullable=False, server_default=""),
        sa.Column("sealed_old", sa.Text, nullable=False, server_default=""),
        sa.Column("sealed_old_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
        sa.Column("room", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", sa.Double),
        sa.Column("succeeded", sa.Double),
        sa.Column("open_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("next_due", sa.Double, nullable=False, server_default="0"),
    )
    op.create_index("hooks_by_tenant", "hooks", ["tenant", "kind", "status"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant", sa.String(80), nullable=False),
        sa.Column("service", sa.String(80), nullable=False),
        sa.Column("operation", sa.String(200), nullable=False, server_default=""),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("source_id", sa.String(300), nullable=False),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("raw", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.UniqueConstraint("tenant", "service", "source_id", "state", name="one_event_per_final_state"),
    )
    op.create_index("events_by_tenant", "events", ["tenant", "created"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("event_id", sa.String(40), sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hook_id", sa.String(40), sa.ForeignKey("hooks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("tenant", sa.String(80), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("lease", sa.String(80), nullable=False, server_default=""),
        sa.Column("lease_until", sa.Double, nullable=False, server_default="0"),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("finished", sa.Double),
        sa.Column("http_status", sa.Integer),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
    )
    for name, columns, state in (
        ("deliveries_pending", ["hook_id", "due"], "pending"),
        ("deliveries_leased", ["lease_until", "hook_id"], "leased"),
        ("deliveries_dead", ["tenant", "id"], "dead"),
    ):
        only = sa.text(f"state = '{state}'")
        op.create_index(name, "deliveries", columns, sqlite_where=only, postgresql_where=only)
    op.create_index("deliveries_by_tenant", "deliveries", ["tenant", "id"])
    op.create_index("deliveries_by_hook", "deliveries", ["hook_id"])
    op.create_index("deliveries_by_event", "deliveries", ["event_id"])

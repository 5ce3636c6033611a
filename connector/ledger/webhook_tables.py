"""The tables of the fan-out: hooks, events, deliveries, attempts; conventions as in tables.py."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from specloom.connector.ledger.tables import metadata

hooks = Table(
    "hooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("kind", String(10), nullable=False, comment="hook, or callback: the target of one-off deliveries"),
    Column("status", String(10), nullable=False, comment="enabled, disabled, gone, deleted"),
    Column("reason", Text, nullable=False, server_default="", comment="why it is no longer enabled"),
    Column("target_url", Text, nullable=False),
    Column("events", Text, nullable=False, comment="JSON list of patterns"),
    Column("services", Text, nullable=False, comment="JSON list of service keys; [] is all"),
    Column("description", Text, nullable=False, server_default=""),
    Column("include_raw", Boolean, nullable=False, server_default=text("false")),
    Column("rate", Double, comment="deliveries a second; NULL is no limit"),
    Column("sealed", Text, nullable=False, server_default="", comment="the signing secret; empty is unsigned"),
    Column("sealed_old", Text, nullable=False, server_default="", comment="the secret before, until sealed_old_until"),
    Column("sealed_old_until", Double, nullable=False, server_default="0"),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    # How its endpoint does, kept by the deliveries:
    Column("room", Integer, nullable=False, comment="how many may be in flight at once"),
    Column("failures", Integer, nullable=False, server_default="0", comment="in a row"),
    Column("failing_since", Double),
    Column("succeeded", Double),
    Column("open_until", Double, nullable=False, server_default="0"),  # circuit breaker: nothing is sent before
    Column("next_due", Double, nullable=False, server_default="0", comment="rate limit: when the next one may go"),
    Index("hooks_by_tenant", "tenant", "kind", "status"),
)

events = Table(
    "events",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("service", String(80), nullable=False),
    Column("operation", String(200), nullable=False, server_default=""),
    Column("type", String(200), nullable=False, comment="such as image.succeeded"),
    Column("source_id", String(300), nullable=False, comment="the vendor's id; the event's own where there is none"),
    Column("state", String(200), nullable=False, comment="the final state"),
    Column("payload", Text, nullable=False, comment="JSON, with `raw` null"),
    Column("raw", Text, comment="JSON"),
    Column("created", Double, nullable=False),
    UniqueConstraint("tenant", "service", "source_id", "state", name="one_event_per_final_state"),
    Index("events_by_tenant", "tenant", "created"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event_id", String(40), ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("hook_id", String(40), ForeignKey("hooks.id", ondelete="CASCADE"), nullable=False),
    Column("tenant", String(80), nullable=False),
    Column("state", String(10), nullable=False, comment="pending, leased, delivered, dead, canceled"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due", Double, nullable=False),
    Column("lease", String(80), nullable=False, server_default="", comment="who holds it"),
    Column("lease_until", Double, nullable=False, server_default="0"),
    Column("created", Double, nullable=False),
    Column("finished", Double),
    Column("http_status", Integer, comment="of the last attempt"),
    Column("error", Text, nullable=False, server_default=""),
    # The first finds what is due of each hook without reading what is not; it stays as small as the backlog.
    Index(
        "deliveries_pending",
        "hook_id",
        "due",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "deliveries_leased",
        "lease_until",
        "hook_id",
        sqlite_where=text("state = 'leased'"),
        postgresql_where=text("state = 'leased'"),
    ),
    # Without the state, which changes three times: an index over it would be most of what a delivery writes.
    Index("deliveries_by_tenant", "tenant", "id"),
    Index(
        "deliveries_dead",
        "tenant",
        "id",
        sqlite_where=text("state = 'dead'"),
        postgresql_where=text("state = 'dead'"),
    ),
    Index("deliveries_by_hook", "hook_id"),
    Index("deliveries_by_event", "event_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", String(40), ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False, comment="from 1"),
    Column("at", Double, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("http_status", Integer),
    Column("error", Text, nullable=False, server_default=""),
    Column("response", Text, nullable=False, server_default="", comment="the beginning of it"),
    Index("attempts_by_delivery", "delivery_id"),
)

callback_secrets = Table(
    "callback_secrets",
    metadata,
    Column("tenant", String(80), primary_key=True),
    Column("sealed", Text, nullable=False, comment="what its one-off deliveries are signed with"),
    Column("sealed_old", Text, nullable=False, server_default="", comment="the secret before, until sealed_old_until"),
    Column("sealed_old_until", Double, nullable=False, server_default="0"),
    Column("updated", Double, nullable=False),
)

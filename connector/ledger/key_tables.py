"""The tables of access: keys, quotas, what was spent, and the audit trail; conventions as in tables.py."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

from specloom.connector.ledger.tables import metadata

keys = Table(
    "keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the key, which is 256 random bits"),
    Column("hint", String(16), nullable=False, comment="how it begins"),
    Column("role", String(16), nullable=False, comment="tenant, operator, read_only"),
    Column("name", String(80), nullable=False),
    Column("tenant", String(80), comment="NULL for those of operators"),
    Column("services", Text, nullable=False, server_default="[]", comment="JSON list of service keys; [] is all"),
    Column(
        "operations", Text, nullable=False, server_default="[]", comment="JSON list of service/operation; [] is all"
    ),
    Column("created", Double, nullable=False),
    Column("created_by", String(80), nullable=False, server_default=""),
    Column("expires", Double, comment="NULL is never"),
    Column("revoked", Double),
    Column("used", Double, comment="about when it last was, to a minute"),
    Index("ix_keys_digest", "digest", unique=True),
    Index("ix_keys_tenant", "tenant", "id"),
)

quotas = Table(
    "quotas",
    metadata,
    Column("subject", String(80), primary_key=True, comment="a tenant, the id of a key, or * for tenants without any"),
    Column("calls", Integer, comment="in flight at once"),
    Column("jobs", Integer, comment="open at once"),
    Column("rate", Double, comment="calls a minute"),
    Column("storage", BigInteger, comment="bytes of files"),
    Column("spend", Text, nullable=False, server_default="{}", comment="JSON {service: most a calendar month}"),
    Column("updated", Double, nullable=False),
)

rate_windows = Table(
    "rate_windows",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("filled_until", Double, nullable=False, comment="when all the calls made so far will have had their time"),
)

spend = Table(
    "spend",
    metadata,
    Column("tenant", String(80), primary_key=True),
    Column("service", String(120), primary_key=True),
    Column("day", String(10), primary_key=True, comment="such as 2026-01-31, in UTC"),
    Column("cost", Double, nullable=False, comment="of `usage`, in the service's own unit"),
    Column("unit", String(40), nullable=False, server_default=""),
    Column("calls", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", Double, nullable=False),
    Column("actor", String(120), nullable=False, comment="the name of a key, or cli:<account>; never a key"),
    Column("role", String(16), nullable=False, comment="tenant, operator, read_only, vendor_key, machine"),
    Column("action", String(40), nullable=False, comment="such as key.created"),
    Column("target", String(120), nullable=False, server_default="", comment="id of what was changed"),
    Column("tenant", String(80), comment="whose it is"),
    Column("detail", Text, nullable=False, server_default="{}", comment="JSON"),
    Column("client", String(64), nullable=False, server_default="", comment="address"),
    Index("ix_audit_tenant", "tenant", "id"),
    Index("ix_audit_target", "target", "id"),
)

"""The gateway's tables. Times are Unix seconds; documents are JSON texts; `sealed` columns are encrypted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

instances = Table(
    "instances",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seen", Double, nullable=False),
    comment="Running processes. What a process holds is orphaned once it is gone.",
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("service", String(120), nullable=False),
    Column("operation", String(200), nullable=False),
    Column("state", String(16), nullable=False, comment="accepted, sending, running, or a final status"),
    Column("owner", String(64), comment="the instance that works on it"),
    Column("sealed", Text, comment="credential, inputs and callbacks; gone once final"),
    Column("vendor_id", Text),
    Column("poll_inputs", Text),
    Column("doorbell", String(64), comment="hash of the token in the callback URL"),
    Column("result", Text),
    Column("created", Double, nullable=False),
    Column("started", Double, comment="when the vendor took it"),
    Column("finished", Double),
    Index("ix_jobs_state", "state", "owner"),
    Index("ix_jobs_doorbell", "doorbell", unique=True),
    Index("ix_jobs_tenant", "tenant", "created"),
    Index("ix_jobs_finished", "finished"),
    Index("ix_jobs_open", "tenant", "state"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant", String(80), primary_key=True),
    Column("operation", String(330), primary_key=True, comment="<route> <service> <operationId>"),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("done", Boolean, nullable=False, default=False),
    Column("job", String(64)),
    Column("status", Integer),
    Column("headers", Text),
    Column("sealed", Text, comment="the answer's body, where it is short"),
    Column("file", String(64), comment="where it is long, or a stream"),
    Column("reason", Text, comment="why it is not kept"),
    Column("expires", Double, nullable=False),
    Index("ix_idempotency_expires", "expires"),
)

files = Table(
    "files",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tenant", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("size", BigInteger().with_variant(Integer, "sqlite")),
    Column("service", String(120), comment="where the bytes are the vendor's and are fetched on demand"),
    Column("operation", String(200)),
    Column("sealed", Text, comment="credential and inputs of that fetch"),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index("ix_files_expires", "expires"),
    Index("ix_files_tenant", "tenant", "expires"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("digest", String(64), primary_key=True, comment="of a signature that was accepted"),
    Column("expires", Double, nullable=False),
    Index("ix_inbound_expires", "expires"),
)

rate_state = Table(
    "rate_state",
    metadata,
    Column("service", String(120), primary_key=True),
    Column("owner", String(80), primary_key=True, comment="keyed hash of the vendor key"),
    Column("blocked_until", Double, nullable=False),
)

secret_checks = Table(
    "secret_checks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("sealed", Text, nullable=False, comment="its own name, sealed: whoever cannot read it has another key"),
)

tenant_aliases = Table(
    "tenant_aliases",
    metadata,
    Column("name", String(80), primary_key=True, comment="a tenant's digest under one secret key"),
    Column("tenant", String(80), nullable=False, comment="the digest its rows bear"),
)

verified_keys = Table(
    "verified_keys",
    metadata,
    Column("digest", String(64), primary_key=True, comment="keyed hash of a vendor key with which a call succeeded"),
    Column("seen", Double, nullable=False),
)

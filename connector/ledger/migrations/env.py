"""Alembic's entry: the connection is the one specloom.connector.ledger.migrate has open."""

from alembic import context

from specloom.connector.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

"""Ledgers as the tests of the fan-out have them."""

from tests.connector.webhooks.conftest import sqlite_template, sqlite_url

__all__ = ["sqlite_template", "sqlite_url"]

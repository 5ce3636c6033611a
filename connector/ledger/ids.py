"""Ids of what the ledger keeps: a prefix that tells the kind, the time, so that they sort, and chance; whose it is."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection

from sqlalchemy import ColumnElement, true

_ID = re.compile(r"[a-z]{1,10}_[0-9a-f]{28}")


def new_id(prefix: str) -> str:
    """Such as `evt_019ab0c1d2e3f4…`: 48 bits of milliseconds, then 64 unguessable ones."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def is_id(text: str) -> bool:
    """Whether it is one of ours; what is not need not be looked up, and a database may choke on it."""
    return _ID.fullmatch(text) is not None


def storable(text: str) -> str:
    """What a stranger named, as any database takes it: without NUL and without half of a surrogate pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def within(column: ColumnElement[str], tenants: Collection[str] | None) -> ColumnElement[bool]:
    """Rows of these tenants; of all there are for None, which is an operator's or the gateway's own view."""
    return true() if tenants is None else column.in_(tenants)

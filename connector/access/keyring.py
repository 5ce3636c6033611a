"""Which key is whose: those of the environment, and those of the ledger, made and revoked while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.access.identity import OPERATOR, READ_ONLY, TENANT, Identity, tenant_name
from specloom.connector.access.store import identity_of, used
from specloom.connector.errors import Refused
from specloom.connector.ledger import Ledger
from specloom.connector.ledger.key_tables import keys
from specloom.connector.ledger.vault import token_hash
from specloom.connector.settings import KEY_PREFIX, OPERATOR_PREFIX, READ_ONLY_MARK, Settings

PREFIXES = (KEY_PREFIX, OPERATOR_PREFIX)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="specloom"'}
FRESH = 1.0
"""Seconds a look-up is good for: by then another process's revocation counts here too."""
STALE = 60.0
"""Seconds it is good for while the ledger cannot be read."""
USED = 60.0
"""Seconds: how exactly it is kept when a key was last used."""
_MOST = 4096
"""Look-ups that are remembered, those of keys that are not known among them."""


class Keyring:
    """`tenants` are the environment's keys, each with its tenant."""

    def __init__(self, ledger: Ledger, settings: Settings, tenants: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._tenants = frozenset(tenants.values())
        self._fixed = {token_hash(key): _environment_tenant(tenant) for key, tenant in tenants.items()}
        self._fixed |= {token_hash(key): _environment_operator(name) for key, name in settings.operator_keys.items()}
        self._found: dict[str, tuple[float, Any]] = {}
        self._used: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()

    def identify(self, key: str) -> Identity:
        """Raises Refused: 401 for a key that is not known, has expired or was revoked; 503 where nobody can tell."""
        digest = token_hash(key)
        identity = self._fixed.get(digest) or self._kept(key, digest)
        if identity is None:
            raise Refused("unauthorized", "This gateway key is not known", headers=CHALLENGE)
        if identity.key_id and time.time() - self._told.get(identity.key_id, 0) >= USED:
            self._used[identity.key_id] = time.time()
        return identity

    def _kept(self, key: str, digest: str) -> Identity | None:
        if not key.startswith(PREFIXES):
            return None
        row = self._remembered(f"key {digest}", lambda: select(keys).where(keys.c.digest == digest))
        return None if row is None else identity_of(row, time.time())

    def _remembered(self, name: str, query: Callable[[], Any]) -> Any:
        """The first row of `query`, made and asked for at most once in FRESH seconds."""
        now = time.monotonic()
        at, row = self._found.get(name, (-STALE, None))
        if now - at < FRESH:
            return row
        try:
            with self._ledger.read() as connection:
                row = connection.execute(query()).first()
        except SQLAlchemyError:
            if now - at < STALE:
                return row
            raise Refused("unreachable", "The ledger cannot be read, and with it the keys", status=503) from None
        with self._lock:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[name] = (now, row)
        return row

    def forget(self) -> None:
        """What was changed just now counts at once, in this process."""
        with self._lock:
            self._found.clear()

    def is_closed(self) -> bool:
        """Whether there are gateway keys, so that calls without one may be refused. One that was revoked counts: to
        revoke the last must not open the gateway."""
        if self._tenants:
            return True
        return self._remembered("any", lambda: select(keys.c.id).where(keys.c.role == TENANT).limit(1)) is not None

    def knows_tenant(self, tenant: str) -> bool:
        """Whether a key that works, or is of the environment, stands for it."""
        if tenant in self._tenants:
            return True
        works = keys.c.revoked.is_(None)
        query = lambda: select(keys.c.id).where(keys.c.tenant == tenant, works).limit(1)  # noqa: E731
        return self._remembered(f"tenant {tenant}", query) is not None

    def tenants(self) -> frozenset[str]:
        """Those of the environment."""
        return self._tenants

    def take_used(self) -> dict[str, float]:
        """Ids of keys that were used since it was last asked, and when."""
        times, self._used = self._used, {}
        self._told |= times
        return times


def note_use(ledger: Ledger, keyring: Keyring) -> None:
    """Write down which keys were used since the last time."""
    if times := keyring.take_used():
        with ledger.note() as connection:
            used(connection, times)


def _environment_tenant(tenant: str) -> Identity:
    return Identity(name=tenant_name(tenant), role=TENANT, tenant=tenant)


def _environment_operator(name: str) -> Identity:
    bare = name.removesuffix(READ_ONLY_MARK)
    return Identity(name=bare or "operator", role=READ_ONLY if bare != name else OPERATOR)

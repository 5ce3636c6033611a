"""Vendor keys that have proven themselves: a call with them has succeeded."""

from __future__ import annotations

import time

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import verified_keys
from specloom.connector.upstream.credentials import SentCredential

AGAIN = 86400.0
"""Seconds after which a key that still works is written down anew."""
_MOST_NOTED = 10_000


class VerifiedKeys:
    """The ledger holds digests of bare keys, wherever in a request they stood."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._noted: dict[str, float] = {}

    def note(self, credential: SentCredential) -> None:
        """A call with it succeeded. That is not lost where the ledger cannot be written: the next call tells it too."""
        now = time.time()
        texts = [text for text in credential.values() if now - self._noted.get(text, 0) > AGAIN]
        if not texts:
            return
        dialect = sqlite if is_sqlite(self._ledger.engine) else postgresql
        names = {self._ledger.vault.digest(_PURPOSE, _bare(text)) for text in texts}
        put = dialect.insert(verified_keys).values([{"digest": name, "seen": now} for name in names])
        again = put.on_conflict_do_update(index_elements=["digest"], set_={"seen": now})
        try:
            with self._ledger.write() as connection:
                connection.execute(again)
        except SQLAlchemyError:
            return
        if len(self._noted) > _MOST_NOTED:
            self._noted.clear()
        self._noted.update(dict.fromkeys(texts, now))

    def knows(self, text: str) -> bool:
        """Whether a call with this key has succeeded, here or at another gateway of this ledger."""
        names = self._ledger.vault.digests(_PURPOSE, _bare(text))
        with self._ledger.read() as connection:
            found = select(verified_keys.c.digest).where(verified_keys.c.digest.in_(names)).limit(1)
            return connection.execute(found).first() is not None

    def purge(self, before: float) -> int:
        with self._ledger.write() as connection:
            return connection.execute(delete(verified_keys).where(verified_keys.c.seen < before)).rowcount


_PURPOSE = "verified key"


def _bare(text: str) -> str:
    """The key behind its scheme: 'Bearer x' and 'x' are one."""
    return text.strip().rpartition(" ")[2]

"""Keeps calls under each vendor's rate limit: documented at first, then as its own replies tell, per vendor key."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from specloom.connector.errors import Refused
from specloom.connector.ledger import Ledger, is_sqlite
from specloom.connector.ledger.tables import rate_state
from specloom.connector.upstream.services import Vendor
from specloom.schemas.durations import seconds_until
from specloom.schemas.http.result import Result

MOST_KEYS = 10_000
"""Vendor keys remembered by a process; the ones not used for longest are forgotten."""
STEP = 0.25
"""How often a waiting call looks again: another reply may have told something new."""
_LONGEST_BLOCK = {"rate_limited": 3600.0, "quota_exceeded": 60.0}
"""Seconds. A quota may be bought anew at any moment: it is asked again after a minute, whatever was said."""


@dataclass(slots=True)
class _Window:
    limit: float
    left: float
    ends: float = 0.0
    blocked_until: float = 0.0
    learned: bool = False


@dataclass(slots=True)
class Limiter:
    """`patience` is how many seconds a call waits for its turn; `waiters` how many may wait at once with one key."""

    ledger: Ledger
    patience: float
    waiters: int = 64
    stopping: Callable[[], bool] = bool
    _windows: OrderedDict[tuple[str, str], _Window] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, vendor: Vendor, owner: str) -> None:
        """Wait for this key's turn. Raises Refused (429) where that takes longer than a caller waits."""
        wait = self.try_take(vendor, owner)
        if not wait:
            return
        until, key = time.monotonic() + self.patience, (vendor.service.key, owner)
        with self._lock:
            self._waiting[key] += 1
        try:
            while wait:
                left = until - time.monotonic()
                if wait > max(left, 0) or self._waiting[key] > self.waiters or self.stopping():
                    message = f"{vendor.service.title} allows no more calls with this key at the moment"
                    raise Refused("rate_limited", message, retry_after=round(wait, 1))
                time.sleep(min(wait, STEP))
                wait = self.try_take(vendor, owner)
        finally:
            with self._lock:
                self._waiting[key] -= 1
                self._waiting += Counter()  # forgets the keys nobody waits with

    def try_take(self, vendor: Vendor, owner: str) -> float:
        """Take one call; 0 where it may go, otherwise seconds until it is worth asking again."""
        allowance = allowance_of(vendor)
        key = (vendor.service.key, owner)
        if allowance is None and key not in self._windows:
            return 0.0
        now = time.time()
        known = self._windows.get(key) or self._load(key, allowance)
        with self._lock:
            self._windows.move_to_end(key)
            if known.blocked_until > now:
                return known.blocked_until - now
            if allowance is None and not known.learned:
                return 0.0
            if known.ends <= now:
                known.left = known.limit
                known.ends = now + (allowance[1] if allowance else 60)
            if known.left < 1:
                return known.ends - now
            known.left -= 1
            return 0.0

    def learn(self, vendor: Vendor, owner: str, result: Result) -> None:
        """Take over what a reply says of the limit, and stop where it says that it is used up."""
        told, error = result["rate_limit"], result.get("error")
        key, now = (vendor.service.key, owner), time.time()
        if told and told["remaining"] is not None and told["reset"] is not None and vendor.allowance is None:
            self._adjust(key, told["limit"], told["remaining"], now + (seconds_until(told["reset"], now) or 0))
        longest = _LONGEST_BLOCK.get(error["type"]) if error else None
        if error and longest and error["retry_after"]:
            self._block(key, now + min(longest, error["retry_after"]))

    def _adjust(self, key: tuple[str, str], limit: float | None, left: float, ends: float) -> None:
        with self._lock:
            known = self._windows.get(key)
            if known is None:
                known = self._windows[key] = _Window(limit or left + 1, left, ends)
            same = known.learned and known.limit == (limit or known.limit) and abs(known.ends - ends) < 2
            # Of replies that overtake each other the one with least left is the latest.
            known.left = min(known.left, left) if same else left
            known.limit, known.ends, known.learned = limit or known.limit, ends, True
            while len(self._windows) > MOST_KEYS:
                self._windows.popitem(last=False)

    def _block(self, key: tuple[str, str], until: float) -> None:
        with self._lock:
            known = self._windows.setdefault(key, _Window(1, 1))
            if until <= known.blocked_until + 1:
                return
            known.blocked_until = until
        dialect = sqlite if is_sqlite(self.ledger.engine) else postgresql
        row = {"service": key[0], "owner": self._name(key), "blocked_until": until}
        try:
            with self.ledger.write() as connection:
                put = dialect.insert(rate_state).values(row)
                connection.execute(put.on_conflict_do_update(index_elements=["service", "owner"], set_=row))
                connection.execute(delete(rate_state).where(rate_state.c.blocked_until < time.time()))
        except SQLAlchemyError:
            pass  # this process keeps to it all the same; the others will be told by the vendor

    def _name(self, key: tuple[str, str]) -> str:
        """What stands in the ledger for a vendor key."""
        return self.ledger.vault.digest("rate limit", *key)

    def _load(self, key: tuple[str, str], allowance: tuple[float, float] | None) -> _Window:
        """The first call with a key: another process, or one before this, may have been told to wait."""
        mine = (rate_state.c.service == key[0]) & (rate_state.c.owner == self._name(key))
        query = select(rate_state.c.blocked_until).where(mine)
        try:
            with self.ledger.read() as connection:
                blocked = connection.execute(query).scalar() or 0.0
        except SQLAlchemyError:
            blocked = 0.0
        limit = allowance[0] if allowance else 1
        with self._lock:
            return self._windows.setdefault(key, _Window(limit, limit, blocked_until=blocked))


def allowance_of(vendor: Vendor) -> tuple[float, float] | None:
    """(requests, seconds) before anything is learned; None where nothing is documented."""
    if vendor.allowance is not None:
        return vendor.allowance if vendor.allowance[0] else None
    rate = vendor.service.rate_limit
    return (rate.requests, rate.seconds) if rate and rate.requests and rate.seconds else None

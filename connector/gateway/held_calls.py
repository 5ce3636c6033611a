"""A tenant's share of the calls that are at vendors, or wait for their turn there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response

from specloom.connector.errors import Refused
from specloom.connector.fairness.fair_queue import aside
from specloom.connector.fairness.shares import Shares


def call_shares(threads: int, most: int) -> Shares:
    """Of `threads`, some of which are kept for what is answered without a vendor; `most` calls of one tenant, 0: as
    many as leave room for others."""
    return Shares(max(1, threads - max(2, threads // 8)), most)


class HeldCall:
    """One call in flight. Ends once, at the latest with the object."""

    def __init__(self, shares: Shares, tenant: str) -> None:
        self._shares, self._tenant = shares, tenant
        self._lock = threading.Lock()
        self._held = shares.take(tenant)
        if not self._held:
            message = "Too many of your calls are under way here; the gateway keeps room for others"
            raise Refused("rate_limited", message, retry_after=1)

    def release(self) -> None:
        with self._lock:
            if self._held:
                self._held = False
                self._shares.give(self._tenant)

    def until_sent(self, response: Response) -> Response:
        """Held until the last byte of the reply is with the client."""
        response.call_on_close(self.release)
        return response

    __del__ = release


@contextmanager
def held_call(shares: Shares, tenant: str) -> Iterator[HeldCall]:
    """A call in flight for as long as the block lasts. Raises Refused (429)."""
    held = HeldCall(shares, tenant)
    try:
        with aside():
            yield held
    finally:
        held.release()

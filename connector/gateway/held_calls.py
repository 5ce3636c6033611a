"""A tenant's share of the calls that are at vendors, or wait for their turn there; and what it may have of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from flask import Response

from specloom.connector.access.identity import current
from specloom.connector.access.quotas import CallCap, Gate
from specloom.connector.errors import Refused
from specloom.connector.fairness.fair_queue import aside
from specloom.connector.fairness.shares import Caps, Shares


def call_shares(threads: int, most: int) -> Shares:
    """Of `threads`, some of which are kept for what is answered without a vendor; `most` calls of one tenant, 0: as
    many as leave room for others."""
    return Shares(max(1, threads - max(2, threads // 8)), most)


class CallRoom:
    """Whether one more call fits in this process."""

    def __init__(self, shares: Shares, gate: Gate) -> None:
        self.shares, self._gate = shares, gate
        self._caps = Caps()

    def hold(self, tenant: str) -> HeldCall:
        """Of the request at hand. Raises Refused (429)."""
        identity = current()
        caps = self._gate.call_caps(tenant, identity.key_id if identity else "")
        return HeldCall(self.shares, tenant, self._caps, caps)

    def hold_apart(self, name: str) -> HeldCall:
        """Of nobody's key: all that bear the name have one share. Raises Refused (429)."""
        return HeldCall(self.shares, name)


class HeldCall:
    """One call in flight. Ends once, at the latest with the object."""

    def __init__(self, shares: Shares, tenant: str, counted: Caps | None = None, caps: Sequence[CallCap] = ()) -> None:
        self._lock = threading.Lock()
        self._held: list[Callable[[], None]] = []
        try:
            for cap in caps if counted is not None else ():
                assert counted is not None
                if not counted.take(cap.subject, cap.most):
                    raise cap.refusal()
                self._held.append(partial(counted.give, cap.subject))
            if not shares.take(tenant):
                message = "Too many of your calls are under way here; the gateway keeps room for others"
                raise Refused("rate_limited", message, retry_after=1)
            self._held.append(partial(shares.give, tenant))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        with self._lock:
            held, self._held = self._held, []
        for give in held:
            give()

    def until_sent(self, response: Response) -> Response:
        """Held until the last byte of the reply is with the client."""
        response.call_on_close(self.release)
        return response

    __del__ = release


@contextmanager
def held_call(room: CallRoom, tenant: str) -> Iterator[HeldCall]:
    """A call in flight for as long as the block lasts. Raises Refused (429)."""
    held = room.hold(tenant)
    try:
        with aside():
            yield held
    finally:
        held.release()

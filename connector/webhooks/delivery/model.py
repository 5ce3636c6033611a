"""What passes between the ledger and the threads that send: a delivery to make, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery this process holds until `lease_until`. `sealed` are the secrets to sign with, newest first."""

    delivery_id: str
    event_id: str
    hook_id: str
    tenant: str
    kind: str
    event_type: str
    url: str
    body: str
    sealed: tuple[str, ...]
    attempts: int
    """Made before this one."""
    lease: str
    lease_until: float
    healthy: bool
    """The hook needs no word about a success: it had no failure, and all the room there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`status` is None where there was no answer; `error` says why an attempt failed, '' that it succeeded."""

    claim: Claim
    at: float
    milliseconds: int
    status: int | None = None
    error: str = ""
    response: str = ""
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        return not self.error

    @property
    def gone(self) -> bool:
        return self.status == 410

"""How the emulator behaves where the documents leave it open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SECRET = "5f3a9c0e7b1d2846af905c3e6d7b8a10" * 2
"""What callbacks are signed with unless something else is said: 64 hex characters, and no secret at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorSettings:
    """Times are seconds."""

    realistic: bool = False
    """Take as long as the documents say."""
    pace: float = 1.0
    """Factor on every documented time, so that a test need not wait a whole minute."""
    public_url: str = ""
    """How the outside reaches the emulator; '' takes the address each request was sent to."""
    polls: int = 2
    """Instant jobs are done at this poll, or `job_seconds` after their start, whichever comes first."""
    job_seconds: float = 1.0
    realistic_job_seconds: float = 20.0
    """Of a job whose document names no duration."""
    items: int = 45
    """How many elements a list holds before anything is added."""
    allowance: int | Literal["documented"] = 100_000
    """Calls a key may make in one window."""
    secret: str = SECRET
    plain_callbacks: bool = True
    """Accept callback URLs on this machine and without TLS, although the vendor does not."""
    callback_after: float = 0.1
    """From the start of an instant job to its callback."""
    callback_delays: tuple[float, ...] = (0.5, 2.0, 5.0)
    """Before each repetition of a callback that was not answered with 2XX."""
    callback_timeout: float = 10.0

"""How deliveries are made, and what of it the environment may change. Times are seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from specloom.schemas.problems import SpecloomError

APART = 16
"""Requests in flight at once of a process that does nothing else."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    retries: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 36000)
    """Before each attempt after the first; then the delivery is a dead letter."""
    jitter: float = 0.1
    """Up to this part of each wait is added or taken away."""
    timeout: float = 15
    """Of one attempt, from the connection to the end of the answer."""
    lease: float = 20
    """Beyond the time-out: how long a delivery waits for a process that may be dead before another takes it."""
    concurrency: int = 5
    """Requests in flight at once, those aside that have waited for longer than `slow_after`. So few that calls the
    same process answers need not wait; `specloom worker` has APART."""
    slow_after: float = 0.1
    max_in_flight: int = 128
    """With those that wait; also the number of threads."""
    room: int = 16
    """In flight at once to one hook, once it has proven itself."""
    breaker: int = 5
    """Failures in a row after which a hook is left alone for a while, then tried with one delivery at a time."""
    breaker_waits: tuple[float, ...] = (5, 15, 60, 300)
    disable_after: float = 5 * 86400
    """Of only failures: the hook is disabled."""
    retry_after_limit: float = 86400
    """What a Retry-After header can ask for at most."""
    poll: float = 0.25
    """How often the ledger is asked for what fell due without this process knowing."""
    excerpt: int = 1000
    """Characters of the response that are kept."""
    rates: Mapping[str, float] = field(default_factory=lambda: {"hooks.zapier.com": 30.0})
    """Host to deliveries a second, where the hook says nothing."""
    queue_depth: int = 256
    """Deliveries handed to the broker and not finished, over all processes."""
    queue_lease: float = 60
    """After which a message to the broker counts as lost."""

    def rate_of(self, url: str) -> float | None:
        return self.rates.get(urlsplit(url).hostname or "")


def delivery_settings(environ: Mapping[str, str], *, concurrency: int | None = None) -> DeliverySettings:
    """From SPECLOOM_HOOK_RETRIES, _TIMEOUT, _LEASE, _QUEUE_LEASE, _CONCURRENCY and _DISABLE_AFTER;
    `concurrency` where the environment says nothing. Raises SpecloomError."""
    given: dict[str, Any] = {} if concurrency is None else {"concurrency": concurrency}
    for name, read in _READERS.items():
        variable = f"SPECLOOM_HOOK_{name.upper()}"
        text = environ.get(variable, "").strip()
        if text:
            try:
                given[name] = read(text)
            except ValueError:
                hint = _HINTS.get(name, "times are written like 90, 5s, 30m, 2h or 5d")
                raise SpecloomError(f"{variable} cannot be '{text[:80]}'", hint=hint) from None
    return DeliverySettings(**given)


def seconds(text: str) -> float:
    """'90', '5s', '30m', '2h' or '5d' in seconds. Raises ValueError."""
    text = text.strip().lower()
    factor = _UNITS.get(text[-1:], 0)
    return _within(float(text[:-1] if factor else text) * (factor or 1), 0, 90 * 86400)


def _within(value: float, least: float, most: float) -> float:
    if not least <= value <= most:  # false for NaN too
        raise ValueError(value)
    return value


_HINTS: Mapping[str, str] = {
    "retries": "the waits before each attempt, such as 5s,5m,30m,2h",
    "timeout": "from 1s to 2m",
    "concurrency": "a whole number from 1 to 100",
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "retries": lambda text: tuple(seconds(part) for part in text.split(",")),
    "timeout": lambda text: _within(seconds(text), 1, 120),
    "lease": lambda text: _within(seconds(text), 1, 3600),
    "queue_lease": lambda text: _within(seconds(text), 1, 3600),
    "concurrency": lambda text: int(_within(float(text), 1, 100)),
    "disable_after": lambda text: _within(seconds(text), 60, math.inf),
}

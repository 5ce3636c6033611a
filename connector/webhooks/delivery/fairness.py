"""Which hooks may be sent to now, and how much: a lane a hook, so that none holds up another. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from specloom.connector.webhooks.delivery.settings import DeliverySettings

_BURST = 0.1
"""Seconds of a hook's rate that may go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One hook that has deliveries waiting, the earliest of them due at `due`."""

    hook_id: str
    due: float
    in_flight: int
    room: int
    failures: int
    open_until: float
    next_due: float
    rate: float | None


@dataclass(frozen=True, slots=True)
class Share:
    lane: Lane
    count: int


def ready_at(lane: Lane) -> float:
    """When the lane's next delivery may go, as far as time decides."""
    waits = [lane.due, lane.open_until]
    if lane.rate:
        waits.append(lane.next_due - max(0.0, _BURST - 1 / lane.rate))
    return max(waits)


def allowance(lane: Lane, now: float, settings: DeliverySettings) -> int:
    """How many may go now. After failures in a row one alone goes, to see whether the endpoint is back."""
    if ready_at(lane) > now:
        return 0
    room = 1 if lane.failures >= settings.breaker else lane.room
    free = max(0, room - lane.in_flight)
    if lane.rate:
        free = min(free, max(1, int((now + _BURST - max(lane.next_due, now)) * lane.rate)))
    return free


def share_out(lanes: Iterable[Lane], now: float, capacity: int, settings: DeliverySettings) -> list[Share]:
    """Divide `capacity` among the lanes: an equal part each, the longest waiting first, then what is left over."""
    open_lanes = [(lane, allowance(lane, now, settings)) for lane in sorted(lanes, key=lambda lane: lane.due)]
    open_lanes = [(lane, free) for lane, free in open_lanes if free]
    shares: dict[str, int] = {}
    wanting = list(open_lanes)
    while wanting and capacity > 0:
        part = math.ceil(capacity / len(wanting))
        for lane, free in wanting:
            had = shares.get(lane.hook_id, 0)
            more = min(free - had, part, capacity)
            shares[lane.hook_id] = had + more
            capacity -= more
        wanting = [(lane, free) for lane, free in wanting if shares[lane.hook_id] < free]
    return [Share(lane, shares[lane.hook_id]) for lane, _ in open_lanes if shares.get(lane.hook_id)]


def next_slot(lane: Lane, count: int, now: float) -> float:
    """The lane's `next_due` after `count` more deliveries."""
    return max(lane.next_due, now) + count / lane.rate if lane.rate else lane.next_due

"""Which hooks may be sent to now, and how much: a share a tenant first, then a lane a hook, so that none holds up
another. Pure."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from specloom.connector.webhooks.delivery.settings import DeliverySettings

_BURST = 0.1
"""Seconds of a hook's rate that may go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One hook that has deliveries waiting, the earliest of them due at `due`."""

    hook_id: str
    tenant: str
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


def share_out(
    lanes: Iterable[Lane], now: float, capacity: int, settings: DeliverySettings,
    most: Callable[[str], int] = lambda _tenant: sys.maxsize,
) -> list[Share]:  # fmt: skip
    """Divide `capacity` among the tenants, to none more than `most` says, and each one's among its lanes: an equal part
    each, the longest waiting first, then what is left over. Tenants take turns in the list that is returned."""
    open_lanes: dict[str, list[tuple[Lane, int]]] = {}
    for lane in sorted(lanes, key=lambda lane: lane.due):
        if free := allowance(lane, now, settings):
            open_lanes.setdefault(lane.tenant, []).append((lane, free))
    wants = {name: min(sum(free for _, free in own), max(0, most(name))) for name, own in open_lanes.items()}
    parts = divide(wants, capacity)
    by_tenant = []
    for tenant, own in open_lanes.items():
        counts = divide({lane.hook_id: free for lane, free in own}, parts.get(tenant, 0))
        by_tenant.append([Share(lane, counts[lane.hook_id]) for lane, _ in own if counts.get(lane.hook_id)])
    return [share for turn in zip_longest(*by_tenant) for share in turn if share is not None]


def divide(wants: Mapping[str, int], capacity: int) -> dict[str, int]:
    """An equal part for each, the first ones first, nobody more than it wants; what is left over again."""
    parts: dict[str, int] = {}
    wanting = [name for name, wanted in wants.items() if wanted > 0]
    while wanting and capacity > 0:
        part = math.ceil(capacity / len(wanting))
        for name in wanting:
            more = min(wants[name] - parts.get(name, 0), part, capacity)
            parts[name] = parts.get(name, 0) + more
            capacity -= more
        wanting = [name for name in wanting if parts[name] < wants[name]]
    return parts


def next_slot(lane: Lane, count: int, now: float) -> float:
    """The lane's `next_due` after `count` more deliveries."""
    return max(lane.next_due, now) + count / lane.rate if lane.rate else lane.next_due

"""Waiting without a thread: a route that only waits says so, and what it left behind is called once there is news."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request

PARKING = "specloom.parking"
"""In the WSGI environment of a server that can park."""
_KEPT = ("began", "request_id", "service", "operation", "job")

Subscribe = Callable[[Callable[[], None]], Callable[[], None]]
"""Takes what is to be called, from any thread, when there is news; returns what ends that."""


@dataclass(slots=True)
class Parking:
    """One request's place to wait. `until` is monotonic seconds. While `resume` is None nothing was parked."""

    until: float = 0.0
    subscribe: Subscribe | None = None
    resume: Callable[[], Response] | None = None
    is_over: bool = False
    _kept: dict[str, Any] = field(default_factory=dict)
    _headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_wanted(self) -> bool:
        """Whether the call is to be put aside, rather than its reply sent."""
        return self.resume is not None and not self.is_over

    def leave(self, response: Response) -> Response:
        """What later calls need to know of the first one. Its reply is not sent."""
        self._kept = {name: g.get(name) for name in _KEPT if name in g}
        self._headers = [(k, v) for k, v in response.headers if not k.lower().startswith("content-")]
        return response

    def resumed(self) -> Response:
        """The reply, in the second call."""
        for name, value in self._kept.items():
            setattr(g, name, value)
        assert self.resume is not None
        response = self.resume()
        for name, value in self._headers:
            response.headers.setdefault(name, value)
        return response


def parking() -> Parking | None:
    """Of the running request; None under a server that cannot park."""
    found: Parking | None = request.environ.get(PARKING)
    return found


def park(seconds: float, subscribe: Subscribe, resume: Callable[[], Response]) -> Response:
    """Give the thread back. Returns a reply that nobody sees."""
    place = parking()
    assert place is not None
    place.until, place.subscribe, place.resume = time.monotonic() + seconds, subscribe, resume
    return Response(status=202)

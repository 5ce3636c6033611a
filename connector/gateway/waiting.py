"""Answers of calls that wait for a job: at once where it is done or too many wait already, later without a thread."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from specloom.connector.gateway.context import GatewayContext
from specloom.connector.gateway.parking import Subscribe, park, parking
from specloom.connector.jobs.store import OPEN
from specloom.schemas.http.result import Result

WaitedReply = Callable[[Result, bool], Response]
"""Makes the answer from the result as it stands. False: nobody waited, since too many do already."""


def when_done(shared: GatewayContext, tenant: str, job_id: str, seconds: float, reply: WaitedReply) -> Response:
    """The reply once the job is final, or as it stands after `seconds`. Raises Refused (404)."""
    jobs = shared.jobs
    job = jobs.existing(job_id)
    if job.state not in OPEN or seconds <= 0 or shared.stopping():
        return reply(jobs.result(job), True)
    if not jobs.waiters.admit(tenant):
        return reply(jobs.result(job), False)
    if parking() is None:  # a server that cannot park: the thread waits
        try:
            return reply(jobs.wait(job_id, seconds), True)
        finally:
            jobs.waiters.leave(tenant)
    return park(seconds, _subscription(shared, tenant, job_id), lambda: reply(jobs.result(jobs.existing(job_id)), True))


def _subscription(shared: GatewayContext, tenant: str, job_id: str) -> Subscribe:
    waiters = shared.jobs.waiters

    def subscribe(tell: Callable[[], None]) -> Callable[[], None]:
        forget = waiters.subscribe(job_id, tell)

        def end() -> None:
            forget()
            waiters.leave(tenant)

        return end

    return subscribe

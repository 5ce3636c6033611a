"""`/jobs`: how far work is, and stopping it."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from specloom.connector.errors import Refused, json_reply
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.preferences import preferences
from specloom.connector.gateway.waiting import when_done
from specloom.connector.jobs.store import OPEN, JobRecord
from specloom.schemas.durations import iso
from specloom.schemas.http.result import Result

blueprint = Blueprint("jobs", __name__)
_MOST = 100
_LONGEST = 40
"""Characters of an id."""


@blueprint.get("/jobs")
def listing() -> Response:
    """Newest first; `before` takes the id of the last one seen."""
    shared = gateway()
    tenants = shared.callers.tenants(request, shared.vendors)
    before = request.args.get("before")
    if before is not None and len(before) > _LONGEST:
        raise Refused("invalid_request", "before must be the id of a job")
    found = shared.jobs.store.listed(tenants, _limit(), before)
    entries = [
        {
            "id": job.id, "service": job.service, "operation": job.operation,
            "status": job.status, "created_at": iso(job.created),
        }
        for job in found
    ]  # fmt: skip
    return json_reply({"data": entries})


def _limit() -> int:
    text = request.args.get("limit", "20")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= _MOST):
        raise Refused("invalid_request", f"limit must be a whole number from 1 to {_MOST}")
    return int(text)


@blueprint.get("/jobs/<job_id>")
def read(job_id: str) -> Response:
    """The result as it stands; `Prefer: wait=N` waits for the final one. Where too many wait, 202 at once."""
    shared = gateway()
    job = _own(shared, job_id)
    wanted = preferences(request, shared)
    if job.state in OPEN and wanted.wait:
        applied = wanted.applied(is_job=True)

        def reply(result: Result, waited: bool) -> Response:
            return (
                json_reply(result, 200, applied) if waited else json_reply(result, 202, {"Location": f"/jobs/{job_id}"})
            )

        return when_done(shared, job.tenant, job_id, wanted.wait, reply)
    return json_reply(shared.jobs.result(job))


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> Response:
    """Stops a job; one that is final already is left as it is."""
    shared = gateway()
    job = _own(shared, job_id)
    if job.state in OPEN:
        shared.jobs.cancel(job)
        job = shared.jobs.get(job_id) or job
    return json_reply(shared.jobs.result(job))


def _own(shared: GatewayContext, job_id: str) -> JobRecord:
    """The job, if the caller may know of it. Raises Refused (404)."""
    job = shared.jobs.store.get(job_id, shared.callers.tenants(request, shared.vendors))
    if job is None:
        raise Refused("not_found", "There is no such job")
    g.service, g.operation = job.service, job.operation
    return job

"""`/jobs`: how far work is, and stopping it."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from connector.answers import Refused, json_reply
from connector.gateway import Gateway, gateway
from connector.jobs.store import OPEN, Job
from connector.preferences import preferences

blueprint = Blueprint("jobs", __name__)
_MOST = 200


@blueprint.get("/jobs")
def listing() -> Response:
    """Newest first; `before` takes the `created` of the last one seen."""
    shared = gateway()
    tenants = shared.callers.tenants(request, shared.vendors)
    limit, before = _number("limit", 50), _number("before", None)
    found = shared.jobs.store.listed(tenants, int(min(max(limit or 1, 1), _MOST)), before)
    entries = [
        {
            "id": job.id, "service": job.service, "operation": job.operation, "created": job.created,
            "status": shared.jobs.result(job)["status"],
        }
        for job in found
    ]  # fmt: skip
    return json_reply({"jobs": entries})


def _number(name: str, default: float | None) -> float | None:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < 1e12:
        raise Refused("invalid_request", f"{name} must be a number")
    return value


@blueprint.get("/jobs/<job_id>")
def read(job_id: str) -> Response:
    """The result as it stands; `Prefer: wait=N` waits for the final one."""
    shared = gateway()
    job = _own(shared, job_id)
    wanted = preferences(request, shared)
    if job.state in OPEN and wanted.wait:
        return json_reply(shared.jobs.wait(job_id, wanted.wait), 200, wanted.applied(is_job=True))
    return json_reply(shared.jobs.result(job))


@blueprint.post("/jobs/<job_id>/cancel")
@blueprint.delete("/jobs/<job_id>")
def cancel(job_id: str) -> Response:
    """Stops a job; one that is final already is left as it is."""
    shared = gateway()
    job = _own(shared, job_id)
    if job.state in OPEN:
        shared.jobs.cancel(job)
        job = shared.jobs.get(job_id) or job
    return json_reply(shared.jobs.result(job))


def _own(shared: Gateway, job_id: str) -> Job:
    """The job, if the caller may know of it. Raises Refused (404)."""
    job = shared.jobs.store.get(job_id, shared.callers.tenants(request, shared.vendors))
    if job is None:
        raise Refused("not_found", "There is no such job")
    g.service, g.operation = job.service, job.operation
    return job

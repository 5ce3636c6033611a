"""`/jobs`: how far work is, and stopping it."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from specloom.connector.access import audit
from specloom.connector.access.disclosure import view
from specloom.connector.access.identity import current
from specloom.connector.errors import Refused, json_reply
from specloom.connector.gateway.context import GatewayContext, gateway
from specloom.connector.gateway.preferences import preferences
from specloom.connector.gateway.waiting import when_done
from specloom.connector.jobs.store import OPEN, JobRecord
from specloom.connector.webhooks.api.requests import limit, moment, one_of, query, text
from specloom.schemas.durations import iso
from specloom.schemas.http.result import Result

blueprint = Blueprint("jobs", __name__)
_STATES = ("queued", "running", "succeeded", "failed", "canceled")
_WANTED = {
    "state": one_of(*_STATES), "service": text(120), "operation": text(200), "since": moment, "until": moment,
    "before": text(40), "limit": limit,
}  # fmt: skip


@blueprint.get("/jobs")
def listing() -> Response:
    """Newest first; `before` takes the id of the last one seen."""
    shared = gateway()
    tenants = shared.callers.tenants(request, shared.vendors)
    wanted = query(_WANTED)
    size = wanted.pop("limit", 20)
    shows = view()
    entries = [
        {
            "id": job.id, "service": job.service, "operation": job.operation, "status": job.status,
            "created_at": iso(job.created), "started_at": iso(job.started), "finished_at": iso(job.finished),
        }
        | shows.owner(job.tenant)
        for job in shared.jobs.store.listed(tenants, wanted, size)
    ]  # fmt: skip
    return json_reply({"data": entries})


@blueprint.get("/jobs/<job_id>")
def read(job_id: str) -> Response:
    """The result as it stands; `Prefer: wait=N` waits for the final one. Where too many wait, 202 at once."""
    shared = gateway()
    job = _own(shared, job_id)
    wanted = preferences(request, shared)
    if job.state in OPEN and wanted.wait:
        applied, seen = wanted.applied(is_job=True), view()

        def reply(result: Result, waited: bool) -> Response:
            if waited:
                return json_reply(seen.result(result), 200, applied)
            return json_reply(seen.result(result), 202, {"Location": f"/jobs/{job_id}"})

        return when_done(shared, job.tenant, job_id, wanted.wait, reply)
    return json_reply(view().result(shared.jobs.result(job)))


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> Response:
    """Stops a job; one that is final already is left as it is."""
    shared = gateway()
    job = _own(shared, job_id)
    if job.state in OPEN:
        identity = current()
        if shared.jobs.cancel(job) and identity is not None and identity.is_operator:
            with shared.ledger.write() as connection:
                audit.record(connection, "job.canceled", job.id, job.tenant)
        job = shared.jobs.get(job_id) or job
    return json_reply(view().result(shared.jobs.result(job)))


def _own(shared: GatewayContext, job_id: str) -> JobRecord:
    """The job, if the caller may know of it. Raises Refused (404)."""
    job = shared.jobs.store.get(job_id, shared.callers.tenants(request, shared.vendors))
    if job is None:
        raise Refused("not_found", "There is no such job")
    g.service, g.operation = job.service, job.operation
    return job

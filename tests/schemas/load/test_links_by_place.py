"""Links by operationRef to operations that have no operationId."""

from __future__ import annotations

from pathlib import Path

from tests.schemas.infer.documents import TEXT, obj, operation, path
from tests.schemas.test_ready_made import read, written


def test_an_operation_without_a_name_is_led_to_by_its_place(tmp_path: Path) -> None:
    start = operation(obj(id=TEXT), body=obj(prompt=TEXT))
    link = {"operationRef": "#/paths/~1work~1{id}/get", "parameters": {"id": "$response.body#/id"}}
    start["responses"]["200"]["links"] = {"state": link, "gone": {"operationRef": "#/paths/~1nowhere/get"}}
    start["x-specloom"] = {"job": {"poll": "state", "status": "$response.body#/status", "succeeded": ["done"]}}
    paths = {"/work": {"post": start}, "/work/{id}": {"get": operation(obj(status=TEXT), parameters=[path("id")])}}
    service = read(written(tmp_path, "https://api.example.com", paths)).service
    job = next(o for o in service.operations if o.method == "POST").job
    assert (
        job is not None
        and job.poll.operation_id == next(o for o in service.operations if o.method == "GET").operation_id
    )
    assert [p.code for p in service.problems if p.level in ("error", "warning")] == ["ref-missing", "link"]

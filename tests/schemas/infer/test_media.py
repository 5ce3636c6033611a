"""Shapes that services of media have: where their results are, how their work is asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.infer import applied, certain, propose
from specloom.schemas.model import Service
from tests.schemas.infer.documents import TEXT, listed, obj, operation, path, read

URI = {"type": "string", "format": "uri"}


def service(folder: Path, paths: dict[str, Any]) -> Service:
    loaded = read(folder, paths)
    return applied(loaded.service, certain(propose(loaded)))


def states(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def test_an_echo_is_never_the_result(tmp_path: Path) -> None:
    reply = obj(id=TEXT, image_url=URI, enhanced=obj(url=URI))
    made = service(
        tmp_path, {"/enhance": {"post": operation(reply, body=obj(image_url=URI), operationId="enhanceImage")}}
    )
    (start,) = made.operations
    assert (start.output.type, str(start.output.mapping["url"])) == ("image", "$response.body#/enhanced/url")
    alone = {"/enhance": {"post": operation(obj(image_url=URI), body=obj(image_url=URI), operationId="enhanceImage")}}
    assert service(tmp_path, alone).operations[0].output.type == "none"


def test_names_of_models_are_no_models(tmp_path: Path) -> None:
    channels = listed(obj(alternatives=listed(obj(transcript=TEXT))))
    reply = obj(metadata=obj(models=listed(TEXT)), results=obj(channels=channels))
    made = service(tmp_path, {"/listen": {"post": operation(reply, body=obj(url=TEXT), operationId="transcribe")}})
    output = made.operations[0].output
    assert output.type == "text"
    assert str(output.mapping["text"]) == "$response.body#/results/channels/0/alternatives/0/transcript"


def test_states_spread_over_alternatives(tmp_path: Path) -> None:
    state = {
        "anyOf": [
            obj(state=states("waiting")),
            obj(state={"const": "broken", "type": "string"}, reason=TEXT),
            obj(state=states("ready"), image=obj(url=URI)),
        ]
    }
    paths = {
        "/renders": {"post": operation(obj(id=TEXT), status="202", body=obj(prompt=TEXT), operationId="start")},
        "/renders/{id}": {"get": operation(state, operationId="poll", parameters=[path("id")])},
    }
    job = service(tmp_path, paths).operations[0].job
    assert job and (job.succeeded, job.failed, job.queued) == (("ready",), ("broken",), ("waiting",))


WHERE: dict[str, tuple[str, dict[str, Any], str, dict[str, Any], dict[str, str]]] = {
    "by a query": (
        "/v1/paint", obj(id=TEXT, polling_url=TEXT), "/v1/get_result",
        {"parameters": [{"name": "id", "in": "query", "required": True, "schema": TEXT}]}, {"id": "$response.body#/id"},
    ),
    "below its own path": (
        "/generations", obj(id=TEXT), "/generations/{generation_id}/status", {"parameters": [path("generation_id")]},
        {"generation_id": "$response.body#/id"},
    ),
    "a list of one": (
        "/renders", listed(obj(id=TEXT)), "/renders/{renderId}", {"parameters": [path("renderId")]},
        {"renderId": "$response.body#/0/id"},
    ),
    "beside its kind": (
        "/generations/image", obj(id=TEXT), "/generations/{id}", {"parameters": [path("id")]},
        {"id": "$response.body#/id"},
    ),
    "in a wrapper": (
        "/batches", obj(batch=obj(id=TEXT)), "/batches/{id}", {"parameters": [path("id")]},
        {"id": "$response.body#/batch/id"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHERE)
def test_where_work_is_asked_about(name: str, tmp_path: Path) -> None:
    start, reply, poll, more, parameters = WHERE[name]
    state = obj(status=states("JOB_QUEUED", "JOB_RUNNING", "JOB_DONE", "JOB_FAILED"))
    paths = {
        start: {"post": operation(reply, body=obj(prompt=TEXT), operationId="generate")},
        poll: {"get": operation(state, operationId="poll", **more)},
    }
    job = service(tmp_path, paths).operations[0].job
    assert job and job.poll.operation_id == "poll" and job.succeeded == ("JOB_DONE",) and job.failed == ("JOB_FAILED",)
    assert {key: str(value) for key, value in job.poll.parameters.items()} == parameters


def test_states_in_prose(tmp_path: Path) -> None:
    told = {"type": "string", "description": "`pending` at first, then `succeeded`, rarely `failed`."}
    paths = {
        "/runs": {"post": operation(obj(id=TEXT), status="202", body=obj(prompt=TEXT), operationId="start")},
        "/runs/{id}": {"get": operation(obj(status=told), operationId="poll", parameters=[path("id")])},
    }
    job = service(tmp_path, paths).operations[0].job
    assert job and (job.succeeded, job.failed, job.queued) == (("succeeded",), ("failed",), ("pending",))


def test_what_ends_work_is_no_work(tmp_path: Path) -> None:
    state = obj(id=TEXT, status=states("queued", "running", "done"))
    paths = {
        "/jobs": {"post": operation(state, status="202", body=obj(prompt=TEXT), operationId="start")},
        "/jobs/{id}": {
            "get": operation(state, operationId="poll", parameters=[path("id")]),
            "delete": operation(state, operationId="remove", parameters=[path("id")]),
        },
        "/jobs/{id}/cancel": {"post": operation(state, operationId="cancel", parameters=[path("id")])},
    }
    jobs = {o.operation_id: o.job is not None for o in service(tmp_path, paths).operations}
    assert jobs == {"start": True, "poll": False, "remove": False, "cancel": False}


def test_base64_is_given_on_as_a_data_url(tmp_path: Path) -> None:
    reply = obj(data=listed(obj(b64_json=TEXT)))
    made = service(tmp_path, {"/images/generations": {"post": operation(reply, body=obj(prompt=TEXT))}})
    output = made.operations[0].output
    assert output.type == "image" and str(output.mapping["url"]) == "data:image/png;base64,{$item#/b64_json}"


RECORDS: dict[str, tuple[str, Any, Any]] = {
    "a user's picture": ("/users", obj(name=TEXT), obj(id=TEXT, avatar_url=URI)),
    "a product's picture": ("/products", obj(name=TEXT), obj(id=TEXT, image_url=URI)),
    "for an SDK": ("/replies/generate", obj(prompt=TEXT), obj(output_text={**TEXT, "description": "SDK-only property."})),
    "the file that was sent": ("/transcribe", obj(audio_url=URI), obj(id=TEXT, audio_url=URI)),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_no_result(name: str, tmp_path: Path) -> None:
    where, body, reply = RECORDS[name]
    assert service(tmp_path, {where: {"post": operation(reply, body=body)}}).operations[0].output.type == "none"


@pytest.mark.parametrize("words", [("pending", "processed", "error"), ("processed", "error")])
def test_elements_that_may_not_be_done_yet_are_only_proposed(words: tuple[str, ...], tmp_path: Path) -> None:
    """The reply's own status says that the order was taken, not that its files are there."""
    element = obj(status=states("success", "error"), file=obj(id=TEXT, state=states(*words), download_url=URI))
    post = operation(listed(element), body=obj(data={}), operationId="generatePdfs", summary="Generate several PDFs")
    (proposal,) = [p for p in propose(read(tmp_path, {"/pdfs/batch": {"post": post}})) if p.kind == "result"]
    assert proposal.certain is ("pending" not in words)

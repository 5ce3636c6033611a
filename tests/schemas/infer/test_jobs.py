"""Work that takes time, and what it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.infer import applied, certain, propose
from tests.schemas.infer.documents import NUMBER, TEXT, block, listed, obj, operation, path, proposed, read

STATES = {"type": "string", "enum": ["queued", "processing", "completed", "failed", "canceled"]}
POLLED = obj(id=TEXT, status=STATES, error=TEXT, video_url={"type": "string", "format": "uri"}, duration=NUMBER)


def job(start: str, poll: str, reply: Any, state: Any = POLLED, status: str = "202") -> dict[str, Any]:
    parameter = poll.rpartition("{")[2].partition("}")[0]
    return {
        start: {"post": operation(reply, status=status, body=obj(prompt=TEXT), operationId="start")},
        poll: {"get": operation(state, operationId="poll", parameters=[path(parameter)])},
    }


def test_202_an_id_and_a_state(tmp_path: Path) -> None:
    loaded = read(tmp_path, job("/renders", "/renders/{render_id}", obj(id=TEXT)))
    (found,) = [p for p in propose(loaded) if p.kind == "job"]
    assert found.certain and found.operation_id == "start"
    link = {"operationId": "poll", "parameters": {"render_id": "$response.body#/id"}}
    assert found.changes[0].update["responses"] == {"202": {"links": {"poll": link}}}
    assert found.block["job"] == {
        "poll": "poll", "status": "$response.body#/status", "succeeded": ["completed"], "failed": ["failed"],
        "canceled": ["canceled"], "queued": ["queued"], "error": "$response.body#/error",
    }  # fmt: skip
    service = applied(loaded.service, certain(propose(loaded)))
    start = service.operation("start")
    assert start and start.job and start.job.poll.operation_id == "poll"
    assert start.output.type == "video" and str(start.output.mapping["url"]) == "$response.body#/video_url"
    assert str(start.output.mapping["duration"]) == "$response.body#/duration", "the result is in the poll's reply"


def test_a_poll_elsewhere_by_the_name_of_its_id(tmp_path: Path) -> None:
    found = proposed(tmp_path, job("/v1/images/generate", "/v1/tasks/{task_id}", obj(data=obj(task_id=TEXT))), "job")
    assert block(found, "job")["poll"] == "poll" and found[0].certain
    link = found[0].changes[0].update["responses"]["202"]["links"]["poll"]
    assert link["parameters"] == {"task_id": "$response.body#/data/task_id"}


def test_its_own_link_is_used(tmp_path: Path) -> None:
    paths = job("/work", "/state/{key}", obj(key=TEXT))
    link = {"operationId": "poll", "parameters": {"key": "$response.body#/key"}}
    paths["/work"]["post"]["responses"]["202"]["links"] = {"follow": link}
    (found,) = proposed(tmp_path, paths, "job")
    assert found.block["job"]["poll"] == "follow" and "responses" not in found.changes[0].update and found.certain


def test_an_order_is_no_job(tmp_path: Path) -> None:
    """Its state is the state of the world; a step must not wait for it."""
    state = obj(id=TEXT, status={"type": "string", "enum": ["pending", "completed", "failed"]})
    assert not [p for p in proposed(tmp_path, job("/orders", "/orders/{id}", state, state, "201"), "job") if p.certain]


def test_words_of_making_make_it_sure(tmp_path: Path) -> None:
    (found,) = proposed(tmp_path, job("/generations", "/generations/{id}", obj(id=TEXT), status="200"), "job")
    assert found.certain


ONLY_ID = obj(id=TEXT)
NAMED = {"type": "string", "enum": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]}
JOBS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the poll stands below the start": (
        job("/flux/dev", "/flux/dev/requests/{request_id}/status", obj(request_id=TEXT, status=NAMED, status_url=TEXT), obj(request_id=TEXT, status=NAMED), "200"),
        {"request_id": "$response.body#/request_id"},
    ),
    "the one place of work, and a reply that is only an id": (
        job("/v1/text_to_video", "/v1/tasks/{id}", ONLY_ID, status="200"), {"id": "$response.body#/id"},
    ),
    "an id below a holder of another name": (
        job("/generations", "/generations/{id}", obj(sdGenerationJob=obj(generationId=TEXT, cost=NUMBER)), obj(byKey=obj(status=STATES)), "200"),
        {"id": "$response.body#/sdGenerationJob/generationId"},
    ),
    "a text that can only be the id": (job("/text-to-3d", "/text-to-3d/{id}", obj(result=TEXT)), {"id": "$response.body#/result"}),
}  # fmt: skip


@pytest.mark.parametrize("name", JOBS)
def test_jobs(name: str, tmp_path: Path) -> None:
    paths, parameters = JOBS[name]
    (found,) = proposed(tmp_path, paths, "job")
    (response,) = found.changes[0].update["responses"].values()
    assert found.certain and response["links"]["poll"] == {"operationId": "poll", "parameters": parameters}


def test_a_poll_below_the_start_that_asks_for_the_id_in_the_query(tmp_path: Path) -> None:
    query = {"name": "taskId", "in": "query", "required": True, "schema": TEXT}
    poll = operation(obj(data=obj(taskId=TEXT, status=STATES)), operationId="poll", parameters=[query])
    start = operation(obj(code=NUMBER, msg=TEXT, data=obj(taskId=TEXT)), body=obj(prompt=TEXT), operationId="start")
    (found,) = proposed(tmp_path, {"/generate": {"post": start}, "/generate/record-info": {"get": poll}}, "job")
    assert found.certain
    (response,) = found.changes[0].update["responses"].values()
    assert response["links"]["poll"]["parameters"] == {"taskId": "$response.body#/data/taskId"}


@pytest.mark.parametrize("name", ["orders", "withdrawals", "contracts", "verifications"])
def test_a_record_that_answers_only_its_id_is_no_sure_job(name: str, tmp_path: Path) -> None:
    paths = job(f"/{name}", f"/{name}/{{id}}", ONLY_ID, obj(id=TEXT, status=STATES), "200")
    assert not [p for p in proposed(tmp_path, paths, "job") if p.certain]


NO_JOBS: dict[str, Any] = {
    "two places of work": job("/v1/paint", "/v1/tasks/{id}", ONLY_ID) | {"/v1/jobs/{id}": {"get": operation(POLLED, parameters=[path("id")])}},
    "no state": job("/renders", "/renders/{id}", obj(id=TEXT), obj(id=TEXT, status=TEXT)),
    "a state that never ends": job("/r", "/r/{id}", obj(id=TEXT), obj(id=TEXT, status={"type": "string", "enum": ["queued", "running"]})),
    "a state that is always there": job("/r", "/r/{id}", obj(id=TEXT), obj(id=TEXT, status={"type": "string", "enum": ["done", "failed"]}), "200"),
    "numbers": job("/r", "/r/{id}", obj(id=TEXT), obj(id=TEXT, status={"type": "integer", "enum": [0, 1]})),
    "no id": job("/r", "/r/{id}", obj(count=NUMBER)),
    "elsewhere": job("/a/renders", "/b/checks/{id}", obj(id=TEXT)),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_JOBS)
def test_no_job(name: str, tmp_path: Path) -> None:
    assert proposed(tmp_path, NO_JOBS[name], "job") == []


RESULTS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "a url by its name": ("/images/generate", obj(image_url=TEXT, width=NUMBER), {"type": "image", "url": "$response.body#/image_url", "width": "$response.body#/width"}),
    "a list of objects": ("/generate", obj(id=TEXT, images=listed(obj(url=TEXT, content_type=TEXT, id=TEXT))), {"type": "image", "items": "$response.body#/images", "url": "$item#/url", "content_type": "$item#/content_type", "item_id": "$item#/id", "id": "$response.body#/id"}),
    "a list of urls": ("/generate", obj(data=obj(videos=listed(TEXT))), {"type": "video", "items": "$response.body#/data/videos", "url": "$item#"}),
    "a plain url of what its words say": ("/images/generations", obj(data=listed(obj(url=TEXT))), {"type": "image", "items": "$response.body#/data", "url": "$item#/url"}),
    "base64 by its description": ("/images/generate", obj(image={"type": "string", "description": "The image, encoded to base64."}, seed=NUMBER), {"type": "image", "url": "data:image/png;base64,{$response.body#/image}"}),
    "a transcript": ("/transcribe", obj(text=TEXT), {"type": "text", "text": "$response.body#/text"}),
    "a language model": ("/chat/completions", obj(choices=listed(obj(message=obj(content=TEXT)))), {"type": "text", "items": "$response.body#/choices", "text": "$item#/message/content"}),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_results(name: str, tmp_path: Path) -> None:
    where, reply, expected = RESULTS[name]
    found = proposed(tmp_path, {where: {"post": operation(reply, body=obj(prompt=TEXT))}}, "result")
    assert block(found, "result") == expected and found[0].certain


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/png", "image"),
        ("audio/*", "audio"),
        ("video/mp4", "video"),
        ("model/gltf-binary", "model3d"),
        ("application/pdf", ""),
    ],
)
def test_files_by_their_media_type(media_type: str, kind: str, tmp_path: Path) -> None:
    get = operation()
    get["responses"]["200"]["content"] = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    found = proposed(tmp_path, {"/file": {"get": get}}, "result")
    assert [p.block["result"] for p in found] == ([{"type": kind}] if kind else [])


def test_a_product_s_picture_is_not_what_a_step_is_for(tmp_path: Path) -> None:
    (found,) = proposed(
        tmp_path, {"/products": {"post": operation(obj(id=TEXT, image_url=TEXT), body=obj(name=TEXT))}}, "result"
    )
    assert not found.certain
    assert proposed(tmp_path, {"/products": {"get": operation(obj(image_url=TEXT))}}, "result") == []

"""Work whose file a further call gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.infer import applied, certain, propose
from specloom.schemas.model import Operation
from tests.schemas.infer.documents import NUMBER, TEXT, file, obj, operation, path, read
from tests.schemas.infer.test_jobs import STATES

STATE = obj(id=TEXT, status=STATES, progress=NUMBER)


def started(folder: Path, start: str, poll: str, *fetches: tuple[str, dict[str, Any]]) -> Operation:
    """What is made of the start of work at `start`; `fetches`: paths below the poll, and what they answer."""
    parameter = poll.rpartition("{")[2].partition("}")[0]
    paths: dict[str, Any] = {
        start: {"post": operation(STATE, status="200", body=obj(prompt=TEXT), operationId="start")},
        poll: {"get": operation(STATE, operationId="poll", parameters=[path(parameter)])},
    }
    for where, answer in fetches:
        answer["parameters"] = [path(parameter), *answer.get("parameters", [])]
        paths[where] = {"get": answer}
    loaded = read(folder, paths)
    service = applied(loaded.service, certain(propose(loaded)))
    found = service.operation("start")
    assert found is not None and found.job is not None
    return found


VARIANT = {"name": "variant", "in": "query", "schema": TEXT}
NEEDED = {"name": "format", "in": "query", "required": True, "schema": TEXT}
FOUND = {
    "by its media type": ("/generations", "/generations/{generation_id}", "content", "video/mp4", "video"),
    "by what is made": ("/audio/generations", "/audio/generations/{id}", "download", "application/octet-stream", "audio"),
    "beside its state": ("/images/generations", "/images/generations/{id}/status", "image", "image/png", "image"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_the_call_below_the_poll_gives_the_file(name: str, tmp_path: Path) -> None:
    start, poll, last, media_type, kind = FOUND[name]
    where = f"{poll.removesuffix('/status')}/{last}"
    fetch = file(media_type, operationId="fetch", parameters=[VARIANT])
    found = started(tmp_path, start, poll, (where, fetch)).output
    assert found.type == kind and found.download is not None
    parameters = {name: str(value) for name, value in found.download.parameters.items()}
    (parameter,) = parameters
    assert found.download.operation_id == "fetch" and parameters == {parameter: "$response.body#/id"}


def test_two_files_are_not_chosen_from(tmp_path: Path) -> None:
    both = [(f"/generations/{{id}}/{last}", file("video/mp4", operationId=last)) for last in ("content", "download")]
    assert started(tmp_path, "/generations", "/generations/{id}", *both).output.type == "none"


def test_a_file_that_needs_more_than_the_id(tmp_path: Path) -> None:
    fetch = file("video/mp4", operationId="fetch", parameters=[NEEDED])
    found = started(tmp_path, "/generations", "/generations/{id}", ("/generations/{id}/content", fetch))
    assert found.output.type == "none"

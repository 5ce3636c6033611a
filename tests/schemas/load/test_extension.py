"""x-specloom: jobs, downloads, callbacks, and the names of its faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.schemas.model import Service

Loaded = Callable[[str], Service]
Document = Callable[..., Path]


JOB = """
x-specloom: {key: jobs-demo}
paths:
  /make:
    post:
      operationId: make
      x-specloom:
        job: {poll: state, status: $response.body#/status, succeeded: [done], failed: [broken], interval: 2}
        result: {type: audio, items: $response.body#/tracks, url: $item#/url, download: bytes}
        callback: done
      requestBody: {content: {application/json: {schema: {type: object, properties: {hook: {type: string}}}}}}
      callbacks: {done: {'{$request.body#/hook}': {post: {responses: {"200": {description: ok}}}}}}
      responses:
        "202":
          description: accepted
          links: {state: {operationId: read, parameters: {path.id: $response.body#/id}}}
  /make/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: ok, links: {bytes: {operationId: fetch, parameters: {file: '{$item#/id}.wav'}}}}
  /files/{file}:
    get:
      operationId: fetch
      parameters: [{name: file, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {audio/wav: {}}}}
"""


def test_a_job_is_tied_to_its_poll_its_download_and_its_callback(loaded: Loaded) -> None:
    service = loaded(JOB)
    make = service.operation("make")
    assert make is not None and make.job is not None and make.output.download is not None
    assert service.problems == ()
    assert (make.job.poll.operation_id, list(make.job.poll.parameters)) == ("read", ["id"])
    assert (make.job.interval, make.job.callback_field) == (2, "hook")
    assert (make.output.download.operation_id, list(make.output.download.parameters)) == ("fetch", ["file"])
    fetch = service.operation("fetch")
    assert fetch is not None and (fetch.output.type, fetch.output.binary) == ("file", True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key: jobs-demo", "key: run", "key must be a short name of its own"),
        ("key: jobs-demo", "keys: x", "keys is not known here; known: "),
        ("poll: state", "poll: gone", "no success reply has a link named 'gone'"),
        ("download: bytes", "download: gone", "no reply has a link named 'gone' to download from"),
        ("operationId: read, parameters", "operationId: lost, parameters", "leads to no operation 'lost'"),
        ("callback: done", "callback: gone", "callback 'gone' is on no input"),
        ("$response.body#/status", "$nonsense", "job.status must be a runtime expression: "),
        ("$response.body#/tracks", "$response.bdy#/x", "'$response.bdy#/x' is no runtime expression"),
    ],
)
def test_faults_of_the_extension_are_named(loaded: Loaded, old: str, new: str, message: str) -> None:
    assert old in JOB
    problems = loaded(JOB.replace(old, new)).problems
    assert any(message in str(problem) for problem in problems), [str(p) for p in problems]

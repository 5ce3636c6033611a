"""A node that is built with --since, in a real n8n: workflows made before it run as ever, new ones as the new document
says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.fields.forms import parameters
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from specloom.schemas.load import load
from tests import TESTS
from tests.platforms import n8n_lint
from tests.platforms.conftest import Servers
from tests.platforms.n8n import N8n
from tests.platforms.n8n_check import workflows_issues
from tests.platforms.n8n_nodes import step_of, workflow
from tests.platforms.recorder import Recorder

Json = dict[str, Any]
PAIR = TESTS / "since"
OLD, NEW = (load(PAIR / f"{name}.openapi.yaml").service for name in ("old", "new"))
DOCUMENTS = {1: OLD, 2: NEW}
INPUTS: Mapping[int, Mapping[str, Json]] = {
    1: {
        "listSongs": {"q": "love", "genre": "folk"},
        "makeSong": {"text": "La la", "style": "march", "tempo": "slow", "mood": "wild"},
        "getSong": {"song_id": "s 1"},
        "mixSongs": {"songs": ["s1", "s2"]},
    },
    2: {
        "listSongs": {"query": "love", "genre": "folk"},
        "makeSong": {"text": "La la", "voice": "bass", "tempo": 90, "mood": "sad"},
        "getSong": {"song_id": "s 1", "lyrics": True},
        "makeAlbum": {"title": "Best of"},
    },
}
SENT: Mapping[int, Mapping[str, Any]] = {
    1: {
        "listSongs": ("GET", "/songs", (("genre", "folk"), ("q", "love")), None),
        "makeSong": ("POST", "/songs", (), INPUTS[1]["makeSong"]),
        "getSong": ("GET", "/songs/s 1", (), None),
        "mixSongs": ("POST", "/mixes", (), INPUTS[1]["mixSongs"]),
    },
    2: {
        "listSongs": ("GET", "/songs", (("genre", "folk"), ("query", "love")), None),
        "makeSong": ("POST", "/songs", (), INPUTS[2]["makeSong"]),
        "getSong": ("GET", "/songs/s 1", (("lyrics", "true"),), None),
        "makeAlbum": ("POST", "/albums", (), INPUTS[2]["makeAlbum"]),
    },
}
EVERY = [(version, operation) for version, inputs in INPUTS.items() for operation in inputs]


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    found = Recorder()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("since") / "both"
    write(folder, emit(NEW, EmitOptions(earlier=(OLD,))).files)
    return folder


@pytest.fixture(scope="module")
def n8n_of_old(n8n: Servers, tmp_path_factory: pytest.TempPathFactory) -> N8n:
    folder = tmp_path_factory.mktemp("since") / "old"
    write(folder, emit(OLD, EmitOptions()).files)
    return n8n(folder)


def step(version: int, operation: str) -> Json:
    """A step as a workflow holds it that was made with this version's document."""
    group, found = step_of(DOCUMENTS[version], operation)
    given = parameters(found.layout, INPUTS[version][operation])
    return {
        "parameters": {"resource": group.key, "operation": found.key, **given},
        "name": "Step",
        "type": "n8n-nodes-songbook.songbook",
        "typeVersion": version,
    }


def trigger(version: int) -> Json:
    parameter = {1: "q", 2: "query"}[version]
    return {
        "parameters": {"event": "listSongs", parameter: "love"},
        "name": "Trigger",
        "type": "n8n-nodes-songbook.songbookTrigger",
        "typeVersion": version,
    }


def sent(n8n: N8n, recorder: Recorder, node: Json, name: str) -> Any:
    """What a workflow of this node sends, and that it ends well."""
    data = {"apiKey": "key-0123456789", "baseUrl": recorder.base(name)}
    credential = {"songbookSpecloomApi": {"id": n8n.api.create_credential("songbookSpecloomApi", data), "name": "Test"}}
    recorder.answer(name, "application/json", b'[{"id": "s1", "title": "One"}]')
    document = workflow({**node, "credentials": credential})
    if node["name"] == "Trigger":
        document = {**document, "nodes": document["nodes"][1:], "connections": {}}
    run = n8n.run(document)
    assert run.status == "success", run.error
    (call,) = recorder.calls(name)
    return call.method, call.path, call.query, call.content


def test_an_upgrade_changes_nothing_for_what_was_there(
    n8n_of_old: N8n, n8n: Servers, package: Path, recorder: Recorder
) -> None:
    before = {name: sent(n8n_of_old, recorder, step(1, name), f"before-{name}") for name in INPUTS[1]}
    upgraded = n8n(package)
    after = {name: sent(upgraded, recorder, step(1, name), f"after-{name}") for name in INPUTS[1]}
    assert before == after == SENT[1]


@pytest.mark.parametrize("operation", INPUTS[2])
def test_new_steps_send_what_the_new_document_says(
    n8n: Servers, package: Path, recorder: Recorder, operation: str
) -> None:
    assert sent(n8n(package), recorder, step(2, operation), f"new-{operation}") == SENT[2][operation]


@pytest.mark.parametrize("version", DOCUMENTS)
def test_the_trigger_asks_as_its_version_does(n8n: Servers, package: Path, recorder: Recorder, version: int) -> None:
    method, path, query, _ = sent(n8n(package), recorder, trigger(version), f"trigger-{version}")
    assert (method, path, query) == ("GET", "/songs", (({1: "q", 2: "query"}[version], "love"),))


@pytest.mark.parametrize(("version", "moods"), [(1, ["calm", "wild"]), (2, ["calm", "sad", "wild"])])
def test_a_list_is_that_of_the_version(n8n: Servers, package: Path, version: int, moods: list[str]) -> None:
    body = {
        "nodeTypeAndVersion": {"name": "n8n-nodes-songbook.songbook", "version": version},
        "path": "parameters.mood",
        "currentNodeParameters": {"resource": "song", "operation": "makeSong"},
        "methodName": "makeSong.mood",
    }
    listed = n8n(package).api.internal("POST", "/dynamic-node-parameters/resource-locator-results", body)
    assert sorted(entry["value"] for entry in listed["results"]) == moods


def test_n8n_knows_every_parameter_in_its_version_and_only_there(n8n: Servers, package: Path) -> None:
    nodes = n8n(package).export_nodes()
    fit = [workflow(step(version, operation)) for version, operation in EVERY]
    assert workflows_issues(nodes, fit) == [[] for _ in fit]
    for operation in ("listSongs", "makeSong", "mixSongs"):
        wrong = workflow({**step(1, operation), "typeVersion": 2})
        assert workflows_issues(nodes, [wrong]) != [[]], operation


def test_the_tools_for_packages_find_nothing(package: Path, n8n_tools: Path) -> None:
    for check in (n8n_lint.lint, n8n_lint.build, n8n_lint.scan):
        outcome = check(package)
        assert (outcome.errors, outcome.warnings) == ([], []), outcome.output

"""Which operations become steps, what they bring along, and how a very large document is split."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from specloom.generator.selection import LARGE, VAST, Selection, advice, parts_of, select, split
from specloom.schemas.load import load
from specloom.schemas.model import Operation, Resource, Service
from specloom.schemas.problems import SpecloomError
from tests import SHOWCASE
from tests.command.test_cli import specloom
from tests.conftest import HEAD

DOCUMENT = HEAD + """\
paths:
  /a: {get: {operationId: listA, tags: [A], responses: {"200": {description: ok}}}}
  /b: {post: {operationId: makeB, tags: [B], responses: {"200": {description: ok}}}}
  /old: {post: {operationId: oldB, tags: [B], summary: Old way, deprecated: true, responses: {"200": {description: ok}}}}
"""  # fmt: skip


def ids(service: Service) -> list[str]:
    return [operation.operation_id for operation in service.operations]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["listA", "makeB", "oldB"]),
        (Selection(tags=("A",)), ["listA"]),
        (Selection(tags=("b",)), ["makeB", "oldB"]),
        (Selection(operations=("make*",)), ["makeB"]),
        (Selection(tags=("A",), operations=("oldB",)), ["listA", "oldB"]),
        (Selection(operations=("*",)), ["listA", "makeB", "oldB"]),
    ],
)
def test_by_tag_and_operation(selection: Selection, expected: list[str], document: Callable[..., Path]) -> None:
    part = select(load(document(DOCUMENT)).service, selection)
    assert ids(part.service) == expected
    assert set(part.unselected) == {"listA", "makeB", "oldB"} - set(expected)
    assert {r.name for r in part.service.resources} == {o.resource for o in part.service.operations}


@pytest.mark.parametrize("selection", [Selection(tags=("C",)), Selection(operations=("lstA",))])
def test_what_is_not_there_is_told_with_what_is_near(selection: Selection, document: Callable[..., Path]) -> None:
    with pytest.raises(SpecloomError, match="in this document - known: "):
        select(load(document(DOCUMENT)).service, selection)


def test_deprecated_operations_are_written_when_asked_for(document: Callable[..., Path], tmp_path: Path) -> None:
    path = document(DOCUMENT)
    for arguments, expected in (((), "2 steps"), (("--deprecated",), "3 steps")):
        done = specloom("build", path.name, "--platform", "make", *arguments, cwd=tmp_path)
        assert expected in done.stdout, done.stdout
    part = select(load(path).service, Selection(deprecated=True))
    assert part.service.operations[2].description == "Deprecated. Old way"


def test_what_others_need_comes_along() -> None:
    service = load(SHOWCASE).service
    job = next(operation for operation in service.operations if operation.job)
    part = select(service, Selection(operations=(job.operation_id,)))
    assert job.job and job.job.poll.operation_id in ids(part.service)
    assert part.needed[job.job.poll.operation_id] == f"it tells the state of {job.operation_id}"
    assert service.connection is None or service.connection.operation_id in ids(part.service)
    assert all(not t.operation_id or t.operation_id in ids(part.service) for t in part.service.triggers)


def large(tags: list[str], each: int) -> Service:
    operations = tuple(
        Operation(operation_id=f"{tag}-{i}", resource=tag, name=f"{tag} {i}", path=f"/{tag}/{i}")
        for tag in tags
        for i in range(each)
    )
    return Service(key="big", title="Big", operations=operations, resources=tuple(Resource(name=tag) for tag in tags))


def test_a_large_service_is_split_by_families_of_tags() -> None:
    service = large(["users.user", "users.mail", "groups", "groups/owners", "Ünïcode tag", "x" * 40], LARGE // 5)
    parts = split(service)
    assert [part.service.key for part in parts][:2] == ["big-users", "big-groups"]
    assert len({part.service.key for part in parts}) == len(parts) == 4
    assert all(len(part.service.key) <= 30 and part.service.key[0].isalpha() for part in parts)
    assert sorted(sum((ids(part.service) for part in parts), [])) == sorted(ids(service)), "each operation once"
    smaller = split(large(["users.user", "groups", "x" * 40, "more", "again", "z"], LARGE // 5))
    assert {p.service.key for p in parts} & {p.service.key for p in smaller} >= {"big-users", "big-groups"}
    assert split(large(["a", "b"], 3))[0].service.key == "big", "small ones stay whole"
    assert advice(service)[0].code == "large" and advice(large(["a"], 3)) == ()


def test_tags_with_nothing_to_offer_make_no_connector() -> None:
    service = large(["old", "users.user", "older", "groups"], LARGE // 3)
    service = replace(
        service,
        operations=tuple(replace(o, deprecated=o.resource in ("old", "older")) for o in service.operations),
    )
    parts = split(service)
    assert [(part.service.key, part.service.title) for part in parts] == [
        ("big-users", "Big users.user"), ("big-groups", "Big groups"),
    ]  # fmt: skip
    assert sorted(sum((ids(part.service) for part in parts), [])) == sorted(ids(service)), "all accounted for"
    retired = tuple(replace(operation, deprecated=True) for operation in service.operations)
    assert len(split(replace(service, operations=retired))) == 1


def test_a_vast_service_is_split_unless_forbidden() -> None:
    vast = large(["a", "b"], VAST // 2 + 1)
    assert len(parts_of(vast, Selection(), None)) == 2
    assert len(parts_of(vast, Selection(), False)) == 1
    assert len(parts_of(vast, Selection(tags=("a",)), None)) == 1
    assert len(parts_of(large(["a", "b"], LARGE), Selection(), None)) == 1


def write_large(path: Path) -> dict[str, Any]:
    """A document of two large tags; gives its paths."""
    paths = {
        f"/{tag}/{i}": {"get": {"operationId": f"{tag}{i}", "tags": [tag], "responses": {"200": {"description": "ok"}}}}
        for tag in ("songs", "videos") for i in range(LARGE // 2 + 1)
    }  # fmt: skip
    path.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "Big", "version": "1"}, "paths": paths}))
    return paths


def test_the_command_splits(tmp_path: Path) -> None:
    paths = write_large(tmp_path / "big.json")
    done = specloom("build", "big.json", "--split", "--lenient", "--platform", "make", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "dist").iterdir()) == ["big-songs", "big-videos"]
    reports = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("dist/*/report.json"))]
    told = [operation["path"] for report in reports for operation in report["operations"]]
    assert sorted(told) == sorted(paths), "each in the report of its own connector"
    whole = specloom("build", "big.json", "--platform", "make", cwd=tmp_path)
    assert "are too many to choose from in one list - choose with --tag or --operation" in whole.stderr
    assert specloom("build", "big.json", "--split", "--tag", "songs", cwd=tmp_path).returncode == 2


def test_of_a_split_document_each_problem_is_told_once(tmp_path: Path) -> None:
    paths = write_large(tmp_path / "big.json")
    paths["/videos/0"]["get"]["parameters"] = [{"in": "nowhere", "name": "x"}]
    head = {"openapi": "9.9", "info": {"title": "Big", "version": "1"}, "servers": [{"url": "https://a.example"}]}
    (tmp_path / "big.json").write_text(json.dumps({**head, "paths": paths}))
    done = specloom("build", "big.json", "--split", "--lenient", "--platform", "make", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = {
        path.parent.name: [(p["code"], p["operation"]) for p in json.loads(path.read_text())["problems"]]
        for path in tmp_path.glob("dist/*/report.json")
    }
    assert told == {"big-songs": [("version", "")], "big-videos": [("parameter", "videos0")]}
    assert done.stderr.count("version '9.9'") == 1
    strict = specloom("build", "big.json", "--split", "--strict", "--platform", "make", "--out", "none", cwd=tmp_path)
    assert strict.returncode == 1 and not (tmp_path / "none").exists(), "a fault of the whole is every connector's"


def test_of_a_split_document_each_proposal_is_told_where_it_belongs(tmp_path: Path) -> None:
    paths = write_large(tmp_path / "big.json")
    date = {"type": "string", "format": "date-time"}
    song = {"type": "object", "properties": {"id": {"type": "string"}, "created_at": date}}
    content = {"application/json": {"schema": {"type": "array", "items": song}}}
    paths["/songs/0"]["get"]["description"] = "The newest first."
    paths["/songs/0"]["get"]["responses"]["200"]["content"] = content
    head = {"openapi": "3.1.0", "info": {"title": "Big", "version": "1"}}
    (tmp_path / "big.json").write_text(json.dumps({**head, "paths": paths}))
    done = specloom("build", "big.json", "--split", "--lenient", "--platform", "make", cwd=tmp_path)
    assert "\n1 things inferred" in done.stdout, done.stdout
    told = {
        path.parent.name: [(p["kind"], p["operation"]) for p in json.loads(path.read_text())["inferred"]]
        for path in tmp_path.glob("dist/*/report.json")
    }
    assert told == {"big-songs": [("trigger", "songs0")], "big-videos": []}

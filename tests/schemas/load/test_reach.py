"""Documents in several files: how far their references may lead."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from specloom.command import main
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.load import load, source_of
from specloom.schemas.problems import SpecloomError

API = """\
openapi: 3.0.3
info: {title: Files Above, version: 1.0.0}
servers: [{url: https://api.example.com}]
paths: {/notes: {$ref: ../paths/notes.yaml}}
"""
NOTES = """\
get:
  operationId: listNotes
  responses:
    "200": {description: ok, content: {application/json: {schema: {$ref: ../schemas/note.yaml}}}}
"""
NOTE = "{type: object, properties: {id: {type: string}, title: {type: string}}}"


@pytest.fixture
def api(tmp_path: Path) -> Path:
    for name, text in (("openapi/api", API), ("paths/notes", NOTES), ("schemas/note", NOTE)):
        path = tmp_path / "project" / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path / "project" / "openapi" / "api.yaml"


def names(path: Path, root: Path | None = None) -> list[str]:
    (operation,) = load(source_of(path, ReferenceScope(root=root))).service.operations
    return [field.name for field in operation.output.fields]


def test_what_is_below_the_current_folder_is_read(api: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(api.parent.parent)
    assert names(api) == ["id", "title"]


def test_what_is_in_the_same_repository_is_read(api: Path) -> None:
    (api.parent.parent / ".git").mkdir()
    assert names(api) == ["id", "title"]


def test_what_is_beyond_is_refused_by_its_name(api: Path) -> None:
    with pytest.raises(SpecloomError, match="paths/notes.yaml") as refused:
        load(api)
    assert "--root" in refused.value.problem.hint


def test_a_root_says_another_folder(api: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(api, api.parent.parent) == ["id", "title"]
    monkeypatch.chdir(api.parent.parent)
    with pytest.raises(SpecloomError):  # narrower than the current folder
        load(source_of(api, ReferenceScope(root=api.parent)))


def test_the_root_of_the_disk_is_no_project(api: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    with pytest.raises(SpecloomError):
        load(api)


def test_the_commands_take_it(api: Path) -> None:
    root = str(api.parent.parent)
    for command in (["check"], ["infer"], ["build", "--out", f"{root}/out", "--platform", "make"]):
        done = CliRunner().invoke(main, [*command, str(api), "--root", root])
        assert done.exit_code == 0, done.output
        done = CliRunner().invoke(main, [*command, str(api)])
        assert "paths/notes.yaml" in done.output + str(done.exception)


def test_remote_references_are_fetched_on_demand_and_from_public_places_only(api: Path) -> None:
    text = API.replace("../paths/notes.yaml", "http://127.0.0.1/notes.yaml")
    api.write_text(text)
    with pytest.raises(SpecloomError, match="not fetched"):
        load(api)
    with pytest.raises(SpecloomError, match="127.0.0.1"):
        load(source_of(api, ReferenceScope(fetch=True)))

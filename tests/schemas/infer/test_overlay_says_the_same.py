"""The overlay of the certain proposals makes of a document what applying them makes of its service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from specloom.schemas.document.overlay import checked, read
from specloom.schemas.editor_schema import editor_schema
from specloom.schemas.infer import applied, certain, document, propose, to_yaml
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Service
from tests.command.test_cli import specloom
from tests.schemas.infer.documents import KEY, NUMBER, TEXT, THING, file, listed, obj, operation, path
from tests.schemas.infer.test_jobs import POLLED, job

ODD = "/it's \\ a {path}/~x"
STATE = obj(id=TEXT, status=POLLED["properties"]["status"])
VOICES = {
    "get": operation(obj(voices=listed(obj(voice_id=TEXT, name=TEXT))), operationId="voices", inputs={"page": NUMBER})
}


def everything() -> dict[str, Any]:
    """Every kind of certain proposal, in inline, shared and odd places."""
    shared = {"name": "voice_id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}}
    lines = "Kind:\n- a: First kind\n- b: Second kind\n"
    limited = operation(listed(THING), inputs={"offset": NUMBER, "limit": NUMBER}, operationId="things")
    limited["responses"]["200"]["headers"] = {"X-RateLimit-Remaining": {"schema": NUMBER}}
    odd = [{"$ref": "#/components/parameters/voice"}, path("path")]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Everything", "version": "1"},
        "security": [{"key": []}],
        "components": {
            **KEY,
            "schemas": {"Id": TEXT, "Speech": {"allOf": [obj(voice_id=TEXT), obj(kind={"type": "string", "enum": ["a", "b"], "description": lines})]}},
            "parameters": {"voice": shared},
            "responses": {"Started": {"description": "ok", "content": {"application/json": {"schema": obj(id=TEXT)}}}},
        },
        "paths": {
            "/users/me": {"get": operation(obj(id=TEXT, email=TEXT), operationId="me")},
            "/voices": VOICES,
            "/voices/{voice_id}": {"get": operation(obj(voice_id=TEXT), operationId="voice", parameters=odd[:1])},
            "/voices/{voice_id}" + ODD: {"get": operation(THING, operationId="odd", parameters=odd)},
            "/speak": {"post": operation(obj(audio_url=TEXT), body={"$ref": "#/components/schemas/Speech"}, operationId="generateSpeech")},
            "/things": {"get": limited},
            "/keys/rotate": {"post": operation(obj(secret=TEXT), operationId="rotate")},
            **job("/renders", "/renders/{id}", obj(id=TEXT), POLLED),
            "/clips/generations": {"post": operation(obj(id=TEXT), status="202", operationId="generateClip")},
            "/clips/generations/{id}": {"get": operation(STATE, operationId="clipState", parameters=[path("id")])},
            "/clips/generations/{id}/content": {"get": file("video/mp4", operationId="clipFile", parameters=[path("id")])},
            "/shared": {"post": {"operationId": "generateShared", "responses": {"202": {"$ref": "#/components/responses/Started"}}}},
            "/shared/{id}": {"get": operation(POLLED, operationId="sharedState", parameters=[path("id")])},
        },
    }  # fmt: skip


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "1"},
    "paths": {
        "/voices": {"get": {"operationId": "voices", "parameters": [{"name": "page", "in": "query", "type": "integer"}, {"name": "limit", "in": "query", "type": "integer"}], "responses": {"200": {"description": "ok", "schema": {"type": "array", "items": obj(id=TEXT, name=TEXT)}}}}},
        "/voices/{voice_id}": {"get": {"operationId": "voice", "parameters": [{"name": "voice_id", "in": "path", "required": True, "type": "string"}], "responses": {"200": {"description": "ok"}}}},
        "/speak": {"post": {"operationId": "generateVideo", "parameters": [{"name": "X-API-Key", "in": "header", "type": "string"}, {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Speech"}}], "responses": {"202": {"description": "ok", "schema": obj(id=TEXT)}}}},
        "/speak/{id}": {"get": {"operationId": "state", "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}], "responses": {"200": {"description": "ok", "schema": POLLED}}}},
    },
    "definitions": {"Speech": obj(voice_id=TEXT, text=TEXT)},
}  # fmt: skip


def _bare(service: Service) -> Service:
    return replace(service, problems=())


@pytest.mark.parametrize("name", ["everything", "swagger"])
@pytest.mark.parametrize("style", ["yaml", "json"])
def test_both_ways_lead_to_the_same_service(name: str, style: str, tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_text(json.dumps(everything() if name == "everything" else SWAGGER))
    loaded = load(path)
    sure = certain(propose(loaded))
    kinds = {proposal.kind for proposal in sure}
    assert kinds >= {"pagination", "job", "result", "options"}, kinds
    value = document(loaded.source.root, "it", sure)
    overlay = tmp_path / f"overlay.{style}"
    overlay.write_text(to_yaml(value) if style == "yaml" else json.dumps(value))
    again = load(path, overlays=[read(overlay)])
    assert [p for p in again.problems if p.level == "error" or p.code == "overlay"] == []
    assert _bare(again.service) == _bare(applied(loaded.service, sure))


def test_nothing_is_left_to_propose_once_all_is_said(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_text(json.dumps(everything()))
    loaded = load(path)
    overlay = checked(document(loaded.source.root, "it", propose(loaded)))
    assert propose(load(path, overlays=[overlay])) == ()


@pytest.mark.parametrize("key", bundled())
def test_the_bundled_documents_say_what_is_certain_themselves(key: str) -> None:
    assert certain(propose(load(bundled()[key]))) == ()


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "doc.json").write_text(json.dumps(everything()))
    done = specloom("infer", "doc.json", cwd=tmp_path)
    value = yaml.safe_load(done.stdout)
    assert done.returncode == 0 and value["overlay"] == "1.0.0"
    assert "x-specloom-reviewed" not in value, "only a person can say that"
    assert all(action["description"] and 0.5 <= action["x-specloom-confidence"] <= 1 for action in value["actions"])
    assert "certain" in done.stderr
    sure = specloom("infer", "doc.json", "--minimum", "0.9", "--format", "json", "--out", "o.json", cwd=tmp_path)
    assert sure.stdout == "" and len(json.loads((tmp_path / "o.json").read_text())["actions"]) < len(value["actions"])
    again = specloom("infer", "doc.json", "--overlay", "o.json", "--minimum", "0.9", cwd=tmp_path)
    assert again.stderr.strip() == "nothing to propose" and again.stdout == ""
    assert specloom("infer", "gone.json", cwd=tmp_path).returncode == 1


def test_build_applies_what_is_certain_unless_a_person_has_decided(tmp_path: Path) -> None:
    (tmp_path / "doc.json").write_text(json.dumps(everything()))
    inferred = tmp_path / "dist" / "everything" / "report.json"

    def listed_in(*arguments: str) -> list[str]:
        done = specloom("build", "doc.json", "--platform", "make", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return [entry["kind"] for entry in json.loads(inferred.read_text())["inferred"]]

    assert {"job", "pagination", "options", "connection"} <= set(listed_in())
    assert listed_in("--no-infer") == []
    specloom("infer", "doc.json", "--out", "o.yaml", cwd=tmp_path)
    value = yaml.safe_load((tmp_path / "o.yaml").read_text())
    value["actions"] = [action for action in value["actions"] if action["description"].startswith("job")]
    value["x-specloom-reviewed"] = True
    (tmp_path / "o.yaml").write_text(yaml.safe_dump(value))
    assert listed_in("--overlay", "o.yaml") == [], "what was deleted from a reviewed overlay stays deleted"
    own = {
        "overlay": "1.0.0",
        "info": {"title": "Mine", "version": "1"},
        "actions": [{"target": "$.info", "update": {"title": "Everything"}}],
    }
    (tmp_path / "own.json").write_text(json.dumps(own))
    assert "job" in listed_in("--overlay", "own.json")


def test_what_a_person_has_written_is_not_replaced(tmp_path: Path) -> None:
    document = json.dumps(everything())
    (tmp_path / "doc.json").write_text(document)
    done = specloom("infer", "doc.json", "--out", "doc.json", cwd=tmp_path)
    assert done.returncode == 1 and "not replaced" in done.stderr and (tmp_path / "doc.json").read_text() == document
    specloom("infer", "doc.json", "--out", "o.yaml", cwd=tmp_path)
    assert specloom("infer", "doc.json", "--out", "o.yaml", cwd=tmp_path).returncode == 0, "proposals are made anew"
    reviewed = (tmp_path / "o.yaml").read_text() + "x-specloom-reviewed: true\n"
    (tmp_path / "o.yaml").write_text(reviewed)
    assert specloom("infer", "doc.json", "--out", "o.yaml", cwd=tmp_path).returncode == 1
    assert (tmp_path / "o.yaml").read_text() == reviewed


WRITTEN = """\
# Ours since 2019
openapi: 3.1.0
info: {title: Notes, version: '1'}   # short
paths:
  /notes:
    get:
      operationId: listNotes
      tags: [notes]  # one
      responses:
        '200': {description: ok}
"""
ACCEPTED = """\
overlay: 1.2.0
info: {title: Accepted, version: "1"}
actions:
  - target: $.paths['/notes'].get
    update: {summary: List Notes, tags: [all], x-specloom: {job: false}}
"""


def test_an_accepted_overlay_is_written_into_its_document(tmp_path: Path) -> None:
    (tmp_path / "doc.yaml").write_text(WRITTEN)
    (tmp_path / "o.yaml").write_text(ACCEPTED)
    done = specloom("overlay", "apply", "doc.yaml", "--overlay", "o.yaml", "--out", "doc.yaml", cwd=tmp_path)
    text = (tmp_path / "doc.yaml").read_text()
    assert done.returncode == 0, done.stderr
    assert text.startswith(WRITTEN.partition("      tags")[0]) and "# one" in text
    get = yaml.safe_load(text)["paths"]["/notes"]["get"]
    assert (get["summary"], get["tags"], get["x-specloom"]) == ("List Notes", ["notes", "all"], {"job": False})


def test_a_wrong_guess_is_silenced(tmp_path: Path) -> None:
    document = everything()
    start = next(o for item in document["paths"].values() for o in item.values() if o.get("operationId") == "start")
    start["x-specloom"] = {"job": False, "result": {"type": "none"}}
    (tmp_path / "doc.json").write_text(json.dumps(document))
    loaded = load(tmp_path / "doc.json")
    assert loaded.problems == () and not [
        p for p in propose(loaded) if p.operation_id == "start" and p.kind in ("job", "result")
    ]


def test_the_schema_for_editors() -> None:
    schema = editor_schema()
    Draft202012Validator.check_schema(schema)
    local = {**schema, "allOf": []}
    wrong = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"x-specloom": {"result": {"type": "picture"}}}}}}
    assert schema["$id"].startswith("urn:specloom:") and schema["type"] == "object"
    assert [list(error.path)[-1] for error in Draft202012Validator(local).iter_errors(wrong)] == ["type"]

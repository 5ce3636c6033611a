"""What breaks people who use the connectors, one change of a document at a time; versions, changelog, the command."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specloom.generator.diff.change import Change
from specloom.generator.diff.changelog import changelog, next_version
from specloom.generator.diff.compare import Diff, diff
from specloom.generator.platforms import EMITTERS
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Service
from tests.command.test_cli import specloom

BASE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Songs", "version": "1.4.2"},
    "servers": [{"url": "https://songs.example"}],
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    "paths": {
        "/songs": {
            "get": {
                "operationId": "listSongs", "tags": ["Song"], "summary": "List songs",
                "parameters": [
                    {"name": "genre", "in": "query", "schema": {"type": "string", "enum": ["rock", "folk"]}},
                    {"name": "year", "in": "query", "schema": {"type": "integer", "minimum": 1900}},
                ],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object", "properties": {
                    "total": {"type": "integer"},
                    "first": {"type": "object", "properties": {"title": {"type": "string"}}},
                }}}}}},
                "x-specloom": {"pagination": {"style": "link", "items": "$response.body#/songs"}, "trigger": {"dedupe": "total"}},
            },
            "post": {
                "operationId": "makeSong", "tags": ["Song"], "summary": "Make a song",
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["text"],
                    "properties": {"text": {"type": "string"}, "options": {"type": "object", "properties": {"loud": {"type": "boolean"}}}},
                }}}},
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object", "properties": {"audio_url": {"type": "string"}}}}}}},
            },
        }
    },
}  # fmt: skip


def service(document: Any, folder: Path, name: str = "songs.json") -> Service:
    path = folder / name
    path.write_text(json.dumps(document))
    return load(path).service


def compared(folder: Path, change: Callable[[Any], None]) -> Diff:
    after = copy.deepcopy(BASE)
    change(after)
    return diff(service(BASE, folder), service(after, folder, "new.json"))


def _get(d: Any) -> Any:
    return d["paths"]["/songs"]["get"]


def _post(d: Any) -> Any:
    return d["paths"]["/songs"]["post"]


def _body(d: Any) -> Any:
    return _post(d)["requestBody"]["content"]["application/json"]["schema"]


def _reply(d: Any) -> Any:
    return _get(d)["responses"]["200"]["content"]["application/json"]["schema"]["properties"]


def _set(holder: Callable[[Any], Any], **values: Any) -> Callable[[Any], None]:
    return lambda d: holder(d).update(values)


def _move_path(d: Any) -> None:
    d["paths"]["/tracks"] = d["paths"].pop("/songs")


def _parameter(index: int, **values: Any) -> Callable[[Any], None]:
    return lambda d: _get(d)["parameters"][index].update(values)


def _rename_path_parameter(d: Any) -> None:
    _get(d)["parameters"][0]["name"] = "kind"


BREAKING: dict[str, tuple[Callable[[Any], None], str]] = {
    "operation-removed": (lambda d: d["paths"]["/songs"].pop("post"), "POST /songs is gone"),
    "operation-renamed": (_set(_post, operationId="createSong"), "its key becomes 'createSong'"),
    "tag": (_set(_post, tags=["Track"]), "its tag becomes 'Track'"),
    "deprecated": (_set(_post, deprecated=True), "left out"),
    "sensitive": (_set(_post, **{"x-specloom": {"sensitive": True}}), "confirmed"),
    "input-removed": (lambda d: _get(d)["parameters"].pop(), "input 'year' is gone"),
    "input-required": (_set(_body, required=["text", "options"]), "input 'options' is required now"),
    "input-required (new)": (lambda d: _get(d)["parameters"].append({"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}), "input 'q' is new and required"),
    "input-type": (_parameter(1, schema={"type": "array", "items": {"type": "integer"}, "minimum": 1900}), "takes a list of integer (was integer)"),
    "input-type (narrower)": (lambda d: _body(d)["properties"].update(text={"type": "integer"}), "takes integer (was string)"),
    "input-removed (nested)": (lambda d: _body(d)["properties"]["options"].update(properties={"quiet": {"type": "boolean"}}), "input 'options.loud' is gone"),
    "choice-removed": (_parameter(0, schema={"type": "string", "enum": ["rock"]}), "no choice 'folk' any more"),
    "choices-closed": (lambda d: _body(d)["properties"].update(text={"type": "string", "enum": ["a", "b"]}), "nothing but its 2 choices"),
    "limit": (_parameter(1, schema={"type": "integer", "minimum": 1950}), "minimum of input 'year' becomes 1950"),
    "limit (new)": (lambda d: _body(d)["properties"]["text"].update(maxLength=10), "max length of input 'text' becomes 10"),
    "pattern": (lambda d: _body(d)["properties"]["text"].update(pattern="^a"), "has to match '^a'"),
    "reply-removed": (lambda d: _reply(d).pop("total"), "field 'total' of the reply is gone"),
    "reply-removed (nested)": (lambda d: _reply(d)["first"].update(properties={}), "field 'first.title' of the reply is gone"),
    "reply-type": (lambda d: _reply(d).update(total={"type": "string"}), "'total' of the reply is string (was integer)"),
    "auth": (lambda d: d["components"]["securitySchemes"]["key"].update({"in": "query", "name": "k"}), "sign in differently"),
    "service-key": (lambda d: d["info"].update(title="Tunes"), "its key becomes 'tunes'"),
    "trigger-removed": (lambda d: _get(d)["x-specloom"].pop("trigger"), "is gone"),
    "trigger-dedupe": (lambda d: _get(d)["x-specloom"]["trigger"].update(dedupe="first"), "told apart by 'first'"),
    "server-variable": (lambda d: d.update(servers=[{"url": "https://{host}.example", "variables": {"host": {"default": ""}}}]), "asks for 'host'"),
    "reply-list": (lambda d: _get(d)["responses"]["200"]["content"]["application/json"].update(schema={"type": "array", "items": {"type": "object", "properties": {"total": {"type": "integer"}, "first": {"type": "object", "properties": {"title": {"type": "string"}}}}}}), "is a list now"),
    "kind": (lambda d: d["paths"]["/songs"].update(put=d["paths"]["/songs"].pop("get")), "becomes an action"),
}  # fmt: skip


@pytest.mark.parametrize("code", BREAKING)
def test_what_breaks_is_breaking(code: str, tmp_path: Path) -> None:
    change, message = BREAKING[code]
    found = compared(tmp_path, change)
    breaking = [c for c in found.changes if c.effect == "breaking"]
    assert any(message in c.message for c in breaking), [str(c) for c in found.changes]
    assert found.changes[0].effect == "breaking" and next_version(found) == "2.0.0"


SAFE: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "operation-added": (lambda d: d["paths"].update({"/charts": {"get": {"operationId": "getCharts", "responses": {"200": {"description": "ok"}}}}}), "new: Get Many Charts", "1.5.0"),
    "input-added": (lambda d: _get(d)["parameters"].append({"name": "q", "in": "query", "schema": {"type": "string"}}), "new input 'q'", "1.5.0"),
    "input-optional": (lambda d: _body(d).pop("required"), "input 'text' is optional now", "1.4.3"),
    "input-default": (lambda d: _body(d)["properties"]["text"].update(default="la"), "'la' by default", "1.4.3"),
    "input-type": (lambda d: _get(d)["parameters"][1].update(schema={"type": "number", "minimum": 1900}), "takes number (was integer)", "1.4.3"),
    "choice-added": (lambda d: _get(d)["parameters"][0]["schema"]["enum"].append("jazz"), "new choices: 'jazz'", "1.5.0"),
    "limit": (lambda d: _get(d)["parameters"][1]["schema"].update(minimum=1800), "becomes 1800", "1.4.3"),
    "reply-added": (lambda d: _reply(d).update(more={"type": "string"}), "new in the reply: more", "1.5.0"),
    "result-type": (lambda d: _post(d).update({"x-specloom": {"result": {"type": "audio", "url": "$response.body#/audio_url"}}}), "its result is audio", "1.4.3"),
    "server": (lambda d: d.update(servers=[{"url": "https://new.example"}]), "becomes https://new.example", "1.4.3"),
    "summary": (lambda d: _get(d).update(summary="Find songs"), "", "1.4.2"),
    "path": (_move_path, "", "1.4.2"),
}  # fmt: skip


@pytest.mark.parametrize("code", SAFE)
def test_what_is_safe_is_safe(code: str, tmp_path: Path) -> None:
    change, message, version = SAFE[code]
    found = compared(tmp_path, change)
    assert not found.breaks, [str(c) for c in found.changes]
    assert (not message and not found.changes) or any(message in c.message for c in found.changes)
    assert next_version(found) == version


def test_a_document_is_the_same_as_itself() -> None:
    for path in bundled().values():
        one = load(path).service
        assert diff(one, one, tuple(EMITTERS)).changes == ()


def test_a_renamed_operation_is_found_by_its_call_and_its_inputs_are_compared_too(tmp_path: Path) -> None:
    def change(d: Any) -> None:
        _get(d).update(operationId="findSongs")
        _rename_path_parameter(d)

    messages = [c.message for c in compared(tmp_path, change).changes]
    assert "its key becomes 'findSongs'" in messages and "input 'genre' is gone" in messages


def test_a_platform_s_own_keys_are_compared(tmp_path: Path) -> None:
    """'make song' and 'make.song' are one key for a platform: the second one moves."""
    new = copy.deepcopy(BASE)
    new["paths"] = {
        "/first": {"post": {"operationId": "make.Song", "tags": ["Song"], "responses": {"200": {"description": "ok"}}}},
        **new["paths"],
    }
    old = copy.deepcopy(BASE)
    old["paths"]["/songs"]["post"]["operationId"] = new["paths"]["/songs"]["post"]["operationId"] = "make_Song"
    found = diff(service(old, tmp_path), service(new, tmp_path, "new.json"), ("n8n", "zapier", "make"))
    moved = {c.message.split(":")[0] for c in found.changes if c.code == "platform-key"}
    assert moved >= {"n8n", "zapier"}, [str(c) for c in found.changes]


def _of(version: str, *changes: Change) -> Diff:
    bare = Service(key="a", title="A", version=version)
    return Diff(bare, bare, changes)


def test_versions() -> None:
    breaking, added = Change("breaking", "x", "", ""), Change("safe", "input-added", "", "")
    changed = Change("safe", "limit", "", "")
    table = [
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4"),
        ("v3", "4.0.0", "3.1.0", "3.0.1"),
        ("0.4.1", "0.5.0", "0.4.2", "0.4.2"),
        ("2026-01-01", "2027.0.0", "2026.1.0", "2026.0.1"),
        ("", "0.2.0", "0.1.1", "0.1.1"),
    ]
    for version, *expected in table:
        assert [next_version(_of(version, change)) for change in (breaking, added, changed)] == expected
    assert next_version(_of("1.2.3")) == "1.2.3"


def test_the_changelog_groups_and_takes_nothing_for_markdown() -> None:
    changes = (Change("breaking", "input-removed", "a", "input '<script>[x](y)`' is gone"), Change("safe", "operation-added", "b", "new: B"), Change("safe", "limit", "c", "limit\nmoves"))  # fmt: skip
    text = changelog(_of("1.0.0", *changes))
    assert text.startswith("## 2.0.0\n\n### Breaking\n\n- `a`: input '\\<script\\>\\[x\\](y)\\`' is gone\n")
    assert (
        text.index("### Added")
        < text.index("- `b`: new: B")
        < text.index("### Changed")
        < text.index("- `c`: limit moves")
    )
    assert "Nothing changes" in changelog(_of("1.0.0"))


@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_stays_one_entry(message: str, subject: str) -> None:
    text = changelog(_of("1.0.0", Change("safe", "limit", subject, message)))
    assert sum(line.startswith("- ") for line in text.splitlines()) == 1


def test_the_command(tmp_path: Path) -> None:
    service(BASE, tmp_path, "old.json")
    new = copy.deepcopy(BASE)
    del new["paths"]["/songs"]["post"]
    service(new, tmp_path, "new.json")
    text = specloom("diff", "old.json", "new.json", cwd=tmp_path)
    assert text.returncode == 1 and text.stdout.splitlines() == ["breaking: makeSong: POST /songs is gone"]
    told, advice = text.stderr.splitlines()
    assert told == "1 breaking, 0 safe; next version: 2.0.0" and advice.endswith(
        "specloom build new.json --since old.json"
    )
    value = json.loads(specloom("diff", "old.json", "new.json", "--format", "json", cwd=tmp_path).stdout)
    assert value["breaks"] and value["version"] == "2.0.0" and value["changes"][0]["code"] == "operation-removed"
    same = specloom("diff", "old.json", "old.json", "--format", "changelog", "--platform", "make", cwd=tmp_path)
    assert same.returncode == 0 and same.stdout.startswith("## 1.4.2\n") and "Nothing changes" in same.stdout
    missing = specloom("diff", "old.json", "gone.json", cwd=tmp_path)
    assert missing.returncode == 1 and "no such file" in missing.stderr and len(missing.stderr.splitlines()) == 1

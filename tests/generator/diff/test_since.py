"""`specloom build NEW --since OLD`: what a document broke stays in the n8n nodes as an earlier version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.versions.kept import versions
from specloom.generator.platforms import Emission, EmitOptions, emitter
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests import TESTS
from tests.command.test_cli import specloom, tree
from tests.generator.n8n.test_emit import SAFE_PATH, loaded
from tests.support.n8n_hostile import PAYLOADS, hostile_service

Json = dict[str, Any]
PAIR = TESTS / "since"
OLD, NEW = (load(PAIR / f"{name}.openapi.yaml").service for name in ("old", "new"))
SHARED = ("returnAll", "limit", "output", "fields", "additionalFields", "options")
"""Parameters of listSongs that the two documents have alike."""


def built(*earlier: Service, service: Service = NEW) -> Emission:
    return emit(service, EmitOptions(earlier=earlier))


def node(emission: Emission, folder: Path, name: str = "Songbook") -> Json:
    found: Json = loaded(emission, folder)["found"][name]["description"]
    return found


def seen(description: Json, number: int) -> list[Json]:
    """The parameters a version shows, as they would stand in a node of that version alone."""
    found = []
    for given in description["properties"]:
        show = dict(given.get("displayOptions", {}).get("show", {}))
        if number in show.pop("@version", [number]):
            rest = {key: value for key, value in given.items() if key != "displayOptions"}
            found.append({**rest, **({"displayOptions": {"show": show}} if show else {})})
    return found


def changed(document: str, change: Callable[[Json], None], folder: Path) -> Service:
    """One of the pair's documents with a change, as a service."""
    data = yaml.safe_load((PAIR / f"{document}.openapi.yaml").read_text())
    change(data)
    path = folder / f"changed-{document}.json"
    path.write_text(json.dumps(data))
    return load(path).service


# What the nodes ask for


@pytest.mark.parametrize("name", ["Songbook", "SongbookTrigger"])
def test_each_version_shows_what_its_document_alone_would(name: str, tmp_path: Path) -> None:
    both = node(built(OLD), tmp_path / "both", name)
    alone = [node(built(service=one), tmp_path / one.version, name) for one in (OLD, NEW)]
    assert (both["version"], both["defaultVersion"]) == ([1, 2], 2)
    assert seen(both, 2) == alone[1]["properties"]
    # getSong broke nothing: what is new in it is new in version 1 too.
    old = [p for p in alone[0]["properties"] if _operations(p) != ["getSong"]]
    old += [p for p in alone[1]["properties"] if _operations(p) == ["getSong"]]
    assert sorted(map(_text, seen(both, 1))) == sorted(map(_text, old))


def _text(given: Json) -> str:
    return json.dumps(given, sort_keys=True)


def _operations(given: Json) -> list[str]:
    found: list[str] = given.get("displayOptions", {}).get("show", {}).get("operation", [])
    return found


def test_what_is_equal_is_written_once(tmp_path: Path) -> None:
    found = [p for p in node(built(OLD), tmp_path)["properties"] if "listSongs" in _operations(p)]
    marks = {p["name"]: p["displayOptions"]["show"].get("@version") for p in found}
    assert marks == {"q": [1], "query": [2], **dict.fromkeys(SHARED)}
    # n8n shows a parameter whose condition is an expression, whatever comes after it: the version is asked first.
    assert all(next(iter(p["displayOptions"]["show"])) == "@version" for p in found if marks[p["name"]])


def test_operations_of_one_document_are_in_its_version_only(tmp_path: Path) -> None:
    lists = [p for p in node(built(OLD), tmp_path)["properties"] if p["name"] in ("resource", "operation")]
    offered = [([o["value"] for o in p["options"]], p["displayOptions"]["show"]) for p in lists]
    assert offered == [
        (["song", "mix"], {"@version": [1]}),
        (["song", "album"], {"@version": [2]}),
        (["makeSong", "getSong", "listSongs"], {"resource": ["song"]}),
        (["makeAlbum"], {"@version": [2], "resource": ["album"]}),
        (["mixSongs"], {"@version": [1], "resource": ["mix"]}),
    ]


def test_the_plan_says_what_version_1_does_otherwise() -> None:
    plan = json.loads(built(OLD).files["nodes/Songbook/operations.json"])
    alone = json.loads(built().files["nodes/Songbook/operations.json"])
    earlier = plan.pop("earlier")["1"]
    assert plan == alone
    assert sorted(earlier["operations"]) == ["listSongs", "makeSong", "mixSongs"]
    assert {resource: list(own) for resource, own in earlier["steps"].items()} == {
        "mix": ["mixSongs"], "song": ["makeSong", "listSongs"],
    }  # fmt: skip
    assert earlier["triggers"]["listSongs"]["form"]["direct"][0]["name"] == "q"


def test_the_readme_tells_of_the_versions() -> None:
    assert "| 2 (new steps) | 2.0.0 |\n| 1 | 1.4.0 |" in built(OLD).files["README.md"].decode()
    assert "Versions" not in built().files["README.md"].decode()


# Which version it is


def test_a_document_that_breaks_nothing_stays_version_1(tmp_path: Path) -> None:
    more = changed("old", lambda d: d["paths"]["/mixes"]["post"].update(summary="Mix", description="Mixes."), tmp_path)
    assert built(OLD, service=more).files == built(service=more).files
    assert built(OLD, service=OLD).files == built(service=OLD).files


def _shorter_reply(d: Json) -> None:
    del d["components"]["schemas"]["Song"]["properties"]["title"]


def _other_path(d: Json) -> None:
    d["paths"]["/v2/mixes"] = d["paths"].pop("/mixes")


@pytest.mark.parametrize("change", [_shorter_reply, _other_path])
def test_what_no_step_is_asked_for_makes_no_version(change: Callable[[Json], None], tmp_path: Path) -> None:
    """No version of a node brings back what a reply no longer says, or an address that is no more."""
    new = changed("old", change, tmp_path)
    assert built(OLD, service=new).files == built(service=new).files


def test_several_former_documents_are_versions_of_their_own(tmp_path: Path) -> None:
    def rename(d: Json) -> None:
        d["paths"]["/songs"]["get"]["parameters"][0]["name"] = "words"

    third = changed("new", rename, tmp_path)
    assert list(versions(third, [OLD, NEW]).offered) == [1, 2, 3]
    assert list(versions(third, [OLD, OLD, NEW]).offered) == [1, 2, 3], "a document without a break takes no number"
    found = node(built(OLD, NEW, service=third), tmp_path)
    marks = {p["name"]: p["displayOptions"]["show"].get("@version") for p in found["properties"]
             if "listSongs" in _operations(p)}  # fmt: skip
    assert marks == {"q": [1], "query": [2], "words": [3], **dict.fromkeys(SHARED)}
    voice = next(p for p in found["properties"] if p["name"] == "voice")
    assert voice["displayOptions"]["show"]["@version"] == [2, 3]


def _optional(d: Json) -> None:
    d["paths"]["/songs"]["get"]["parameters"][0]["required"] = False


def _open(d: Json) -> None:
    enum = d["paths"]["/songs"]["get"]["parameters"][1]["schema"].pop("enum")
    d["paths"]["/songs"]["get"]["parameters"][1]["schema"]["anyOf"] = [
        {"type": "string", "enum": enum},
        {"type": "string"},
    ]


@pytest.mark.parametrize("change", [_optional, _open], ids=["optional", "open"])
def test_what_only_breaks_n8n_is_kept_too(change: Callable[[Json], None], tmp_path: Path) -> None:
    """An API may become more lenient, and the parameter be another one all the same, or elsewhere."""
    assert list(versions(changed("old", change, tmp_path), [OLD]).offered) == [1, 2]


def test_who_calls_a_kept_operation_is_kept_with_it(tmp_path: Path) -> None:
    """The job's link names an input of the operation that polls."""

    def with_job(parameter: str) -> Callable[[Json], None]:
        def change(d: Json) -> None:
            paths = d["paths"]
            item = paths.pop("/songs/{song_id}")
            item["get"]["parameters"][0]["name"] = parameter
            paths["/songs/{" + parameter + "}"] = item
            post = paths["/mixes"]["post"]
            link = {"operationId": "getSong", "parameters": {parameter: "$response.body#/id"}}
            post["responses"]["200"]["links"] = {"state": link}
            post["x-specloom"] = {"job": {"poll": "state", "status": "$response.body#/title", "succeeded": ["done"]}}

        return change

    old, new = (changed("old", with_job(name), tmp_path) for name in ("song_id", "id_of_song"))
    assert old.operation("mixSongs").job, "the job is read"  # type: ignore[union-attr]
    plan = json.loads(built(old, service=new).files["nodes/Songbook/operations.json"])
    kept = plan["earlier"]["1"]["operations"]
    assert list(kept["mixSongs"]["job"]["poll"]["parameters"]) == ["song_id"] and sorted(kept) == [
        "getSong",
        "mixSongs",
    ]


def test_a_trigger_node_has_the_versions_that_have_an_event(tmp_path: Path) -> None:
    gone = replace(NEW, triggers=())
    assert node(built(OLD, service=gone), tmp_path / "gone", "SongbookTrigger")["version"] == 1
    come = replace(OLD, triggers=())
    assert node(built(come), tmp_path / "come", "SongbookTrigger")["version"] == 2
    (told,) = (p for p in built(OLD, service=gone).problems if "event 'New Song'" in p.message)
    assert told.location.operation == "trigger:listSongs"


# What cannot be kept


def _header(d: Json) -> None:
    d["components"]["securitySchemes"]["key"] = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://songbook.example.com/token", "scopes": {}}}}  # fmt: skip


UNKEPT: dict[str, tuple[Callable[[Json], None], str, str]] = {
    "key": (lambda d: d["x-specloom"].update(key="tunes"), "", "another node than 'tunes'"),
    "credential": (_header, "", "The credential 'Songbook API' is gone"),
    "address": (lambda d: d.update(servers=[{"url": "https://v2.example.com"}]), "", "now calls https://v2.example.com"),
    "operation": (lambda d: None, "mixSongs", "still call POST /mixes"),
    "guard": (lambda d: d["paths"]["/songs/{song_id}"]["get"]["x-specloom"].update(sensitive=True), "getSong", "confirmed"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNKEPT)
def test_what_cannot_be_kept_is_told_with_its_place_and_a_hint(kind: str, tmp_path: Path) -> None:
    change, operation, words = UNKEPT[kind]

    def prepared(d: Json) -> None:
        d["paths"]["/songs/{song_id}"]["get"]["x-specloom"] = {}
        change(d)

    found = [p for p in built(OLD, service=changed("new", prepared, tmp_path)).problems if p.code == "n8n-version"]
    assert [p for p in found if words in p.message and p.hint and p.location.operation == operation], found


def test_another_key_is_another_node(tmp_path: Path) -> None:
    other = changed("new", UNKEPT["key"][0], tmp_path)
    assert built(OLD, service=other).files == built(service=other).files


def test_a_step_that_has_to_be_confirmed_now_is_so_in_every_version(tmp_path: Path) -> None:
    def guard(d: Json) -> None:
        d["paths"]["/songs"]["post"]["x-specloom"] = {"sensitive": True}

    emission = built(OLD, service=changed("new", guard, tmp_path))
    confirm = next(p for p in node(emission, tmp_path)["properties"] if p["name"] == "confirm")
    assert "@version" not in confirm["displayOptions"]["show"]
    plan = json.loads(emission.files["nodes/Songbook/operations.json"])
    assert plan["earlier"]["1"]["operations"]["makeSong"]["sensitive"] is True


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_former_document_is_as_hostile_as_any(text: str, tmp_path: Path) -> None:
    old = hostile_service(text)
    new = replace(old, operations=old.operations[1:], triggers=())
    emission = built(old, service=new)
    assert "earlier" in json.loads(next(v for k, v in emission.files.items() if k.endswith("/operations.json")))
    assert all(SAFE_PATH.fullmatch(path) and ".." not in path for path in emission.files)
    assert loaded(emission, tmp_path)["clean"], "a text ran as code"


# The command


@pytest.mark.parametrize("platform", ["zapier", "make"])
def test_the_other_platforms_keep_versions_themselves(platform: str) -> None:
    emit_to = emitter(platform)
    assert emit_to(NEW, EmitOptions(earlier=(OLD,))).files == emit_to(NEW, EmitOptions()).files


def test_the_command_reads_the_former_document_as_the_new_one(tmp_path: Path) -> None:
    old, new = (PAIR / f"{name}.openapi.yaml" for name in ("old", "new"))
    common = ("--platform", "n8n", "--operation", "makeAlbum", "--operation", "makeSong")
    result = specloom("build", new, "--since", old, *common, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    plan = json.loads((tmp_path / "dist/songbook/n8n/nodes/Songbook/operations.json").read_text())
    assert sorted(plan["earlier"]["1"]["operations"]) == ["listSongs", "makeSong"], "listSongs tests the key"


def test_since_belongs_to_one_document(tmp_path: Path) -> None:
    old = PAIR / "old.openapi.yaml"
    result = specloom("build", "a.yaml", "b.yaml", "--since", old, cwd=tmp_path)
    assert result.returncode == 2 and "--since belongs to one DOCUMENT" in result.stderr
    result = specloom("build", old, "--since", "gone.yaml", cwd=tmp_path)
    assert result.returncode == 1 and "gone.yaml" in result.stderr and tree(tmp_path) == {}


def test_diff_names_the_command(tmp_path: Path) -> None:
    old, new = (PAIR / f"{name}.openapi.yaml" for name in ("old", "new"))
    command = f"specloom build {new} --since {old}"
    assert f"[1, 2]: {command}\n" in specloom("diff", old, new, cwd=tmp_path).stderr
    told = json.loads(specloom("diff", old, new, "--format", "json", cwd=tmp_path).stdout)
    assert told["n8n"] == {"version": [1, 2], "command": command}
    assert "--since" not in specloom("diff", old, old, cwd=tmp_path).stderr
    assert "--since" not in specloom("diff", old, new, "--platform", "make", cwd=tmp_path).stderr

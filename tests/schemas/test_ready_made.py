"""Our own overlays for well-known services: each against a small document of its kind, and how they are chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from specloom.command import main
from specloom.schemas.interpretation import DocumentToRead, Interpretation, interpret
from specloom.schemas.ready_made import FOLDER, SUFFIX, _by_host, ready_made_for
from tests.schemas.infer.documents import NUMBER, TEXT, listed, obj, operation, path
from tests.schemas.infer.scorer import access, told

FILES = sorted(FOLDER.glob(f"*{SUFFIX}"))
HEADER = {"securitySchemes": {"auth": {"type": "apiKey", "in": "header", "name": "Authorization"}}}
LICENSED = obj(data=listed(obj(image_id=TEXT, download=obj(url=TEXT))))
GIF = obj(id=TEXT, url=TEXT, images=obj(original=obj(url=TEXT)))

Expected = dict[str, dict[str, str]]
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], Expected]] = {
    "openai": (
        "https://api.openai.com/v1",
        {"/models": {"get": operation(obj(data=listed(obj(id=TEXT))), operationId="listModels")}},
        {},
        {"": {"credential": "apiKey header Authorization Bearer", "test": "GET /models"}},
    ),
    "elevenlabs": (
        "https://api.elevenlabs.io",
        {
            "/v1/user": {"get": operation(obj(name=TEXT))},
            "/v1/text-to-speech/{voice_id}/stream": {
                "post": operation(parameters=[path("voice_id")], body=obj(text=TEXT))
            },
        },
        {},
        {
            "": {"credential": "apiKey header xi-api-key", "test": "GET /v1/user"},
            "POST /v1/text-to-speech/{voice_id}/stream": {"result": "audio"},
        },
    ),
    "listennotes": (
        "https://listen-api.listennotes.com/api/v2",
        {"/search": {"get": operation(obj(results=listed(obj(id=TEXT))), inputs={"q": TEXT})}},
        {},
        {"": {"credential": "apiKey header X-ListenAPI-Key"}},
    ),
    "notion": (
        "https://api.notion.com",
        {"/v1/users/me": {"get": operation(obj(name=TEXT))}},
        {},
        {"": {"credential": "apiKey header Authorization Bearer", "test": "GET /v1/users/me"}},
    ),
    "weatherbit": (
        "https://api.weatherbit.io/v2.0",
        {"/current": {"get": operation(obj(data=listed(obj(temp=NUMBER))), inputs={"city": TEXT, "key": TEXT})}},
        {},
        {"": {"credential": "apiKey query key"}},
    ),
    "soundcloud": (
        "https://api.soundcloud.com",
        {"/me": {"get": operation(obj(id=TEXT), security=[{"auth": []}])}},
        {"components": HEADER},
        {"": {"credential": "apiKey header Authorization OAuth", "test": "GET /me"}},
    ),
    "sendgrid": (
        "http://api.sendgrid.com/v3",
        {"/scopes": {"get": operation(obj(scopes=listed(TEXT)), operationId="GET_scopes", security=[{"auth": []}])}},
        {"components": HEADER},
        {"": {"credential": "apiKey header Authorization Bearer", "test": "GET /scopes"}},
    ),
    "mux": (
        "https://api.mux.com",
        {
            "/video/v1/assets": {
                "post": operation(obj(data=obj(id=TEXT, status=TEXT)), status="201", body=obj(input=TEXT))
            },
            "/video/v1/assets/{ASSET_ID}": {
                "get": operation(
                    obj(data=obj(id=TEXT, status={"type": "string", "enum": ["preparing", "ready", "errored"]})),
                    parameters=[path("ASSET_ID")],
                )
            },
        },
        {},
        {"POST /video/v1/assets": {"job": "GET /video/v1/assets/{ASSET_ID} /data/status ready", "result": "none"}},
    ),
    "docspring": (
        "https://api.docspring.com/api/v1",
        {
            "/templates/{template_id}/submissions": {
                "post": operation(
                    obj(submission=obj(id=TEXT)), status="201", parameters=[path("template_id")], body=obj(data={})
                )
            },
            "/submissions/{submission_id}": {
                "get": operation(obj(id=TEXT, state=TEXT, download_url=TEXT), parameters=[path("submission_id")])
            },
        },
        {},
        {
            "POST /templates/{template_id}/submissions": {
                "job": "GET /submissions/{submission_id} /state processed",
                "result": "file /download_url",
            }
        },
    ),
    "mineskin": (
        "https://api.mineskin.org",
        {"/generate/url": {"post": operation(obj(data=obj(texture=obj(url=TEXT))), body=obj(url=TEXT))}},
        {},
        {"POST /generate/url": {"result": "image /data/texture/url"}},
    ),
    "deeparteffects": (
        "https://api.deeparteffects.com/v1",
        {
            "/noauth/upload": {"post": operation(obj(submissionId=TEXT), body=obj(styleId=TEXT))},
            "/noauth/result": {"get": operation(obj(status=TEXT, url=TEXT), inputs={"submissionId": TEXT})},
        },
        {},
        {"POST /noauth/upload": {"job": "GET /noauth/result /status finished", "result": "image /url"}},
    ),
    "giphy": (
        "https://api.giphy.com/v1",
        {
            "/gifs/random": {"get": operation(obj(data=GIF), inputs={"tag": TEXT})},
            "/stickers/search": {"get": operation(obj(data=listed(GIF)), inputs={"q": TEXT})},
        },
        {},
        {
            "GET /gifs/random": {"result": "image /data/images/original/url"},
            "GET /stickers/search": {"result": "image /data[]/images/original/url"},
        },
    ),
    "cloudmersive": (
        "https://api.cloudmersive.com",
        {"/ocr/image/toText": {"post": operation(obj(TextResult=TEXT), body=obj(imageFile=TEXT))}},
        {},
        {"POST /ocr/image/toText": {"result": "text /TextResult"}},
    ),
    "useapi": (
        "https://api.useapi.net/v1",
        {
            "/jobs/imagine": {
                "post": operation(obj(jobid=TEXT, attachments=listed(obj(url=TEXT))), body=obj(prompt=TEXT))
            }
        },
        {},
        {"POST /jobs/imagine": {"result": "image /attachments[]/url"}},
    ),
    "removebg": (
        "https://api.remove.bg/v1.0",
        {"/removebg": {"post": operation(obj(data=obj(result_b64=TEXT)), body=obj(image_url=TEXT))}},
        {},
        {},
    ),
    "nytimes": (
        "https://api.nytimes.com/svc/search/v2",
        {
            "/articlesearch.json": {
                "get": operation(
                    obj(response=obj(docs=listed(obj(web_url=TEXT)), meta=obj(hits=NUMBER))), inputs={"page": NUMBER}
                )
            }
        },
        {},
        {"GET /articlesearch.json": {"pages": "page page /response/docs"}},
    ),
    "shutterstock": (
        "https://api.shutterstock.com",
        {"/v2/images/licenses": {"post": operation(LICENSED, body=obj(images=listed(obj(image_id=TEXT))))}},
        {},
        {"POST /v2/images/licenses": {"result": "image /data[]/download/url"}},
    ),
}


def written(folder: Path, server: str, paths: dict[str, Any], **root: Any) -> Path:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "1"},
        "servers": [{"url": server}],
        "paths": paths,
        **root,
    }
    file = folder / "sample.json"
    file.write_text(json.dumps(document))
    return file


def read(file: Path, *overlays: Path, ready_made: bool = True) -> Interpretation:
    return interpret(DocumentToRead(path=file, overlays=overlays, ready_made=ready_made))


@pytest.mark.parametrize("name", CASES)
def test_it_says_what_the_document_cannot(name: str, tmp_path: Path) -> None:
    server, paths, root, expected = CASES[name]
    file = written(tmp_path, server, paths, **root)
    found, without = read(file), read(file, ready_made=False)
    assert found.ready_made == (f"{name}{SUFFIX}",) and without.ready_made == ()
    assert not [p for p in found.service.problems if p.level == "error" or p.location.file.endswith(SUFFIX)]
    assert found.service != without.service, "nothing that the document does not say already"
    known = {f"{o.method} {o.path}": o for o in found.service.operations}
    for place, facts in expected.items():
        said = told(found.service, known[place]) if place else access(found.service)
        assert {kind: said[kind] for kind in facts} == facts


def test_each_has_a_case_its_hosts_and_a_page_that_says_so() -> None:
    assert len(FILES) >= 15
    assert [path.name.removesuffix(SUFFIX) for path in FILES] == sorted(CASES)
    for file in FILES:
        text = file.read_text("utf-8")
        assert text.startswith("# ") and "https://" in text.partition("overlay:")[0]
        hosts = yaml.safe_load(text)["x-specloom-hosts"]
        assert hosts and [host for host, path in _by_host().items() if path == file] == hosts


def test_facts_beside_results(tmp_path: Path) -> None:
    server, paths, root, _ = CASES["removebg"]
    (cut,) = read(written(tmp_path, server, paths, **root)).service.operations
    assert cut.usage is not None and cut.usage.unit == "credits"
    server, paths, root, _ = CASES["nytimes"]
    (search,) = read(written(tmp_path, server, paths, **root)).service.operations
    assert search.first_page == 0
    server, paths, root, _ = CASES["weatherbit"]
    assert read(written(tmp_path, server, paths, **root)).service.rate_limit is not None


HOSTILE: dict[str, dict[str, Any]] = {
    "a title": {
        "info": {"title": "https://api.openai.com/v1", "version": "1"},
        "servers": [{"url": "https://evil.example"}],
    },
    "a description": {"servers": [{"url": "https://evil.example", "description": "https://api.openai.com/v1"}]},
    "a path": {"servers": [{"url": "https://evil.example/api.openai.com/v1"}]},
    "a user": {"servers": [{"url": "https://api.openai.com@evil.example/v1"}]},
    "a longer host": {"servers": [{"url": "https://api.openai.com.evil.example"}]},
    "a host that only ends so": {"servers": [{"url": "https://notapi.openai.com"}]},
    "a fragment": {"servers": [{"url": "https://evil.example#@api.openai.com"}]},
    "a variable": {"servers": [{"url": "https://{host}", "variables": {"host": {"default": "api.openai.com"}}}]},
    "no address": {"servers": [{"url": "https://[api.openai.com"}, {"url": 5}, 7]},
    "no servers": {"servers": {"url": "https://api.openai.com"}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_only_the_server_itself_names_the_service(name: str) -> None:
    document = {"paths": CASES["openai"][1], "info": {"title": "a", "version": "1"}, **HOSTILE[name]}
    assert ready_made_for(document) == ()


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "HTTPS://API.OPENAI.COM:443"])
def test_letters_and_ports_make_no_difference(url: str) -> None:
    document = {"paths": CASES["openai"][1], "info": {"title": "a", "version": "1"}, "servers": [{"url": url}]}
    assert [overlay.name for overlay in ready_made_for(document)] == ["openai.overlay.yaml"]
    swagger = {"paths": CASES["mineskin"][1], "host": "api.mineskin.org"}
    assert [overlay.name for overlay in ready_made_for(swagger)] == ["mineskin.overlay.yaml"]


def test_what_the_document_lacks_or_says_itself_is_left_alone(tmp_path: Path) -> None:
    other = written(tmp_path, "https://api.mux.com", {"/other": {"get": operation(obj(id=TEXT))}})
    assert read(other).ready_made == () and not read(other).service.problems
    own = {"securitySchemes": {"mine": {"type": "apiKey", "in": "header", "name": "X-Mine"}}}
    server, paths, _, _ = CASES["listennotes"]
    said = written(tmp_path, server, paths, components=own, security=[{"mine": []}])
    assert access(read(said).service)["credential"] == "apiKey header X-Mine"


def test_ones_own_overlay_comes_last_and_a_reviewed_one_is_the_last_word(tmp_path: Path) -> None:
    server, paths, root, _ = CASES["mineskin"]
    file = written(tmp_path, server, paths, **root)
    mine = tmp_path / "mine.overlay.yaml"
    mine.write_text(
        "overlay: 1.0.0\ninfo: {title: Mine, version: '1'}\nx-specloom-reviewed: true\nactions:\n"
        "  - target: $.paths['/generate/url'].post\n    update: {x-specloom: {result: {type: none}}}\n"
    )
    (operation_,) = read(file, mine).service.operations
    assert operation_.output.type == "none"


def test_build_tells_of_them_and_leaves_them_out_when_asked(tmp_path: Path) -> None:
    server, paths, root, _ = CASES["mineskin"]
    file = written(tmp_path, server, paths, **root)
    asked = ["build", str(file), "--out", str(tmp_path / "out"), "--platform", "zapier"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "ready-made overlays laid over documents by their host: mineskin.overlay.yaml" in done.output
    (report,) = (tmp_path / "out").glob("*/report.json")
    assert json.loads(report.read_text())["ready_made_overlays"] == ["mineskin.overlay.yaml"]
    done = CliRunner().invoke(main, [*asked, "--no-overlays"])
    assert done.exit_code == 0 and "ready-made" not in done.output
    assert "ready_made_overlays" not in json.loads(report.read_text())

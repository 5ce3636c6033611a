"""Proves the drivers on two hand-made examples, before anything generated is involved."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import n8n_lint, toolchain
from tests.platforms.conftest import FIXTURES, Servers
from tests.platforms.n8n import N8n
from tests.platforms.n8n_check import parameter_issues
from tests.platforms.zapier import AppError, Zapier

KEY = "the-key"
APP = FIXTURES / "zapier-example"
PACKAGE = FIXTURES / "n8n-nodes-example"


class Vendor(ThreadingHTTPServer):
    """A local API: knows one key, answers everything with an id, remembers the bodies it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.bodies: list[Any] = []


class _Handler(BaseHTTPRequestHandler):
    server: Vendor

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length:
            self.server.bodies.append(json.loads(self.rfile.read(length)))
        self.send_response(200 if self.headers.get("X-Api-Key") == KEY else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"id": "t1"}')

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    with Vendor() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


# The toolchain


def test_node_is_the_real_binary() -> None:
    script = "console.log(process.version, process.execPath)"
    done = subprocess.run(
        ["node", "-e", script], env=toolchain.environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [toolchain.node_version(), str(toolchain.node())]


def test_lock_files_name_no_registry() -> None:
    for lock in toolchain.PROJECTS.glob("*/package-lock.json"):
        packages = json.loads(lock.read_text())["packages"].values()
        assert [p["resolved"] for p in packages if "://" in p.get("resolved", "")] == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one dependency lies beside it, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "package.json").write_text('{"name": "part", "version": "1.0.0"}')
    (folder / "package.json").write_text('{"name": "p", "dependencies": {"part": "file:./part"}}')
    return folder


def test_an_installation_appears_whole_and_once(project: Path) -> None:
    target = toolchain.install(project)
    left_over = target.with_name(target.name + ".partial")
    assert (target / "node_modules" / "part" / "package.json").is_file()
    assert not left_over.exists()

    shutil.rmtree(target)
    (left_over / "node_modules" / "broken").mkdir(parents=True)  # as if an earlier run had been killed
    assert toolchain.install(project) == target
    assert [p.name for p in (target / "node_modules").iterdir() if p.name[0] != "."] == ["part"]

    (project / "package.json").write_text('{"name": "p"}')
    assert toolchain.install(project) != target


def test_a_failed_installation_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "ATTEMPTS", 1)
    (project / "package.json").write_text('{"name": "p", "dependencies": {"part": "file:./absent.tgz"}}')
    for _ in range(2):
        with pytest.raises(toolchain.ToolchainError, match="could not be installed"):
            toolchain.install(project)


# n8n


def workflow(vendor: Vendor, credential: str = "", **parameters: Any) -> dict[str, Any]:
    given = {"resource": "thing", "operation": "create", **parameters}
    return {
        "id": "specloomExample1",
        "name": "Example",
        "nodes": [
            {
                "id": "1",
                "name": "Start",
                "type": "n8n-nodes-base.manualTrigger",
                "typeVersion": 1,
                "position": [0, 0],
                "parameters": {},
            },
            {
                "id": "2",
                "name": "Example",
                "type": "n8n-nodes-example.example",
                "typeVersion": 1,
                "position": [200, 0],
                "parameters": given,
                "credentials": {"exampleApi": {"id": credential, "name": "Test"}},
            },
        ],
        "connections": {"Start": {"main": [[{"node": "Example", "type": "main", "index": 0}]]}},
        "settings": {"executionOrder": "v1"},
    }


@pytest.fixture(scope="module")
def server(n8n: Servers, example_package: Path) -> N8n:
    return n8n(example_package)


@pytest.fixture(scope="module")
def credential(server: N8n, vendor: Vendor) -> str:
    return server.api.create_credential("exampleApi", {"baseUrl": vendor.url, "apiKey": KEY})


def test_the_example_passes_the_official_lint_and_scan(example_package: Path) -> None:
    outcome = n8n_lint.lint(PACKAGE)
    assert outcome.errors == []
    assert {warning.split()[1] for warning in outcome.warnings} == {"@n8n/community-nodes/icon-prefer-themed-variants:"}
    assert n8n_lint.scan(example_package).errors == []


def test_the_official_lint_finds_what_is_wrong(n8n_tools: Path, tmp_path: Path) -> None:
    package = shutil.copytree(PACKAGE, tmp_path / "package")
    source = package / "nodes" / "Example" / "Example.node.ts"
    source.write_text(source.read_text().replace("usableAsTool: true,", ""))
    (error,) = n8n_lint.lint(package).errors
    assert error.startswith("nodes/Example/Example.node.ts:3:")
    assert "@n8n/community-nodes/node-usable-as-tool" in error

    source.write_text("this is not TypeScript")
    assert n8n_lint.build(package).errors[0].startswith("nodes/Example/Example.node.ts(1,")

    (package / "eslint.config.mjs").write_text("export default [];")
    assert "Strict mode violation" in n8n_lint.lint(package).errors[0]


def test_workflows_are_checked_against_the_loaded_types(server: N8n, vendor: Vendor) -> None:
    types = server.export_nodes()
    assert {"n8n-nodes-example.example", "n8n-nodes-example.exampleTool"} <= {t["name"] for t in types}
    assert parameter_issues(types, workflow(vendor, name="a")) == []
    assert parameter_issues(types, workflow(vendor, nmae="a")) == [
        "Example: parameter nmae does not exist or does not apply here",
        'Example: Parameter "Name" is required.',
    ]
    unknown = workflow(vendor, name="a")
    unknown["nodes"][1]["type"] = "n8n-nodes-example.other"
    assert parameter_issues(types, unknown) == ["Example: unknown node type n8n-nodes-example.other"]


def test_credentials_are_tested(server: N8n, vendor: Vendor, credential: str) -> None:
    assert server.api.test_credential(credential)["status"] == "OK"
    wrong = server.api.create_credential("exampleApi", {"baseUrl": vendor.url, "apiKey": "wrong"})
    assert server.api.test_credential(wrong)["status"] == "Error"


def test_workflows_run_on_the_server(server: N8n, vendor: Vendor, credential: str) -> None:
    names = [f"name {number}" for number in range(8)]
    runs = server.run_many([workflow(vendor, credential, name=name) for name in names])
    assert [(run.status, run.json("Example")) for run in runs] == [("success", [{"id": "t1"}])] * 8
    assert sorted(body["name"] for body in vendor.bodies[-8:]) == names

    wrong = server.api.create_credential("exampleApi", {"baseUrl": vendor.url, "apiKey": "wrong"})
    failed = server.run(workflow(vendor, wrong, name="a"))
    assert failed.status == "error"
    assert failed.error is not None and failed.error["httpCode"] == "401"


def test_webhooks_are_called_once_active(server: N8n, vendor: Vendor, credential: str) -> None:
    document = workflow(vendor, credential, name="={{ $json.body.name }}")
    document["nodes"][0] |= {
        "type": "n8n-nodes-base.webhook",
        "typeVersion": 2,
        "webhookId": "example-hook",
        "parameters": {"httpMethod": "POST", "path": "example-hook", "responseMode": "lastNode"},
    }
    pinned = server.run(document, pinned={"Start": [{"body": {"name": "pinned"}}]})
    assert (pinned.status, vendor.bodies[-1]) == ("success", {"name": "pinned"})

    identifier = server.api.save_workflow(document)
    server.api.activate(identifier)
    assert server.api.call_webhook("example-hook", {"name": "called"}).json() == {"id": "t1"}
    assert vendor.bodies[-1] == {"name": "called"}
    (execution,) = server.api.wait_for_executions(identifier)
    assert execution["status"] == "success"
    server.api.deactivate(identifier)


def test_workflows_run_by_the_command_line(server: N8n, vendor: Vendor) -> None:
    data = {"baseUrl": vendor.url, "apiKey": KEY}
    server.import_credentials([{"id": "imported", "name": "Test", "type": "exampleApi", "data": data}])
    run = server.execute(workflow(vendor, "imported", name="by hand"))
    assert (run.status, run.nodes, run.json()) == ("success", ["Start", "Example"], [{"id": "t1"}])
    assert vendor.bodies[-1] == {"name": "by hand"}


# Zapier


def test_the_example_app_is_valid(zapier: Zapier, tmp_path: Path) -> None:
    assert zapier.validate(APP) == []
    broken = shutil.copytree(APP, tmp_path / "broken")
    text = (broken / "app.json").read_text().replace('"key": "thing"', '"key": "no spaces"')
    (broken / "app.json").write_text(text)
    assert any("no spaces" in error for error in zapier.schema_errors(broken))


def test_zapier_methods_run(zapier: Zapier, vendor: Vendor) -> None:
    bundle = {"authData": {"baseUrl": vendor.url, "apiKey": KEY}, "inputData": {"name": "n"}}
    created = zapier.run(APP, "creates.thing.operation.perform", bundle)
    assert (created.results, created.waiting, vendor.bodies[-1]) == ({"id": "t1"}, False, {"name": "n"})

    waiting = zapier.run(APP, "creates.job.operation.perform", bundle, callback_url="https://example.com/c")
    assert (waiting.waiting, vendor.bodies[-1]) == (True, {"callback": "https://example.com/c"})

    with pytest.raises(AppError) as caught:
        zapier.run(APP, "creates.thing.operation.perform", {"authData": {"baseUrl": vendor.url}})
    assert (caught.value.name, caught.value.details["status"]) == ("ResponseError", 401)


def test_zapier_files_are_fetched_late(zapier: Zapier, vendor: Vendor) -> None:
    auth = {"baseUrl": vendor.url, "apiKey": KEY}
    pointer = zapier.run(APP, "creates.file.operation.perform", {"authData": auth}).results["file"]
    stashed = zapier.hydrate(APP, pointer, auth)
    assert re.search(r"/files/stash-\d+\Z", stashed.results)


def test_zapier_invoke_and_build(zapier: Zapier, vendor: Vendor) -> None:
    auth = {"baseUrl": vendor.url, "apiKey": KEY}
    assert zapier.invoke(APP, "auth", "test", auth=auth) == {"id": "t1"}
    with zipfile.ZipFile(zapier.build(APP)) as archive:
        assert {"index.js", "app.json", "definition.json", "zapierwrapper.js"} <= set(archive.namelist())

"""Zapier's own command line on the generated projects: validate, build, invoke, register, push, and `npm test`."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import toolchain
from tests.platforms.zapier import Zapier
from tests.platforms.zapier_api import ZapierApi
from tests.platforms.zapier_apps import KEYS, SERVICES, Apps, write_app


@pytest.fixture(scope="module")
def apps(zapier: Zapier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    apps = Apps(zapier, tmp_path_factory.mktemp("zapier"), SERVICES)
    yield apps
    apps.stop()


@pytest.mark.parametrize("key", KEYS)
def test_validate_finds_nothing(apps: Apps, zapier: Zapier, key: str) -> None:
    assert zapier.validate(apps.path(key)) == []


@pytest.mark.parametrize("key", KEYS)
def test_the_definition_is_what_zapiers_build_makes_of_the_app(apps: Apps, zapier: Zapier, key: str) -> None:
    assert zapier.definition(apps.path(key)) == json.loads((apps.path(key) / "definition.json").read_text())


@pytest.mark.parametrize("key", KEYS)
def test_the_schema_takes_the_definition_as_written(apps: Apps, zapier: Zapier, key: str) -> None:
    script = (
        "const schema = require('zapier-platform-schema');"
        "console.log(JSON.stringify(schema.validateAppDefinition(require('./definition.json')).errors))"
    )
    done = subprocess.run(
        [str(toolchain.node()), "-e", script], cwd=zapier.copy(apps.path(key)), capture_output=True, text=True, check=True,
        env=zapier.env, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("key", KEYS)
def test_invoke_tests_the_connection_and_runs_a_create(apps: Apps, zapier: Zapier, key: str) -> None:
    tested = zapier.invoke(apps.path(key), "auth", "test", auth=apps.auth(key))
    assert tested["label"]
    step = {"mayanio": "generateImages", "tengrai": "createTextcraftResponse", "tuneforge": "generateMusic"}
    name = step.get(key, "generateImage")
    form = {**apps.form(key, f"creates.{name}"), **({"wait_for_completion": "false"} if key == "tuneforge" else {})}
    # The command line takes what a person types: texts.
    form = {key: value if isinstance(value, str) else json.dumps(value) for key, value in form.items()}
    made = zapier.invoke(apps.path(key), "create", name, auth=apps.auth(key), inputs=form)
    assert made["status"] == ("queued" if key == "tuneforge" else "succeeded")


def test_the_upload_holds_what_the_app_needs(apps: Apps, zapier: Zapier) -> None:
    with zipfile.ZipFile(zapier.build(apps.path("tuneforge"))) as archive:
        names = set(archive.namelist())
        definition = json.loads(archive.read("definition.json"))
    assert {"index.js", "runtime.js", "app.json", "core/core.js", "lib/http.js", "zapierwrapper.js"} <= names
    assert definition == json.loads((apps.path("tuneforge") / "definition.json").read_text())


def command_line(folder: Path, zapier: Zapier, endpoint: str, *arguments: str) -> str:
    program = toolchain.install(toolchain.PROJECTS / "zapier-cli") / "node_modules/zapier-platform-cli/src/bin/run"
    done = subprocess.run(
        [str(toolchain.node()), str(program), *arguments],
        cwd=folder, env={**zapier.env, "ZAPIER_BASE_ENDPOINT": endpoint}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_register_and_push_upload_what_was_written(zapier: Zapier, tmp_path: Path) -> None:
    project = write_app(SERVICES["tuen"], tmp_path / "tuen")
    modules = toolchain.install(toolchain.PROJECTS / "zapier-app") / "node_modules"
    shutil.copytree(modules, project / "node_modules", symlinks=True)
    api = ZapierApi()
    try:
        command_line(
            project, zapier, api.url, "register", "tuen", "--desc", "Pictures, voices and transcripts from tuen.",
            "--url", "https://www.tuen.fun", "--audience", "private", "--role", "user", "--category", "ai-tools", "--yes",
        )  # fmt: skip
        linked = json.loads((project / ".zapierapprc").read_text())
        assert linked["id"] in api.apps and "includeInBuild" in linked
        command_line(project, zapier, api.url, "push", "--skip-dep-install")
    finally:
        api.stop()
    ((_, version), uploaded), *more = api.versions.items()
    assert version == "0.1.0" and not more and api.keys == {"tests-only"}
    with zipfile.ZipFile(io.BytesIO(uploaded["build"])) as built:
        assert json.loads(built.read("definition.json")) == api.checked[0]
        assert built.read("runtime.js") == (project / "runtime.js").read_bytes()
    # Zapier's build removes definition.json from the project, and leaves it out of the source it keeps: whoever
    # pulls that source must have a whole app all the same.
    with zipfile.ZipFile(io.BytesIO(uploaded["source"])) as source:
        source.extractall(tmp_path / "pulled")
    assert zapier.schema_errors(tmp_path / "pulled") == []
    assert zapier.schema_errors(project) == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after the `npm install` of its README."""
    project = write_app(SERVICES["tuen"], tmp_path_factory.mktemp("installed") / "tuen")
    toolchain.npm("install", "--prefer-offline", "--no-audit", "--no-fund", cwd=project)
    return project


@pytest.mark.parametrize("key", KEYS)
def test_the_projects_own_tests_pass(installed: Path, tmp_path: Path, key: str) -> None:
    project = installed
    if key != "tuen":
        project = write_app(SERVICES[key], tmp_path / key)
        (project / "node_modules").symlink_to(installed / "node_modules")
    printed = toolchain.npm("test", cwd=project)
    assert re.search(r"(?m)^\S pass [1-9]", printed) and re.search(r"(?m)^\S fail 0$", printed), printed


def test_the_steps_of_the_readme_exist(installed: Path, zapier: Zapier) -> None:
    readme = (installed / "README.md").read_text()
    program = installed / "node_modules" / ".bin" / "zapier-platform"
    for command in sorted(set(re.findall(r"npx zapier-platform ([a-z:]+)", readme))):
        done = subprocess.run(
            [str(program), command, "--help"], cwd=installed, env=zapier.env, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        known = "USAGE" in done.stdout or command == "register"  # its help asks Zapier for the categories
        assert known, (command, done.stdout + done.stderr)

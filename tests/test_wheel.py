"""The wheel as a user gets it: documents, templates and runtimes inside, and it builds from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from schemas.load import bundled

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("specloom-*.whl"))


def test_the_wheel_carries_what_runs(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    folders = ("schemas", "generator", "connector", "workflows")
    tracked = subprocess.run(
        ["git", "ls-files", *folders, "specloom.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    needed = set(tracked.stdout.split()) or {str(p.relative_to(ROOT)) for p in (ROOT / "schemas").rglob("*.yaml")}
    assert needed - inside == set()
    assert not [name for name in inside if name.startswith("tests/") or "__pycache__" in name]


def test_an_installed_wheel_builds_in_a_folder_that_holds_its_own_schemas(wheel: Path, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([sys.executable, "-m", "venv", "env"], cwd=tmp_path, check=True)
    install = ["env/bin/python", "-m", "pip", "install", "-q", str(wheel)]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, env=environment)
    work = tmp_path / "work"
    for name in ("schemas", "generator", "connector"):
        (work / name).mkdir(parents=True)
        (work / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    command = [str(tmp_path / "env/bin/specloom"), "build"]
    result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stderr
    assert all(": warning: " in line for line in result.stderr.splitlines())
    assert sorted(p.name for p in (work / "dist").iterdir()) == sorted(bundled())
    for key in bundled():
        assert sorted(p.name for p in (work / "dist" / key).iterdir()) == ["make", "n8n", "report.json", "zapier"]

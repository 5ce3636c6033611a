"""The wheel as a user gets it: documents, templates and runtimes inside, and it builds from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from specloom import __version__
from specloom.schemas.load import bundled
from tests import ROOT

pytestmark = pytest.mark.posix  # the paths of an environment are others on Windows


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("specloom-*.whl"))


def test_the_wheel_carries_what_runs(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    rooms = ("schemas", "generator", "connector", "workflows")
    needed = {f"specloom/{path}" for path in tracked(*rooms)} | {
        path for path in tracked("specloom") if path.endswith(".py")
    }
    assert len(needed) > 300 and needed - inside == set()
    assert {name.split("/")[0].removesuffix(f"-{__version__}.dist-info") for name in inside} == {"specloom"}
    assert not [name for name in inside if "__pycache__" in name]


def tracked(*folders: str) -> list[str]:
    found = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_an_installed_wheel_works_beside_packages_and_folders_of_any_name(wheel: Path, tmp_path: Path) -> None:
    """PyPI has packages called `schemas` and `generator`: they and we may stand in one environment."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([sys.executable, "-m", "venv", "env"], cwd=tmp_path, check=True)
    install = ["env/bin/python", "-m", "pip", "install", "-q", str(wheel)]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, env=environment)
    site = next(tmp_path.glob("env/lib/python*/site-packages"))
    for name in ("schemas", "generator", "connector", "workflows"):
        (site / name).mkdir()
        (site / name / "__init__.py").write_text("raise SystemExit('a stranger')")
    work = tmp_path / "work"
    for name in ("schemas", "generator", "connector"):
        (work / name).mkdir(parents=True)
        (work / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    command = [str(tmp_path / "env/bin/specloom"), "build"]
    result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stderr
    assert all(": warning: " in line for line in result.stderr.splitlines())
    keys = sorted([*bundled(), "specloom"])
    assert sorted(p.name for p in (work / "dist").iterdir()) == keys
    for key in keys:
        assert sorted(p.name for p in (work / "dist" / key).iterdir()) == ["make", "n8n", "report.json", "zapier"]

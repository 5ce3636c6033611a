"""The showcase document through the real command: what it writes is kept, and every difference is a decision.

`pytest tests/generator/pipeline/test_golden.py --update-golden` rewrites it; look at the difference before you commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specloom.generator.output.writer import MANIFEST
from specloom.generator.platforms import EMITTERS
from tests import ROOT, TESTS

GOLDEN = TESTS / "golden"


def build(out: Path, seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [
        sys.executable,
        "-m",
        "specloom",
        "build",
        str(GOLDEN / "showcase.openapi.yaml"),
        "--out",
        str(out),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=out.parent, env=environment)


def tree(folder: Path) -> dict[str, bytes]:
    """Files by path; the manifests (checksums of the same files) are left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("golden") / "dist"
    build(out, "1")
    return tree(out / "showcase")


def test_building_twice_gives_the_same_bytes(output: dict[str, bytes], tmp_path: Path) -> None:
    build(tmp_path / "dist", "2")
    assert tree(tmp_path / "dist" / "showcase") == output


@pytest.mark.parametrize("part", [*EMITTERS, "report.json"])
def test_the_output_is_the_golden_one(output: dict[str, bytes], part: str, request: pytest.FixtureRequest) -> None:
    ours = {p: b for p, b in output.items() if p.split("/")[0] == part and not _is_copy(p)}
    folder = GOLDEN / "showcase" / part
    if request.config.getoption("--update-golden"):
        _rewrite(folder, ours)
    kept = tree(folder) if folder.is_dir() else {"": folder.read_bytes()} if folder.exists() else {}
    kept = {f"{part}/{path}" if path else part: content for path, content in kept.items()}
    assert sorted(ours) == sorted(kept)
    for path, content in ours.items():
        assert content.decode() == kept[path].decode(), path


def _rewrite(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        target = GOLDEN / "showcase" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


RUNTIME = {path.name for path in (ROOT / "generator").rglob("runtime/**/*") if path.suffix in (".js", ".ts")}


def _is_copy(path: str) -> bool:
    """What stands elsewhere already: the runtime, the same for every service; and n8n's dist/, which the platform tests
    hold equal to what the official build makes of the sources."""
    return Path(path).name in RUNTIME or path.startswith("n8n/dist/")

"""n8n's official tools on the generated packages: strict lint, build, scan, and the same node from both dist/."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.n8n.emit import emit
from specloom.generator.platforms import EmitOptions
from tests.platforms import n8n_lint, toolchain
from tests.platforms.n8n import N8n
from tests.platforms.n8n_nodes import KEYS, SERVICES, write_package
from tests.support.n8n_hostile import PAYLOADS, hostile_service

CREDENTIALS = """
const made = process.argv.slice(1).map((file) => {
  const found = require(file);
  return JSON.stringify(Object.entries(found).map(([name, kind]) => [name, new kind()]));
});
console.log(JSON.stringify(made));
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("n8n")
    return {key: write_package(SERVICES[key], folder / key) for key in KEYS}


@pytest.fixture(scope="module")
def built(packages: Mapping[str, Path], n8n_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same packages with the dist/ that n8n's own build made."""
    folder = tmp_path_factory.mktemp("built")
    for key, package in packages.items():
        outcome = n8n_lint.build(package, folder / key)
        assert (outcome.errors, outcome.warnings) == ([], []), outcome.output
    return {key: folder / key for key in packages}


@pytest.mark.parametrize("key", KEYS)
def test_the_strict_lint_finds_nothing(packages: Mapping[str, Path], n8n_tools: Path, key: str) -> None:
    outcome = n8n_lint.lint(packages[key])
    assert (outcome.errors, outcome.warnings) == ([], []), outcome.output


@pytest.mark.parametrize("key", KEYS)
def test_the_scan_finds_nothing(packages: Mapping[str, Path], n8n_tools: Path, key: str) -> None:
    outcome = n8n_lint.scan(packages[key])
    assert (outcome.errors, outcome.warnings) == ([], []), outcome.output


@pytest.mark.parametrize("text", [PAYLOADS[i] for i in (2, 9, 16)], ids=("quotes", "invisible", "emoji"))
def test_hostile_documents_pass_the_strict_lint_and_the_build(text: str, n8n_tools: Path, tmp_path: Path) -> None:
    package = write_package(hostile_service(text), tmp_path / "hostile")
    for outcome in (n8n_lint.lint(package), n8n_lint.build(package)):
        assert (outcome.errors, outcome.warnings) == ([], []), outcome.output


def test_both_dists_give_the_same_nodes(packages: Mapping[str, Path], built: dict[str, Path], n8n_dir: Path) -> None:
    ours, theirs = exported(packages.values()), exported(built.values())
    assert len(ours) >= 2 * len(KEYS)  # each node and its tool
    assert ours == theirs


def test_both_dists_hold_the_same_files_and_credentials(packages: Mapping[str, Path], built: dict[str, Path]) -> None:
    for key in KEYS:
        ours, theirs = files(packages[key]), files(built[key])
        assert ours == theirs
        names = [name for name in ours if name.startswith("credentials/")]
        assert names
        for name in names:
            mine, official = node(CREDENTIALS, str(packages[key] / "dist" / name), str(built[key] / "dist" / name))
            assert mine == official


def exported(folders: Any) -> dict[str, Any]:
    with N8n() as n8n:
        names = [n8n.install_package(folder) for folder in folders]
        return {
            kind["name"]: {k: v for k, v in kind.items() if k != "iconUrl"}
            for kind in n8n.export_nodes()
            if kind["name"].rpartition(".")[0] in names
        }


def files(package: Path) -> list[str]:
    dist = package / "dist"
    found = (p.relative_to(dist).as_posix() for p in dist.rglob("*") if p.is_file())
    # What tsc adds for editors, and the manifest it copies because it is listed as a source.
    return sorted(f for f in found if not f.endswith((".map", ".d.ts", ".tsbuildinfo")) and f != "package.json")


def node(script: str, *arguments: str) -> Any:
    command = [str(toolchain.node()), "-e", script, *arguments]
    done = subprocess.run(command, env=toolchain.environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_package_names_what_n8n_loads() -> None:
    for key in KEYS:
        emitted = emit(SERVICES[key], EmitOptions()).files
        manifest = json.loads(emitted["package.json"])
        for path in (*manifest["n8n"]["nodes"], *manifest["n8n"]["credentials"]):
            assert path in emitted

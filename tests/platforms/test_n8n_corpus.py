"""n8n's strict lint and its scan find nothing in packages of real documents: a few by default, chosen by a hash of their
names, and all of the sample by `-m soak`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from specloom.schemas.load import load
from tests.platforms import corpus, n8n_lint
from tests.platforms.n8n_nodes import write_package

SAMPLE = 100
BY_DEFAULT = 2


def named(path: Path) -> str:
    return path.relative_to(corpus.root()).as_posix()


def chosen() -> list[Path]:
    return sorted(corpus.sample(SAMPLE), key=lambda path: hashlib.sha256(named(path).encode()).digest())


def findings(documents: list[Path], folder: Path) -> list[str]:
    found = []
    for path in documents:
        package = write_package(load(path).service, folder / path.stem)
        if not (package / "package.json").exists():  # nothing in it that a node could do
            continue
        for outcome in (n8n_lint.lint(package), n8n_lint.scan(package)):
            found += [f"{named(path)}: {text}" for text in (*outcome.errors, *outcome.warnings)]
    return found


def test_a_few_real_documents_pass(n8n_tools: Path, tmp_path: Path) -> None:
    assert findings(chosen()[:BY_DEFAULT], tmp_path) == []


@pytest.mark.soak
def test_the_whole_sample_passes(n8n_tools: Path, tmp_path: Path) -> None:
    assert findings(chosen(), tmp_path) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", ["stripe.com.json", "github.com/api.github.com.json"])
def test_the_largest_pass(n8n_tools: Path, tmp_path: Path, name: str) -> None:
    assert findings([corpus.root() / name], tmp_path) == []

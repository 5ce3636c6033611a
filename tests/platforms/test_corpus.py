"""Real documents become connectors that the platforms take: a sample of 100 by default, all 2,639 by `-m soak`."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.platforms import corpus
from tests.platforms.corpus import Row
from tests.platforms.make_schemas import VARIABLE
from tests.platforms.make_schemas import folder as make_schemas

RESULTS = ROOT / "benchmarks" / "results"
SAMPLE = 100
CHUNK = 60


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return corpus.build_all(corpus.sample(SAMPLE), tmp_path_factory.mktemp("corpus"))


def faults(rows: list[Row], start: str = "") -> list[str]:
    return [f"{row.document}: {fault}" for row in rows for fault in row.faults if fault.startswith(start)]


def test_all_of_them_are_built_and_accounted_for(rows: list[Row]) -> None:
    assert len(rows) == SAMPLE == len({row.document for row in rows})
    assert faults(rows) == []
    assert sum(row.operations for row in rows) > 1000


def test_n8n_loads_them(rows: list[Row], n8n_dir: Path) -> None:
    corpus.load_in_n8n(rows)
    assert faults(rows, "n8n") == []


def test_zapier_takes_the_definitions(rows: list[Row]) -> None:
    corpus.validate_with_zapier(rows)
    assert faults(rows, "zapier") == []


@pytest.mark.skipif(make_schemas() is None, reason=f"Make's schemas are missing: {VARIABLE} does not name their folder")
def test_make_s_schemas_take_the_apps(rows: list[Row]) -> None:
    corpus.hold_against_make_s_schemas(rows)
    assert faults(rows, "make") == []


@pytest.mark.soak
def test_every_document(tmp_path: Path) -> None:
    """Two hours on two cores; the table of results is kept."""
    found: list[Row] = []
    for number, paths in enumerate(_chunks(corpus.documents())):
        found += corpus.check(paths, tmp_path / str(number))
        print(f"{len(found)} documents, {len(faults(found))} faults", flush=True)
        _keep(found)
    assert len(found) == 2639
    assert faults(found) == []


def _chunks(paths: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(paths), CHUNK):
        yield paths[start : start + CHUNK]


def _keep(rows: list[Row]) -> None:
    """corpus.json with a summary, the faults, and a line a document."""
    seconds = sorted(row.seconds for row in rows if not row.refused)
    summary = {
        "documents": len(rows),
        "operations": sum(row.operations for row in rows),
        "steps": {name: sum(row.steps.get(name, 0) for row in rows) for name in ("n8n", "zapier", "make")},
        "refused": {row.document: row.refused for row in rows if row.refused},
        "faults": faults(rows),
        "seconds": {
            "median": statistics.median(seconds) if seconds else 0,
            "p99": seconds[int(len(seconds) * 0.99)] if seconds else 0,
            "largest": max(seconds, default=0),
        },
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("    " + json.dumps(row.as_dict()) for row in rows)
    head = json.dumps(summary, indent=2)[:-2]
    (RESULTS / "corpus.json").write_text(f'{head},\n  "rows": [\n{lines}\n  ]\n}}\n')

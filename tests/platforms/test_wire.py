"""Every wire vector in every runtime: the same request and the same output, or an exemption with its reason."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from specloom.generator.platforms import EMITTERS
from tests import ROOT
from tests.platforms.wire.faults import FAULTS
from tests.platforms.wire.suite import Suite, matrix
from tests.platforms.wire.vectors import RUNTIMES, Vector, exemptions, vectors
from tests.platforms.zapier import Zapier

VECTORS = vectors()
EXEMPT = {(one.vector, one.runtime): one for one in exemptions()}
RESULTS = ROOT / "benchmarks" / "results" / "wire.md"
PAIRS = [pytest.param(v, r, id=f"{v.id}-{r}") for r in RUNTIMES for v in VECTORS]

_results: dict[str, dict[str, str]] = defaultdict(dict)


@pytest.fixture(scope="module")
def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """Runs the vectors that were chosen, and no others."""
    wanted: dict[str, list[Vector]] = {runtime: [] for runtime in RUNTIMES}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.originalname == test_vector.__name__:
            given: Mapping[str, Any] = item.callspec.params
            wanted[given["runtime"]].append(given["vector"])
    folder = tmp_path_factory.mktemp("wire")
    found = Suite(folder, lambda: request.getfixturevalue("zapier"), wanted)
    yield found
    found.upstream.stop()


@pytest.mark.parametrize(("vector", "runtime"), PAIRS)
def test_vector(suite: Suite, vector: Vector, runtime: str) -> None:
    found = suite.of(vector, runtime)
    exemption = EXEMPT.get((vector.id, runtime))
    if exemption is None:
        _results[vector.id][runtime] = "fail" if found else "pass"
        if found:
            pytest.fail("\n".join(found), pytrace=False)
        return
    _results[vector.id][runtime] = "exempt"
    assert found, "the exemption is not needed: the vector passes"
    assert exemption.problem in suite.outcome(vector, runtime).problems, "the build does not report it"


def test_the_table_is_printed(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """And kept on demand, once every vector has been run everywhere."""
    table = matrix({vector.id: _results[vector.id] for vector in VECTORS if vector.id in _results})
    with capsys.disabled():
        print(f"\n{table}")
    assert table.count("\n| ") >= len(_results)
    if request.config.getoption("--update-golden"):
        assert all(len(_results[vector.id]) == len(RUNTIMES) for vector in VECTORS), "run all of them"
        RESULTS.write_text(table, "utf-8")


def test_every_kind_has_its_vectors() -> None:
    kinds = Counter(vector.kind for vector in VECTORS)
    assert kinds.keys() == FAULTS.keys() and len(kinds) == 10
    assert len(VECTORS) >= 300 and min(kinds.values()) >= 25, kinds


def test_the_table_is_kept_for_the_vectors_that_are_there() -> None:
    rows = re.findall(r"^\| (\S.*?) \| ([✓–] \| [✓–] \| [✓–] \| [✓–]) \|$", RESULTS.read_text("utf-8"), re.M)
    assert [name for name, _ in rows] == [vector.id.replace("|", "∣") for vector in VECTORS]


def test_exemptions_are_for_vectors_that_are_there() -> None:
    known = {vector.id for vector in VECTORS}
    assert [one for one in EXEMPT.values() if one.vector not in known or one.runtime not in RUNTIMES] == []
    assert [one for one in EXEMPT.values() if not (one.page.startswith("https://") and one.because)] == []


def test_no_kind_is_exempt_on_a_platform_as_a_whole() -> None:
    kinds = {vector.kind for vector in VECTORS}
    for kind in kinds:
        own = [vector.id for vector in VECTORS if vector.kind == kind]
        for runtime in RUNTIMES:
            assert any((name, runtime) not in EXEMPT for name in own), f"{kind} on {runtime}"


def test_platforms_are_those_that_are_built() -> None:
    assert set(RUNTIMES) == {*EMITTERS, "gateway"}


@pytest.mark.parametrize("kind", sorted({vector.kind for vector in VECTORS}))
def test_a_fault_in_one_runtime_is_noticed(kind: str, tmp_path: Path) -> None:
    """Each kind has a fault of its own in `faults.py`, and some vector that passes without it."""
    fault = FAULTS[kind]
    own = [vector for vector in VECTORS if vector.kind == kind and (vector.id, fault.runtime) not in EXEMPT]
    found = Suite(tmp_path, Zapier, {fault.runtime: own})
    try:
        with patch(fault.place, fault.instead):
            assert any(found.of(vector, fault.runtime) for vector in own)
    finally:
        found.upstream.stop()

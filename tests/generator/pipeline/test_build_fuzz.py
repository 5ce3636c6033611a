"""Documents with parts replaced, doubled, moved and dropped at random, for every platform: output or one line."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from specloom.generator.output.staging import StagingArea, stage
from specloom.generator.platforms import EMITTERS, EmitOptions, emitter
from specloom.generator.report.contents import report
from specloom.generator.report.coverage import Subject
from specloom.schemas.document.inventory import inventory
from specloom.schemas.document.source import Source
from specloom.schemas.infer import applied, certain, propose
from specloom.schemas.load import bundled, load
from specloom.schemas.problems import SpecloomError
from tests.generator.report.test_coverage import missing_from, unaccounted
from tests.schemas.load.test_fuzz import SPECS, mutate

pytestmark = pytest.mark.linux  # which tells the most memory in kilobytes
SECONDS = 20
"""Of the processor, for one document of a few kilobytes: far above what any takes, far below what a loop would."""
MEGABYTES = 1500
"""Of the whole test process."""


def check(path: Path, out: Path) -> None:
    loaded = load(path)
    proposals = propose(loaded)
    service = applied(loaded.service, certain(proposals))
    emissions = {platform: emitter(platform)(service, EmitOptions()) for platform in EMITTERS}
    for platform, emission in emissions.items():
        assert all(problem.message and "\n" not in str(problem) for problem in emission.problems)
        for name, content in emission.files.items():
            if name.endswith(".json") and not name.endswith(".iml.json"):
                json.loads(content)
        if platform == "make":
            out.mkdir(exist_ok=True)
            stage(StagingArea(out / "none", out), emission.files)
    found = inventory(loaded.source)
    told = json.loads(report(Subject(inventory=found, whole=service, service=service, emissions=emissions)))
    assert missing_from(found, told) == []
    assert list(unaccounted({key: told[key] for key in ("operations", "triggers", "security_schemes")})) == []


def run(folder: Path, cases: int, seed: int) -> None:
    dice = random.Random(seed)
    sources = [Source(path).root for path in [*sorted(SPECS.glob("*.yaml")), *bundled().values()]]
    built = 0
    for case in range(cases):
        path = folder / f"case-{seed}-{case}.json"
        path.write_text(json.dumps(mutate(dice.choice(sources), dice)), "utf-8")
        started = time.process_time()
        try:
            check(path, folder / "out")
            built += 1
        except SpecloomError as error:
            assert "\n" not in str(error)
        assert time.process_time() - started < SECONDS, path.name
        path.unlink()  # what fails stays, to be looked at
    assert built > cases / 2
    import resource

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 < MEGABYTES


@pytest.mark.parametrize("seed", range(10))
def test_mutated_documents(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 50, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(200, 220))
def test_many_mutated_documents(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 1000, seed)

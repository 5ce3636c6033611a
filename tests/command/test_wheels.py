"""Whether every pinned dependency can be had without a compiler, wherever we run. Asks the package index: a soak test."""

from __future__ import annotations

import datetime
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import ROOT
from tests.command.test_environment import environment, holds, pins

RESULTS = ROOT / "benchmarks" / "results" / "wheels.md"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Linux x86-64": ("linux", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")),
    "Linux ARM": ("linux", ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")),
    "macOS ARM": ("darwin", ("macosx_14_0_arm64",)),
    "Windows x86-64": ("win32", ("win_amd64",)),
}
"""Name to `sys.platform` and the tags that pip takes there."""


def missing(python: str, system: str, tags: tuple[str, ...], folder: Path) -> list[str]:
    """What pip says of the pins it finds no wheel for; the markers are ours to judge, since pip asks its own Python."""
    where = environment(python, system)
    chosen = [f"{pin.name}{pin.specifier}" for pin in pins() if holds(pin, where)]
    (folder / "pins.txt").write_text("\n".join(chosen), "utf-8")
    download = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(folder),
    ]
    for tag in tags:
        download += ["--platform", tag]
    done = subprocess.run(
        [*download, "--python-version", python, "-r", str(folder / "pins.txt")],
        check=False, capture_output=True, text=True, timeout=1800,
    )  # fmt: skip
    return [line for line in done.stderr.splitlines() if line.startswith("ERROR")] if done.returncode else []


@pytest.mark.soak
def test_every_pin_has_a_wheel(tmp_path: Path) -> None:
    """The table of results is kept."""
    rows, faults = [], []
    for name, (system, tags) in SYSTEMS.items():
        cells = []
        for python in PYTHONS:
            folder = tmp_path / f"{system}-{tags[0]}-{python}"
            folder.mkdir()
            found = missing(python, system, tags, folder)
            faults += [f"{name}, Python {python}: {line}" for line in found]
            wheels = [*folder.glob("*.whl")]
            cells.append(
                "missing" if found else f"{len(wheels)} ({sum(w.stat().st_size for w in wheels) / 1e6:.0f} MB)"
            )
            for wheel in wheels:
                wheel.unlink()
        rows.append(f"| {name} | {' | '.join(cells)} |")
    _keep(rows, faults)
    assert faults == []


def _keep(rows: list[str], faults: list[str]) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    lines = [
        "# Wheels of the pinned dependencies",
        "",
        f"`pytest -m soak tests/command/test_wheels.py` at {commit.strip()}, {datetime.date.today()}, with the pip of "
        f"Python {platform.python_version()}:",
        "`pip download --only-binary=:all:` of all that constraints/test.txt pins there; how many, and their size.",
        "",
        f"| | {' | '.join(f'Python {python}' for python in PYTHONS)} |",
        f"|---|{'---|' * len(PYTHONS)}",
        *rows,
        *(["", *(f"- {fault}" for fault in faults)] if faults else []),
        "",
    ]
    RESULTS.write_text("\n".join(lines), "utf-8")

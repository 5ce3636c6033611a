"""One document to files: load, emit for each platform, account for it, write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator import Emission, EmitOptions, emitter
from generator.files import write
from generator.report import report
from schemas.load import load
from schemas.model import Service
from schemas.problems import Problem, worst


@dataclass(frozen=True, slots=True)
class Built:
    """What came of one document."""

    service: Service
    folder: Path
    emissions: dict[str, Emission]
    problems: tuple[Problem, ...]
    written: bool
    files: int

    def count(self, platform: str) -> int:
        entries = self.emissions[platform].written
        return len({entry.source for entry in entries if entry.kind in ("action", "search", "trigger")})


def build(document: Path, out: Path, platforms: Sequence[str], *, strict: bool = False) -> Iterator[str | Built]:
    """Yields the name of each stage as it begins, and at last the Built. Raises SpecloomError.
    With `strict`, nothing is written when there is any problem."""
    yield "reading"
    service = load(document).service
    options = EmitOptions(version=package_version(service.version))
    emissions: dict[str, Emission] = {}
    for platform in platforms:
        yield platform
        emissions[platform] = emitter(platform)(service, options)
    found = (p for emission in emissions.values() for p in emission.problems)
    problems = (*service.problems, *(p.at(replace(p.location, file=p.location.file or shown(document))) for p in found))
    folder = out / service.key
    if strict and worst(problems):
        yield Built(service, folder, emissions, problems, False, 0)
        return
    yield "writing"
    kept: list[Problem] = []
    for platform, emission in emissions.items():
        kept += write(folder / platform, emission.files).problems
    write_report(folder, report(service, emissions))
    count = sum(len(emission.files) for emission in emissions.values()) + 1
    yield Built(service, folder, emissions, (*problems, *kept), True, count)


def shown(document: Path) -> str:
    """Its path as people see it: from the current folder, or the name alone where it lies elsewhere (bundled ones)."""
    path = document.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else document.name


def write_report(folder: Path, content: bytes) -> None:
    """The report stands beside the platforms' folders and is nobody's to edit: it is simply replaced."""
    temporary = folder / ".report.json.new"
    temporary.write_bytes(content)
    temporary.replace(folder / "report.json")


def package_version(version: str) -> str:
    """The document's version where it is one npm takes, else 0.1.0."""
    match = re.match(r"v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?\Z", version.strip())
    if not match or not any(int(part or 0) for part in match.groups()):
        return "0.1.0"
    return ".".join(part or "0" for part in match.groups())

"""One document to files: load, emit for each platform, account for it, write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from generator import Emission, EmitOptions
from generator.account import Subject
from generator.files import alone, staging, swap
from generator.processes import emit_all
from generator.report import report
from generator.selection import Selected, Selection, advice, parts_of
from schemas.census import Census, census
from schemas.infer import Proposal, applied, certain, propose
from schemas.load import load
from schemas.load.web import shown as shown_url
from schemas.model import Service
from schemas.overlay import read as read_overlay
from schemas.problems import Location, Problem, SpecloomError, worst


class Built(Struct, frozen=True):
    """What came of one document."""

    service: Service
    folder: Path
    steps: dict[str, int]
    """By platform: operations and events that became an action, a search or a trigger."""
    problems: tuple[Problem, ...]
    written: bool
    files: int
    applied: int = 0
    """Proposals that took effect."""
    proposed: int = 0
    """Proposals that wait for a person."""


class Request(Struct, frozen=True, kw_only=True):
    """How a document is to be built."""

    out: Path
    platforms: Sequence[str]
    strict: bool = False
    overlays: Sequence[Path] = ()
    infer: bool = True
    """Whether certain proposals take effect; a reviewed overlay has decided already."""
    selection: Selection = Selection()
    split: bool | None = None
    """One connector a tag; None does so for very large documents only."""


def build(document: Path | str, request: Request, taken: Collection[str] = ()) -> Iterator[str | Built]:
    """Yields the name of each stage as it begins, and a Built for each connector (several with `split`). Raises
    SpecloomError, also where a key is among `taken`: two documents cannot share a folder. With `strict`, nothing is
    written when there is any problem."""
    yield "reading"
    overlays = [read_overlay(path) for path in request.overlays]
    loaded = load(document, overlays=overlays)
    whole = loaded.service
    proposals: tuple[Proposal, ...] = ()
    if request.infer and not any(overlay.reviewed for overlay in overlays):
        proposals = propose(loaded)
        whole = applied(whole, certain(proposals))
    found = census(loaded.source)
    parts = parts_of(whole, request.selection, request.split)
    for part in parts:
        if part.service.key in taken:
            hint = "give each its own x-specloom.key"
            raise SpecloomError(
                f"its key {part.service.key!r} is another document's", hint=hint, location=Location(shown(document))
            )
    for part in parts:
        mine = found if len(parts) == 1 else _own(found, part.service, whole)
        yield from _part(document, request, part, whole, mine, proposals)


def _part(
    document: Path | str,
    request: Request,
    part: Selected,
    whole: Service,
    found: Census,
    proposals: tuple[Proposal, ...],
) -> Iterator[str | Built]:
    service = part.service
    folder = request.out / service.key
    options = EmitOptions(version=package_version(service.version))
    with _room(folder, request.platforms) as places:
        yield f"writing for {', '.join(places)}"
        staged = dict(emit_all(service, options, places))
        emissions = {platform: one.emission for platform, one in staged.items()}
        steps = {platform: _steps(emission) for platform, emission in emissions.items()}
        told = (*advice(service), *(p for emission in emissions.values() for p in emission.problems))
        problems = (
            *whole.problems,
            *(p.at(replace(p.location, file=p.location.file or shown(document))) for p in told),
        )
        if request.strict and worst(problems):
            yield Built(service, folder, steps, problems, False, 0)
            return
        kept: list[Problem] = []
        for platform, one in staged.items():
            kept += swap(folder / platform, places[platform], one.digests).problems
        subject = Subject(census=found, whole=whole, service=service, emissions=emissions,
                          unselected=part.unselected, needed=part.needed)  # fmt: skip
        sure = certain(proposals)
        write_report(folder, report(subject, sure, len(proposals) - len(sure)))
    count = sum(len(one.digests) for one in staged.values()) + 1
    yield Built(service, folder, steps, (*problems, *kept), True, count, len(sure), len(proposals) - len(sure))


@contextmanager
def _room(folder: Path, platforms: Sequence[str]) -> Iterator[dict[str, Path]]:
    """For each platform a place to put its files together in; no new folder stays where nothing is written."""
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with alone(folder), ExitStack() as stack:
            yield {platform: stack.enter_context(staging(folder / platform)) for platform in platforms}
    finally:
        for place in new:
            with suppress(OSError):  # it holds something
                place.rmdir()


def _steps(emission: Emission) -> int:
    return len({entry.source for entry in emission.written if entry.kind in ("action", "search", "trigger")})


def _own(found: Census, part: Service, whole: Service) -> Census:
    """Of a split document: the operations of one part, and those that could not be read and so are in none."""
    elsewhere = {(o.method, o.path) for o in whole.operations} - {(o.method, o.path) for o in part.operations}
    return replace(found, operations=tuple(e for e in found.operations if (e.method, e.path) not in elsewhere))


def _in(document: Path | str, problem: Problem) -> Problem:
    return problem.at(replace(problem.location, file=problem.location.file or shown(document)))


def shown(document: Path | str) -> str:
    """Its path as people see it: from the current folder, or the name alone where it lies elsewhere (bundled ones)."""
    if isinstance(document, str):
        return shown_url(document)
    path = document.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else document.name


def write_report(folder: Path, content: bytes) -> None:
    """The report stands beside the platforms' folders and is nobody's to edit: it is simply replaced."""
    target = folder / "report.json"
    temporary = folder / ".report.json.new"
    try:
        temporary.write_bytes(content)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = f"cannot be written: {error.strerror or error}"
        raise SpecloomError(reason, hint="choose another --out", location=Location(str(target))) from None


def package_version(version: str) -> str:
    """The document's version where it is one npm takes, else 0.1.0."""
    match = re.match(r"v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?\Z", version.strip())
    if not match or not any(int(part or 0) for part in match.groups()):
        return "0.1.0"
    return ".".join(part or "0" for part in match.groups())

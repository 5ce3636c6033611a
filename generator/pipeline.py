"""One document to files: load, emit for each platform, account for it, write."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.executor import emit_all
from specloom.generator.icons import given
from specloom.generator.output.staging import StagingArea, staging
from specloom.generator.output.writer import alone, swap
from specloom.generator.platforms import Emission, EmitOptions, GatewayFields
from specloom.generator.report.contents import report
from specloom.generator.report.coverage import Subject
from specloom.generator.selection import Selected, Selection, advice, parts_of
from specloom.schemas.document.inventory import Inventory, inventory
from specloom.schemas.document.overlay import Overlay
from specloom.schemas.document.overlay import read as read_overlay
from specloom.schemas.document.reading.fetch import shown as shown_url
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.infer import Proposal, certain
from specloom.schemas.interpretation import DocumentToRead, Interpretation, interpret
from specloom.schemas.load import Loaded
from specloom.schemas.model import Service
from specloom.schemas.problems import Location, Problem, SpecloomError, worst

MANY_BLOCKS = 1_000_000
"""Blocks of memory, 60 to 120 MB of them; a large document leaves 200,000 in circles."""


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
    ready_made: tuple[str, ...] = ()
    """Specloom's own overlays that were laid over the document."""


class BuildRequest(Struct, frozen=True, kw_only=True):
    """How a document is to be built."""

    out: Path
    platforms: Sequence[str]
    strict: bool = False
    overlays: Sequence[Path] = ()
    ready_made: bool = True
    """Whether Specloom's own overlay for the document's server is laid over it."""
    infer: bool = True
    """Whether certain proposals take effect; a reviewed overlay has decided already."""
    selection: Selection = Selection()
    split: bool | None = None
    """One connector a tag; None does so for very large documents only."""
    reach: ReferenceScope = ReferenceScope()
    icon: Path | str | None = None
    """An SVG file, or an https URL; None: what the document names, else one is drawn."""
    earlier: Sequence[Path | str] = ()
    """Former documents of the same service, oldest first."""
    gateway: GatewayFields = "auto"
    deletes: bool = False
    """Both as in EmitOptions."""


def build(document: Path | str, request: BuildRequest, taken: Collection[str] = ()) -> Iterator[str | Built]:
    """Yields the name of each stage as it begins, and a Built for each connector (several with `split`). Raises
    SpecloomError, also where a key is among `taken`: two documents cannot share a folder. With `strict`, nothing is
    written when there is any problem."""
    with _without_collector():
        yield from _build(document, request, taken)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A build makes hundreds of thousands of objects and keeps nearly all of them: to look for garbage is a waste, but
    for one look before it where many documents have left much."""
    was_on = gc.isenabled()
    gc.disable()
    if sys.getallocatedblocks() > MANY_BLOCKS:
        gc.collect()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _build(document: Path | str, request: BuildRequest, taken: Collection[str]) -> Iterator[str | Built]:
    yield "reading"
    overlays = [read_overlay(path) for path in request.overlays]
    read = _read(document, request, overlays)
    whole, proposals, ready_made = read.service, read.proposals, read.ready_made
    found = inventory(read.loaded.source)
    icon = _icon(read.loaded, request)
    del read  # a large document takes more room than all that is written for it
    parts = parts_of(whole, request.selection, request.split)
    if len(parts) > 1:  # only the largest documents: what they leave in circles is more than a part needs
        gc.collect()
    former = [_former(old, request, overlays, divide=len(parts) > 1) for old in request.earlier]
    for part in parts:
        if part.service.key in taken:
            hint = "give each its own x-specloom.key"
            raise SpecloomError(
                f"its key {part.service.key!r} is another document's", hint=hint, location=Location(shown(document))
            )
    shares = _Shares(found, proposals, whole) if len(parts) > 1 else None
    for part in parts:
        mine, said = shares.of(part.service) if shares else (found, proposals)
        options = EmitOptions(
            version=package_version(part.service.version), icon=icon, earlier=_earlier(part.service, former),
            gateway=request.gateway, deletes=request.deletes,
        )  # fmt: skip
        yield from _part(document, request, part, whole, mine, said, options, ready_made)


def _icon(loaded: Loaded, request: BuildRequest) -> bytes:
    """The given icon, or the one that the document names; empty where there is none."""
    if request.icon is not None:
        return given.read(request.icon)
    return given.named(loaded.source.root.get("x-specloom"), loaded.source.path, request.reach) or b""


def _read(document: Path | str, request: BuildRequest, overlays: Sequence[Overlay]) -> Interpretation:
    asked = DocumentToRead(path=document, ready_made=request.ready_made, reach=request.reach)
    return interpret(asked, overlays=overlays, infer=request.infer)


def _former(old: Path | str, request: BuildRequest, overlays: Sequence[Overlay], *, divide: bool) -> list[Service]:
    """A former document, read and selected as the new one is."""
    service = _read(old, request, overlays).service
    return [part.service for part in parts_of(service, replace(request.selection, lenient=True), divide)]


def _earlier(service: Service, former: Sequence[Sequence[Service]]) -> tuple[Service, ...]:
    """Of each former document the connector that this one continues. A document that is not split has but one, also
    where its key has changed."""
    return tuple(one for parts in former for one in parts if one.key == service.key or len(parts) == 1)


def _part(
    document: Path | str,
    request: BuildRequest,
    part: Selected,
    whole: Service,
    found: Inventory,
    proposals: tuple[Proposal, ...],
    options: EmitOptions,
    ready_made: tuple[str, ...],
) -> Iterator[str | Built]:
    service = part.service
    folder = request.out / service.key
    with _room(folder, request.platforms) as places:
        yield f"writing for {', '.join(places)}"
        emitted = emit_all(service, options, places)
        emissions = {platform: one.emission for platform, one in emitted.items()}
        steps = {platform: _steps(emission) for platform, emission in emissions.items()}
        told = (*advice(service), *(p for emission in emissions.values() for p in emission.problems))
        name = shown(document)
        problems = (*service.problems, *(p.at(replace(p.location, file=p.location.file or name)) for p in told))
        if request.strict and worst((*whole.problems, *problems)):
            yield Built(service, folder, steps, problems, False, 0)
            return
        subject = Subject(inventory=found, whole=whole, service=service, emissions=emissions,
                          unselected=part.unselected, needed=part.needed)  # fmt: skip
        sure = certain(proposals)
        accounted = report(subject, sure, len(proposals) - len(sure), ready_made)
        staged = {platform: one.staged for platform, one in emitted.items()}
        kept = [problem for platform, one in staged.items() for problem in swap(places[platform], one).problems]
        write_report(folder, accounted)
    count = sum(len(one.digests) for one in staged.values()) + 1
    waiting = len(proposals) - len(sure)
    yield Built(service, folder, steps, (*problems, *kept), True, count, len(sure), waiting, ready_made)


@contextmanager
def _room(folder: Path, platforms: Sequence[str]) -> Iterator[dict[str, StagingArea]]:
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


class _Shares:
    """Of a split document what belongs to each part, found without a look at all of it for each."""

    def __init__(self, found: Inventory, proposals: Sequence[Proposal], whole: Service) -> None:
        self._found, self._proposals = found, proposals
        self._declared: dict[tuple[str, str], list[int]] = {}
        """Positions in the inventory, by method and path; ("", "") of those that could not be read."""
        for position, entry in enumerate(found.operations):
            place = (entry.method, entry.path)
            self._declared.setdefault(place if place in whole.by_place else ("", ""), []).append(position)
        self._proposed: dict[str, list[int]] = {}
        """Positions of proposals, by the operations they are about; "" of those for the service."""
        for position, proposal in enumerate(proposals):
            for name in {proposal.operation_id, *(name for name, _ in proposal.fields)}:
                self._proposed.setdefault(name, []).append(position)

    def of(self, part: Service) -> tuple[Inventory, tuple[Proposal, ...]]:
        """The operations of one part, those that could not be read and so are in none, and what is proposed for them
        or for the service; in the document's order."""
        places = {("", ""), *((o.method, o.path) for o in part.operations)}
        names = {"", *(operation.operation_id for operation in part.operations)}
        declared = sorted({position for place in places for position in self._declared.get(place, ())})
        proposed = sorted({position for name in names for position in self._proposed.get(name, ())})
        inventory = replace(self._found, operations=tuple(self._found.operations[position] for position in declared))
        return inventory, tuple(self._proposals[position] for position in proposed)


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

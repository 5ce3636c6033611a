"""One document as everything that runs or writes it understands it: overlays laid over it, what is certain inferred.

`build`, `check`, `diff`, `deploy`, the workflow templates, the gateway and the emulator all read documents here, so
that a step and the gateway behind it mean the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from specloom.schemas.document.overlay import Overlay
from specloom.schemas.document.overlay import read as read_overlay
from specloom.schemas.document.reading.reach import ReferenceScope
from specloom.schemas.document.source import Source
from specloom.schemas.infer import Proposal, applied, certain, propose
from specloom.schemas.load import Loaded, load, source_of
from specloom.schemas.model import Service
from specloom.schemas.ready_made import ready_made_for


class DocumentToRead(Struct, frozen=True, kw_only=True):
    """A document with what belongs to it."""

    path: Path | str
    """A file, a folder that holds one, or a URL."""
    overlays: tuple[Path, ...] = ()
    ready_made: bool = True
    """Whether Specloom's own overlay for its server is laid under `overlays`."""
    reach: ReferenceScope = ReferenceScope()
    """Where its references may lead."""


GivenDocument = Path | DocumentToRead


class Interpretation(Struct, frozen=True, kw_only=True):
    loaded: Loaded
    service: Service
    """With what is certain of `proposals`."""
    proposals: tuple[Proposal, ...]
    ready_made: tuple[str, ...] = ()
    """Names of Specloom's own overlays that were laid over it."""


def interpret(
    document: DocumentToRead | Path | str, *, overlays: Sequence[Overlay] = (), infer: bool = True
) -> Interpretation:
    """Raises SpecloomError. `overlays` come last; one that a person has reviewed decides what is inferred: nothing
    more."""
    asked = document if isinstance(document, DocumentToRead) else DocumentToRead(path=document)
    source: Source = source_of(asked.path, asked.reach)
    ready = ready_made_for(source.root) if asked.ready_made else ()
    laid = (*ready, *(read_overlay(path) for path in asked.overlays), *overlays)
    loaded = load(source, overlays=laid)
    names = tuple(overlay.name for overlay in ready)
    if not infer or any(overlay.reviewed for overlay in laid):
        return Interpretation(loaded=loaded, service=loaded.service, proposals=(), ready_made=names)
    proposals = propose(loaded)
    service = applied(loaded.service, certain(proposals))
    return Interpretation(loaded=loaded, service=service, proposals=proposals, ready_made=names)

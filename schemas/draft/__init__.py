"""Pages, curl lines and collections to an OpenAPI document: what they say, each thing with its place, and nothing else.

Deterministic, offline, no language model: sources/ turns bytes into blocks or examples, page/ reads what blocks say,
assembly/ makes one set of facts of all sources, write/ makes the document. What no source tells is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from specloom.schemas.draft.assembly import assemble
from specloom.schemas.draft.facts import Note
from specloom.schemas.draft.kinds import read
from specloom.schemas.draft.secrets import Redactor
from specloom.schemas.draft.sources import Text, opened
from specloom.schemas.draft.write import document_of, yaml_text
from specloom.schemas.problems import Location, SpecloomError

__all__ = ["Draft", "Text", "draft", "opened"]


class Draft(Struct, frozen=True):
    """The document, and what to tell the person."""

    document: dict[str, Any]
    """OpenAPI 3.1 with `x-specloom`: free JSON."""
    operations: int
    inputs: int
    contradictions: tuple[Note, ...]
    gaps: tuple[Note, ...]
    """Questions to the vendor."""

    @property
    def text(self) -> str:
        """The document as YAML, each cited thing with its source as a comment."""
        return yaml_text(self.document)


def draft(sources: Sequence[Text], *, title: str = "", server: str = "", key: str = "") -> Draft:
    """One document of all sources. Raises SpecloomError where they tell of no call and no key."""
    redactor = Redactor()
    for source in sources:
        redactor.scan(source.text)
    found = assemble([_read(source) for source in sources], server)
    if not (found.operations or found.gaps or found.facts.credentials):
        told = "no call was found: no method with a path, no curl line, no table of inputs"
        raise SpecloomError(told, hint="give the page that shows the endpoints", location=Location(sources[0].name))
    written = document_of(found, title, key)
    document: dict[str, Any] = redactor.json(written.document)
    return Draft(
        document=document,
        operations=len(found.operations),
        inputs=sum(len(operation.fields) for operation in found.operations),
        contradictions=tuple(_clean(note, redactor) for note in found.notes if note.kind == "contradiction"),
        gaps=tuple(_clean(note, redactor) for note in written.questions),
    )


def _read(source: Text) -> Any:
    try:
        return read(source)
    except RecursionError:
        raise SpecloomError("nested too deeply", location=Location(source.name)) from None


def _clean(note: Note, redactor: Redactor) -> Note:
    return Note(note.kind, redactor.text(note.message), note.cites)

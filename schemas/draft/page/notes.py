"""Words about names: what the service is called, and notes that name choices (`Carter & James are male voices.` beside
choices such as `en-Carter_man`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from specloom.schemas.draft.blocks import Block, Code, Heading, Table
from specloom.schemas.draft.facts import Cite, Facts, Said

if TYPE_CHECKING:
    from specloom.schemas.draft.page.reader import PageReader

_IS = re.compile(
    r"(?:(?<=[.:,;])\s*|\A)((?:[A-Z][\w\-]*)(?:\s*(?:,|&|and)\s*[A-Z][\w\-]*)*)\s+(is|are|has|have)\s+([^.,;]{3,80}?)(?=[.;]|,\s*[A-Z]|\Z)"
)
_GENERIC = re.compile(
    r"(?i)\b(?:api|apis|rest|http|public|developer|documentation|docs|reference|guide|introduc"
    r"tion|overview|welcome|to|the|getting|started|quick ?start|v\d[\d.]*|version|home|skip|ma"
    r"in|content|using|your|our|this|an?)\b|[^\w]"
)
_TITLE = re.compile(
    (
        r"(?:(?:welcome to|introduction to|about) (?:the )?)?(.{2,50}?)(?:'s)?\s+(?:public |rest |"
        r"http |developer |web )*apis?(?: (?:documentation|reference|docs|guide|v?\d[\d.]*))*\Z"
    ),
    re.I,
)
_DOCS = re.compile(
    r"(?P<name>[A-Z].{1,40}?)(?:'s)?\s+(?:developer |api |http )*(?:docs|documentation|reference)\Z", re.I
)
_IN_PROSE = re.compile(
    r"\b(?:[Tt]he|[Tt]o|[Uu]se|[Yy]our) ([A-Z][\w.\-]*(?: [A-Z][\w.\-]*)?) (?:Public |REST |Developer )?API\b"
)
_VERSION = re.compile(r"(?i)\bversion:?\s+(v?\d[\w.\-]*)|\((\d+(?:\.\d+)+[\w\-]*)\)\s*\Z|\s(v?\d+(?:\.\d+)+)\s*\Z")
_LEAD = re.compile(r"^(?:[A-Z][\w ]{2,30}):\s*")


def label_choices(page: PageReader, text: str, line: int) -> None:
    """Adds what a sentence says of a choice of the current call, as `choice` facts: `<value>\\n<words>`."""
    operation = page.current
    if operation is None or len(text) > 600:
        return
    values = [str(value) for field in operation.fields for value in field.choices]
    for found in _IS.finditer(_LEAD.sub("", text)):
        for name in re.split(r"\s*(?:,|&|\band\b)\s*", found[1]):
            hits = [
                value for value in values if name and re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", value)
            ]
            if len(hits) == 1:
                words = re.sub(r"^(?:an?|the)\s+", "", found[3].strip())
                words = re.sub(r"\s+voices?\Z", "", words)
                page.facts.said.append(Said("choice", f"{hits[0]}\n{words}", page.cite(line)))


def name_of_service(facts: Facts, blocks: Sequence[Block], file: str) -> None:
    """Its title and version: from a heading that is more than `API Reference`, else from `the … API` in prose."""
    for block in blocks[:40]:
        if isinstance(block, Table | Code):
            continue
        text, cite = block.text.strip(" #`"), Cite(file, block.line)
        if facts.version is None and len(text) < 100 and (found := _VERSION.search(text)):
            facts.version = Said("version", next(group for group in found.groups() if group), cite)
        if facts.title is None and (title := _title(text, isinstance(block, Heading) and block.level == 1)):
            facts.title = Said("title", title, cite)
    for block in blocks[:400]:
        if facts.title is not None:
            return
        if (
            not isinstance(block, Table | Code)
            and (found := _IN_PROSE.search(block.text))
            and _GENERIC.sub("", found[1])
        ):
            facts.title = Said("title", found[1], Cite(file, block.line))


def _title(text: str, whole: bool) -> str:
    text = re.sub(r"\s*\(?v?\d+(?:\.\d+)+[\w\-]*\)?\s*\Z", "", text)
    found = (_TITLE.match(text) or _DOCS.match(text)) if len(text) < 80 else None
    name = found[1].strip(" -–—:|") if found else text if whole and len(text) < 60 else ""
    return name if _GENERIC.sub("", name) else ""

"""The walk over a page's blocks. A page tells a call in an order: a title, its endpoint, inputs, an example, replies.

`PageReader` keeps which call is told and what the last heading announced; each kind of block has a method.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from specloom.schemas.draft.blocks import GUESSED, Block, Heading, Paragraph, Table
from specloom.schemas.draft.facts import Cite, Facts, Operation, Reply, Request
from specloom.schemas.draft.labels import INPUTS, Kind, kind_of, status_of
from specloom.schemas.draft.page import service
from specloom.schemas.draft.page.codes import Snippets
from specloom.schemas.draft.page.endpoints import (
    METHODS,
    Endpoint,
    endpoint,
    joined,
    mentions,
    tells_errors_once,
)
from specloom.schemas.draft.page.headings import names_scheme, prepared
from specloom.schemas.draft.page.inputs import Inputs
from specloom.schemas.draft.page.inputs.tables import sort_of
from specloom.schemas.draft.page.notes import name_of_service
from specloom.schemas.draft.page.prose import Prose
from specloom.schemas.draft.page.replies import Replies

_SERVICE: tuple[Kind, ...] = ("auth", "limits", "limit_headers", "webhook", "server", "errors")
_VERB = re.compile(rf"(?:{METHODS})\s+(?=[A-Za-z])")
_NO_TAG = re.compile(
    r"(?i)(?:api )?(?:endpoints?|reference|methods?|resources?|operations?|routes?|documentation|requests?)\W*"
)
"""Headings that group nothing."""
MAX_BLOCKS = 60_000
MAX_OPERATIONS = 2_000


class PageReader:
    def __init__(self, blocks: Sequence[Block], file: str) -> None:
        self.blocks = prepared(blocks[:MAX_BLOCKS])
        self.file = file
        self.facts = Facts()
        self.current: Operation | None = None
        self.kind: Kind | None = None
        self.section: Kind | None = None
        """The service's section that the last heading of a level opened."""
        self.heading: Heading | None = None
        self.group = ""
        self.prose: Paragraph | None = None
        """The last paragraph: what describes a call that has no title."""
        self.replied = False
        """Whether the current call's replies have been told: inputs after them are mostly another's."""
        self.titled: Heading | None = None
        """The heading under which inputs stood before any endpoint."""
        self.taken = 0
        """Blocks before this one are read."""
        self.apart = False
        """Whether the last label is a section of its own, and no part of what the last heading names."""
        self.left: Operation | None = None
        """The call in the midst of which its key is told."""
        self.field_name = ""
        self.one_error_section = tells_errors_once(self.blocks)
        """The page tells of errors once: they are those of all calls."""
        self.replies = Replies(self)
        self.snippets = Snippets(self)
        self.inputs = Inputs(self)
        self.words = Prose(self)

    def read(self) -> Facts:
        name_of_service(self.facts, self.blocks, self.file)
        for index, block in enumerate(self.blocks):
            if index < self.taken or len(self.facts.operations) >= MAX_OPERATIONS:
                continue
            if isinstance(block, Heading):
                self._heading(block, index)
            elif isinstance(block, Paragraph):
                self.words.read(block, index)
            elif isinstance(block, Table):
                self._table(block)
            else:
                self.snippets.read(block)
        self.inputs.resolve()
        return self.facts

    def cite(self, line: int) -> Cite:
        return Cite(self.file, line)

    # Headings and labels

    def _heading(self, block: Heading, index: int) -> None:
        text = block.text.strip()
        if self.joined_endpoint(index) or self.endpoint(text, block.line) or self.inputs.card(index):
            return
        kind = kind_of(text)
        if self.replies.reason(text) or (kind is None and self.inputs.heading(block)):
            return
        told = status_of(text)
        if told and (self.current is not None or kind == "errors" or self.section == "errors"):
            self.replies.announce(told[0], told[1], block.line)
            return
        service.learn(self.facts, text, self.file, block.line, self.section or "", "")
        if kind is not None:
            self._announced(kind, block)
            return
        if block.level and block.level < 5 and not text.endswith(":"):
            self._titled(block)
        else:
            self.kind = None if self.kind in ("other",) else self.kind

    def _announced(self, kind: Kind, block: Heading) -> None:
        self.kind = kind
        self.apart = self.heading is not None and 0 < block.level <= self.heading.level
        self.replies.forget()
        if kind == "auth" and self._of_the_next_call(block):
            return
        if kind in INPUTS and kind != "header":
            self.section = None
            self.current, self.left = self.current or self.left, None
        if kind == "errors" and self.one_error_section:
            self.section, self.current = kind, None
        elif kind in _SERVICE and (block.level in (1, 2, 3) or self.current is None or self.replied):
            self.section = kind
            if block.level in (1, 2) or kind in ("limits", "webhook", "auth", "server"):
                self.left, self.current = (self.current or self.left) if kind == "auth" else None, None
        elif kind in ("response", "properties"):
            self.replied = True
        self.prose = None if kind == "other" else self.prose

    def _titled(self, block: Heading) -> None:
        """A heading that names something: perhaps the next call."""
        if self.heading is not None and block.level > self.heading.level and self.current is None:
            self.group = self.heading.text
        if self.current is not None and block.level <= 2:
            self.group = block.text if block.level == 1 else self.group
        self.heading, self.kind, self.prose = block, None, None
        if block.level <= 3:
            self.replies.forget()
            self.snippets.shown = -1
            self.current, self.left, self.section, self.replied = None, None, None, False

    def _of_the_next_call(self, label: Heading) -> bool:
        """`Authorizations:` right after a title, as Redoc has it: the call's endpoint comes after all else."""
        title, current = self.heading, self.current
        if title is None or not label.text.startswith("Authorizations") or label.line > title.line + 8:
            return False
        if current is not None and (current.cites[0].line >= title.line or current.summary == title.text):
            return False
        words = self.prose.text if self.prose is not None and self.prose.line > title.line else ""
        self.current = Operation(summary=title.text, description=words, cites=[self.cite(title.line)], fields=[],
                                 requests=[], replies=[])  # fmt: skip
        self.facts.operations.append(self.current)
        self.titled, self.section, self.replied = title, None, False
        at = self.blocks.index(label) + 1
        self.taken = at + len(list(takewhile(names_scheme, self.blocks[at : at + 3])))
        return True

    # Endpoints

    def endpoint(self, text: str, line: int) -> bool:
        found = endpoint(text, self.file, line)
        if found is None:
            return False
        if not found.method and found.cost is None and not self._section_of_calls():
            return False
        self.begin(found, line)
        return True

    def _section_of_calls(self) -> bool:
        """A bare path is an endpoint right after a title only."""
        return self.heading is not None and self.current is None and self.section is None

    def joined_endpoint(self, index: int) -> bool:
        """A method in a block of its own, the path in what follows."""
        found = joined(self.blocks, index, self.file)
        if found is None:
            return False
        self.taken = index + 1 + found.blocks
        self.begin(found.endpoint, found.line)
        return True

    def begin(self, found: Endpoint, line: int) -> Operation:
        """The call that is told from here on: a new one, or one whose inputs came before its endpoint."""
        current = self.current
        if current is not None and not current.path and self._is_early(current):
            current.method, current.path = found.method, found.path
            current.cites = [self.cite(line), *current.cites]
        else:
            current = self._begun(found, line)
            self.facts.operations.append(current)
        self.titled = self.kind = self.section = self.prose = None
        self.current, self.replied = current, False
        self.replies.forget()
        self.replies.told = None
        self.replies.in_words(found.rest, line)
        return current

    def _is_early(self, current: Operation) -> bool:
        """Whether the endpoint belongs to inputs that stand before it: under its title, or as its example."""
        titled = self.titled is not None and self.titled is self.heading
        return titled or (bool(current.fields) and not self.replied and self.kind == "request")

    def _begun(self, found: Endpoint, line: int) -> Operation:
        title = self.heading if self.heading is not None and kind_of(self.heading.text) is None else None
        if title is not None and title.level == GUESSED and line - title.line > 4:
            title = None
        summary = found.title or _VERB.sub(
            "", title.text if title and not endpoint(title.text, self.file, line) else ""
        )
        words = found.rest if re.match(r"[A-Za-z]\w*\W+\w", found.rest) else ""
        if not words and self.prose is not None and summary and self.prose.line > (title.line if title else 0):
            words = self.prose.text
        tag = "" if _NO_TAG.fullmatch(self.group) else self.group
        old = "deprecated" in f"{summary} {words}".lower()
        return Operation(
            method=found.method, path=found.path, cites=[self.cite(line)], summary=summary, tag=tag, cost=found.cost,
            description=words, deprecated=old, fields=[], requests=[], replies=[],
        )  # fmt: skip

    def mention(self, found: Endpoint, line: int, words: str) -> None:
        cite = self.cite(line)
        self.facts.mentions.append(
            Request(method=found.method, url=found.path, cite=cite, description=words, tag=self.group)
        )

    def _table(self, block: Table) -> None:
        sort, context = sort_of(block), self.section or ""
        if sort == "statuses":
            self.replies.table(block)
        elif not context.startswith("limit"):
            self.inputs.table(block, sort)
        for row in block.rows if sort not in ("fields", "statuses") else ():
            plan = row.cells[0] if sort == "plans" or context == "limits" else ""
            text = " | ".join(row.cells)
            service.learn(self.facts, text, self.file, row.line, context, plan)
            found = mentions(text)
            if not found and (whole := endpoint(" ".join(row.cells[:2]), self.file, row.line)) and whole.method:
                found = [whole]
            for each in found:
                self.mention(each, row.line, row.cells[-1])

    def add_reply(self, reply: Reply) -> None:
        if self.current is not None and self.section not in ("errors", "limits", "webhook"):
            self.current.replies.append(reply)
            self.replied = True
            if reply.sample is not None:
                self.replies.shown()
        elif self.section in ("errors", "limits") or not self.snippets.answer(reply):
            self.facts.errors += [reply] if self.section != "webhook" else []

"""Paragraphs of a page: endpoints, statuses, inputs; what is left describes the call, and may tell of the service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specloom.schemas.draft.assembly.paths import address
from specloom.schemas.draft.blocks import Code, Paragraph
from specloom.schemas.draft.facts import Reply
from specloom.schemas.draft.labels import status_of
from specloom.schemas.draft.page import service
from specloom.schemas.draft.page.codes import same_call
from specloom.schemas.draft.page.endpoints import cost, endpoint, mentions, told_in_prose
from specloom.schemas.draft.page.inputs.lines import prose_fields
from specloom.schemas.draft.page.notes import label_choices

if TYPE_CHECKING:
    from specloom.schemas.draft.page.reader import PageReader

_MEDIA = re.compile(r"(?i)content[- ]type:?\s*`?([\w.+\-]+/[\w.+\-]+)`?(?:;.*)?")
_RESPONSE = re.compile(r"(?i)(?:example |sample |success(?:ful)? )?(?:responses?|success|ok)\b")
_ANNOUNCES = re.compile(r"(?i)\b(?:response|repl(?:y|ies)|answers?|returns?|results?|you get)\b[^.:]{0,60}:\Z")
"""Words that announce the body of a reply."""
_REASONED = re.compile(r"(?:20[0-46]|30[1-8]|40[0-9]|410|413|415|42[29]|50[0-4])\s+[A-Z][a-z]")
"""A status and its words: `204 Deleted.`"""


class Prose:
    """Reads paragraphs for the page's reader."""

    def __init__(self, page: PageReader) -> None:
        self.page = page

    def read(self, block: Paragraph, index: int) -> None:
        if self.page.joined_endpoint(index) or (not block.item and self.page.endpoint(block.text, block.line)):
            return
        if block.item and (found := endpoint(block.text, self.page.file, block.line)) is not None and found.method:
            self.page.mention(found, block.line, found.rest)
            return
        text = block.text.strip()
        if self._is_address(text):
            return
        if self.page.kind == "response" and (media := _MEDIA.fullmatch(text)):
            self.page.add_reply(Reply(self.page.cite(block.line), self.page.replies.status, media=media[1].lower()))
            return
        bare = len(text) == 3 and any(isinstance(after, Code) for after in self.page.blocks[index + 1 : index + 2])
        bare = bare or (
            not block.item and len(text) < 60 and bool(_REASONED.match(text)) and self.page.current is not None
        )
        if (status := status_of(text)) and (bare or self.page.replies.wants(block.item) or _RESPONSE.match(text)):
            self.page.replies.announce(status[0], status[1], block.line)
            return
        if self.page.replies.fused(text, block.line) or self.page.replies.values(text, block.line):
            return
        if self.page.inputs.paragraph(block, index):
            return
        if not block.item and self.page.section in (None, "auth") and (call := told_in_prose(text)) is not None:
            self.page.begin(replace(call, rest=""), block.line)
            self.page.inputs.add(prose_fields(call.rest, self.page.file, block.line))
        self.page.replies.in_words(text, block.line)
        if self.page.current is not None and _ANNOUNCES.search(text):
            self.page.kind = "response"
        label_choices(self.page, text, block.line)
        title = self.page.heading
        before = title.text if title and title.line < block.line <= title.line + 3 else ""
        service.learn(self.page.facts, text, self.page.file, block.line, self.page.section or "", before)
        for each in mentions(text):
            self.page.mention(each, block.line, "")
        self._described(block, text)

    def _is_address(self, text: str) -> bool:
        """Whether the text is nothing but the current call's address, which tells its host."""
        operation = self.page.current
        if operation is None or operation.host or not re.fullmatch(r"https?://\S+", text):
            return False
        if not same_call(operation, operation.method, text):
            return False
        operation.host = address(text).host
        return True

    def _described(self, block: Paragraph, text: str) -> None:
        """Words between a title and the inputs describe the call; cost and asynchrony are read from all of them."""
        self.page.prose = block
        if re.search(r"(?i)\basynchronous\b|\b202\b.{0,60}\b(?:back|immediately|accepted)", text):
            self.page.replies.asynchronous(text, block.line)
        operation = self.page.current
        if operation is None or self.page.section is not None:
            if (
                self.page.section in (None, "auth")
                and not self.page.facts.description
                and len(text) > 40
                and not block.item
            ):
                self.page.facts.description = text
            return
        if operation.cost is None:
            operation.cost = cost(text, self.page.file, block.line)
        if not operation.description and not self.page.replied and self.page.kind is None and not block.item:
            operation.description = text

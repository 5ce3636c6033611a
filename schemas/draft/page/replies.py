"""Replies on a page: labels that are statuses, tables of statuses, and the run-together list of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from specloom.schemas.draft.blocks import Table
from specloom.schemas.draft.columns import columns
from specloom.schemas.draft.facts import Field, Operation, Reply
from specloom.schemas.draft.labels import LABEL_TAIL
from specloom.schemas.draft.page.inputs.choices import choices
from specloom.schemas.draft.snippets.bodies import json_sample

if TYPE_CHECKING:
    from specloom.schemas.draft.page.reader import PageReader

_FUSED = re.compile(r"([1-5]\d\d)(?=[A-Z])")
_IN_WORDS = re.compile(
    r"(?i)(?:\b(?:returns?|responds? with|answers?(?: with)?|response:?|replies with)(?: an?)?(?: HTTP)?"
    r"(?: status)?(?: code)?|→|->|=>)"
    r"\s*[`*(]*([1-5]\d\d)\b(?:[ `*]+((?:[A-Z][a-z]+ ?){1,3}))?"
)
"""`Returns 202 Accepted`, `→ 204 No Content`."""
_PHRASES = frozenset(status.phrase.lower() for status in HTTPStatus)
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+\-]+", re.I)
_FILE = re.compile(
    r"(?i)\b(?:returns?|responds? with|response is|result is)\b[^.]{0,80}?\b"
    r"((?:audio|image|video|model|font)/[a-z0-9.+\-]+|"
    r"application/(?:pdf|zip|octet-stream))\b"
)
"""`Returns the audio file (audio/mpeg)`."""
_VALUES = re.compile(
    r"(?i)(?:the |its )?(?P<name>`[\w.\-]+`|status(?:es)?|states?)(?: values?| field| property| strings?)?\s*"
    r"(?::|(?:can|may|will) be\b|is (?:either|one of)\b|are\b|values?\b)\s*(?P<values>.+)\Z", re.S
)  # fmt: skip
"""`` `status` can be `queued` or `done`. ``, `States: queued, done`."""
_REASON = re.compile(r"\[([^\]]+)\]\([^)]*\)")


class _Values(Struct, frozen=True):
    names: set[str]
    """What the property may be called, in lower case."""
    listed: tuple[str, ...]
    line: int


class Replies:
    """What the page says of replies, with the one that the last label announced."""

    def __init__(self, page: PageReader) -> None:
        self.page = page
        self.status = ""
        self.description = ""
        self.line = 0
        self.told: _Values | None = None
        """Values that were listed before the body they stand in."""

    @property
    def open(self) -> bool:
        """A reply was announced: what comes next is its body or its properties."""
        return bool(self.status)

    def forget(self) -> None:
        self.status = self.description = ""

    def wants(self, item: bool) -> bool:
        """Whether a paragraph that begins with a status is one: after a label, or in a list under errors."""
        return (
            self.page.kind in ("response", "errors", "properties")
            or (item and self.page.section == "errors")
            or self.open
        )

    def announce(self, status: str, description: str, line: int) -> None:
        self.status, self.description, self.line = status, description, line
        self.page.kind = "response"
        media = _MEDIA.fullmatch(description)
        words = "" if media else self._words(description)
        self.page.add_reply(Reply(self.page.cite(line), status, words, media=media[0].lower() if media else ""))

    def reason(self, text: str) -> bool:
        """Whether the text is nothing but the reason phrase of the announced reply."""
        return self.open and text.lower() in _PHRASES

    def fields(self, found: list[Field]) -> None:
        """Properties of the announced reply, or of the one that is shown."""
        line = found[0].cite.line if found else self.line
        self.page.add_reply(Reply(self.page.cite(line), self.status, fields=tuple(found)))

    def fused(self, text: str, line: int) -> bool:
        """`401Unauthorized — …402Insufficient …`, or one status with words in a line of an error list."""
        hits = list(_FUSED.finditer(text))
        if (
            not hits
            or hits[0].start() != 0
            or self.page.section not in ("errors",)
            and self.page.kind != "errors"
            and len(hits) < 2
        ):
            return False
        for hit, following in zip(hits, [*hits[1:], None], strict=True):
            words = text[hit.end() : following.start() if following else len(text)]
            tail = LABEL_TAIL.match(words)
            self.page.add_reply(Reply(self.page.cite(line), hit[1], self._words(tail[1] if tail else words)))
        return True

    def in_words(self, text: str, line: int) -> None:
        """A status that a sentence tells: what follows a success is its body."""
        found = _IN_WORDS.search(text) if self.page.current is not None and self.page.section is None else None
        if found is None:
            file = _FILE.search(text) if self.page.current is not None and self.page.section is None else None
            if file is not None:
                self.page.add_reply(Reply(self.page.cite(line), self.status, media=file[1].lower()))
            return
        described = (found[2] or "").strip()
        if found[1].startswith("2"):
            self.announce(found[1], described, line)
        else:
            self.page.add_reply(Reply(self.page.cite(line), found[1], described or self._words(text)))

    def values(self, text: str, line: int) -> bool:
        """Whether the words list the values of a property that the current call's reply shows."""
        found = _VALUES.match(text) if self.page.current is not None or self.page.snippets.shown >= 0 else None
        if found is None:
            return False
        name = found["name"].strip("`").lower()
        listed = choices(f"one of: {found['values']}")
        told = _Values({name, name.removesuffix("es"), name.removesuffix("s")}, listed, line)
        if name.startswith("stat") and not any(reply.sample for reply in self._known()):
            self.told = told
            return False
        return self._listed(told)

    def shown(self) -> None:
        """A body was shown: values that were listed before it may be those of one of its properties."""
        told, self.told = self.told, None
        if told is not None and not self._listed(told):
            self.told = told

    def _known(self) -> Sequence[Reply]:
        """The replies of the current call, or of the example that was shown last."""
        if self.page.current is not None:
            return self.page.current.replies
        shown = self.page.snippets.shown
        return self.page.facts.requests[shown].replies if shown >= 0 else ()

    def _listed(self, told: _Values) -> bool:
        wanted, listed, line = told.names, told.listed, told.line
        for reply in reversed(self._known()):
            places = sorted(reply.sample.lines, key=lambda place: place.count(".")) if reply.sample else ()
            place = next((place for place in places if place.rpartition(".")[2].lower() in wanted), "")
            if place and len(listed) > 1:
                shown = self.page.cite(reply.sample.lines[place] if reply.sample else line)
                field = Field(name=place, cite=shown, type="string", choices=listed)
                self.page.add_reply(Reply(self.page.cite(line), reply.status, fields=(field,)))
                return True
        return False

    def table(self, block: Table) -> None:
        kinds = columns(block.header)
        at = kinds.index("status") if "status" in kinds else 0
        for row in block.rows:
            if at >= len(row.cells):
                continue
            found = re.match(r"`?([1-5](?:\d\d|XX))`?\b", row.cells[at].strip(), re.I)
            rest = [
                cell
                for index, cell in enumerate(row.cells)
                if index != at and not re.fullmatch(r"(?i)none|inline|-|", cell.strip())
            ]
            words = [_REASON.sub(r"\1", cell).strip("` ") for cell in rest]
            if (
                block.header
                and re.search(r"(?i)schema", block.header[-1])
                and len(words) > 1
                and len(rest) == len(row.cells) - 1
            ):
                words = words[:-1]
            sample = next(
                filter(None, (json_sample(cell.strip("` "), self.page.file, row.line) for cell in rest)), None
            )
            if found and sample is not None:
                self.page.add_reply(Reply(self.page.cite(row.line), found[1].upper(), sample=sample))
            elif found:
                own = row.cells[at][found.end() :].strip(" `-–—:")
                described = own or (words[-1] if words else "")
                self.page.add_reply(
                    Reply(self.page.cite(row.line), found[1].upper(), self._words(described or " ".join(words)))
                )
        if self.page.kind == "response":
            self.forget()

    def asynchronous(self, text: str, line: int) -> None:
        """The words say that a call is answered before its work is done."""
        operation = self.page.current
        if operation is None or self.page.section is not None:
            method = re.search(r"\b(POST|PUT|PATCH)\b", text)
            operation = Operation(
                method=method[1] if method else "",
                summary=re.split(r"(?<=[a-z])\.(?:\s|\Z)", text)[0],
                description=text,
                cites=[self.page.cite(line)],
                fields=[],
                requests=[],
                replies=[],
            )
            self.page.facts.operations.append(operation)
        operation.asynchronous = True
        if re.search(r"\b202\b", text):
            operation.replies.append(Reply(self.page.cite(line), "202", "Accepted: the work goes on"))

    @staticmethod
    def _words(text: str) -> str:
        return re.sub(r"\s+", " ", text).strip(" `-–—:|.")[:500]

"""Inputs on a page: in tables, in lists, in cards, and in run-together lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specloom.schemas.draft.blocks import GUESSED, Code, Heading, Paragraph, Table
from specloom.schemas.draft.columns import columns
from specloom.schemas.draft.facts import Field, Operation
from specloom.schemas.draft.labels import INPUTS, kind_of, status_of
from specloom.schemas.draft.page import service
from specloom.schemas.draft.page.endpoints import endpoint
from specloom.schemas.draft.page.inputs.facets import with_facets
from specloom.schemas.draft.page.inputs.lines import (
    card_field,
    fused_fields,
    inline_field,
    is_mark,
    is_type_line,
    name_of,
)
from specloom.schemas.draft.page.inputs.tables import WHOLE, Sort, fields_of
from specloom.schemas.draft.snippets.bodies import json_type, scalar

if TYPE_CHECKING:
    from specloom.schemas.draft.page.reader import PageReader

_FACET = re.compile(
    r"(?i)(?:defaults?(?: value)?|(?:available |allowed |possible )?(?:options|values)|enum|examples?|required range|"
    r"min(?:imum)?(?: length)?|max(?:imum)?(?: length)?|format)\s*:"
)
"""A line that tells one facet of the input above it, and is no description."""
MAX_MARKS = 3
"""Lines after an input's name in which its type, place and marks stand."""
MAX_LIST = 60
"""Lines after an input in which a list of its properties may go on."""
MAX_FACETS = 8
"""Lines after an input's name in which facets of it may stand."""
_EVERY_CLIENT = re.compile(r"(?i)authorization|content-type|content-length|accept|user-agent|host")


class Inputs:
    """Reads inputs for the page's reader, which knows the current call and what the last label announced."""

    def __init__(self, page: PageReader) -> None:
        self.page = page
        self.pending: Field | None = None
        """An input that may get its description from the next line."""
        self.above: list[tuple[int, str, int]] = []
        """The inputs of a list that are open: indentation, name, line."""

    def paragraph(self, block: Paragraph, index: int) -> bool:
        """Whether the paragraph tells inputs (or properties of a reply)."""
        announced = self.page.kind in INPUTS or self.page.kind in ("properties", "response", "request")
        if not (announced or self.page.current is not None) or self.page.kind == "other":
            return False
        if found := fused_fields(block.text, self.page.file, block.line, self._place()):
            self.add(found)
            self.pending = found[-1] if not found[-1].description else None
            return True
        if index >= 0 and self.card(index):
            return True
        if self._goes_on(block):
            return True
        listed = block.item or block.text[:1].islower()
        loose = listed and (self.page.kind in INPUTS or self.page.kind == "properties" or self._in_url(block.text))
        field = inline_field(block.text, self.page.file, block.line, self._place(), loose=loose)
        if field is None or not (block.item or announced):
            return False
        field = self._nested(self._shown_in_url(field, block.text), block)
        self.add([field])
        self.pending = field if not field.description else None
        return True

    def _nested(self, field: Field, block: Paragraph) -> Field:
        """An element of a list in a list is a property of the one above it."""
        while self.above and (not block.item or self.above[-1][0] >= block.depth):
            self.above.pop()
        if self.above and block.line <= self.above[-1][2] + MAX_LIST:
            field = replace(field, name=f"{self.above[-1][1]}.{field.name}")
        self.above.append((block.depth, f"{field.name}[]" if field.type == "array" else field.name, block.line))
        return field

    def _in_url(self, text: str) -> bool:
        """Whether the text begins with the name of a parameter that the call's address shows."""
        named = re.match(r"`([^`]+)`", text)
        operation = self.page.current
        return bool(named and operation and re.search(rf"[?&{{:/<]{re.escape(named[1])}(?![\w-])", operation.path))

    def _shown_in_url(self, field: Field, text: str) -> Field:
        """With the type of the value that the call's address shows for it, and the limits that this type has."""
        path = self.page.current.path if self.page.current is not None else ""
        shown = re.search(rf"[?&]{re.escape(field.name)}=([\w.\-]+)", path)
        if shown is None or field.type:
            return field
        value = scalar(shown[1])
        return with_facets(replace(field, place="query", type=json_type(value), example=value), text)

    def _goes_on(self, block: Paragraph | Heading) -> bool:
        """Whether the block is the description of an input whose line had only its name, its type and marks."""
        field, self.pending = self.pending, None
        operation = self.page.current
        if field is None or operation is None or field not in operation.fields:
            return False
        near = block.line <= field.cite.line + (2 if not field.description else MAX_FACETS)
        if not near or (field.description and not _FACET.match(block.text)):
            return False
        if inline_field(block.text, self.page.file, block.line, "") is not None:
            return False
        if status_of(block.text) or kind_of(block.text) or endpoint(block.text, self.page.file, block.line):
            return False
        at = operation.fields.index(field)
        told = with_facets(field, block.text)
        if not _FACET.match(block.text):
            told = replace(told, description=block.text.strip())
        operation.fields[at] = self.pending = replace(told, cite=field.cite)
        return True

    def heading(self, block: Heading) -> bool:
        """Whether a short line that could be a heading is an input, or the description of one."""
        if block.level != GUESSED or self.page.current is None or self.page.kind not in INPUTS:
            return False
        return self._goes_on(block) or self.paragraph(Paragraph(block.text, block.line), -1)

    def _place(self) -> str:
        return INPUTS.get(self.page.kind, "") if self.page.kind is not None else ""

    def card(self, index: int) -> bool:
        """An input whose name, type and words stand in blocks of their own."""
        page = self.page
        if page.kind not in INPUTS and page.kind != "properties" and page.current is None and page.left is None:
            return False
        lines = list[tuple[str, int]]()
        for at in range(index, min(index + 14, len(self.page.blocks))):
            block = self.page.blocks[at]
            if isinstance(block, Table | Code) or (at > index + 1 and self._starts_card(at)):
                break
            mark = at <= index + MAX_MARKS and is_mark(block.text)
            if (
                at > index
                and not mark
                and (kind_of(block.text) or status_of(block.text) or endpoint(block.text, self.page.file, block.line))
            ):
                break
            lines.append((block.text, block.line))
        if len(lines) < 2 or not self._starts_card(index):
            return False
        field = card_field(lines, self.page.file, self._place())
        if field is None:
            return False
        self.page.taken = index + len(lines)
        self.add([field])
        return True

    def _starts_card(self, index: int) -> bool:
        first = self.page.blocks[index]
        second = self.page.blocks[index + 1] if index + 1 < len(self.page.blocks) else None
        if (
            isinstance(first, Table | Code)
            or second is None
            or isinstance(second, Table | Code)
            or not name_of(first.text)
        ):
            return False
        if not is_type_line(second.text) and re.fullmatch(r"(?i)required|optional", second.text.strip()):
            third = self.page.blocks[index + 2] if index + 2 < len(self.page.blocks) else None
            return third is not None and not isinstance(third, Table | Code) and is_type_line(third.text)
        return is_type_line(second.text) and not is_type_line(first.text)

    def table(self, block: Table, sort: Sort) -> None:
        if sort == "fields":
            self.add(fields_of(block, self.page.file, self._place()))
        elif sort == "values":
            self._values(block)

    def _values(self, block: Table) -> None:
        """A table of the values that inputs can have."""
        kinds = columns(block.header)
        at = kinds.index("value")
        for row in block.rows:
            if self.page.current is None or len(row.cells) <= at:
                return
            name, value = row.cells[0].strip("`* »"), row.cells[at].strip("`\"' ")
            for index, field in enumerate(self.page.current.fields):
                if field.name.rpartition(".")[2] == name and value and value not in map(str, field.choices):
                    self.page.current.fields[index] = replace(field, choices=(*field.choices, value))

    def add(self, found: list[Field]) -> None:
        found = [field for field in found if not self._is_key(field)]
        if not found:
            return
        named = self.page.heading.text.strip("` ") if self.page.heading is not None else ""
        if self.page.current is None and self.page.kind in ("properties", "response") and self.page.section != "errors":
            self.page.facts.schemas.setdefault(named, []).extend(replace(field, place="") for field in found)
            return
        if self.page.kind in ("properties", "response", "errors") or self.page.replies.open:
            self.page.replies.fields(found)
            return
        current = self.page.current or self.page.left
        if current is None or (self.page.replied and (current.replies or current.fields) and not self._late(current)):
            current = self._untitled(found)
        self.page.current, self.page.left = current, None
        known = {(field.place, field.name) for field in current.fields}
        current.fields += [field for field in found if (field.place, field.name) not in known]

    def _late(self, current: Operation) -> bool:
        """Whether inputs that follow the example of a reply are still the call's: nothing else was titled since."""
        heading, labelled = self.page.heading, self.page.kind in INPUTS
        titled = heading is not None and heading.line > current.cites[0].line and heading.text != current.summary
        if not labelled or titled or current.fields or not current.path:
            return False
        self.page.replied = False
        return True

    def _is_key(self, field: Field) -> bool:
        """Whether the input is the service's key, or a header that every client sends: it then is no input."""
        credential = service.credential_of(field)
        if credential is not None:
            facts = self.page.facts
            facts.credentials.append(credential)
            service.learn(facts, field.description, field.cite.file, field.cite.line, "auth")
        return credential is not None or (field.place == "header" and bool(_EVERY_CLIENT.fullmatch(field.name)))

    def _untitled(self, found: list[Field]) -> Operation:
        """Inputs of a call that no endpoint was told for: known by its title or by the words before it."""
        title = (
            self.page.heading.text
            if self.page.heading
            and not self.page.apart
            and kind_of(self.page.heading.text) is None
            and not self.page.replied
            else ""
        )
        words = self.page.prose.text if self.page.prose is not None else ""
        line = (
            self.page.prose.line
            if self.page.prose
            else self.page.heading.line
            if self.page.heading
            else found[0].cite.line
        )
        operation = Operation(summary=title if not words else "", description=words, cites=[self.page.cite(line)],
                              fields=[], requests=[], replies=[])  # fmt: skip
        self.page.facts.operations.append(operation)
        self.page.replied, self.page.section = False, None
        self.page.titled = (
            self.page.heading
            if self.page.heading is not None and self.page.heading.level < GUESSED and self.page.heading.text == title
            else None
        )
        if self.page.titled is not None:
            operation.summary, operation.tag = title, self.page.group
        return operation

    def resolve(self) -> None:
        """Bodies that the page describes elsewhere get their properties."""
        for operation in self.page.facts.operations:
            operation.fields = [each for field in operation.fields for each in self._whole(field)]

    def _whole(self, field: Field) -> list[Field]:
        """The properties of a body that the page describes elsewhere, by its type's name."""
        if field.name != WHOLE:
            return [field]
        return [replace(each, place="body") for each in self.page.facts.schemas.get(field.schema, ())]

"""HTML to blocks, by the standard library's event parser: it keeps the line of each thing, which a citation needs.

Scripts, styles and navigation are passed over. Unclosed tags cost nothing: only block boundaries matter.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from msgspec import Struct

from specloom.schemas.draft.blocks import Block, Code, Heading, Paragraph, Row, Table

_BLOCKS = frozenset(
    "p div section article main header footer aside ul ol li dl dt dd table thead tbody tr td"
    " th pre h1 h2 h3 h4 h5 h6 form fieldset "
    "button summary details figure figcaption blockquote hr label option tab-panel".split()
)
_SKIPPED = frozenset("script style svg noscript template head nav iframe canvas math".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_INLINE_CODE = frozenset("code kbd samp tt var".split())
MAX_DEPTH = 400
MAX_CELLS = 60


class _Cells(Struct):
    """A table as it is read. `header` is whether the row now read is one of headers."""

    line: int
    rows: list[tuple[Row, bool]] = []
    cells: list[str] = []
    header: bool = False
    row_line: int = 0


def blocks(text: str) -> list[Block]:
    """The blocks of an HTML page, with the lines of its source from 1."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.flush()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self.parts: list[str] = []
        self.line = 0
        self.skipped = 0
        self.level = 0
        """Of the heading that is open; 0 outside."""
        self.pre: list[str] | None = None
        self.pre_line = 0
        self.pre_tag = "pre"
        """What ends it."""
        self.broken = False
        """Lines of the code were made by elements and not by the source."""
        self.code = -1
        """How many parts stood before the `<code>` that is open; -1 outside."""
        self.language = ""
        self.tables: list[_Cells] = []
        self.item = 0
        self.term: Paragraph | None = None
        self.was_inline = False
        """The last event closed an inline element: what opens next is another word."""

    # What the parser tells

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self.skipped += 1
        if self.skipped:
            return
        if self.pre is not None:
            if tag == "br":
                self.pre.append("\n")
                self.broken = True
            self.language = self.language or _language(attrs)
            return
        if tag in ("br", "hr", "wbr"):
            self.parts.append(" ")
            return
        if tag == "pre":
            self.flush()
            self._pre("pre", [])
            self.language = _language(attrs)
        elif tag in _BLOCKS and self.code >= 0 and not self.tables:
            # Code that holds blocks is a code block, whatever it is called.
            inner, self.parts = self.parts[self.code + 1 :], self.parts[: self.code]
            self.flush()
            self._pre("code", inner)
        elif tag in _BLOCKS:
            self._open(tag)
        else:
            if self.was_inline or (self.parts and tag in _INLINE_CODE):
                self.parts.append(" ")
            if tag in _INLINE_CODE:
                self.code = len(self.parts)
                self.parts.append("`")
        self.was_inline = False

    def _pre(self, tag: str, inner: list[str]) -> None:
        self.pre, self.pre_line, self.pre_tag, self.code = inner, self.getpos()[0], tag, -1
        self.broken = False

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SKIPPED:
            self.handle_starttag(tag, attrs)
            if tag not in _VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self.skipped = max(0, self.skipped - 1)
            return
        if self.skipped:
            return
        if self.pre is not None:
            if tag == self.pre_tag:
                self._code()
            elif tag in ("div", "p", "li") and self.pre and not self.pre[-1].endswith("\n"):
                self.pre.append("\n")
                self.broken = True
            return
        if tag in _BLOCKS:
            self._close(tag)
            self.was_inline = False
        else:
            if tag in _INLINE_CODE:
                self.code = -1
                self.parts.append("`")
            self.was_inline = True

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        if self.pre is not None:
            self.pre.append(data)
            return
        if data.strip():
            if not "".join(self.parts).strip(" `"):
                self.line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.was_inline = False
        self.parts.append(data)

    # Blocks

    def _open(self, tag: str) -> None:
        if tag in ("td", "th") and self.tables:
            self._end_cell()
            self.parts = []
            self.tables[-1].header = self.tables[-1].header or (tag == "th" and not self.tables[-1].cells)
            return
        if self.tables and tag not in ("table", "tr", "thead", "tbody"):
            self.parts.append(" ")
            return
        self.flush()
        if tag == "table" and len(self.tables) < MAX_DEPTH:
            self.tables.append(_Cells(self.getpos()[0], [], []))
        elif tag == "tr" and self.tables:
            self._end_row()
            self.tables[-1].row_line = self.getpos()[0]
        elif tag in ("li", "dd", "dt"):
            self.item += 1
        elif re.fullmatch("h[1-6]", tag):
            self.level = int(tag[1])

    def _close(self, tag: str) -> None:
        if tag in ("td", "th") and self.tables:
            self._end_cell(always=True)
            return
        if tag in ("tr", "table", "thead") and self.tables:
            self._end_row()
            if tag == "table":
                self._end_table()
            return
        if self.tables:
            self.parts.append(" ")
            return
        if tag == "dt":
            self.item = max(0, self.item - 1)
            self.term = Paragraph(_words(self.parts), self.line) if _words(self.parts) else None
            self.parts = []
            return
        if tag == "dd" and self.term is not None:
            self.parts = [self.term.text, ": ", *self.parts]
            self.line, self.term = self.term.line, None
        self.flush()
        if tag in ("li", "dd"):
            self.item = max(0, self.item - 1)
        elif re.fullmatch("h[1-6]", tag):
            self.level = 0

    def flush(self) -> None:
        """What was gathered becomes a block."""
        if self.pre is not None:
            self._code()
        if self.tables:
            return
        text = _words(self.parts)
        self.parts = []
        if not text:
            return
        if self.term is not None:
            self.found.append(self.term)
            self.term = None
        if self.level:
            self.found.append(Heading(text, self.line, self.level))
        else:
            self.found.append(Paragraph(text, self.line, item=self.item > 0))

    def _code(self) -> None:
        lines = "".join(self.pre or ()).split("\n")
        self.pre = None
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        text = "\n".join(lines[first:]).rstrip().replace("\u00a0", " ").replace("\u200b", "")
        if text.strip():
            if self.tables:
                self.parts.append(f" {_words([text])} ")
            else:
                flat = self.pre_tag != "pre" or self.broken
                self.found.append(Code(text, self.pre_line + (0 if flat else first), self.language, flat))

    # Tables

    def _end_cell(self, always: bool = False) -> None:
        table = self.tables[-1]
        text = _words(self.parts)
        if (text or always) and len(table.cells) < MAX_CELLS:
            table.cells.append(text)
        self.parts = []

    def _end_row(self) -> None:
        self._end_cell()
        table = self.tables[-1]
        if any(table.cells):
            table.rows.append((Row(tuple(table.cells), table.row_line or table.line), table.header))
        table.cells, table.header = [], False

    def _end_table(self) -> None:
        table = self.tables.pop()
        if not table.rows:
            return
        first, is_header = table.rows[0]
        header = first.cells if is_header and len(table.rows) > 1 else ()
        rows = tuple(row for row, _ in table.rows[1 if header else 0 :])
        made = Table(header, rows, table.line)
        if self.tables:
            # A table in a cell tells the properties of what the row before it names.
            self._nest(self.tables[-1], made)
        else:
            self.found.append(made)

    def _nest(self, outer: _Cells, inner: Table) -> None:
        named = [*outer.cells, _words(self.parts)]
        if len(outer.cells) > 1:
            outer.rows.append((Row(tuple(named), outer.row_line or outer.line), False))
        outer.cells, self.parts = [], []
        for row in inner.rows:
            outer.rows.append((Row((f"» {row.cells[0]}", *row.cells[1:]), row.line), False))


def _words(parts: list[str]) -> str:
    text = re.sub(r"\s+", " ", "".join(parts).replace("\u200b", "")).strip()
    return re.sub(r"`([^`]*)`", lambda code: f"`{code[1].strip()}`" if code[1].strip() else "", text).strip()


def _language(attributes: list[tuple[str, str | None]]) -> str:
    for name, value in attributes:
        if name in ("class", "data-lang", "data-language", "language") and value:
            found = re.search(r"(?:language|lang|highlight|brush:|source)[-: ]([\w+#]+)", value)
            if found:
                return found[1].lower()
            if name != "class":
                return value.lower()[:20]
    return ""

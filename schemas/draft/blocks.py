"""A page as blocks: what text, Markdown and HTML have in common once their marks are read."""

from __future__ import annotations

from msgspec import Struct

GUESSED = 4
"""The level of headings that plain text has nothing but their shortness for."""


class Heading(Struct, frozen=True):
    """`level` 1 to 6; 0 for a label, such as the name of a tab or of a code block."""

    text: str
    line: int
    level: int = 0


class Paragraph(Struct, frozen=True):
    """Inline code stands in backticks. `item`: it is an element of a list or of a definition list."""

    text: str
    line: int
    item: bool = False
    depth: int = 0
    """Letters that an element of a list is indented by."""


class Row(Struct, frozen=True):
    cells: tuple[str, ...]
    line: int


class Table(Struct, frozen=True):
    header: tuple[str, ...]
    """() where the table has none."""
    rows: tuple[Row, ...]
    line: int


class Code(Struct, frozen=True):
    """The text's nth line stands in the source's line `line + n`."""

    text: str
    line: int
    language: str = ""
    flat: bool = False
    """Its lines are the reader's own: all of it stands in `line`."""


Block = Heading | Paragraph | Table | Code

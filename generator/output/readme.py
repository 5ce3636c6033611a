"""READMEs: Markdown with a `$name` where a value or a block goes. To import Jinja alone takes as long as all of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template


def filled(template: Path, **parts: str) -> bytes:
    """The text of `template` with its parts; one that is empty leaves no gap. Raises KeyError where one is
    missing."""
    text = Template(template.read_text("utf-8")).substitute(parts)
    text = text.replace(" \n", "\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return (text.rstrip() + "\n").encode("utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what is in a cell has been escaped."""
    return "\n".join([_row(head), "|---" * len(head) + "|", *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

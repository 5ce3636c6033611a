"""Text of people as Markdown that is nothing but text."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")


def inline(text: str) -> str:
    """A text on one line, with every mark escaped."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """A text as code, on one line: line breaks are shown as ⏎."""
    shown = re.sub(r"\s*\n\s*", " ⏎ ", text.strip("\n")) if text.strip() else text.replace("\n", "⏎")
    ticks = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown.strip() or shown}{pad}{ticks}"


def cell(text: str, *, markup: bool = False) -> str:
    """The content of a table's cell; `markup`: it is Markdown already."""
    return text.replace("|", "\\|").replace("\n", " ") if markup else inline(text)

"""Inputs and properties as components: Mintlify's `<ParamField body="name" type="string" required>` and its kin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_NAMES = "ParamField|ResponseField|Param|Property"
_WITHIN = r"(?:\"[^\"]*\"|'[^']*'|\{[^}]*\}|[^>\"'{])*"
TAG = re.compile(rf"<(?:(?P<end>/)\s*(?:{_NAMES})\s*|(?:{_NAMES})\b(?P<told>{_WITHIN}?)(?P<alone>/)?)>", re.I)
_UNFINISHED = re.compile(rf"\s*<(?:{_NAMES})\b{_WITHIN}\Z", re.I)
_NAMED = re.compile(r"\b(?:path|query|header|body|name)\s*=")
_ATTRIBUTE = re.compile(r"(\w+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{([^}]*)\}))?")
_PLACES = ("path", "query", "header", "body")
MAX_LINES = 20
"""Of one tag."""
MAX_DEPTH = 12


class Tag(Struct, frozen=True):
    """A tag that may go over lines. `more` is how many lines it takes beyond its first, `named` the one of its name."""

    text: str
    more: int = 0
    named: int = 0


def whole_tag(lines: Sequence[str], at: int) -> Tag:
    """The line, with those after it that belong to a tag it begins."""
    text = lines[at]
    for more in range(1, min(MAX_LINES, len(lines) - at)):
        if not _UNFINISHED.match(text):
            break
        text = f"{text} {lines[at + more].strip()}"
        if not _UNFINISHED.match(text):
            named = next((n for n, line in enumerate(lines[at : at + more + 1]) if _NAMED.search(line)), 0)
            return Tag(text, more, named)
    return Tag(lines[at])


class Nesting:
    """The components that are open: what stands in one is a property of it."""

    def __init__(self) -> None:
        self.open: list[str] = []

    def begin(self, tag: re.Match[str]) -> str:
        """The component's name, type and marks in words: `` `settings.speed` (number, Default: 1, in body) ``."""
        told = attributes(tag["told"] or "")
        place = next((place for place in _PLACES if place in told), "")
        kind = told.get("type", "").replace("|", " or ")
        name = ".".join([*self.open[-1:], told.get(place) or told.get("name", "")])
        marks = [kind, "required" if told.get("required", "false") != "false" else ""]
        if default := told.get("default"):
            marks.append(f"Default: `{default}`")
        if place:
            marks.append(f"in {place}")
        if not tag["alone"] and len(self.open) < MAX_DEPTH:
            self.open.append(f"{name}[]" if re.search(r"(?i)\[\]|\barray\b|\blist\b", kind) else name)
        return f"`{name}` ({', '.join(mark for mark in marks if mark)})"

    def end(self) -> None:
        del self.open[-1:]


def attributes(text: str) -> dict[str, str]:
    """Of a tag; one without a value has its own name for it."""
    return {
        found[1]: next((group for group in found.groups()[1:] if group is not None), found[1])
        for found in _ATTRIBUTE.finditer(text)
    }

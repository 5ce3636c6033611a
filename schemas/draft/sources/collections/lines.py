"""Lines of things in a JSON text: a parsed value does not know where it stood, so names are looked up in order."""

from __future__ import annotations

import json
from bisect import bisect_right

from msgspec.structs import replace

from specloom.schemas.draft.facts import Cite, Json, Sample
from specloom.schemas.draft.snippets.bodies import json_sample


class Lines:
    """Cites by looking up a text from where the last was found: what is read in order is found in order."""

    def __init__(self, content: str, file: str) -> None:
        self.content, self.file = content, file
        self._breaks = [index for index, letter in enumerate(content) if letter == "\n"]
        self._at = 0

    def cite(self, shown: str, *, move: bool = False) -> Cite:
        """Where `shown` stands as a JSON string (or inside one). `move`: later things stand after it."""
        quoted = json.dumps(shown, ensure_ascii=False)
        for text in (quoted, json.dumps(shown), quoted[1:-1][:60], shown[:60]):
            found = self.content.find(text, self._at) if text else -1
            if found >= 0:
                if move:
                    self._at = found
                return Cite(self.file, bisect_right(self._breaks, found) + 1)
        return Cite(self.file, bisect_right(self._breaks, self._at) + 1)


def text_of(value: Json) -> str:
    """A description that is a text, or an object with one."""
    if isinstance(value, dict):
        value = value.get("content")
    return value.strip()[:4000] if isinstance(value, str) else ""


def objects(value: Json) -> list[dict[str, Json]]:
    """The objects of a list; [] where it is none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def object_of(value: Json) -> dict[str, Json]:
    """The object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def string(value: Json) -> str:
    """The text; '' where it is none."""
    return value if isinstance(value, str) else ""


def body_sample(text: str, lines: Lines) -> Sample | None:
    """A body that is a JSON string of the file: all of it stands in the line of that string."""
    sample = json_sample(text, lines.file, lines.cite(text).line) if text else None
    return replace(sample, lines=dict.fromkeys(sample.lines, sample.cite.line)) if sample else None

"""JSON with its outer levels spread over lines and what lies deeper on one: readable, and not slow."""

from __future__ import annotations

from typing import Any

import orjson

from specloom.generator.output.json_text import in_ascii, line
from specloom.schemas.memo import table

_CONTAINERS = frozenset((dict, list))


class JsonTexts:
    """Of files that have parts in common: what these say is written once. Nothing given may be changed afterwards."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[Any, bytes, orjson.Fragment]] = table()
        """Objects and lists by identity: the value, so that nothing else takes it, and its text, as it is and to be
        `spread`."""
        self._outlines: dict[tuple[int, int], tuple[Any, Any]] = table()
        """Likewise by identity and depth."""

    def line(self, value: Any) -> bytes:
        """The text of an object or a list on one line."""
        return self._line(value)[1]

    def _line(self, value: Any) -> tuple[Any, bytes, orjson.Fragment]:
        known = self._lines.get(id(value))
        if known is None:
            text = line(value)
            known = self._lines[id(value)] = (value, text, orjson.Fragment(text))
        return known

    def outlined(self, value: Any, depth: int) -> Any:
        """The outer `depth` levels as they are, over the texts of what lies deeper: to be `spread`."""
        if type(value) not in _CONTAINERS:
            return value if _is_plain(value) else orjson.Fragment(line(value))
        if not depth:
            return self._line(value)[2]
        known = self._outlines.get((id(value), depth))
        if known is None:
            known = self._outlines[id(value), depth] = (value, self._opened(value, depth - 1))
        return known[1]

    def _opened(self, value: Any, below: int) -> Any:
        if type(value) is list:
            return [self.outlined(one, below) for one in value]
        return {  # most are texts
            key: one if type(one) is str and one.isascii() else self.outlined(one, below) for key, one in value.items()
        }


def spread(outline: Any) -> bytes:
    """The text with all levels of an outline on lines, in ASCII, with a line feed at its end."""
    return in_ascii(orjson.dumps(outline, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def written(value: Any, depth: int) -> bytes:
    """The text with the outer `depth` levels on lines, the rest on one line; in ASCII, with a line feed at its end."""
    return spread(JsonTexts().outlined(value, depth))


def _is_plain(value: Any) -> bool:
    """Whether orjson writes it as it is to be."""
    return type(value) is str and value.isascii() or value is None or value is True or value is False

"""JSON and what looks like it: JavaScript objects and Python dictionaries in snippets, as far as they are literal.

Nothing is evaluated. A part that is no literal (a variable, a call) makes the whole no literal, unless it is a value in
an object: that value is then left out.
"""

from __future__ import annotations

import re

from msgspec import Struct

from specloom.schemas.draft.facts import Json

MAX_DEPTH = 60
MAX_KEY = 500
"""Letters of a name without quotes."""
_SPACE = re.compile(r"(?:\s|//[^\n]*|#[^\n]*|/\*.*?\*/|\.\.\.,?|…,?)*", re.S)
_NUMBER = re.compile(r"-?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_$][\w$\-]*")
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_OTHER = re.compile(r"[^,{}\[\]\n]+")
_CLOSING = {"{": "}", "[": "]"}


class NotLiteral(ValueError):
    """The text has no literal at that place."""


class Literal(Struct, frozen=True):
    value: Json
    end: int
    """Offset after it."""
    offsets: dict[str, int]
    """Of each property's key, by its place: `data.images[].url`. The first of several."""


def literal(text: str, start: int = 0) -> Literal:
    """The literal that begins at `start`. Raises NotLiteral."""
    reader = _Reader(text)
    value = reader.value(start, "", 0)
    return Literal(value, reader.end, reader.offsets)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.offsets: dict[str, int] = {}

    def value(self, at: int, place: str, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise NotLiteral("too deep")
        at = self._space(at)
        letter = self.text[at : at + 1]
        if letter == "{":
            return self._object(at + 1, place, depth + 1)
        if letter == "[":
            return self._array(at + 1, place, depth + 1)
        if letter in ("f", "r", "b", "u") and self.text[at + 1 : at + 2] in ('"', "'"):
            at, letter = at + 1, self.text[at + 1]  # a prefixed string of Python
        if letter and letter in "\"'`":
            return self._string(at)
        if number := _NUMBER.match(self.text, at):
            self.end = number.end()
            shown = number[0].replace("_", "")
            return float(shown) if re.search(r"[.eE]", shown) else int(shown[:300])
        word = _WORD.match(self.text, at)
        if word and word[0] in _WORDS:
            self.end = word.end()
            return _WORDS[word[0]]
        raise NotLiteral("no literal")

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def _object(self, at: int, place: str, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        while True:
            at = self._space(at)
            if self.text[at : at + 1] == "}":
                self.end = at + 1
                return result
            key = self._key(at)
            inner = f"{place}.{key}" if place else key
            self.offsets.setdefault(inner, at)
            at = self._space(self.end)
            if self.text[at : at + 1] != ":":
                raise NotLiteral("no colon")
            try:
                result[key] = self.value(at + 1, inner, depth)
                at = self._space(self.end)
            except NotLiteral:
                at = self._skipped(at + 1)
            at = self._comma(at, "}")

    def _key(self, at: int) -> str:
        if self.text[at : at + 1] in ('"', "'"):
            return self._string(at)
        word = _WORD.match(self.text, at)
        if not word or len(word[0]) > MAX_KEY:
            raise NotLiteral("no key")
        self.end = word.end()
        return word[0]

    def _array(self, at: int, place: str, depth: int) -> list[Json]:
        result: list[Json] = []
        while True:
            at = self._space(at)
            if self.text[at : at + 1] == "]":
                self.end = at + 1
                return result
            result.append(self.value(at, f"{place}[]", depth))
            at = self._comma(self._space(self.end), "]")

    def _comma(self, at: int, closing: str) -> int:
        letter = self.text[at : at + 1]
        if letter == ",":
            return at + 1
        if letter != closing:
            raise NotLiteral("no comma")
        return at

    def _skipped(self, at: int) -> int:
        """After a value that is no literal: plain words only, never half of something else."""
        other = _OTHER.match(self.text, at)
        if not other or self.text[other.end() : other.end() + 1] in _CLOSING:
            raise NotLiteral("no literal")
        return self._space(other.end())

    def _string(self, at: int) -> str:
        quote, parts, at = self.text[at], list[str](), at + 1
        while at < len(self.text):
            letter = self.text[at]
            if letter == quote:
                self.end = at + 1
                return "".join(parts)
            if letter == "\\":
                escape = self.text[at + 1 : at + 2]
                code = re.match(r"u([0-9a-fA-F]{4})", self.text[at + 1 : at + 6])
                parts.append(chr(int(code[1], 16)) if code else _ESCAPES.get(escape, escape))
                at += 6 if code else 2
                continue
            if letter == "\n" and quote == "'":
                raise NotLiteral("a text that does not end")
            parts.append(letter)
            at += 1
        raise NotLiteral("a text that does not end")


def sample_lines(text: str, found: Literal, line: int) -> dict[str, int]:
    """The line of each property, when the text begins in `line`."""
    breaks = [i for i, letter in enumerate(text[: found.end]) if letter == "\n"]
    lines: dict[str, int] = {}
    at = 0
    for place, offset in sorted(found.offsets.items(), key=lambda entry: entry[1]):
        while at < len(breaks) and breaks[at] < offset:
            at += 1
        lines[place] = line + at
    return lines

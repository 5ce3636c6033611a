"""Choices that words tell: quoted in a row, announced by `one of`, after a colon with `or`, in brackets."""

from __future__ import annotations

import re

VALUE = r"(?:\"[^\"]*\"|'[^']*'|`[^`]*`|[^\s,;()\[\]\"'`]+)"
DEFAULT = re.compile(
    rf"\b(?:[Dd]efault(?:s|ed)?(?: values?)?(?:\s+(?:is|to|of))?|DEFAULT)\s*[:=]?\s*(?:to\s+)?(?P<value>{VALUE})", re.S
)
_QUOTED = r"(?:\"[^\"\n]{0,120}\"|'[^'\n]{1,120}'|`[^`\n]{1,120}`)"
_QUOTED_LIST = re.compile(rf"{_QUOTED}(?:\s*(?:,|\||/|\bor\b|\band\b|,\s*or\b|,\s*and\b)?\s*{_QUOTED})+")
_ENUM_WORDS = (
    r"(?:one of|enum(?: values?)?|(?:allowed|possible|valid|accepted|available|supported|known"
    r") (?:values?|options?|choices|inputs)(?: are| include)?|"
    r"can be|must be|either|options(?: are)?|values(?: are)?|choose from|choices|accepts|items enum)"
)
_ANNOUNCED = re.compile(rf"\b{_ENUM_WORDS}(?: one of)?(?: the following)?(?: values)?\s*:?\s*", re.I)
_WORD = r"[A-Za-z0-9][\w.\-/:+]*"
_BARE_LIST = re.compile(
    rf"({_WORD}(?:\s*(?:,|\|)\s*(?:or\s+|and\s+)?{_WORD})*\s*(?:,?\s+or\s+|,?\s+and\s+|,\s*|\s*"
    rf"\|\s*|\s+/\s+){_WORD})\s*(?:\.(?:\s|\Z)|\)|\Z|;|\n|—|–| - )"
)
_COLON_LIST = re.compile(rf"[A-Za-z]:\s+((?:{_WORD}\s*,\s*)*{_WORD},?\s+or\s+{_WORD})\s*(?:\.\s|\.?\Z|\)|;)")
_FIRST_LIST = re.compile(rf"\A((?:{_WORD},\s*)+{_WORD},?\s+or\s+{_WORD})\s*(?:\.(?:\s|\Z)|\Z|\()")
_PAREN_LIST = re.compile(rf"\(\s*({_WORD}(?:\s*[,|]\s*(?:or\s+)?{_WORD})+)\s*\)")
_NUMBERS = re.compile(r"\A(-?\d+(?:\.\d+)?(?:,\s*-?\d+(?:\.\d+)?)*,?\s+or\s+-?\d+(?:\.\d+)?)(?=\.?(?:\s|\Z)|[,;)])")
_BARS = re.compile(rf"\s*({_WORD}(?:\s*\|\s*{_WORD})+)\s*\Z")
MAX_CHOICES = 200


def choices(text: str) -> tuple[str, ...]:
    """Values of a closed list: quoted in a row, after words such as `one of`, after a colon with `or`, in brackets."""
    plain = _without_default(text)
    announced = _ANNOUNCED.search(plain)
    if announced:
        rest = plain[announced.end() : announced.end() + 4000]
        if found := _quoted_list(rest, at_start=True):
            return found
        if (bare := _BARE_LIST.match(rest)) and not re.search(r"(?i)\betc\b|\bmore\b", bare[0]):
            return _split(bare[1])
    if (quoted := _quoted_list(plain)) and not re.search(
        r"(?i)\be\.g\.|\bfor example|such as|\blike\b|\betc\b|Use ", plain
    ):
        return quoted
    if whole := _NUMBERS.match(plain) or _BARS.match(plain):
        return _split(whole[1])
    about_files = re.search(r"(?i)\b(?:urls?|files?|links?|ids?)\b", plain)
    for pattern in (_FIRST_LIST, _COLON_LIST, _PAREN_LIST):
        listed = pattern.search(plain) if not (about_files and pattern is _PAREN_LIST) else None
        if listed and not re.search(r"(?i)\betc\b|e\.g|such as|\bi\.e", listed[0]):
            values = _split(listed[1])
            if all(len(value) < 40 for value in values) and not all(
                re.fullmatch(r"(?i)and|or|the|a", v) for v in values
            ):
                return values if pattern is not _PAREN_LIST or len(values) > 2 else ()
    return ()


def _quoted_list(text: str, at_start: bool = False) -> tuple[str, ...]:
    found = _QUOTED_LIST.match(text) if at_start else _QUOTED_LIST.search(text)
    if not found:
        return ()
    values = dict.fromkeys(bare(value) for value in re.findall(_QUOTED, found[0]))
    return tuple(values)[:MAX_CHOICES]


def _split(text: str) -> tuple[str, ...]:
    parts = re.split(r"\s*(?:,\s*or\s+|,\s*and\s+|\s+or\s+|\s+and\s+|,|\||\s/\s)\s*", text)
    return tuple(dict.fromkeys(part.strip("`\"' ").rstrip(".") for part in parts if part.strip("`\"' .")))[:MAX_CHOICES]


def _without_default(text: str) -> str:
    return DEFAULT.sub(" ", text)


def described(text: str) -> str:
    """The words of a description; '' where it is nothing but values and a default."""
    rest = re.sub(_QUOTED, "", _QUOTED_LIST.sub("", _without_default(text)))
    return text if re.search(r"[A-Za-z]{3,}.*[A-Za-z]{3,}", re.sub(r"\b(?:or|and|one of|enum)\b", "", rest)) else ""


def bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "\"'`" and text[-1] == text[0] else text

"""The only place where text becomes IML: what a document says crosses over as a checked name or literal, or not at all.

IML is Make's expression language, `{{…}}` inside JSON strings. It documents no escape character, so a value that
cannot stand in it unharmed is refused (Inexpressible) instead of being bent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from specloom.schemas.memo import cached

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_INDEX = re.compile(r"[0-9]{1,6}\Z")
_UNQUOTABLE = re.compile(r"[\x00-\x1f\x7f\\{}]")
_UNTICKABLE = re.compile(r"[\x00-\x1f\x7f\\{}`.\[\]]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DOUBLE = re.compile(r"\{(?=\{)|\}(?=\})")
_OPENS, _CLOSES = re.compile(rb"\{\{").search, re.compile(rb"\}\}").search  # twice as fast as `in`
_WORDS = frozenset(
    "true false null undefined now timestamp random pi emptystring emptyarray space tab newline ignore erase".split()
)

UNDEFINED = "undefined"
"""An unknown variable: as the whole value of a key it makes the key disappear."""


class Inexpressible(ValueError):
    """The value, name or expression has no safe form in IML; `str()` says which and why."""


def wrap(expression: str) -> str:
    return "{{" + expression + "}}"


def is_wrapped(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{{") and value.endswith("}}")


def quote(text: str) -> str:
    """`text` as a string literal inside an expression. Raises Inexpressible."""
    for mark in ("'", '"'):
        if mark not in text and not _UNQUOTABLE.search(text):
            return f"{mark}{text}{mark}"
    raise Inexpressible(f"{text!r} cannot be written as a text in IML")


def literal(value: Any) -> str:
    """A scalar as a literal inside an expression. Raises Inexpressible."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, float)) and abs(value) < 1e15:
        return json.dumps(value) if value >= 0 else f"(0 - {json.dumps(-value)})"
    if isinstance(value, str):
        return quote(value)
    raise Inexpressible(f"{value!r} is no scalar")


def member(base: str, token: str) -> str:
    """The property or, where the token is a number, the element `token` of `base`; IML counts from 1."""
    if _INDEX.match(token):
        return f"{base}[{int(token) + 1}]"
    if _IDENTIFIER.match(token) and token not in _WORDS:
        return f"{base}.{token}"
    if not token or _UNTICKABLE.search(token):
        raise Inexpressible(f"the name {token!r} cannot be written in IML")
    return f"{base}.`{token}`"


def path(base: str, tokens: Iterable[str]) -> str:
    for token in tokens:
        base = member(base, token)
    return base


def constant(value: Any) -> Any:
    """JSON that Make must take as it is. Raises Inexpressible where it would be read as IML."""
    if isinstance(value, str):
        if "{{" in value or "}}" in value:
            raise Inexpressible(f"{value!r} would be read as an expression")
        return value
    if isinstance(value, Mapping):
        return {constant(str(key)): constant(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [constant(each) for each in value]
    return value


def is_constant(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" not in value and "}}" not in value
    try:
        constant(value)
    except Inexpressible:
        return False
    return True


def has_mustaches(text: bytes) -> bool:
    """Whether there is something in a file that could be read as an expression, or as part of one."""
    return _OPENS(text) is not None or _CLOSES(text) is not None


def plain(text: str) -> str:
    """Text for people: what could be read as an expression or as markup is taken apart, the words stay."""
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    if not is_constant(text):
        text = _DOUBLE.sub(r"\g<0> ", text)
    return text.replace("<", "‹").replace(">", "›").strip()


@cached(32768)
def line(text: str, limit: int) -> str:
    """Plain text on one line of at most `limit` characters."""
    text = " ".join(text.split())
    text = plain(text) if text.isprintable() else " ".join(plain(text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def both(*conditions: str) -> str:
    """All of the conditions that are not empty."""
    given = [condition for condition in conditions if condition]
    return given[0] if len(given) == 1 else " && ".join(f"({condition})" for condition in given)


def is_one_of(expression: str, values: Iterable[Any]) -> str:
    return " || ".join(f"{expression} = {literal(value)}" for value in values) or "false"

"""The document as YAML: block style, in the order given, with each cited thing's source as a comment on its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from specloom.schemas.draft.facts import Json

_PLAIN = re.compile(r"[A-Za-z_$/][\w$/.\-]*(?: [\w$/.,()\-&;']+)*\Z")
_KEYWORDS = frozenset("true false null yes no on off y n ~ .inf .nan".split())
_LONG = 110
LONGEST_KEY = 1_000


def yaml_text(value: Json) -> str:
    """Text that every YAML 1.2 reader reads back as `value`."""
    return "\n".join(_lines(value, 0)) + "\n"


def entry_lines(key: str, value: Json, indent: int) -> list[str]:
    """One entry of a mapping, `indent` spaces in."""
    return list(_entry(key, value, indent))


def element_lines(value: Json, indent: int) -> list[str]:
    """One element of a sequence, `indent` spaces in."""
    return list(_element(value, indent))


def _lines(value: Json, indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _entry(str(key), inner, indent)
    elif isinstance(value, list):
        for inner in value:
            yield from _element(inner, indent)
    else:
        yield " " * indent + scalar(value)


def _entry(key: str, value: Json, indent: int) -> Iterator[str]:
    shown = scalar(key)
    if len(shown) > LONGEST_KEY:
        # YAML reads a key before its colon within 1,024 letters only.
        yield " " * indent + f"? {shown}"
        yield " " * indent + f": {flow(value)}"
        return
    head, comment = " " * indent + shown + ":", _comment(value)
    if isinstance(value, dict | list) and value:
        if _is_short(value):
            yield f"{head} {flow(value)}"
            return
        yield head + comment
        yield from _lines(value, indent + 2)
    else:
        yield f"{head} {flow(value)}"


def _element(value: Json, indent: int) -> Iterator[str]:
    if isinstance(value, dict | list) and value and not _is_short(value):
        inner = list(_lines(value, indent + 2))
        yield " " * indent + "- " + inner[0].lstrip() + ("" if "  #" in inner[0] else _comment(value))
        yield from inner[1:]
    else:
        yield " " * indent + "- " + flow(value)


def _comment(value: Json) -> str:
    block = value.get("x-specloom") if isinstance(value, dict) else None
    source = block.get("source") if isinstance(block, dict) else None
    places = [source] if isinstance(source, str) else source if isinstance(source, list) else []
    shown = ", ".join(places).replace("\n", " ")
    return f"  # {shown}" if shown else ""


def _is_short(value: Json) -> bool:
    """A list of scalars, or a mapping of one or two, that fits in a line."""
    inner = list(value.values()) if isinstance(value, dict) else value
    if any(isinstance(part, dict | list) and part for part in inner):
        return False
    if isinstance(value, dict) and (len(value) > 3 or "source" in value and len(value) > 1):
        return False
    return len(flow(value)) <= _LONG


def flow(value: Json) -> str:
    """In one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow_key(str(key))}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return scalar(value)


def _flow_key(key: str) -> str:
    shown = scalar(key)
    return shown if len(shown) <= LONGEST_KEY else f"? {shown} "


def scalar(value: Json) -> str:
    if isinstance(value, str):
        plain = _PLAIN.match(value) and value.lower() not in _KEYWORDS and len(value) < 400 and "  " not in value
        safe = plain and ": " not in value and " #" not in value and not value.startswith("-") and "," not in value
        return value if safe else json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, float) and not (value == value and abs(value) != float("inf")):
        return '"' + str(value) + '"'
    return json.dumps(value)

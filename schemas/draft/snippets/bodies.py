"""Bodies and forms as snippets show them, as samples and inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from msgspec import UNSET

from specloom.schemas.draft.facts import Cite, Field, Json, Sample
from specloom.schemas.draft.snippets.literals import NotLiteral, literal, sample_lines

_NAME = re.compile(r"[A-Za-z_$][\w$.\-]*(?:\[[\w\-]*\])*\Z")


def json_sample(text: str, file: str, line: int) -> Sample | None:
    """A JSON object or list; None where the text is neither. `line` is where it begins."""
    shown = text.strip()
    if not shown.startswith(("{", "[")):
        return None
    try:
        found = literal(shown)
    except NotLiteral:
        return None
    return Sample(found.value, Cite(file, line), lines=sample_lines(shown, found, line))


def form_fields(text: str, place: str, cite: Cite, *, multipart: bool = False) -> Iterator[Field]:
    """`a=1&b=2`, or one part of a multipart form."""
    for part in [text] if multipart else text.split("&"):
        name, equals, value = part.partition("=")
        name = unquote_plus(name.strip())
        if not equals or not _NAME.match(name):
            continue
        if multipart and value.startswith(("@", "<")):
            yield Field(name=name, cite=cite, place=place, type="file")
            continue
        shown = scalar(unquote_plus(value.partition(";type=")[0].strip("\"'")))
        yield Field(name=name, cite=cite, place=place, type=json_type(shown), example=UNSET if shown == "" else shown)


def scalar(text: str) -> Json:
    """A number or boolean where the text is one."""
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,14})", text):
        return int(text)
    if re.fullmatch(r"-?(?:0|[1-9]\d{0,14})\.\d{1,12}", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def json_type(value: Json) -> str:
    """The JSON Schema type of a value; '' for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    kinds: list[tuple[type, str]] = [(int, "integer"), (float, "number"), (str, "string"), (list, "array")]
    return next((name for kind, name in kinds if isinstance(value, kind)), "object")

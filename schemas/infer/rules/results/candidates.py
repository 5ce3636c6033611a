"""The places of a reply that may hold a result: addresses, base64 texts, texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from specloom.schemas.infer.replies import Path, steps
from specloom.schemas.infer.vocabulary import kind_of, known
from specloom.schemas.infer.words import bare, singular
from specloom.schemas.memo import cached
from specloom.schemas.model import Field, Operation
from specloom.schemas.text import words

DEPTH = 5
MOST = 400
"""Fields of one reply that are looked at."""
_NOT_FOR_USERS = re.compile(r"\bSDK[- ]only\b|\bsdk convenience\b|only (available )?in (our|the) .{0,20}SDK", re.I)
_GIVEN = re.compile(
    r"\b(input|source|original|submitted|provided|you (sent|passed|gave)|absolute url of (the|this)|this resource"
    r"|resource url|api url|documentation|details|web url|html)\b",
    re.I,
)
_BASE64 = re.compile(r"\bbase[ -]?64\b", re.I)
_TEXT_TYPES = ("string", "any")
CandidateForm = Literal["url", "base64", "text"]


class Candidate(Struct, frozen=True, kw_only=True):
    """`path` leads from the reply, or from an element of the list at `items`."""

    path: Path
    items: Path | None
    field: Field
    form: CandidateForm
    kind: str
    """What its name, or that of what holds it, says it is; '' where they do not tell."""
    siblings: tuple[Field, ...]

    @property
    def names(self) -> Path:
        return (*(self.items or ()), *self.path)

    @property
    def depth(self) -> int:
        return len([token for token in self.names if not token.isdigit()])


def candidates(operation: Operation) -> list[Candidate]:
    """In the reply's order; nothing below what is about something else (`input`, `user`, `thumbnail`)."""
    start: Path | None = () if operation.output.repeated else None
    return list(_within(operation.output.fields, (), start, 1, [0]))


def _within(
    fields: tuple[Field, ...], path: Path, items: Path | None, depth: int, seen: list[int]
) -> Iterator[Candidate]:
    for field in fields:
        seen[0] += 1
        if seen[0] > MOST:
            return
        here = (*path, *steps(field))
        name = bare(here[-1]) if here else ""
        if field.location == "selector" or field.deprecated or _is_foreign(here):
            continue
        if found := _leaf(field, here, items, fields, name):
            yield found
        if field.fields and depth < DEPTH:
            if not field.repeated:
                yield from _within(field.fields, here, items, depth + 1, seen)
            elif items is None:
                yield from _within(field.fields, (), here, depth + 1, seen)
            else:
                yield from _within(field.fields, (*here, "0"), items, depth + 1, seen)


def _leaf(field: Field, here: Path, items: Path | None, fields: tuple[Field, ...], name: str) -> Candidate | None:
    if field.type not in _TEXT_TYPES or field.fields or not here:
        return None
    form = _form(field, here, (*(items or ()), *here), name)
    if form is None or _NOT_FOR_USERS.search(field.description[:400]):
        return None
    kind = _kind((*(items or ()), *here))
    if field.repeated:
        if items is not None or form == "text":
            return None
        return Candidate(path=(), items=here, field=field, form=form, kind=kind, siblings=())
    return Candidate(path=here, items=items, field=field, form=form, kind=kind, siblings=fields)


def _form(field: Field, here: Path, whole: Path, name: str) -> CandidateForm | None:
    if name in known("fields", "base64") or "base64" in name or name.startswith("b64") or here[-1] == "$content":
        return "base64"
    parts = name_words(here[-1])
    last = parts[-1] if parts else ""
    media = kind_of("media_words")
    if field.format in ("uri", "url") or name in known("fields", "file"):
        return "url"
    if last in known("fields", "url_ending") and (last != "file" or any(part in media for part in parts[:-1])):
        return "url"
    if name in known("fields", "plain_url", "plain_list") and field.repeated:
        return "url"
    holder = bare(whole[-2]) if len(whole) > 1 else ""
    if singular(name) in media and media[singular(name)] not in ("text", "file") and field.type == "string":
        if _BASE64.search(field.description[:300]):
            return "base64"
        return "url" if field.repeated or holder in known("fields", "container") else None
    return "text" if name in known("fields", "text") else None


def is_echo(candidate: Candidate, asked: frozenset[str]) -> bool:
    """The request has the same: by its whole way, or by a name that is not just 'url'."""
    names = tuple(bare(token) for token in candidate.names if not token.isdigit())
    plain = names[-1:] and names[-1] in known("fields", "url_ending", "plain_url", "base64")
    if "/".join(names) in asked:
        return True
    return bool(names) and names[-1] in asked and not (plain and len(names) > 1)


def given(candidate: Candidate) -> bool:
    """Its description speaks of what was sent in."""
    return bool(_GIVEN.search(candidate.field.description[:300]))


def _is_foreign(here: Path) -> bool:
    """A field, or a holder, of what is not the result; 'preview_url' and 'avatar' too."""
    parts = name_words(here[-1]) if here else ()
    foreign = known("fields", "foreign")
    return bool(parts) and (bare(here[-1]) in foreign or any(part in foreign for part in parts))


@cached(16384)
def name_words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in words(name))


def _kind(whole: Path) -> str:
    """By the innermost name that speaks of media."""
    media = kind_of("media_words")
    for token in reversed(whole):
        for word in reversed(name_words(token)):
            kind = media.get(singular(word)) or media.get(word)
            if kind:
                return kind
        if bare(token) in known("fields", "file"):
            return "file"
        if bare(token) in known("fields", "text"):
            return "text"
    return ""

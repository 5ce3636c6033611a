"""What an operation makes, by its own words: whether it makes something at all, and of which kind."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from specloom.schemas.infer.api import segments
from specloom.schemas.infer.vocabulary import kind_of, known
from specloom.schemas.infer.words import singular
from specloom.schemas.model import Operation
from specloom.schemas.text import words

_INTO = re.compile(
    r"\b(?:text|image|speech|audio|video|voice|script|prompt|html|url|page|markdown|file|document|word|office|pdf"
    r"|web ?page|template|data)s?[ _-]?(?:to|2|into|as)[ _-](?:an? )?"
    r"(image|video|speech|voice|audio|music|song|3d|model|text|pdf|png|jpe?g|mp3|mp4|docx?)\b"
    r"|\b(?:text|image|speech|audio|video|img|txt)2(image|img|video|speech|audio|music|text|3d)\b",
    re.I,
)
_KIND_OF_TARGET = {
    "img": "image", "png": "image", "jpg": "image", "jpeg": "image", "speech": "audio", "voice": "audio",
    "music": "audio", "song": "audio", "mp3": "audio", "mp4": "video", "3d": "model3d", "model": "model3d",
    "pdf": "file", "doc": "file", "docx": "file",
}  # fmt: skip
_READS = frozenset(
    "get list fetch retrieve returns read find search count lookup describe query upload uploads".split()
)
"""Verbs at the start of an id or a summary: nothing is made."""
_TO_TEXT = frozenset("transcribe transcription transcriptions transcript transcripts ocr summarize".split())
_EDITS = frozenset("edit edits enhance extend remix convert translate remove replace".split())


class Making(Struct, frozen=True):
    """`sure`: its words say that it makes something; `kind` is '' where they do not tell what."""

    sure: bool
    likely: bool
    kind: str
    words: frozenset[str]
    """All of them, in the singular."""


def making(operations: Iterable[Operation]) -> Making:
    """Of an operation, and of the poll that tells of its work."""
    every = list(operations)
    told = [_words(f"{o.operation_id} {o.path.replace('{', ' ')} {o.summary}") for o in every]
    own = frozenset(told[0])
    into = next((match for o in every if (match := _INTO.search(_plain(o)))), None)
    last = {word for part in segments(every[0].path)[-1:] for word in _words(part)}
    sure = not _reads(every[0]) and bool(
        into
        or own & known("words", "sure_makes")
        or last & known("last_words", "makes")
        or (_turns(told[0]) and every[0].method == "POST" and not every[0].path.endswith("}"))
        or any(set(more) & known("words", "sure_makes") for more in told[1:])
    )
    kind = _KIND_OF_TARGET.get(_target(into), _target(into)) if into else _kind(told, last)
    singulars = frozenset(singular(word) for word in own)
    return Making(sure, bool(own & known("words", "makes")), kind, singulars)


def _reads(operation: Operation) -> bool:
    return any(_words(text)[:1] and _words(text)[0] in _READS for text in (operation.operation_id, operation.summary))


def _target(match: re.Match[str]) -> str:
    return (match[1] or match[2]).lower()


def _plain(operation: Operation) -> str:
    """Its words with spaces, whatever way they were joined."""
    identity = " ".join(words(operation.operation_id))
    return f"{identity} | {operation.path.replace('/', ' | ')} | {operation.summary}"


def _words(text: str) -> list[str]:
    return [word.lower() for word in words(text)]


def _turns(own: list[str]) -> bool:
    """'edit image', 'image edit', 'translate an audio': a word of changing beside one of media."""
    media = kind_of("media_words")
    plain = [word for word in own if word not in ("a", "an", "the")]
    pairs = zip(plain, plain[1:], strict=False)
    return any((a in _EDITS and b in media) or (b in _EDITS and a in media) for a, b in pairs)


def _kind(told: list[list[str]], last: set[str]) -> str:
    """Text where it reads; else the one kind that all its words speak of, or its path's end."""
    if set(told[0]) & _TO_TEXT:
        return "text"
    media = kind_of("media_words")
    for group in (last, *told):
        found = {media[word] for word in group if word in media}
        if len(found) == 1:
            return found.pop()
        if found - {"file", "text"} and len(found - {"file", "text"}) == 1:
            return (found - {"file", "text"}).pop()
    return ""

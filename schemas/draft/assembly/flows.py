"""Work that takes a while, as examples tell it: start it, ask for its state, fetch what came out."""

from __future__ import annotations

import re

from msgspec import Struct

from specloom.schemas.draft.facts import Json, Operation

_STATE = re.compile(
    r"(?i)\b(?:status|state|poll|progress|check)\b|/(?:status|jobs?|tasks?|predictions?|generations?|requests?)/"
)
_UNTIL = re.compile(r"(?i)\b(?:until|once|when|status|state)\b[^.]{0,200}")
_POLL = re.compile(r"(?i)\bpoll\b|\buntil\b.{0,40}\b(?:status|state)\b")
_EVERY = re.compile(r"\bevery (\d{1,3})(?:\s*(?:-|–|to)\s*\d{1,3})?\s*s(?:ec(?:ond)?s?)?\b", re.I)
_FILE = re.compile(r"(?i)\b(?:download|fetch|retrieve)\b.*|/(?:download|content|audio|image|video|file|result)s?/")
_WAITS = re.compile(r"(?i)\b(?:poll|asynchronous|status|job|queued|202|wait)\b")
TYPES = (
    ("audio", r"audio|music|song|speech|sound|voice|\.(?:wav|mp3|ogg|flac)"),
    ("video", r"video|clip|movie|\.mp4"),
    ("image", r"image|picture|photo|\.(?:png|jpe?g|webp)"),
)


class Flow(Struct, frozen=True):
    """`start` answers at once; `poll` tells the state; `fetch` gives the file, where a call does."""

    start: Operation
    poll: Operation
    fetch: Operation | None
    parameter: str
    """The poll's input that the start's reply brings."""
    states: tuple[str, ...]
    """States that the sources name, in words or in samples."""
    interval: int = 0
    """Seconds between two polls; 0 where no source tells."""


def flows_of(operations: list[Operation]) -> list[Flow]:
    found: list[Flow] = []
    polls = [
        o
        for o in operations
        if o.method == "GET" and _one_parameter(o) and (_STATE.search(_words(o)) or _POLL.search(o.description))
    ]
    for poll in polls:
        parameter = _one_parameter(poll)
        posts = [o for o in operations if o.method == "POST" and "{" not in o.path]
        starts = [o for o in posts if parameter.lower() not in ("id",) and parameter in _shown(o)] or [
            o for o in posts if _near(o, poll)
        ]
        if len(starts) > 1 and not all(parameter in _shown(o) for o in starts):
            starts = [
                o for o in starts if _shared(o.path, poll.path) == max(_shared(s.path, poll.path) for s in starts)
            ]
        if not _WAITS.search(f"{_words(poll)} {poll.description}"):
            continue
        fetches = [o for o in operations if o.method == "GET" and o is not poll and _is_fetch(o, poll)]
        one = fetches[0] if len(fetches) == 1 else None
        sure = len(starts) == 1 or all(parameter in _shown(o) for o in starts)
        found += [
            Flow(start, poll, one, parameter, _states(start, poll), _interval(start, poll)) for start in starts if sure
        ]
    return found


def _is_fetch(operation: Operation, poll: Operation) -> bool:
    return bool(_one_parameter(operation) and _FILE.search(_words(operation))) and _near(operation, poll)


def _samples(operation: Operation) -> list[Json]:
    replies = [*operation.replies, *(reply for request in operation.requests for reply in request.replies)]
    return [
        reply.sample.value for reply in replies if reply.sample is not None and not reply.status.startswith(("4", "5"))
    ]


def _shown(operation: Operation) -> set[str]:
    """Properties of the replies that the sources show."""
    return {key for value in _samples(operation) if isinstance(value, dict) for key in value}


def _states(start: Operation, poll: Operation) -> tuple[str, ...]:
    words = [
        word
        for text in (poll.description, start.description)
        for found in _UNTIL.finditer(text)
        for word in re.findall(r"[\"'`]([a-z_]{3,20})[\"'`]", found[0])
    ]
    shown = [
        value[key]
        for value in (*_samples(poll), *_samples(start))
        if isinstance(value, dict)
        for key in ("status", "state")
        if isinstance(value.get(key), str)
    ]
    return tuple(dict.fromkeys([*words, *shown]))


def _interval(start: Operation, poll: Operation) -> int:
    told = _EVERY.search(f"{poll.description} {start.description}")
    return int(told[1]) if told else 0


def media_of(operation: Operation) -> str:
    """What the fetched file is: image, audio, video; '' where nothing tells."""
    words = f"{_words(operation)} {' '.join(request.url for request in operation.requests)}"
    return next((kind for kind, pattern in TYPES if re.search(pattern, words, re.I)), "")


def _words(operation: Operation) -> str:
    titles = " ".join(request.title for request in operation.requests)
    return f"{operation.summary} {titles} {operation.path}"


def _one_parameter(operation: Operation) -> str:
    names = re.findall(r"\{([^{}]+)\}", operation.path)
    return names[0] if len(names) == 1 else ""


def _near(one: Operation, other: Operation) -> bool:
    return _shared(one.path, other.path) > 0


def _shared(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if a != b or "{" in a:
            break
        count += not re.fullmatch(r"v\d+|api", a)
    return count

"""Results that a further call gives as a file: `GET /videos/{id}/content` beside the poll `GET /videos/{id}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from specloom.schemas.infer.api import Api, body, needed
from specloom.schemas.infer.evidence import Evidence
from specloom.schemas.infer.proposal import ProposedChange
from specloom.schemas.infer.rules.results.making import Making, making
from specloom.schemas.infer.vocabulary import kind_of, known
from specloom.schemas.infer.words import bare, singular
from specloom.schemas.model import Operation
from specloom.schemas.text import words

MEDIA_TYPES = {"image/": "image", "audio/": "audio", "video/": "video", "model/": "model3d"}
_LINK = "file"
_STATE = re.compile(r"/(status|state|progress)$")


class Download(Struct, frozen=True):
    """`change` gives the poll's reply the link that `block` names."""

    block: Mapping[str, Any]
    change: ProposedChange
    evidence: Evidence


def download(api: Api, operation: Operation, poll: Operation) -> Download | None:
    """None where no call gives the file of this work, or several might."""
    made = making([operation, poll])
    found = [(fetch, link) for fetch in _fetches(api, poll) if (link := _parameters(api, poll, fetch))]
    named = [entry for entry in found if _is_named_so(entry[0], made)]
    if len(chosen := named or found) != 1:
        return None
    fetch, parameters = chosen[0]
    kind = media_kind(fetch) or made.kind
    if kind in ("", "text"):
        kind = "file"
    evidence = Evidence(-1.6)
    evidence.add(1.4, "the work is awaited")
    evidence.add(0.8, "nothing in the poll's reply could be the result")
    evidence.add(1.5, "its words say that it makes something", made.sure)
    evidence.add(0.7, "it may make something", made.likely and not made.sure)
    evidence.add(1.0, f"{fetch.operation_id} gives its file", bool(named))
    evidence.add(1.2, f"it answers {fetch.accept}", media_kind(fetch) and made.kind in ("", media_kind(fetch)))
    evidence.add(-2.5, "", media_kind(fetch) and made.kind not in ("", "file", media_kind(fetch)))
    status = next(response.status for response in poll.responses if response.ok)
    links: dict[str, Any] = {_LINK: {"operationId": fetch.operation_id, "parameters": parameters}}
    change = ProposedChange(poll.pointer, {"responses": {status: {"links": links}}})
    return Download({"type": kind, "download": _LINK}, change, evidence)


def media_kind(operation: Operation) -> str:
    """Of the file that it answers, by its media type; '' where that does not tell."""
    return next((kind for start, kind in MEDIA_TYPES.items() if operation.accept.startswith(start)), "")


def _fetches(api: Api, poll: Operation) -> Iterator[Operation]:
    """GETs of files right below what is polled."""
    start = f"{_STATE.sub('', poll.path.rstrip('/'))}/"
    for path, operation in api.reads.items():
        last = path.removeprefix(start)
        if path.startswith(start) and "/" not in last and "{" not in last and operation.output.binary:
            yield operation


def _parameters(api: Api, poll: Operation, fetch: Operation) -> Mapping[str, str] | None:
    """What the file's call needs, from the poll's reply; None where that has it not."""
    told = {bare(path[-1]): path for path, f in api.replies.walk(poll, 1) if f.type in ("string", "integer")}
    own = [field.pointer for field in poll.fields if field.location == "path"]
    if len(own) != 1 or any(field.pointer not in own for field in needed(fetch)):
        return None
    path = told.get(bare(own[0])) or (told.get("id") if bare(own[0]).endswith("id") else None)
    return {own[0]: body(path)} if path else None


def _is_named_so(fetch: Operation, made: Making) -> bool:
    """'content', 'download', 'file', or what is made: 'audio'."""
    last = {word.lower() for word in words(fetch.path.rstrip("/").rpartition("/")[2])}
    media = kind_of("media_words")
    own = any(media.get(singular(word)) == made.kind for word in last) if made.kind else False
    return own or bool(last & known("last_words", "fetches"))

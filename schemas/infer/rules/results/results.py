"""Proposals: where a reply, or the poll's reply, has what the step is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from specloom.schemas.infer.api import Api, asked_names, body, item
from specloom.schemas.infer.evidence import Evidence
from specloom.schemas.infer.proposal import Proposal, ProposedChange
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.rules.results.candidates import (
    Candidate,
    candidates,
    given,
    is_echo,
    name_words,
)
from specloom.schemas.infer.rules.results.downloads import download, media_kind
from specloom.schemas.infer.rules.results.making import Making, making
from specloom.schemas.infer.rules.results.mapping import mapping_of, parts_of
from specloom.schemas.infer.rules.results.texts import message_of
from specloom.schemas.infer.rules.work.states import state_of, waits_beside
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare, singular
from specloom.schemas.model import Operation

_DOWNLOADED = re.compile(r"\bdownload", re.I)
_RARELY = re.compile(r"\b(unsupported|not supported|not (available|returned))\b", re.I)
LEAST = 0.5
UNSURE = 0.85
"""At most this sure where nothing says that something is made, for a record with an address in it looks the same; and
where the reply has a state that nobody waits for."""


class ResultCandidate(Struct, frozen=True):
    """A result as `x-specloom` says it."""

    block: Mapping[str, Any]
    confidence: float
    reason: str
    also: tuple[ProposedChange, ...] = ()
    """What else of the document changes with it."""


def results(api: Api, polls: Mapping[str, str], unsure: Mapping[str, float]) -> Iterator[Proposal]:
    """`polls`: operationId of each job to that of its poll, whose reply holds the result; `unsure`: how sure it is that
    an operation is a job at all, of those that are not certain."""
    asked = frozenset(polls.values())
    for operation, block in api.open_operations:
        if "result" in block or (operation.output.type != "none" and not operation.output.binary):
            continue
        found: ResultCandidate | None = None
        if operation.output.binary:
            found = _binary(operation)
        elif operation.method == "POST" or operation.operation_id in asked or operation.operation_id in polls:
            found = _in_reply(api, operation, polls)
            if found is None or found.confidence < LEAST:
                found = _fetched(api, operation, polls)
        if found and found.confidence >= LEAST:
            sure = min(found.confidence, unsure.get(operation.operation_id, 1.0))
            yield Proposal(
                kind="result",
                operation_id=operation.operation_id,
                reason=found.reason,
                confidence=sure,
                changes=(ProposedChange(operation.pointer, {"x-specloom": {"result": found.block}}), *found.also),
            )


def _binary(operation: Operation) -> ResultCandidate | None:
    if kind := media_kind(operation):
        return ResultCandidate({"type": kind}, 0.99, f"it answers {operation.accept}")
    made = making([operation])
    if made.sure and made.kind not in ("", "text", "file") and operation.accept == "application/octet-stream":
        return ResultCandidate({"type": made.kind}, 0.93, f"it answers a file, and makes {_a(made.kind)}")
    return None


def _fetched(api: Api, operation: Operation, polls: Mapping[str, str]) -> ResultCandidate | None:
    poll = api.service.operation(polls.get(operation.operation_id, ""))
    found = download(api, operation, poll) if poll else None
    if poll is None or found is None:
        return None
    block = {**found.block, **mapping_of(poll)}
    return ResultCandidate(block, found.evidence.confidence, found.evidence.reason, (found.change,))


def _in_reply(api: Api, operation: Operation, polls: Mapping[str, str]) -> ResultCandidate | None:
    poll = api.service.operation(polls.get(operation.operation_id, ""))
    holder = poll or operation
    made = making([operation, poll] if poll else [operation])
    if text := message_of(holder):
        return ResultCandidate({**text, **mapping_of(holder)}, 0.95, "its reply is what language models give")
    asked = asked_names(operation)
    fit = [c for c in candidates(holder) if not is_echo(c, asked)]
    ranked = sorted(
        ((_weighed(c, made, fit, poll), c) for c in fit), key=lambda e: (-e[0].weight, len("".join(e[1].names)))
    )
    if not ranked:
        return None
    evidence, best = ranked[0]
    for other, rival in ranked[1:]:
        if evidence.weight - other.weight < 0.4 and not _goes_with(best, rival):
            evidence.add(-1.2, "")
            break
    kind = made.kind if made.kind and best.kind in ("", "file", made.kind) else best.kind
    kind = kind or "file"
    if (kind == "text") is not (best.form == "text"):
        return None
    block = {"type": kind, **_places(best, kind, made, poll), **mapping_of(holder)}
    where = f" in the reply of {holder.operation_id}" if poll else ""
    state = state_of(api, operation) if poll is None and operation.method == "POST" else None
    waits = poll is None and operation.method == "POST" and ((state and state.waits) or waits_beside(best.siblings))
    unsure = waits or not (poll or made.sure)
    sure = min(evidence.confidence, UNSURE) if unsure else evidence.confidence
    return ResultCandidate(block, sure, f"{evidence.reason}{where}")


def _weighed(one: Candidate, made: Making, fit: list[Candidate], poll: Operation | None) -> Evidence:
    found = Evidence(-1.6)
    place = ".".join(one.names)
    found.add(1.5, "its words say that it makes something", made.sure)
    found.add(0.7, "it may make something", made.likely and not made.sure)
    found.add(1.4, "the work is awaited", poll is not None)
    found.add(*_of_kind(one, made, place, poll is not None))
    found.add(0.4, "the document calls it an address", one.field.format in ("uri", "url"))
    found.add(0.8, "it is base64", one.form == "base64")
    found.add(-1.2, "", one.form == "base64" and _address_beside(one, fit))
    found.add(1.0, "it can be downloaded there", one.form == "url" and _DOWNLOADED.search(_told(one)))
    holders = {name for token in one.names[:-1] for name in (bare(token), bare(singular(token)))}
    found.add(0.4, "it stands among what is given back", holders & known("fields", "container"))
    stems = {_stem(word) for token in one.names for word in name_words(token)}
    found.add(0.8, f"{place!r} is named for what it does", stems & {_stem(word) for word in made.words} - {""})
    found.add(-2.5, "", given(one))
    found.add(-0.25 * max(0, one.depth - 3), "")
    same = [c for c in fit if c is not one and c.depth <= one.depth and not _goes_with(one, c)]
    found.add(0.8, "nothing else in the reply could be it", not same)
    return found


def _told(one: Candidate) -> str:
    return f"{' '.join(name_words(one.names[-1]))} {one.field.description[:400]}"


def _address_beside(one: Candidate, fit: list[Candidate]) -> bool:
    """The same is given as an address, and the document does not say that it often is not."""
    beside = [c for c in fit if c.items == one.items and c.path[:-1] == one.path[:-1] and c.form == "url"]
    return any(not _RARELY.search(c.field.description) for c in beside)


def _of_kind(one: Candidate, made: Making, place: str, poll: bool) -> tuple[float, str]:
    if one.kind and one.kind == made.kind:
        return 1.5, f"{place!r} names {_a(one.kind)}"
    if one.kind and made.kind and one.kind != "file":
        return -2.5, ""
    if made.kind == "text" and one.form != "text":
        return -2.0, ""
    if one.kind or made.kind:
        return 1.2, f"{place!r} is {_a(one.kind or made.kind)}"
    return (-0.2 if poll else -0.6), ""


def _goes_with(one: Candidate, other: Candidate) -> bool:
    """The same thing once more: as base64 beside its address, in a list with a longer name, or of another size."""
    if one.items == other.items and one.path[:-1] == other.path[:-1] and one.form != other.form:
        return True
    if one.items == other.items and one.path[:-1] == other.path[:-1] and one.path and other.path:
        name, rival = bare(one.path[-1]), bare(other.path[-1])
        return rival.endswith(name) or name.endswith(rival)
    if one.names[-1:] == other.names[-1:]:
        holder, rival = bare("".join(one.names[:-1])), bare("".join(other.names[:-1]))
        return rival.endswith(holder) or holder.endswith(rival)
    return False


def _places(one: Candidate, kind: str, made: Making, poll: Operation | None) -> dict[str, Any]:
    start: Path = ("0",) if poll is not None and poll.output.repeated and one.items is None else ()
    if one.items is None:
        place = {"text" if one.form == "text" else "url": _value(one, kind, body((*start, *one.path)))}
        return {**place, **_beside(one, body, (*start, *one.path[:-1]))}
    if kind == "text" and made.kind == "text" and "transcript" in bare("".join(one.names)):
        return {"text": body((*one.items, "0", *one.path))}
    place = {"text" if one.form == "text" else "url": _value(one, kind, item(one.path))}
    return {"items": body(one.items), **place, **_beside(one, item, one.path[:-1]), **_identity(one)}


def _beside(one: Candidate, say: Callable[[Path], str], holder: Path) -> dict[str, str]:
    if one.form == "text":
        return {}
    return {key: say((*holder, name)) for key, name in parts_of(one.siblings).items()}


def _identity(one: Candidate) -> dict[str, str]:
    found = next((f.name for f in one.siblings if f.name == "id" and f.type in ("string", "integer")), "")
    return {"item_id": item((*one.path[:-1], found))} if found and one.form != "text" else {}


_CONTENT_TYPES = {
    "image": "image/png", "audio": "audio/mpeg", "video": "video/mp4", "model3d": "model/gltf-binary",
    "file": "application/octet-stream",
}  # fmt: skip


def _value(one: Candidate, kind: str, expression: str) -> str:
    """base64 is given on as a data URL."""
    if one.form != "base64":
        return expression
    is_pdf = any("pdf" in token.lower() for token in one.names)
    media_type = "application/pdf" if is_pdf and kind == "file" else _CONTENT_TYPES[kind]
    return f"data:{media_type};base64,{{{expression}}}"


def _a(kind: str) -> str:
    return {"image": "an image", "audio": "audio", "model3d": "a 3D model"}.get(kind, f"a {kind}")


def _stem(word: str) -> str:
    """'enhanced', 'enhance' and 'enhances' alike; '' for words too short to tell."""
    low = singular(word)
    for ending in ("ation", "ing", "ed", "er", "e"):
        low = low.removesuffix(ending)
    return low if len(low) > 3 else ""

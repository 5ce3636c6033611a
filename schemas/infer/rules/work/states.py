"""The field of a reply that tells how far work is, and what its values mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from os.path import commonprefix
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.infer.api import Api
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.vocabulary import kind_of, known
from specloom.schemas.infer.words import bare
from specloom.schemas.model import Field, Operation
from specloom.schemas.text import words

_QUOTED = partial(re.compile, r"""[`'"“*]+([A-Za-z][\w -]{1,24}?)[`'"”*]+""")
_LISTED = partial(re.compile, r"\b[A-Za-z][A-Za-z_-]{3,24}\b")
_ENDINGS = ("status", "state")
_UNSEEN: Any = object()
DEPTH = 3
KINDS = ("succeeded", "failed", "canceled", "queued")


class State(Struct, frozen=True):
    """The field, and its values by what they mean (`succeeded`, `failed`, `canceled`, `queued`)."""

    path: Path
    values: Mapping[str, list[str]]
    runs: bool
    """Some value says that the work is under way."""
    waits: bool
    """Some value says that the work is not done yet."""
    worldly: int
    """Values that tell of people and goods, not of work: approved, paid, shipped."""
    unknown: int
    """Values that are in no vocabulary."""
    in_prose: bool
    """They are told by a description; no schema lists them."""


def state_of(api: Api, operation: Operation) -> State | None:
    """None where no field has values of which one means 'done'."""
    key = id(operation.output.fields)
    found: State | None = api.states.get(key, _UNSEEN)
    if found is _UNSEEN:
        found = api.states[key] = next(_states(api, operation), None)
    if found is not None and operation.output.repeated:  # a list of one
        return replace(found, path=("0", *found.path))
    return found


def waits_beside(fields: Iterable[Field]) -> bool:
    """Whether one of these fields is a state of work that may not be done yet."""
    for field in fields:
        if field.type in ("string", "any") and not field.repeated and bare(field.name).endswith(_ENDINGS):
            state = meaning((), _values(field)[0])
            if state is not None and state.waits:
                return True
    return False


def _states(api: Api, operation: Operation) -> Iterator[State]:
    """The plain names before others that end so, and the outer ones before the inner ones."""
    names = api.replies.names(operation, DEPTH)
    wanted = frozenset(name for name in names if name.endswith(_ENDINGS))
    if not wanted:
        return
    places = api.replies.named(operation, DEPTH, wanted)
    places.sort(key=lambda place: (bare(place[0][-1]) not in known("records", "status"), len(place[0])))
    for path, field in places:
        if field.type in ("string", "any") and not field.repeated:
            values, in_prose = _values(field)
            state = meaning(path, values, in_prose=in_prose)
            if state is not None:
                yield state


def _values(field: Field) -> tuple[list[str], bool]:
    listed = [choice.value for choice in field.choices if isinstance(choice.value, str)]
    if field.choices:
        return (listed if len(listed) == len(field.choices) else []), False
    return told(field.description), True


def told(text: str) -> list[str]:
    """The states that a description names: quoted ones; else words that only a list of states has side by side."""
    meanings = kind_of("states")
    quoted = [word for word in _QUOTED().findall(text[:3000]) if bare(word) in meanings]
    if len(set(map(bare, quoted))) >= 2:
        return list(dict.fromkeys(quoted))
    plain = [word for word in _LISTED().findall(text[:600]) if bare(word) in meanings]
    kinds = {meanings[bare(word)] for word in plain}
    several = len(set(map(bare, plain))) >= 3 and {"succeeded"} < kinds
    return list(dict.fromkeys(plain)) if several and "," in text else []


def meaning(path: Path, values: Sequence[str], *, in_prose: bool = False) -> State | None:
    meanings = kind_of("states")
    found: dict[str, list[str]] = {}
    runs, worldly, unknown = False, 0, 0
    start = _shared_start(values)
    for value in values:
        kind = _kind(meanings, value[start:])
        found.setdefault(kind, []).append(value)
        runs = runs or kind == "running"
        worldly += kind == "worldly"
        unknown += kind == ""
    if "succeeded" not in found:
        return None
    waits = runs or "queued" in found
    return State(
        path=path,
        values={kind: found[kind] for kind in KINDS if kind in found},
        runs=runs,
        waits=waits,
        worldly=worldly,
        unknown=unknown,
        in_prose=in_prose,
    )


def _kind(meanings: Mapping[str, str], value: str) -> str:
    """'image_download_failed' and 'invalid_data' fail; what is '…ing' runs; '' for what is not known."""
    word, parts = bare(value), [part.lower() for part in words(value)]
    if word in meanings or not parts:
        return meanings.get(word, "")
    if meanings.get(parts[-1]) == "failed" or parts[0] == "invalid":
        return "failed"
    return "running" if word.endswith("ing") else ""


def _shared_start(values: Sequence[str]) -> int:
    """How much all of them begin with: 13 of 'BATCH_STATUS_QUEUED' and 'BATCH_STATUS_FAILED'."""
    shared = commonprefix(list(values)) if len(values) > 2 else ""
    return shared.rfind("_") + 1

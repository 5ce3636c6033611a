"""Where the state of work is asked for: which GET, and with which id of the reply that started it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from specloom.schemas.infer.api import Api, body, says, segments
from specloom.schemas.infer.replies import Path
from specloom.schemas.infer.rules.work.states import State, state_of
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare, singular
from specloom.schemas.model import Field, Operation, Response
from specloom.schemas.text import words

_ASKED = re.compile(r"(.*)/\{([^{}/]+)\}(?:/(?:status|state|progress|results?|info))?")
_LATER = frozenset("status state progress result results info".split())
_WRAPPERS = frozenset("data result response job task item body attributes record".split())
_ADDRESSES = frozenset("pollingurl statusurl pollurl jobstatusurl statusuri checkurl urls statuslink".split())
_IDENTITIES = ("gid", "sid", "uuid", "id", "uid", "guid", "token", "key", "arn")
_ID_TYPES = ("string", "integer")


class Poll(Struct, frozen=True, kw_only=True):
    """An operation that tells a state, and the link that leads there. `closeness` is log-odds: how plainly the document
    says that it is about the work at hand."""

    operation: Operation
    state: State
    parameters: Mapping[str, str]
    closeness: float
    reason: str
    link: str = ""
    """The document's own link; '' where one has to be added."""
    handle: bool = False
    """The reply says nothing but which work it is, and how far."""
    address: bool = False
    """The reply has an address where the state is told."""


class _Asked(Struct, frozen=True):
    """A GET that tells a state, the path that it is about, and the input that takes the id."""

    operation: Operation
    state: State
    about: str
    parameter: str


class Polls:
    """The GETs of a service that tell a state."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._started = {o.path.rstrip("/") for o in api.service.operations if o.method == "POST"}
        self._by_path: dict[str, _Asked] = {}
        self._by_query: list[_Asked] = []
        for path, operation in api.reads.items():
            state = None if says(operation, known("words", "ends_work")) else state_of(api, operation)
            if state is None:
                continue
            if match := _ASKED.fullmatch(path):
                if not _asks_more(operation):
                    found = _Asked(operation, state, match[1], match[2])
                    if path.endswith("}") or match[1] not in self._by_path:
                        self._by_path[match[1]] = found
            elif (name := _id_input(operation)) is not None:
                self._by_query.append(_Asked(operation, state, path, name))

    def best(self, operation: Operation, reply: Response) -> Poll | None:
        """None where nothing tells, or two tell as plainly as each other."""
        if linked := self._linked(reply):
            return linked
        found = sorted(self._found(operation), key=lambda poll: -poll.closeness)
        if len(found) > 1 and found[0].closeness - found[1].closeness < 0.1:
            return None
        return found[0] if found else None

    def _linked(self, reply: Response) -> Poll | None:
        for link in reply.links:
            target = self.api.service.operation(link.operation_id)
            state = state_of(self.api, target) if target and target.method == "GET" else None
            if target and state:
                reason = f"its reply links to {target.operation_id}"
                return Poll(operation=target, state=state, parameters={}, closeness=2.5, reason=reason, link=link.name)
        return None

    def _found(self, operation: Operation) -> Iterator[Poll]:
        for asked in (*self._by_path.values(), *self._by_query):
            if asked.operation.operation_id == operation.operation_id:
                continue
            near = self._nearness(operation, asked)
            identity = WorkId.of(self.api, operation, asked) if near is not None else None
            if near is None or identity is None:
                continue
            others = _other_inputs(operation, asked)
            if others is None:
                continue
            name = asked.operation.operation_id
            if self._steps(asked) > 1:  # what is begun is filled step by step, by whoever calls
                near -= 1.5
            yield Poll(
                operation=asked.operation,
                state=asked.state,
                parameters={asked.parameter: body(identity.path), **others},
                closeness=near + identity.weight,
                reason=f"its reply has the id for {name}",
                handle=self._is_handle(operation),
                address=self._has_address(operation),
            )

    def _steps(self, asked: _Asked) -> int:
        """How many calls add to what is asked about: `POST /imports/{id}/files`."""
        start = f"{asked.about}/{{"
        ends = known("words", "ends_work")
        below = (path for path in self._started if path.startswith(start) and not path.endswith("}"))
        return sum(ends.isdisjoint(part.lower() for part in words(path.rpartition("/")[2])) for path in below)

    def _nearness(self, operation: Operation, asked: _Asked) -> float | None:
        """By their paths, by what they answer, by a word that says where the state is; None where nothing connects
        them."""
        path = operation.path.rstrip("/")
        same = bool(operation.output.fields) and operation.output.fields == asked.operation.output.fields
        alike = 0.6 if same else 0.0
        if asked.about == path:
            return 1.5 + alike
        if asked.about in self._started and not same:  # it tells about what is started there
            return None
        parent = path.rpartition("/")[0]
        if asked.about.rpartition("/")[0] == path and self._is_below(operation, asked):
            return 1.4 + alike
        if parent and asked.about == parent and not path.endswith("}"):
            return 1.0 + alike
        about, own = segments(asked.about), segments(path)
        if not about or not own:
            return None
        if about[-1] == own[-1] and len(about) <= len(own):
            return 0.9 + alike
        shared = len(_shared(about, own))
        below = shared >= len(about) - 1
        if _is_work(about[-1]) and (same or self._names_it(operation, asked.parameter)):
            return 0.5 + alike + 0.1 * shared / len(own)
        if self._has_address(operation) and below:
            return 2.0 + alike
        if _is_work(about[-1]) and below:
            return 0.5 if self._is_handle(operation) and self._is_only_work(asked) else -2.5
        return 0.3 + alike if same and below else None

    def _is_below(self, operation: Operation, asked: _Asked) -> bool:
        """`/flux` and `/flux/requests/{id}/status`, `/songs` and `/songs/info?taskId=`: by a word of work, or by the
        name of the id."""
        by_path = asked.operation.path.rstrip("/") != asked.about
        return (by_path and _is_work(segments(asked.about)[-1])) or self._names_it(operation, asked.parameter)

    def _is_handle(self, operation: Operation) -> bool:
        names = self.api.replies.names(operation, 2)
        return bool(names) and names <= known("fields", "handle")

    def _is_only_work(self, asked: _Asked) -> bool:
        every = [a for a in self._by_path.values() if segments(a.about) and _is_work(segments(a.about)[-1])]
        return every == [asked]

    def _names_it(self, operation: Operation, parameter: str) -> bool:
        """The reply has the id under the very name that the poll asks for it."""
        name = bare(parameter)
        return name != "id" and name in self.api.replies.names(operation, 2)

    def _has_address(self, operation: Operation) -> bool:
        return self.api.replies.has(operation, 2, _ADDRESSES)


class WorkId(Struct, frozen=True):
    """Where a reply has the id that a poll asks for, and how plainly (log-odds)."""

    path: Path
    weight: float

    @classmethod
    def of(cls, api: Api, operation: Operation, asked: _Asked) -> WorkId | None:
        name, fixed = bare(asked.parameter), segments(asked.about)
        thing = bare(singular(fixed[-1])) if fixed else ""
        start: Path = ("0",) if operation.output.repeated else ()
        found: dict[str, Path] = {}
        texts: dict[str, Path] = {}
        for path, field in api.replies.walk(operation, 2):
            own = bare(path[0]) in _WRAPPERS or bare(singular(path[0])) == thing or bare(path[-1]) == f"{thing}id"
            inner = len(path) == 1 or own or name != "id"
            if field.type in _ID_TYPES and not field.repeated and inner and not _is_foreign(path, thing):
                found.setdefault(bare(path[-1]), (*start, *path))
                if field.type == "string":
                    texts.setdefault(bare(path[-1]), (*start, *path))
        if name in found:
            return cls(found[name], 0.5 if name != "id" else 0.3)
        for ending in _IDENTITIES:
            if name.endswith(ending) and ending in found:
                return cls(found[ending], 0.2)
        if f"{thing}id" in found:
            return cls(found[f"{thing}id"], 0.3)
        if "id" in found:
            return cls(found["id"], 0.0)
        ids = [path for word, path in found.items() if word in known("records", "id")]
        if not ids and asked.about == operation.path.rstrip("/"):  # `{"result": "018a…"}`
            ids = [path for word, path in texts.items() if word not in known("fields", "remark")]
        return cls(ids[0], -0.2) if len(ids) == 1 else None


def _is_foreign(path: Path, thing: str) -> bool:
    """Below an object that is about something else: `user.id` is not the id of the work."""
    if len(path) < 2:
        return False
    holder = bare(path[-2])
    return holder in known("fields", "foreign") and bare(singular(path[-2])) != thing


def _is_work(segment: str) -> bool:
    low = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", segment)}
    return not low.isdisjoint(known("words", "works")) or bare(segment) in _LATER


def _shared(one: list[str], other: list[str]) -> list[str]:
    found = []
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        found.append(a)
    return found


def _other_inputs(operation: Operation, asked: _Asked) -> Mapping[str, str] | None:
    """What else the poll's path needs, from the start's own path; None where that has it not."""
    own = {f.pointer for f in operation.fields if f.location == "path"}
    needed = [
        f.pointer
        for f in asked.operation.fields
        if f.location == "path" and f.required and f.pointer != asked.parameter
    ]
    if any(name not in own for name in needed):
        return None
    return {name: f"$request.path.{name}" for name in needed}


def _asks_more(operation: Operation) -> bool:
    return any(f.required and f.default is None and not f.choices and f.location != "path" for f in operation.fields)


def _id_input(operation: Operation) -> str | None:
    """The one query parameter that takes an id, where nothing else is needed and the path asks for nothing."""
    asked = [f for f in operation.fields if f.location != "query" or f.required]
    named = [f for f in operation.fields if f.location == "query" and _is_id(f)]
    if len(named) != 1 or any(field is not named[0] for field in asked if field.required):
        return None
    return named[0].pointer


def _is_id(field: Field) -> bool:
    name = bare(field.pointer)
    return field.type in _ID_TYPES and not field.repeated and (name == "id" or name.endswith(("id", "uuid")))

"""A loaded service as the rules look at it: its operations by place, its lists, and the raw document beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from specloom.schemas.expressions import join_pointer, lookup, split_pointer
from specloom.schemas.infer.replies import Path, Replies, at
from specloom.schemas.infer.words import LISTS, bare, singular
from specloom.schemas.memo import table
from specloom.schemas.model import Field, Operation, Service
from specloom.schemas.text import words

_ELEMENT = re.compile(r"(.*)/\{([^{}/]+)\}")


class Listing(Struct, frozen=True, dict=True):
    """Where a reply holds its list ('' path: the reply is the list), and what an element holds."""

    path: Path
    fields: tuple[Field, ...]

    @property
    def items(self) -> str:
        return body(self.path)

    def field(self, *names: str) -> Field | None:
        """The first of the element's fields by bare name, in the order of `names`."""
        return next((self.by_name[name] for name in names if name in self.by_name), None)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The element's fields by bare name."""
        return {bare(field.name): field for field in self.fields}


class Api:
    """`raw` is the document as it was read, overlays included."""

    def __init__(self, service: Service, raw: Mapping[str, Any]) -> None:
        self.service = service
        self.raw = raw
        self.replies = Replies()
        self._nodes: dict[str, Any] = {}
        self._listings: dict[str, tuple[Operation, Listing | None]] = {}
        self.states: dict[int, Any] = table()
        """By the id of a reply's fields: its state, or None (rules/work/states.py)."""

    def after(self, service: Service) -> Api:
        """The same document when its service has learned something, with what is known of it already."""
        api = Api(service, self.raw)
        api.replies, api._nodes, api._listings = self.replies, self._nodes, self._listings
        api.states = self.states
        return api

    @cached_property
    def is_swagger2(self) -> bool:
        return str(self.raw.get("swagger", "")).startswith("2")

    @cached_property
    def root_block(self) -> Mapping[str, Any]:
        return _block(self.raw)

    @cached_property
    def reads(self) -> Mapping[str, Operation]:
        """GET operations by path, without a slash at its end."""
        return {o.path.rstrip("/"): o for o in self.service.operations if o.method == "GET" and not o.deprecated}

    @cached_property
    def deletes(self) -> Mapping[str, Operation]:
        return {o.path.rstrip("/"): o for o in self.service.operations if o.method == "DELETE"}

    @cached_property
    def children(self) -> Mapping[str, tuple[Operation, str]]:
        """`/jobs` to the GET of `/jobs/{id}` and its parameter."""
        found: dict[str, tuple[Operation, str]] = {}
        for path, operation in self.reads.items():
            if match := _ELEMENT.fullmatch(path):
                found.setdefault(match[1], (operation, match[2]))
        return found

    def node(self, operation: Operation) -> Mapping[str, Any] | None:
        """The operation in the raw document; None where it lies in another file."""
        pointer = operation.pointer
        if pointer not in self._nodes:
            found = lookup(self.raw, split_pointer(pointer)) if pointer else None
            told = isinstance(found, dict) and ("responses" in found or "operationId" in found)
            self._nodes[pointer] = found if told else None
        known: Mapping[str, Any] | None = self._nodes[pointer]
        return known

    def declared(self, operation: Operation) -> Mapping[str, Any]:
        """What the operation's own x-specloom says."""
        return _block(self.node(operation) or {})

    @cached_property
    def open_operations(self) -> list[tuple[Operation, Mapping[str, Any]]]:
        """Operations that can be added to, with their blocks."""
        every = [(operation, self.node(operation)) for operation in self.service.operations if not operation.deprecated]
        return [(operation, _block(node)) for operation, node in every if node is not None]

    def listing(self, operation: Operation) -> Listing | None:
        """The one list of a reply; None where there is none, or no telling which."""
        known = self._listings.get(operation.operation_id)
        if known is None or known[0] is not operation:
            known = self._listings[operation.operation_id] = operation, _listing(operation, self.replies)
        return known[1]


def _block(node: Mapping[str, Any]) -> Mapping[str, Any]:
    block = node.get("x-specloom")
    return block if isinstance(block, dict) else {}


def _listing(operation: Operation, replies: Replies) -> Listing | None:
    output = operation.output
    if operation.pagination is not None and operation.pagination.items.reference is not None:
        path = operation.pagination.items.reference.path
        return Listing(path, at(output.fields, path))
    if output.repeated:
        return Listing((), output.fields)
    lists = replies.lists(operation)
    if len(lists) < 2:
        return Listing(lists[0][0], lists[0][1].fields) if lists else None
    named = {path[-1]: (path, field) for path, field in reversed(lists)}
    known = {bare(name): entry for name, entry in named.items()}
    wanted = [*LISTS, *(bare(part) for part in reversed(segments(operation.path)))]
    chosen = next((known[name] for name in wanted if name in known), None)
    return Listing(chosen[0], chosen[1].fields) if chosen else None


def body(path: Path) -> str:
    return f"$response.body#{join_pointer(path)}" if path else "$response.body#"


def item(path: Path) -> str:
    return f"$item#{join_pointer(path)}" if path else "$item#"


def segments(path: str) -> list[str]:
    """The fixed parts of a path."""
    return [part for part in path.split("/") if part and "{" not in part]


def needed(operation: Operation) -> list[Field]:
    """Inputs without which it cannot be called."""
    return [field for field in operation.fields if field.required and field.default is None and not field.when]


def says(operation: Operation, wanted: frozenset[str]) -> frozenset[str]:
    """Which of these words, in lower case, are in its id, path or summary."""
    text = f"{operation.operation_id} {operation.path.replace('{', ' ')} {operation.summary}"
    low = text.lower()
    if not any(word in low for word in wanted):  # to tell the words apart takes far longer
        return frozenset()
    return wanted.intersection(word.lower() for word in words(text))


def thing(operation: Operation) -> str:
    """What its path is about, in the singular: 'voice' of /v1/voices/{id}; 'entry' where it does not tell."""
    fixed = segments(operation.path)
    return singular(fixed[-1]) if fixed else "entry"


def asked_names(operation: Operation) -> frozenset[str]:
    """Every input by its bare name, and by its bare way from the body."""
    found: set[str] = set()

    def note(fields: tuple[Field, ...], path: str, depth: int) -> None:
        for field in fields:
            name = bare(field.pointer.rpartition("/")[2] or field.name)
            found.update((name, f"{path}{name}"))
            if field.fields and depth < 3:
                note(field.fields, f"{path}{name}/", depth + 1)

    note(tuple(f for f in operation.fields if f.location in ("body", "query")), "", 1)
    return frozenset(found)

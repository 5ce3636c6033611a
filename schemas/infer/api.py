"""A loaded service as the rules look at it: its operations by place, its lists, and the raw document beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct

from schemas.expressions import join_pointer, lookup, split_pointer
from schemas.infer.words import LISTS, bare, singular
from schemas.load.text import words
from schemas.model import Field, Operation, Service

Path = tuple[str, ...]


class Listing(Struct, frozen=True):
    """Where a reply holds its list ('' path: the reply is the list), and what an element holds."""

    path: Path
    fields: tuple[Field, ...]

    @property
    def items(self) -> str:
        return body(self.path)

    def field(self, *names: str) -> Field | None:
        """The first of the element's fields by bare name, in the order of `names`."""
        known = {bare(field.name): field for field in self.fields}
        return next((known[name] for name in names if name in known), None)


class Api:
    """`raw` is the document as it was read, overlays included."""

    def __init__(self, service: Service, raw: Mapping[str, Any], nodes: dict[str, Any] | None = None) -> None:
        """`nodes` remembers where the operations lie, for the next Api of the same document."""
        self.service = service
        self.raw = raw
        self.nodes: dict[str, Any] = {} if nodes is None else nodes
        self._listings: dict[str, Listing | None] = {}
        self._replies: dict[tuple[int, int], list[tuple[Path, Field]]] = {}

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
            if match := re.fullmatch(r"(.*)/\{([^{}/]+)\}", path):
                found.setdefault(match[1], (operation, match[2]))
        return found

    def node(self, operation: Operation) -> Mapping[str, Any] | None:
        """The operation in the raw document; None where it lies in another file."""
        pointer = operation.pointer
        if pointer not in self.nodes:
            found = lookup(self.raw, split_pointer(pointer)) if pointer else None
            told = isinstance(found, dict) and ("responses" in found or "operationId" in found)
            self.nodes[pointer] = found if told else None
        known: Mapping[str, Any] | None = self.nodes[pointer]
        return known

    def declared(self, operation: Operation) -> Mapping[str, Any]:
        """What the operation's own x-specloom says."""
        return _block(self.node(operation) or {})

    def open_operations(self) -> Iterator[tuple[Operation, Mapping[str, Any]]]:
        """Operations that can be added to, with their blocks."""
        for operation in self.service.operations:
            node = self.node(operation)
            if node is not None and not operation.deprecated:
                yield operation, _block(node)

    def reply(self, operation: Operation, depth: int) -> list[tuple[Path, Field]]:
        """`walk` of what it answers; many operations answer the same."""
        key = (id(operation.output.fields), depth)
        if key not in self._replies:
            self._replies[key] = walk(operation.output.fields, depth)
        return self._replies[key]

    def listing(self, operation: Operation) -> Listing | None:
        """The one list of a reply; None where there is none, or no telling which."""
        if operation.operation_id not in self._listings:
            self._listings[operation.operation_id] = _listing(operation)
        return self._listings[operation.operation_id]


def _block(node: Mapping[str, Any]) -> Mapping[str, Any]:
    block = node.get("x-specloom")
    return block if isinstance(block, dict) else {}


def _listing(operation: Operation) -> Listing | None:
    output = operation.output
    if operation.pagination is not None and operation.pagination.items.reference is not None:
        path = operation.pagination.items.reference.path
        return Listing(path, at(output.fields, path))
    if output.repeated:
        return Listing((), output.fields)
    lists = [(path, field) for path, field in walk(output.fields, 2) if field.repeated and is_rows(field)]
    named = {path[-1]: (path, field) for path, field in reversed(lists)}
    if len(lists) == 1:
        chosen: tuple[Path, Field] | None = lists[0]
    else:
        wanted = [*LISTS, *(bare(part) for part in reversed(segments(operation.path)))]
        known = {bare(name): entry for name, entry in named.items()}
        chosen = next((known[name] for name in wanted if name in known), None)
    return Listing(chosen[0], chosen[1].fields) if chosen else None


def is_rows(field: Field) -> bool:
    return field.type in ("object", "any", "string")


def walk(fields: tuple[Field, ...], depth: int, path: Path = ()) -> list[tuple[Path, Field]]:
    """Fields of a reply with the way to them, through objects but not into lists."""
    found: list[tuple[Path, Field]] = []
    for field in fields:
        if field.location == "selector":
            continue
        here = (*path, *_steps(field))
        found.append((here, field))
        if depth > 1 and field.fields and not field.repeated:
            found += walk(field.fields, depth - 1, here)
    return found


def _steps(field: Field) -> Path:
    pointer = field.pointer
    if pointer[:1] == "/" and "~" not in pointer and "/" not in pointer[1:]:
        return (pointer[1:],)
    return split_pointer(field.pointer) if field.pointer.startswith("/") else (field.pointer or field.name,)


def at(fields: tuple[Field, ...], path: Path) -> tuple[Field, ...]:
    for token in path:
        inner = next((field for field in fields if token in _steps(field)), None)
        fields = inner.fields if inner else ()
    return fields


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


def says(operation: Operation) -> frozenset[str]:
    """The words of its id, path and summary, in lower case."""
    return _words_in(f"{operation.operation_id} {operation.path.replace('{', ' ')} {operation.summary}")


@lru_cache(maxsize=16384)
def _words_in(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words(text))


def thing(operation: Operation) -> str:
    """What its path is about, in the singular: 'voice' of /v1/voices/{id}; 'entry' where it does not tell."""
    fixed = segments(operation.path)
    return singular(fixed[-1]) if fixed else "entry"

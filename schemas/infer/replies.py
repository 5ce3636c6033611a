"""What replies hold, found once for all operations that answer the same."""

from __future__ import annotations

from collections.abc import Iterator

from specloom.schemas.expressions import split_pointer
from specloom.schemas.infer.words import bare
from specloom.schemas.memo import cached, table
from specloom.schemas.model import Field, Operation

Path = tuple[str, ...]
Places = list[tuple[Path, Field]]
"""Fields with the way to them."""
_ROWS = frozenset(("object", "any", "string"))
"""Types of what stands in lists that are watched, turned and chosen from."""


class Replies:
    """Of one document; the fields of its replies stay the objects that they are, and are known by their ids."""

    def __init__(self) -> None:
        self._walked: dict[tuple[int, int], Places] = table()
        self._names: dict[tuple[int, int], frozenset[str]] = table()
        self._lists: dict[int, Places] = table()

    def walk(self, operation: Operation, depth: int) -> Places:
        """Fields of its reply with the way to them, through objects but not into lists."""
        fields = operation.output.fields
        key = (id(fields), depth)
        known = self._walked.get(key)
        if known is None:
            known = self._walked[key] = list(_walk(fields, depth, ()))
        return known

    def named(self, operation: Operation, depth: int, names: frozenset[str]) -> Places:
        """Of `walk` the fields with one of these bare names, in the reply's order."""
        return list(self._named_in(operation.output.fields, depth, names, ()))

    def names(self, operation: Operation, depth: int) -> frozenset[str]:
        """The bare names that `walk` finds."""
        return self._names_in(operation.output.fields, depth)

    def has(self, operation: Operation, depth: int, names: frozenset[str]) -> bool:
        """Whether `walk` finds one of these bare names; most replies have none of what a rule looks for."""
        return not names.isdisjoint(self._names_in(operation.output.fields, depth))

    def lists(self, operation: Operation) -> Places:
        """Those of `walk` to a depth of 2 that may be what a list is for."""
        fields = operation.output.fields
        known = self._lists.get(id(fields))
        if known is None:
            known = self._lists[id(fields)] = list(_lists(fields, 2, ()))
        return known

    def _named_in(
        self, fields: tuple[Field, ...], depth: int, names: frozenset[str], path: Path
    ) -> Iterator[tuple[Path, Field]]:
        if names.isdisjoint(self._names_in(fields, depth)):
            return
        for field in fields:
            if field.location != "selector":
                if _bare(field.pointer or field.name) in names:
                    yield (*path, *steps(field)), field
                if depth > 1 and field.fields and not field.repeated:
                    yield from self._named_in(field.fields, depth - 1, names, (*path, *steps(field)))

    def _names_in(self, fields: tuple[Field, ...], depth: int) -> frozenset[str]:
        key = (id(fields), depth)
        known = self._names.get(key)
        if known is None:
            if depth > 1:
                inner = [f.fields for f in fields if f.fields and not f.repeated and f.location != "selector"]
                known = self._names_in(fields, 1).union(*[self._names_in(more, depth - 1) for more in inner])
            else:
                known = frozenset([_bare(f.pointer or f.name) for f in fields if f.location != "selector"])
            self._names[key] = known
        return known


def _walk(fields: tuple[Field, ...], depth: int, path: Path) -> Iterator[tuple[Path, Field]]:
    for field in fields:
        if field.location != "selector":
            here = (*path, *steps(field))
            yield here, field
            if depth > 1 and field.fields and not field.repeated:
                yield from _walk(field.fields, depth - 1, here)


def _lists(fields: tuple[Field, ...], depth: int, path: Path) -> Iterator[tuple[Path, Field]]:
    for field in fields:
        if field.location == "selector":
            continue
        if field.repeated:
            if field.type in _ROWS:
                yield (*path, *steps(field)), field
        elif depth > 1 and field.fields:
            yield from _lists(field.fields, depth - 1, (*path, *steps(field)))


def steps(field: Field) -> Path:
    """The way from the object to its field."""
    return _steps(field.pointer or field.name)


@cached(65536)
def _steps(pointer: str) -> Path:
    return split_pointer(pointer) if pointer.startswith("/") else (pointer,)


@cached(65536)
def _bare(pointer: str) -> str:
    return bare(_steps(pointer)[-1])


def at(fields: tuple[Field, ...], path: Path) -> tuple[Field, ...]:
    """The fields of the object that the way leads to."""
    for token in path:
        inner = next((field for field in fields if token in steps(field)), None)
        fields = inner.fields if inner else ()
    return fields

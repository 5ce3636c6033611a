"""JSON Schema's own names of places: `$id`, `$anchor` and `$dynamicAnchor`, wherever they stand in a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from msgspec import Struct

from specloom.schemas.document.node import Node
from specloom.schemas.document.source import Source
from specloom.schemas.expressions import join_pointer, lookup, split_pointer

_DATA = frozenset(("example", "examples", "default", "enum", "const"))
"""What stands below these only looks like a schema."""
_ANCHORS = ("$anchor", "$dynamicAnchor")


class NamedPlace(Struct, frozen=True):
    pointer: str
    value: Any


class Identifiers:
    """Of one file; read through at the first question, and only where the file has such names."""

    def __init__(self, source: Source, base: str = "") -> None:
        self._source = source
        self._base = base

    def find(self, ref: str, node: Node) -> NamedPlace | None:
        """What a reference at `node` names by `$id` or an anchor; None where it is of another kind."""
        if not self._is_used:
            return None
        resource = self.base_at(node)
        file, _, fragment = ref.partition("#")
        if not file and not resource and (not fragment or fragment.startswith("/")):
            return None
        place = self._resources.get(urljoin(resource, file) if file else resource)
        if place is None:
            return None
        if not fragment:
            return place if file else None
        if not fragment.startswith("/"):
            return self._anchors.get((urljoin(resource, file) if file else resource, fragment))
        path = split_pointer(fragment)
        value = lookup(place.value, path)
        return None if value is None else NamedPlace(place.pointer + join_pointer(path), value)

    @cached_property
    def _is_used(self) -> bool:
        return any(self._source.mentions(word) for word in ("$id", *_ANCHORS))

    @cached_property
    def _resources(self) -> dict[str, NamedPlace]:
        found = {self._base: NamedPlace("", self._source.root)}
        found.update((name, place) for kind, name, _, place in self._named if kind == "$id")
        return found

    @cached_property
    def _anchors(self) -> dict[tuple[str, str], NamedPlace]:
        return {(base, name): place for kind, name, base, place in self._named if kind != "$id"}

    def base_at(self, node: Node) -> str:
        """The `$id` of the schema around a place; the document's own base where there is none."""
        if not self._is_used:
            return self._base
        pointer = f"{node.pointer}/"
        around = [(p.pointer, name) for name, p in self._resources.items() if pointer.startswith(f"{p.pointer}/")]
        return max(around, key=lambda one: len(one[0]))[1] if around else self._base

    @cached_property
    def _named(self) -> list[tuple[str, str, str, NamedPlace]]:
        return list(_walk(self._source.root, "", self._base))


def _walk(value: Any, pointer: str, base: str) -> Iterator[tuple[str, str, str, NamedPlace]]:
    """(keyword, name, the `$id` around it, the place)."""
    waiting = [(value, pointer, base)]
    while waiting:
        value, pointer, base = waiting.pop()
        if isinstance(value, dict):
            own = value.get("$id")
            if isinstance(own, str) and own:
                base = urljoin(base, own.partition("#")[0])
                yield "$id", base, base, NamedPlace(pointer, value)
            for keyword in _ANCHORS:
                if isinstance(value.get(keyword), str):
                    yield keyword, value[keyword], base, NamedPlace(pointer, value)
            waiting += [(one, pointer + join_pointer((key,)), base) for key, one in value.items() if key not in _DATA]
        elif isinstance(value, list):
            waiting += [(one, f"{pointer}/{index}", base) for index, one in enumerate(value)]

"""A place in a raw document: the value, its file and its pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specloom.schemas.document.source import Source
from specloom.schemas.expressions import join_pointer
from specloom.schemas.memo import cached


@cached(65536)
def pointer_to(name: str) -> str:
    """The JSON Pointer of a member."""
    return "/" + name if "/" not in name and "~" not in name else join_pointer((name,))


class Node:
    """A value with its place. `get` and `items` step inside; nothing is followed until `Refs.follow`."""

    __slots__ = ("_parent", "_pointer", "_token", "source", "value")

    def __init__(
        self, value: Any, source: Source, parent: Node | None = None, token: str = "", pointer: str = ""
    ) -> None:
        self.value = value
        self.source = source
        self._parent = parent
        self._token = token
        self._pointer = pointer

    @property
    def pointer(self) -> str:
        if self._parent is None:
            return self._pointer
        return self._parent.pointer + join_pointer((self._token,))

    def get(self, key: str) -> Node:
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(value, self.source, self, key)

    def at(self, *keys: str) -> Node:
        node = self
        for key in keys:
            node = node.get(key)
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Members of an object; nothing for anything else."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(value, self.source, self, key)

    def properties(self) -> dict[str, Node]:
        """The properties of a schema by name; what may not be there (`false`) is none."""
        source = self.source
        return {key: Node(value, source, self, key) for key, value in self.value.items() if value is not False}

    def elements(self) -> Iterator[Node]:
        """Elements of a list; nothing for anything else."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.source, self, str(index))

    def text(self, key: str) -> str:
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""

    def __bool__(self) -> bool:
        return self.value is not None

"""What is said several times in a document and read once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from specloom.schemas.document.node import Node
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.source import content_key

T = TypeVar("T")


class Memo(Generic[T]):
    """Remembers what was made of a node: for the same one (many operations refer to it), and for all that say the same
    (many documents write out what others refer to), unless something was reported, for that has a place."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._same: dict[tuple[Any, ...], tuple[Any, T]] = {}
        self._equal: dict[tuple[Any, ...], T] = {}

    def of(self, node: Node, make: Callable[[], T], *given: str) -> T:
        """What `make` makes of the node; it depends on nothing else than the node and what is `given`."""
        same = (id(node.value), *given)
        known = self._same.get(same)
        if known is not None:
            return known[1]
        content = content_key(node.value)
        equal = (content, id(node.source), *given)
        made = self._equal.get(equal) if content else None
        if made is None:
            before = self._report.count
            made = make()
            if content and self._report.count == before:
                self._equal[equal] = made
            self._same[same] = (node.value, made)  # the value is kept so that its id stays its own
        return made

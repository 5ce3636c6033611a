"""Parameters that several operations have stand once, for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from specloom.generator.output.json_text import line
from specloom.schemas.memo import table

MOST = 1000
"""Parameters among which an equal one is looked for: the work must not grow with the square of the operations."""


class ParameterPlace(Struct):
    """One parameter in the list, and the operations that have it there."""

    parameter: dict[str, Any]
    operations: list[str]
    position: int = 0


def together(lists: Iterable[tuple[str, Sequence[dict[str, Any]]]]) -> list[ParameterPlace]:
    """The parameters of all operations (each with its own), in a list where every operation finds its own in their
    order. What is written the same is the same parameter."""
    full: list[ParameterPlace] = []
    order: list[ParameterPlace] = []
    known: dict[bytes, list[ParameterPlace]] = {}
    texts: dict[int, tuple[dict[str, Any], bytes]] = table()
    for operation, own in lists:
        if len(order) > MOST:
            full += order
            order, known = [], {}
        added = _found(operation, own, known, texts)
        for behind in sorted(added, reverse=True):
            order[behind + 1 : behind + 1] = added[behind]
        for position in range(min(added, default=len(order)) + 1, len(order)):
            order[position].position = position
    return full + order


def _found(
    operation: str,
    own: Sequence[dict[str, Any]],
    known: dict[bytes, list[ParameterPlace]],
    texts: dict[int, tuple[dict[str, Any], bytes]],
) -> dict[int, list[ParameterPlace]]:
    """Adds the operation to the places that can be its own too; the new places for the rest, by the position they
    come behind (-1: at the head)."""
    added: dict[int, list[ParameterPlace]] = {}
    last = -1
    for parameter in own:
        text = texts.get(id(parameter))
        if text is None:  # the parameter is kept so that its id stays its own
            text = texts[id(parameter)] = parameter, line(parameter)
        places = known.setdefault(text[1], [])
        for place in places:
            if place.position > last:
                last = place.position
                break
        else:
            place = ParameterPlace(parameter, [])
            places.append(place)
            added.setdefault(last, []).append(place)
        place.operations.append(operation)
    return added

"""Schemas with a discriminator whose subtypes are told by `allOf` alone: they are the alternatives nobody lists."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.expressions import join_pointer

_PLACES = (("components", "schemas"), ("definitions",))


class Subtypes:
    """The document's schemas by what they extend; read through at the first question."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs

    def of(self, base: Node) -> list[Node]:
        """References to the schemas that extend `base`, those that extend these included, in the document's order."""
        found: dict[str, Node] = {}
        waiting = [id(base.value)]
        while waiting:
            for pointer, node in self._children.get(waiting.pop(0), ()):
                if pointer not in found:
                    found[pointer] = Node({"$ref": f"#{pointer}"}, node.source, pointer=pointer)
                    waiting.append(id(node.value))
        return list(found.values())

    @cached_property
    def _children(self) -> dict[int, list[tuple[str, Node]]]:
        """By the identity of the schema they name in their `allOf`."""
        found: defaultdict[int, list[tuple[str, Node]]] = defaultdict(list)
        source = self._refs.source
        for place in _PLACES:
            holder = Node(source.root, source).at(*place)
            for name, node in holder.items():
                parts = node.get("allOf").elements() if isinstance(node.value, dict) else ()
                for part in parts:
                    if part.text("$ref"):
                        found[id(self._refs.follow(part).value)].append((join_pointer((*place, name)), node))
        return found


def discriminator_of(node: Node) -> Node | None:
    """Of a schema that lists no alternatives; Swagger 2 has only the property's name."""
    value = node.value
    if not isinstance(value, dict) or "oneOf" in value or "anyOf" in value:
        return None
    told = value.get("discriminator")
    if isinstance(told, str) and told:
        return Node({"propertyName": told}, node.source, pointer=node.pointer)
    named = node.get("discriminator")
    return named if named.text("propertyName") else None

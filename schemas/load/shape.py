"""One schema with its `$ref`s, `allOf` and null branches folded in, ready to become a field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.load.node import Node
from schemas.load.refs import Refs

TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")


@dataclass(slots=True)
class Group:
    """A oneOf or anyOf that a person has to choose from."""

    kind: str
    branches: list[Node]
    title: str = ""
    discriminator: Node | None = None


@dataclass(slots=True)
class Shape:
    node: Node
    """The schema after `$ref`; its own keywords."""
    ref_name: str = ""
    types: list[str] = field(default_factory=list)
    nullable: bool = False
    keywords: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: Node | None = None
    additional: Node | None = None
    groups: list[Group] = field(default_factory=list)
    boolean: bool | None = None
    """A schema that is just `true` or `false`."""

    @property
    def type(self) -> str:
        """The one type, guessed from its keywords where it is not said; 'any' where there are several."""
        if len(self.types) == 1:
            return self.types[0]
        if self.types:
            return "number" if set(self.types) == {"integer", "number"} else "any"
        if self.properties or self.additional is not None:
            return "object"
        if self.items is not None:
            return "array"
        return _type_of_values(self.keywords.get("enum"), self.keywords)


def _type_of_values(values: Any, keywords: dict[str, Any]) -> str:
    if "const" in keywords:
        values = [keywords["const"]]
    if isinstance(values, list) and values:
        kinds = {type(v) for v in values if v is not None}
        for kind, name in ((str, "string"), (bool, "boolean"), (int, "integer")):
            if kinds == {kind}:
                return name
        return "number" if kinds and kinds <= {int, float} else "any"
    if keywords.get("format") in (
        "binary",
        "byte",
        "date",
        "date-time",
        "uri",
        "url",
        "uuid",
        "email",
        "password",
    ):
        return "string"
    if "minLength" in keywords or "maxLength" in keywords or "pattern" in keywords:
        return "string"
    return "number" if "minimum" in keywords or "maximum" in keywords else "any"


class Shapes:
    """Makes shapes, each schema once."""

    def __init__(self, refs: Refs) -> None:
        self.refs = refs
        self._known: dict[int, tuple[Any, Shape]] = {}

    def of(self, node: Node) -> Shape:
        known = self._known.get(id(node.value))
        if known is not None:
            return known[1]
        shape = Shape(node=node, ref_name=self.refs.name(node))
        self._known[id(node.value)] = (node.value, shape)
        self._fold(node, shape, set())
        shape.node = self.refs.follow(node)
        return shape

    def _fold(self, node: Node, shape: Shape, seen: set[int]) -> None:
        node = self.refs.follow(node)
        value = node.value
        if isinstance(value, bool):
            shape.boolean = value
        if not isinstance(value, dict) or id(value) in seen:
            return
        seen.add(id(value))
        self._keywords(node, shape)
        for part in node.get("allOf").elements():
            target = self.refs.follow(part)
            if self._only_group(target):
                self._group(target, shape, seen, target.text("title"))
            else:
                self._fold(part, shape, seen)
        self._group(node, shape, seen)

    @staticmethod
    def _only_group(node: Node) -> bool:
        value = node.value
        return isinstance(value, dict) and not value.keys() - {
            "oneOf",
            "anyOf",
            "title",
            "description",
            "discriminator",
        }

    def _keywords(self, node: Node, shape: Shape) -> None:
        value = node.value
        declared = value.get("type")
        types = declared if isinstance(declared, list) else [declared]
        types = [t for t in types if t in TYPES]
        if "null" in types or value.get("nullable") is True:
            shape.nullable = True
        types = [t for t in types if t != "null"]
        if types:
            both = [t for t in shape.types if t in types]
            shape.types = both or ([*shape.types, *types] if not shape.types else shape.types)
        for name, child in node.get("properties").items():
            if name not in shape.properties or _says_more(child, shape.properties[name]):
                shape.properties[name] = child
        required = value.get("required")
        if isinstance(required, list):
            shape.required.update(name for name in required if isinstance(name, str))
        if isinstance(value.get("items"), (dict, bool)):
            shape.items = node.get("items")
        elif isinstance(value.get("items"), list) or "prefixItems" in value:
            shape.items = shape.items or Node({}, node.source, pointer=node.pointer)
        if isinstance(value.get("additionalProperties"), dict) or value.get("additionalProperties") is True:
            shape.additional = node.get("additionalProperties")
        for key, keyword in value.items():
            if key not in _STRUCTURE:
                shape.keywords.setdefault(key, keyword)

    def _group(self, node: Node, shape: Shape, seen: set[int], title: str = "") -> None:
        """`title` names the question; a schema's own title would name the whole."""
        for kind in ("oneOf", "anyOf"):
            branches = list(node.get(kind).elements())
            if not branches:
                continue
            solid = [b for b in branches if not _is_null(self.refs.follow(b).value)]
            if len(solid) < len(branches):
                shape.nullable = True
            if len(solid) == 1:
                self._fold(solid[0], shape, seen)
            elif solid:
                discriminator = node.get("discriminator")
                shape.groups.append(Group(kind, solid, title, discriminator if discriminator.value else None))


_STRUCTURE = frozenset(
    "type properties required items additionalProperties allOf oneOf anyOf nullable prefixItems $ref $defs definitions "
    "discriminator not if then else".split()
)


def _is_null(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return value.get("type") == "null" or value.get("enum") == [None] or ("const" in value and value["const"] is None)


def _says_more(new: Node, old: Node) -> bool:
    """A later allOf part may narrow a property that an earlier one only names."""
    return isinstance(new.value, dict) and isinstance(old.value, dict) and not old.value and bool(new.value)

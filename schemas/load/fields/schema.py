"""One schema with its `$ref`s, `allOf` and null branches folded in, ready to become a field."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.load.fields.subtypes import Subtypes, discriminator_of
from specloom.schemas.memo import content_key, table
from specloom.schemas.model import Field

T = TypeVar("T")


class SchemaGroup(Struct):
    """A oneOf or anyOf that a person has to choose from."""

    kind: str
    branches: list[Node]
    title: str = ""
    discriminator: Node | None = None


class Schema(Struct):
    node: Node
    """The schema after `$ref`; its own keywords."""
    ref_name: str = ""
    types: tuple[str, ...] = ()
    nullable: bool = False
    keywords: dict[str, Any] = {}
    properties: dict[str, Node] = {}
    required: frozenset[str] = frozenset()
    items: Node | None = None
    additional: Node | None = None
    groups: tuple[SchemaGroup, ...] = ()
    chosen: AskedSchema | None = None
    """What stands for it in a form, once unions.py has decided."""
    said: bytes | None = None
    """What `content` has found out."""

    @property
    def content(self) -> bytes:
        """The same for schemas that say the same; b"" where that cannot be told."""
        if self.said is None:
            self.said = content_key(self.node.value)
        return self.said

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


class AskedSchema(Struct, frozen=True):
    """What stands for a value of several kinds in a form: `others` are the kinds that may stand there as well, in
    words, and `kinds` the scalars among them: number, boolean."""

    schema: Schema
    others: str = ""
    kinds: tuple[str, ...] = ()


_TEXT_FORMATS = ("binary", "byte", "date", "date-time", "uri", "url", "uuid", "email", "password")


def _type_of_values(values: Any, keywords: dict[str, Any]) -> str:
    if "const" in keywords:
        values = [keywords["const"]]
    if isinstance(values, list) and values:
        kinds = {type(v) for v in values if v is not None}
        for kind, name in ((str, "string"), (bool, "boolean"), (int, "integer")):
            if kinds == {kind}:
                return name
        return "number" if kinds and kinds <= {int, float} else "any"
    if keywords.get("format") in _TEXT_FORMATS:
        return "string"
    if "minLength" in keywords or "maxLength" in keywords or "pattern" in keywords:
        return "string"
    return "number" if "minimum" in keywords or "maximum" in keywords else "any"


MAX_FOLDS = 120
"""Schemas that one allOf may pull together, one below the other."""


class Made(NamedTuple, Generic[T]):
    """What was made of a schema, how many fields that are, and the ids of the schemas that are open in it."""

    result: T
    size: int
    inside: set[int]


class Shapes:
    """Makes shapes, each schema once. The rest is the field makers' memory. `made`: fields by their origin and by what
    that says, and their place; `objects`: all that an object holds, by what it says; `scalars`: see there."""

    def __init__(self, refs: Refs) -> None:
        self.refs = refs
        self.made: dict[tuple[Any, ...], Made[Field]] = table()
        self.objects: dict[tuple[Any, ...], Made[tuple[Field, ...]]] = table()
        self.scalars: dict[tuple[Any, ...], tuple[Any, Field]] = table()
        self._known: dict[int, tuple[Any, Schema]] = {}
        self._subtypes = Subtypes(refs)

    def of(self, node: Node) -> Schema:
        value = node.value
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        first = self.refs.alike(node)
        if first is not node:
            shape = self.of(first)
            self._known[id(value)] = (value, shape)
            return shape
        if type(value) is dict and "$ref" not in value:
            shape = Schema(node)
        else:
            shape = Schema(self.refs.follow(node), self.refs.name(node))
        self._known[id(value)] = (value, shape)
        self._fold(shape.node, shape, set())
        named = discriminator_of(shape.node)
        if named is not None and not shape.groups and (subtypes := self._subtypes.of(shape.node)):
            shape.groups = (SchemaGroup("oneOf", subtypes, "", named),)
        return shape

    def _fold(self, node: Node, shape: Schema, seen: set[int]) -> None:
        value = node.value
        if not isinstance(value, dict) or id(value) in seen:
            return
        seen.add(id(value))
        if len(seen) > MAX_FOLDS:
            self.refs.report.error(node, "all-of", "allOf pulls in too many schemas", "what comes after is left out")
            return
        _keywords(node, value, shape)
        if "allOf" in value:
            for part in node.get("allOf").elements():
                target = self.refs.follow(part)
                if _only_group(target.value):
                    self._group(target, shape, seen, target.text("title"))
                else:
                    self._fold(target, shape, seen)
        if "oneOf" in value or "anyOf" in value:
            self._group(node, shape, seen)

    def _group(self, node: Node, shape: Schema, seen: set[int], title: str = "") -> None:
        """`title` names the question; a schema's own title would name the whole."""
        for kind in ("oneOf", "anyOf"):
            branches = list(node.get(kind).elements())
            if not branches:
                continue
            solid = [b for b in branches if not _is_null(self.refs.follow(b).value)]
            if len(solid) < len(branches):
                shape.nullable = True
            if len(solid) == 1:
                self._fold(self.refs.follow(solid[0]), shape, seen)
            elif solid:
                named = node.get("discriminator")
                shape.groups = (*shape.groups, SchemaGroup(kind, solid, title, named if named.value else None))


def _only_group(value: Any) -> bool:
    return isinstance(value, dict) and not value.keys() - {"oneOf", "anyOf", "title", "description", "discriminator"}


def _keywords(node: Node, value: dict[str, Any], shape: Schema) -> None:
    _types(value, shape)
    facets = {key: keyword for key, keyword in value.items() if key not in _STRUCTURE}
    shape.keywords = {**shape.keywords, **facets, **shape.keywords} if shape.keywords else facets
    if len(facets) + ("type" in value) == len(value):
        return  # a plain value
    for key, keyword in value.items():
        if key == "properties" and isinstance(keyword, dict):
            _add_properties(node.get(key), shape)
        elif key == "required" and isinstance(keyword, list):
            shape.required |= {name for name in keyword if isinstance(name, str)}
        elif key == "items" and isinstance(keyword, (dict, bool)):
            shape.items = node.get(key)
        elif key == "prefixItems" or (key == "items" and isinstance(keyword, list)):
            shape.items = shape.items or Node({}, node.source, pointer=node.pointer)
        elif key == "additionalProperties" and (isinstance(keyword, dict) or keyword is True):
            shape.additional = node.get(key)


def _add_properties(node: Node, shape: Schema) -> None:
    found = node.properties()
    if not shape.properties:
        shape.properties = found
        return
    for name, child in found.items():
        if name not in shape.properties or _says_more(child, shape.properties[name]):
            shape.properties[name] = child
    for name in node.value.keys() - found.keys():
        shape.properties.pop(name, None)


def _types(value: dict[str, Any], shape: Schema) -> None:
    declared = value.get("type")
    types = declared if isinstance(declared, list) else [declared]
    if value.get("nullable") is True or "null" in types:
        shape.nullable = True
    solid = tuple([t for t in types if isinstance(t, str) and t in _TYPES])
    if solid and not shape.types:
        shape.types = solid
    elif solid:
        shape.types = tuple([t for t in shape.types if t in solid]) or shape.types


_TYPES = frozenset(("string", "integer", "number", "boolean", "object", "array"))
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

"""A value that may be one of several kinds, and the one of them that people can fill in.

`oneOf: [text, list of texts]` is asked for as a list, `anyOf: [object, '']` (Stripe's way to clear a value) as the
object. What is not asked for stays reachable through the additional body, and `Field.loose` says that it is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from specloom.schemas.load.fields.schema import AskedSchema, Schema, SchemaGroup, Shapes

MAX_BRANCHES = 2000
_SCALARS = frozenset(("string", "integer", "number", "boolean"))


def plain(shapes: Shapes, shape: Schema) -> AskedSchema:
    """What to ask for; the shape itself where nothing is mixed."""
    if shape.chosen is None:
        shape.chosen = AskedSchema(shape)  # a union that contains itself is not looked at twice
        shape.chosen = _plain(shapes, shape)
    return shape.chosen


def _plain(shapes: Shapes, shape: Schema) -> AskedSchema:
    if len(shape.types) > 1 and not shape.groups:
        return _of_types(shape)
    if len(shape.groups) != 1 or shape.properties or shape.type == "object":
        return AskedSchema(shape)
    branches = _branches(shapes, shape.groups[0], 0)
    solid = [branch for branch in branches if not _clears(branch)]
    if not solid:
        return AskedSchema(shape)
    kinds = {branch.type for branch in solid}
    if len(kinds) == 1 and len(solid) == len(branches):
        return AskedSchema(replace(shape, types=("object",), chosen=None) if kinds == {"object"} else shape)
    if len(kinds) == 1 and kinds <= _SCALARS:
        return AskedSchema(shape)
    wanted = solid if len(kinds) == 1 else _preferred(shapes, solid)
    if not wanted:
        return AskedSchema(shape)
    rest = [branch for branch in solid if branch not in wanted]
    others = dict.fromkeys(_words(shapes, branch) for branch in rest)
    return AskedSchema(_merged(shape, wanted), ", ".join(others) or "an empty text", _kinds(b.type for b in rest))


def _kinds(types: Iterable[str]) -> tuple[str, ...]:
    """Of the other scalars, as JavaScript and JSON tell them apart."""
    found = {"number" if one == "integer" else one for one in types}
    return tuple(sorted(found & {"number", "boolean"}))


def _of_types(shape: Schema) -> AskedSchema:
    """`type: [string, integer]`, `type: [array, string]`."""
    kinds = set(shape.types)
    if kinds == {"integer", "number"} or "object" in kinds or not kinds & {"string", "array"}:
        return AskedSchema(shape)
    kind = "array" if "array" in kinds and shape.items is not None else "string" if "string" in kinds else ""
    if not kind:
        return AskedSchema(shape)
    others = ", ".join(sorted(f"a {name}" for name in kinds - {kind}))
    return AskedSchema(replace(shape, types=(kind,)), others, _kinds(kinds - {kind}))


def _branches(shapes: Shapes, group: SchemaGroup, depth: int) -> list[Schema]:
    """The alternatives, those of alternatives included."""
    found: list[Schema] = []
    for node in group.branches:
        if len(found) > MAX_BRANCHES:
            break
        branch = shapes.of(node)
        if len(branch.groups) == 1 and not branch.properties and branch.type == "any" and depth < 3:
            found += _branches(shapes, branch.groups[0], depth + 1)
        else:
            found.append(branch)
    return found


def _clears(branch: Schema) -> bool:
    """Only there to empty a value."""
    return branch.keywords.get("enum") in ([""], [None]) or branch.keywords.get("const", 0) in ("", None)


def _preferred(shapes: Shapes, branches: list[Schema]) -> list[Schema]:
    """The alternatives of the kind to ask for; [] where no kind is the obvious one."""
    by_kind: dict[str, list[Schema]] = {}
    for branch in branches:
        by_kind.setdefault(branch.type, []).append(branch)
    texts = [b for kind, found in by_kind.items() if kind == "string" for b in found]
    lists = by_kind.get("array", [])
    flat = [b for b in lists if b.items is not None and plain(shapes, shapes.of(b.items)).schema.type in _SCALARS]
    objects = [b for b in by_kind.get("object", []) if b.properties]
    if flat and by_kind.keys() <= _SCALARS | {"array"}:
        of_texts = [b for b in flat if b.items is not None and shapes.of(b.items).type == "string"]
        return (of_texts or flat)[:1]
    if texts and by_kind.keys() == {"string", "boolean"} and all(_is_yes_or_no(text) for text in texts):
        return by_kind["boolean"][:1]
    if texts:
        return texts
    if lists and objects and by_kind.keys() <= {"array", "object"}:
        return lists[:1]
    if objects and by_kind.keys() <= {"object", "any"}:
        return objects
    numbers = [b for b in branches if b.type in ("integer", "number")]
    return numbers if len(numbers) == len(branches) else []


def _is_yes_or_no(text: Schema) -> bool:
    enum = text.keywords.get("enum")
    return isinstance(enum, list) and {str(value).lower() for value in enum} <= {"true", "false"}


def _merged(outer: Schema, wanted: list[Schema]) -> Schema:
    """The wanted alternatives with the union's own words (title, description, default) over theirs."""
    first = wanted[0]
    nullable = outer.nullable or any(branch.nullable for branch in wanted)
    if len(wanted) == 1:
        keywords = {**first.keywords, **outer.keywords}
        return replace(first, keywords=keywords, nullable=nullable, ref_name="", chosen=None)
    group = replace(outer.groups[0], branches=[branch.node for branch in wanted])
    kinds = {branch.type for branch in wanted}
    kind = first.type if len(kinds) == 1 else "number"
    return replace(outer, types=(kind,), nullable=nullable, groups=(group,), chosen=None)


def _words(shapes: Shapes, branch: Schema) -> str:
    if branch.type == "array" and branch.items is not None:
        return f"a list of {shapes.of(branch.items).type}"
    return {"any": "any JSON", "object": "an object", "integer": "an integer"}.get(branch.type, f"a {branch.type}")

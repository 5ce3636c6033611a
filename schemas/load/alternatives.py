"""oneOf and anyOf of objects: a question (the selector), and fields that hang on its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemas.expressions import join_pointer
from schemas.load.choices import selector_values
from schemas.load.node import Node
from schemas.load.shape import Group, Shape
from schemas.load.text import clean, humanize, one_line, slug, title_case
from schemas.model import Choice, Condition, Field

if TYPE_CHECKING:
    from schemas.load.fields import FieldMaker


def add_alternatives(
    maker: FieldMaker, base: Shape, group: Group, fields: dict[str, Field], depth: int, media_type: str
) -> None:
    """Adds a selector and the alternatives' fields to `fields`."""
    branches = [maker.shapes.of(branch) for branch in group.branches]
    if any(branch.types and "object" not in branch.types for branch in branches):
        return
    property_name, values = selector_values(maker.shapes, group, branches)
    selector = fields.pop(property_name, None) if property_name else None
    named = [_named(base, branch) for branch in branches]
    if not property_name and not any(named):
        return
    selector = _selector(maker, selector, group, branches, property_name, values, base)
    while selector.location == "selector" and selector.name in fields:
        selector = replace(selector, name=selector.name + "_choice")
    governed = [n for n in dict.fromkeys(name for names in named for name in names) if n != property_name]
    made: dict[str, Field] = {}
    for name in governed:
        shown = [i for i, names in enumerate(named) if name in names]
        made.update(_governed(maker, base, branches, fields, name, shown, selector, values, depth, media_type))
    before = {n: f for n, f in fields.items() if n not in governed}
    fields.clear()
    fields.update(before)
    fields[selector.name] = selector
    fields.update(made)


def _named(base: Shape, branch: Shape) -> list[str]:
    """What an alternative speaks of, in the document's order."""
    ordered = [name for name in base.properties if name in branch.required]
    return list(dict.fromkeys([*branch.properties, *ordered, *sorted(branch.required)]))


def _governed(
    maker: FieldMaker, base: Shape, branches: Sequence[Shape], fields: dict[str, Field], name: str, shown: list[int],
    selector: Field, values: list[Any], depth: int, media_type: str,
) -> dict[str, Field]:  # fmt: skip
    """The field `name`, once for all the alternatives that mean the same by it, else once for each meaning."""
    meanings: dict[int, tuple[Node, list[int]]] = {}
    for index in shown:
        node = branches[index].properties.get(name) or base.properties.get(name)
        if node is None:
            node = Node({"title": humanize(name)}, base.node.source, pointer=base.node.pointer)
        if name in base.properties and isinstance(node.value, dict) and node.value.keys() <= {"const", "enum"}:
            node = base.properties[name]
        key = (
            id(maker.shapes.refs.follow(node).value)
            if name in branches[index].properties or name in base.properties
            else 0
        )
        meanings.setdefault(key, (node, []))[1].append(index)
    result: dict[str, Field] = {}
    for node, indexes in meanings.values():
        required = all(name in branches[i].required or name in base.required for i in indexes)
        unique = name if len(meanings) == 1 or not result else f"{name}_{values[indexes[0]]}"
        field = maker.make(unique, node, join_pointer((name,)), required, depth + 1, media_type)
        if not maker.wanted(field):
            continue
        if len(indexes) < len(branches) or len(meanings) > 1:
            condition = Condition(field=selector.name, values=tuple(values[i] for i in indexes))
            field = replace(field, when=(*field.when, condition))
        earlier = fields.get(name)
        if earlier is not None and earlier.when:
            field = replace(field, when=(*earlier.when, *field.when))
        result[unique] = field
    return result


def _selector(
    maker: FieldMaker,
    real: Field | None,
    group: Group,
    branches: Sequence[Shape],
    property_name: str,
    values: list[Any],
    base: Shape,
) -> Field:
    labels = [_branch_title(branch) or humanize(str(value)) for branch, value in zip(branches, values, strict=True)]
    choices = tuple(
        Choice(value=value, label=label, description=clean(branch.keywords.get("description")))
        for branch, value, label in zip(branches, values, labels, strict=True)
    )
    if property_name:
        required = property_name in base.required or all(property_name in branch.required for branch in branches)
        field = real or maker.make(property_name, branches[0].properties[property_name], join_pointer((property_name,)))
        known = {choice.value: choice for choice in field.choices} if real else {}
        choices = tuple(known.get(choice.value, choice) for choice in choices)
        return replace(field, choices=choices, open=False, required=required, default=field.default if real else None,
                       visibility="important")  # fmt: skip
    asked = [i for i, branch in enumerate(branches) if branch.required or branch.properties] or [0]
    free = next((v for v, branch in zip(values, branches, strict=True) if not branch.required), values[0])
    return Field(
        name=slug(group.title)[:48] or "_or_".join(slug(str(values[i])) for i in asked[:3])[:64] or "variant",
        location="selector",
        title=one_line(title_case(group.title or " or ".join(labels[i] for i in asked[:3]))),
        description="Which of these to give" if not group.title else "",
        choices=choices,
        default=free,
        exclusive=group.kind == "oneOf",
    )


def _branch_title(branch: Shape) -> str:
    return one_line(branch.keywords.get("title")) or (humanize(branch.ref_name) if branch.ref_name else "")

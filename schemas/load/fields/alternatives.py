"""oneOf and anyOf of objects: a question (the selector), and fields that hang on its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from specloom.schemas.document.node import Node, pointer_to
from specloom.schemas.load.fields.choices import labelled
from specloom.schemas.load.fields.schema import Schema, SchemaGroup, Shapes
from specloom.schemas.load.fields.selectors import SelectedAlternatives, selection
from specloom.schemas.model import Choice, Condition, Field
from specloom.schemas.text import clean, humanize, one_line, slug, title_case

if TYPE_CHECKING:
    from specloom.schemas.load.fields.maker import FieldMaker

MAX_BRANCHES = 200
"""Alternatives of one question, those of alternatives included."""


def add_alternatives(
    maker: FieldMaker, base: Schema, group: SchemaGroup, fields: dict[str, Field], depth: int, media_type: str
) -> None:
    """Adds the alternatives' fields to `fields`, for inputs with the question which of them applies."""
    branches = _objects(maker.shapes, group, 0)
    if len(branches) >= MAX_BRANCHES:
        told = f"only the first {MAX_BRANCHES} alternatives are offered"
        maker.report.warn(base.node, "alternatives", told, "give others as additional JSON")
    if maker.direction != "request":
        _add_all(maker, branches, fields, depth)
    elif branches:
        _Alternatives(maker, base, group, branches[:MAX_BRANCHES], depth, media_type).add_to(fields)


def _objects(shapes: Shapes, group: SchemaGroup, depth: int) -> list[Schema]:
    """The alternatives that may be objects; what they in turn leave open is folded into them."""
    found: dict[int, Schema] = {}
    for node in group.branches:
        branch = shapes.of(node)
        if (branch.types and "object" not in branch.types) or len(found) >= MAX_BRANCHES:
            continue
        if branch.groups and depth < 4:
            inner = [below for g in branch.groups for below in _objects(shapes, g, depth + 1)]
            if len(branch.groups) == 1 and not branch.properties and not branch.required:
                found.update((id(below.node.value), below) for below in inner)
                continue
            optional = {name: child for below in inner for name, child in below.properties.items()}
            branch = replace(branch, properties={**branch.properties, **_without(optional, branch)}, groups=())
        found.setdefault(id(branch.node.value), branch)
    return list(found.values())


def _without(properties: dict[str, Node], branch: Schema) -> dict[str, Node]:
    return {name: child for name, child in properties.items() if name not in branch.properties}


def _add_all(maker: FieldMaker, branches: list[Schema], fields: dict[str, Field], depth: int) -> None:
    """A reply holds whatever any alternative may hold."""
    nodes: dict[str, list[Node]] = {}
    for branch in branches:
        for name, node in branch.properties.items():
            nodes.setdefault(name, []).append(node)
            if maker.full:
                maker.leave_out()
            elif name not in fields:
                fields[name] = maker.make(name, node, pointer_to(name), False, depth + 1)
    for name, several in nodes.items():
        if len(several) > 1 and name in fields and (values := _values_of_all(maker.shapes, several)):
            fields[name] = replace(fields[name], choices=labelled(values))


def _values_of_all(shapes: Shapes, nodes: list[Node]) -> tuple[str, ...]:
    """Every text that one of the alternatives allows, where each of them lists its own; () where one does not."""
    found: dict[str, None] = {}
    for node in nodes:
        keywords = shapes.of(node).keywords
        values = [keywords["const"]] if "const" in keywords else keywords.get("enum")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return ()
        found.update(dict.fromkeys(values))
    return tuple(found)


class _Alternatives:
    """One oneOf or anyOf of an input."""

    def __init__(
        self, maker: FieldMaker, base: Schema, group: SchemaGroup, branches: list[Schema], depth: int, media_type: str
    ) -> None:
        self.maker = maker
        self.base = base
        self.group = group
        self.branches = branches
        self.depth = depth
        self.media_type = media_type
        self.asked: SelectedAlternatives = selection(maker.shapes, base, group, branches)
        self.named = [_named(base, branch) for branch in branches]

    def add_to(self, fields: dict[str, Field]) -> None:
        property_name = self.asked.property_name
        if not property_name and not any(self.named):
            return
        real = fields.pop(property_name, None) if property_name else None
        selector = self._selector(real)
        while selector.location == "selector" and selector.name in fields:
            selector = replace(selector, name=selector.name + "_choice")
        governed = [n for n in dict.fromkeys(name for names in self.named for name in names) if n != property_name]
        made: dict[str, Field] = {}
        for name in governed:
            made.update(self._governed(fields, name, selector))
        before = {n: f for n, f in fields.items() if n not in made}
        fields.clear()
        fields.update(before)
        if property_name or any(c.field == selector.name for field in made.values() for c in field.when):
            fields[selector.name] = selector
        fields.update(made)

    def _governed(self, fields: dict[str, Field], name: str, selector: Field) -> dict[str, Field]:
        """The field `name`, once for all the alternatives that mean the same by it, else once for each meaning."""
        shown = [i for i, names in enumerate(self.named) if name in names]
        if self.maker.full and not any(name in self.branches[i].required for i in shown):
            self.maker.leave_out()
            return {}
        meanings: dict[int, tuple[Node, list[int]]] = {}
        for index in shown:
            key, node = self._meaning(name, self.branches[index])
            meanings.setdefault(key, (node, []))[1].append(index)
        result: dict[str, Field] = {}
        for node, indexes in meanings.values():
            required = all(name in self.branches[i].required or name in self.base.required for i in indexes)
            unique = name if len(meanings) == 1 or not result else f"{name}_{self.asked.values[indexes[0]][0]}"
            pointer = pointer_to(name)
            field = self.maker.make(unique, node, pointer, required, self.depth + 1, self.media_type)
            if not self.maker.wanted(field):
                continue
            if len(indexes) < len(self.branches) or len(meanings) > 1:
                values = tuple(value for i in indexes for value in self.asked.values[i])
                field = replace(field, when=(*field.when, Condition(field=selector.name, values=values)))
            earlier = fields.get(name)
            if earlier is not None and earlier.when:
                field = replace(field, when=(*earlier.when, *field.when))
            result[field.name] = field
        return result

    def _meaning(self, name: str, branch: Schema) -> tuple[int, Node]:
        """(what tells this meaning from others, the schema): an alternative may only narrow what the base says."""
        own, common = branch.properties.get(name), self.base.properties.get(name)
        node = own or common
        if node is None:
            return 0, Node({"title": humanize(name)}, self.base.node.source, pointer=self.base.node.pointer)
        key = id(self.maker.shapes.refs.follow(node).value)
        if common is not None and isinstance(node.value, dict) and node.value.keys() <= {"const", "enum"}:
            node = common
        return key, node

    def _selector(self, real: Field | None) -> Field:
        asked = self.asked
        labels = _unique(
            _branch_title(branch) or humanize(str(values[0]))
            for branch, values in zip(self.branches, asked.values, strict=True)
        )
        choices = tuple(
            Choice(value=values[0], label=label, description=clean(branch.keywords.get("description"), 500))
            for branch, values, label in zip(self.branches, asked.values, labels, strict=True)
        )
        exclusive = self.group.kind == "oneOf"
        if asked.property_name:
            return self._question(real, choices, exclusive)
        told = [i for i, branch in enumerate(self.branches) if branch.required or branch.properties] or [0]
        free = next((v[0] for v, b in zip(asked.values, self.branches, strict=True) if not b.required), None)
        words = " or ".join(labels[i] for i in told[:3])
        names = "_or_".join(slug(str(asked.values[i][0])) for i in told[:3])
        return Field(
            name=slug(self.group.title)[:48] or (names if 0 < len(names) <= 64 else "variant"),
            location="selector",
            title=one_line(title_case(self.group.title or (words if len(words) <= 80 else "Variant"))),
            description="Which of these to give" if not self.group.title else "",
            choices=choices,
            default=free if free is not None else asked.values[0][0],
            exclusive=exclusive,
        )

    def _question(self, real: Field | None, choices: tuple[Choice, ...], exclusive: bool) -> Field:
        """The property that tells the alternatives apart, with a choice for each of its values."""
        name = self.asked.property_name
        holder = next((b for b in self.branches if name in b.properties), self.base)
        required = name in self.base.required or all(name in branch.required for branch in self.branches)
        node = holder.properties.get(name) or Node({}, self.base.node.source, pointer=self.base.node.pointer)
        field = real or self.maker.make(name, node, pointer_to(name))
        known = {choice.value: choice for choice in field.choices} if real else {}
        by_first = {choice.value: choice for choice in choices}
        offered = []
        for values in self.asked.values:
            alone = by_first[values[0]] if len(values) == 1 else None
            offered += [known.get(v) or alone or Choice(value=v, label=humanize(str(v))) for v in values]
        return replace(
            field,
            choices=tuple(offered),
            open=False,
            required=required,
            default=field.default if real and field.default is not None else self._default_answer(),
            visibility="important",
            exclusive=exclusive,
        )

    def _default_answer(self) -> Any:
        """Of the schema that `defaultMapping` names."""
        target = self.group.discriminator.text("defaultMapping") if self.group.discriminator else ""
        name = target.rpartition("/")[2]
        pairs = zip(self.branches, self.asked.values, strict=True)
        return next((values[0] for branch, values in pairs if name and branch.ref_name == name), None)


def _named(base: Schema, branch: Schema) -> list[str]:
    """What an alternative speaks of, in the document's order."""
    ordered = [name for name in base.properties if name in branch.required]
    return list(dict.fromkeys([*branch.properties, *ordered, *sorted(branch.required)]))


def _unique(labels: Iterable[str]) -> list[str]:
    result: list[Any] = []
    for label in labels:
        number = 2
        unique = label
        while unique in result:
            unique, number = f"{label} {number}", number + 1
        result.append(unique)
    return result


def _branch_title(branch: Schema) -> str:
    return one_line(branch.keywords.get("title")) or (humanize(branch.ref_name) if branch.ref_name else "")

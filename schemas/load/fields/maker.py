"""Schemas to fields: what a person fills in, or what a reply holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar

from specloom.schemas.document.extension import expression, extension
from specloom.schemas.document.node import Node, pointer_to
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.load.fields import facets
from specloom.schemas.load.fields.alternatives import add_alternatives
from specloom.schemas.load.fields.choices import choices_of, is_open
from specloom.schemas.load.fields.scalars import scalar
from specloom.schemas.load.fields.schema import Made, Schema, Shapes
from specloom.schemas.load.fields.unions import plain
from specloom.schemas.memo import content_key
from specloom.schemas.model import Field, FieldLocation, Options, Visibility
from specloom.schemas.text import clean, one_line

T = TypeVar("T")
MAX_FIELDS = {"request": 1500, "response": 600, "event": 400}
"""Per operation and direction; what comes after stays reachable as JSON."""
MAX_DEPTH = {"request": 6, "response": 4, "event": 3}
_NOT_OPEN = 1_000

_VISIBILITY: dict[object, Visibility] = {"important": "important", "advanced": "advanced", "internal": "internal"}


class FieldMaker:
    """Makes the fields of one operation in one direction. Fields of the same schema, at the same place and depth, are
    the same object."""

    def __init__(self, shapes: Shapes, report: Reporter, direction: Literal["request", "response", "event"]) -> None:
        self.shapes = shapes
        self.report = report
        self.direction = direction
        self._count = 0
        self._open: list[int] = []
        self._inside: set[int] = set()
        """Ids of the schemas that were open since the last part was begun."""
        self._cut = _NOT_OPEN
        """The outermost open object that something was left out for: what is made below it hangs on the way to it."""

    def of_body(self, node: Node, media_type: str = "application/json") -> tuple[Field, ...]:
        """Fields of a whole body: its properties, or one field 'body' (pointer '') where it is no object."""
        asked = plain(self.shapes, self.shapes.of(node))
        shape, others = asked.schema, asked.others
        if self.direction == "request" and "an object" in others:
            told = f"the body may be {others} as well; it is asked for as one of type {shape.type}"
            self.report.warn(node, "alternatives", told, "give the others as additional JSON")
        if self._is_record(shape):
            return self._known_object(shape, 0, media_type)
        return (self.make("body", node, "", required=True, media_type=media_type),)

    @staticmethod
    def _is_record(shape: Schema) -> bool:
        if shape.type not in ("object", "any") or (shape.types and "object" not in shape.types):
            return False
        return bool(shape.properties) or (bool(shape.groups) and shape.type == "object")

    @property
    def full(self) -> bool:
        return self._count > MAX_FIELDS[self.direction]

    def leave_out(self) -> None:
        """Something for which there is no room: whatever holds it is made anew where there may be."""
        self._cut = -1

    def of_object(self, shape: Schema, depth: int, media_type: str = "") -> tuple[Field, ...]:
        """The properties, each once, in the document's order; alternatives become a selector and conditions."""
        key = id(shape.node.value)
        if key in self._open:
            self._cut = min(self._cut, self._open.index(key))
            return ()
        self._open.append(key)
        self._inside.add(key)
        try:
            fields: dict[str, Field] = {}
            left_out = 0
            for name, node in shape.properties.items():
                required = name in shape.required
                if name == "__proto__":
                    self.report.warn(node, "name", "no JavaScript can send a field named '__proto__'", "left out")
                    continue
                if not required and self.full:
                    left_out += 1
                    self.leave_out()
                    continue
                child = self.make(name, node, pointer_to(name), required, depth + 1, media_type)
                if self.wanted(child):
                    fields[child.name if child.name not in fields else name] = child
            if left_out and self.direction == "request":
                self.report.warn(
                    shape.node, "too-many", f"{left_out} fields are too many for a form", "give them as additional JSON"
                )
            for group in shape.groups:
                add_alternatives(self, shape, group, fields, depth, media_type)
            return tuple(fields.values())
        finally:
            self._open.pop()

    def _known_object(self, shape: Schema, depth: int, media_type: str = "") -> tuple[Field, ...]:
        """`of_object`, once for all the schemas that say the same: many documents write out what others refer to."""
        content = shape.content
        equal = (content, id(shape.node.source), depth, media_type, self.direction) if content else ()
        return self._once(self.shapes.objects, (), equal, partial(self.of_object, shape, depth, media_type))

    def wanted(self, field: Field) -> bool:
        return not (field.read_only if self.direction == "request" else field.write_only)

    def make(
        self,
        name: str,
        node: Node,
        pointer: str,
        required: bool = False,
        depth: int = 0,
        media_type: str = "",
        location: FieldLocation = "body",
    ) -> Field:
        field = scalar(self.shapes.scalars, node.value, name, pointer, required, location, media_type)
        if field is not None:
            self._count += 1
            return field
        node = self.shapes.refs.alike(node)
        made = self.shapes.made
        place = (name, pointer, required, depth, media_type, location, self.direction)
        same = (id(node.value), place)
        content = b"" if same in made else _content(node.value)
        equal = (content, id(node.source), place) if content else ()
        make = partial(self._make, name, node, pointer, required, depth, media_type, location)
        return self._once(made, same, equal, make)

    def _once(
        self, made: dict[tuple[Any, ...], Made[T]], same: tuple[Any, ...], equal: tuple[Any, ...],
        make: Callable[[], T],
    ) -> T:  # fmt: skip
        """What `make` makes, unless it is known and there is room for as many fields: by where it comes from and goes
        (`same`), or by what it says (`equal`); () where it has no such name. What depends on the way that led here, or
        had something left out, is made anew, and so is what is equal to something reported, for that has a place."""
        known = made.get(same) or made.get(equal)
        if known is not None and self._fits(known):
            self._count += known.size
            self._inside |= known.inside
            return known.result
        before, reported, cut = self._count, self.report.count, self._cut
        outer, self._inside = self._inside, set()
        self._cut = _NOT_OPEN
        result = make()
        inside = self._inside
        self._inside = outer | inside
        if self._cut < len(self._open):
            self._cut = min(self._cut, cut)
            return result
        self._cut = cut
        if same:
            made[same] = Made(result, self._count - before, inside)
        if equal and self.report.count == reported:
            made[equal] = Made(result, self._count - before, inside)
        return result

    def _fits(self, known: Made[T]) -> bool:
        """Whether it would be made the same here: there is room for it, and nothing in it holds itself."""
        return self._count + known.size <= MAX_FIELDS[self.direction] and known.inside.isdisjoint(self._open)

    def _make(
        self, name: str, node: Node, pointer: str, required: bool, depth: int, media_type: str, location: FieldLocation
    ) -> Field:
        self._count += 1
        asked = plain(self.shapes, self.shapes.of(node))
        shape, inner = asked.schema, asked
        value = shape
        is_list = shape.type == "array"
        if is_list and shape.items is not None:
            inner = plain(self.shapes, self.shapes.of(shape.items))
            value = inner.schema
        facts = self._value(value, depth, media_type)
        if is_list:
            if shape.items is None or value.type == "array":
                facts.update(type="any", fields=(), values=None)
            facts.update(
                repeated=True,
                min_items=facets.count(shape.keywords, "minItems"),
                max_items=facets.count(shape.keywords, "maxItems"),
            )
        if asked.others or inner.others:
            facts.update(loose=True, kinds=inner.kinds)
        constant = required and not is_list and bool(facets.only_value(value.keywords))
        self._describe(facts, name, shape, value, node, constant)
        required = required and not (constant and location == "body")
        return Field(name=facets.name_of(name), pointer=pointer, location=location, required=required, **facts)

    def _value(self, shape: Schema, depth: int, media_type: str) -> dict[str, Any]:
        """Type, limits and children of one value."""
        keywords = shape.keywords
        block = extension(shape.node, "field", self.report) if "x-specloom" in keywords else {}
        kind = shape.type
        if kind == "array":
            kind = "any"
        facts: dict[str, Any] = {"type": kind}
        if choices := choices_of(self.shapes, shape, block, self.report):
            facts.update(choices=choices, open=is_open(self.shapes, shape, choices))
            if kind == "any":
                facts["type"] = facets.type_of_choices(choices)
        if form := facets.file_form(keywords, block, media_type):
            facts["file"] = form
            if form == "binary":
                facts["type"] = "file"
        if kind == "object" or (kind == "any" and self._is_record(shape)):
            facts.update(type="object", **self._children(shape, depth))
        return facts

    def _children(self, shape: Schema, depth: int) -> dict[str, Any]:
        self._inside.add(id(shape.node.value))
        if depth >= MAX_DEPTH[self.direction] or self.full or id(shape.node.value) in self._open:
            if id(shape.node.value) in self._open:
                self._cut = min(self._cut, self._open.index(id(shape.node.value)))
            elif depth < MAX_DEPTH[self.direction]:
                self.leave_out()
            if self.direction == "request" and (shape.properties or shape.groups):
                told = "holds itself" if id(shape.node.value) in self._open else "nested too deeply for a form"
                self.report.warn(shape.node, "too-deep", told, "its value is given as JSON")
            return {"fields": ()}
        fields = self._known_object(shape, depth)
        free = shape.additional.value if shape.additional is not None else None
        if fields or not isinstance(free, dict) or not free or shape.additional is None:
            return {"fields": fields}
        return {"fields": (), "values": self.make("value", shape.additional, "", depth=depth + 1)}

    def _describe(
        self, facts: dict[str, Any], name: str, shape: Schema, value: Schema, node: Node, constant: bool
    ) -> None:
        """Everything that is not structure; the array's own words come before its elements'."""
        own, below = shape.keywords, value.keywords
        block = self._block(shape, value)
        title = node.text("title") if node.text("$ref") else own.get("title")
        facts["title"] = one_line(block.get("label")) or facets.title_of(title or own.get("x-ms-summary"), name)
        if text := own.get("description") or below.get("description"):
            facts["description"] = clean(text)
        if "format" in below:
            facts["format"] = one_line(below["format"])
        facts["nullable"] = shape.nullable
        facts["read_only"], facts["write_only"] = own.get("readOnly") is True, own.get("writeOnly") is True
        facts["deprecated"] = own.get("deprecated") is True
        facts["secret"] = block.get("secret") is True or below.get("format") == "password"
        if constant:
            facts["visibility"] = "internal"
        elif shown := block.get("visibility") or own.get("x-ms-visibility"):
            facts["visibility"] = _VISIBILITY.get(shown, "important")
        given = facets.example(own)
        facts["example"] = facets.example(below) if given is None and below is not own else given
        if constant:
            facts["default"] = facets.only_value(below)[0]
        elif own.get("default") is not None:
            facts["default"] = self._default(shape, facts)
        if block:
            facts["inferred"] = clean(block.get("inferred"))
            facts["options"] = self._options(shape.node, block)
        if not facets.LIMITS.isdisjoint(below):
            facets.limits(below, facts)
        if "pattern" in below:
            facts["pattern"], fault = facets.pattern(below["pattern"])
            if fault:
                self.report.warn(value.node, "pattern", f"pattern of {name[:60]!r} {fault}", "not checked")

    def _block(self, shape: Schema, value: Schema) -> Any:
        if "x-specloom" not in shape.keywords and "x-specloom" not in value.keywords:
            return {}
        return extension(shape.node, "field", self.report) or extension(value.node, "field", self.report)

    def _default(self, shape: Schema, facts: dict[str, Any]) -> Any:
        default = shape.keywords["default"]
        closed = None
        if facts.get("choices") and not facts.get("open"):
            closed = [choice.value for choice in facts["choices"]]
        fitted, fits = facets.fitting_default(default, facts["type"], facts.get("repeated", False), closed)
        if not fits:
            told = f"default {str(default)[:60]!r} does not fit its own schema"
            self.report.warn(shape.node, "default", told, "left out" if fitted is None else f"read as {fitted!r}"[:80])
        return fitted

    def _options(self, node: Node, block: Any) -> Options | None:
        options = block.get("options")
        if not options:
            return None
        items = expression(options.get("items", "$response.body"), node, self.report)
        value = expression(options["value"], node, self.report)
        label = expression(options.get("label", options["value"]), node, self.report)
        if not (items and value and label):
            return None
        return Options(operation_id=options["operation"], items=items, value=value, label=label)


def _content(value: Any) -> bytes:
    """The same for lists and alternatives that say the same; b"" for references, which are known by where they lead,
    and for objects, whose properties are what costs."""
    return b"" if value.__class__ is not dict or "$ref" in value or "properties" in value else content_key(value)

"""Schemas to fields: what a person fills in, or what a reply holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from schemas.expressions import join_pointer
from schemas.load.alternatives import add_alternatives
from schemas.load.choices import choices_of, is_open
from schemas.load.extension import expression, extension
from schemas.load.node import Node
from schemas.load.report import Reporter
from schemas.load.shape import Shape, Shapes
from schemas.load.text import clean, humanize, one_line
from schemas.model import Choice, Field, FieldLocation, FileForm, Options, Visibility

MAX_FIELDS = 1500
"""Per operation and direction; what comes after stays reachable as JSON."""
MAX_DEPTH = {"request": 6, "response": 4}

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,)
}  # fmt: skip
_VISIBILITY: dict[str, Visibility] = {
    "important": "important",
    "advanced": "advanced",
    "internal": "internal",
}


class FieldMaker:
    """Makes the fields of one operation in one direction."""

    def __init__(self, shapes: Shapes, report: Reporter, direction: Literal["request", "response"]) -> None:
        self.shapes = shapes
        self.report = report
        self.direction = direction
        self._count = 0
        self._open: list[int] = []

    def of_body(self, node: Node, media_type: str = "application/json") -> tuple[Field, ...]:
        """Fields of a whole body: its properties, or one field 'body' (pointer '') where it is no object."""
        shape = self.shapes.of(node)
        if self._is_record(shape):
            return self.of_object(shape, 0, media_type)
        return (self.make("body", node, "", required=True, media_type=media_type),)

    def _is_record(self, shape: Shape) -> bool:
        if shape.type not in ("object", "any") or (shape.types and "object" not in shape.types):
            return False
        if shape.properties or not shape.groups:
            return bool(shape.properties)
        branches = [self.shapes.of(branch) for group in shape.groups for branch in group.branches]
        return shape.type == "object" or all(branch.type == "object" for branch in branches)

    def of_object(self, shape: Shape, depth: int, media_type: str = "") -> tuple[Field, ...]:
        """The properties, each once, in the document's order; alternatives become a selector and conditions."""
        key = id(shape.node.value)
        if key in self._open:
            return ()
        self._open.append(key)
        try:
            fields: dict[str, Field] = {}
            for name, node in shape.properties.items():
                child = self.make(name, node, join_pointer((name,)), name in shape.required, depth + 1, media_type)
                if self.wanted(child):
                    fields[name] = child
            for group in shape.groups:
                add_alternatives(self, shape, group, fields, depth, media_type)
            return tuple(fields.values())
        finally:
            self._open.pop()

    def wanted(self, field: Field) -> bool:
        return self.direction == "response" or not field.read_only

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
        shape = self.shapes.of(node)
        self._count += 1
        array = shape if shape.type == "array" else None
        item = self.shapes.of(shape.items) if array and shape.items is not None else None
        value = item if item is not None else shape
        field = self._value(name, value, depth, media_type)
        if array:
            if item is None or value.type == "array":
                field = replace(field, type="any", fields=(), values=None)
            field = replace(
                field, repeated=True, min_items=_count(array, "minItems"), max_items=_count(array, "maxItems")
            )
        return self._described(field, shape, value, pointer, required, location)

    def _value(self, name: str, shape: Shape, depth: int, media_type: str) -> Field:
        """Type, limits and children of one value."""
        block = extension(shape.node, "field", self.report)
        field = Field(name=name, type=_type(shape), choices=choices_of(self.shapes, shape, block))
        field = replace(
            field,
            open=bool(field.choices) and is_open(self.shapes, shape),
            file=_file(shape, block, media_type),
        )
        if field.file == "binary":
            field = replace(field, type="file")
        if field.type == "any" and field.choices:
            field = replace(field, type=_choice_type(field.choices))
        if field.type == "object" or (field.type == "any" and self._is_record(shape)):
            field = replace(field, type="object", **self._children(shape, depth))
        return field

    def _children(self, shape: Shape, depth: int) -> dict[str, Any]:
        if depth >= MAX_DEPTH[self.direction] or self._count > MAX_FIELDS or id(shape.node.value) in self._open:
            if self.direction == "request" and (shape.properties or shape.groups):
                self.report.warn(shape.node, "too-deep", "nested too deeply for a form", "its value is given as JSON")
            return {"fields": ()}
        fields = self.of_object(shape, depth)
        if (
            fields
            or shape.additional is None
            or not isinstance(shape.additional.value, dict)
            or not shape.additional.value
        ):
            return {"fields": fields}
        return {"fields": (), "values": self.make("value", shape.additional, "", depth=depth + 1)}

    def _described(
        self, field: Field, shape: Shape, value: Shape, pointer: str, required: bool, location: FieldLocation
    ) -> Field:
        """Everything that is not structure; the array's own words come before its elements'."""
        own, below = shape.keywords, value.keywords
        block = extension(shape.node, "field", self.report) or extension(value.node, "field", self.report)
        low, high = _limits(below)
        constant = "const" in below and required and location == "body"
        default = below["const"] if constant else self._default(shape, field)
        return replace(
            field,
            pointer=pointer,
            location=location,
            title=one_line(block.get("label") or own.get("title") or own.get("x-ms-summary")) or humanize(field.name),
            description=clean(own.get("description") or below.get("description")),
            format=one_line(below.get("format")),
            required=required and not constant,
            nullable=shape.nullable,
            read_only=own.get("readOnly") is True,
            deprecated=own.get("deprecated") is True,
            default=default,
            minimum=low[0],
            exclusive_minimum=low[1],
            maximum=high[0],
            exclusive_maximum=high[1],
            multiple_of=_number(below.get("multipleOf")),
            min_length=_count(value, "minLength"),
            max_length=_count(value, "maxLength"),
            pattern=below["pattern"] if isinstance(below.get("pattern"), str) and len(below["pattern"]) < 500 else "",
            example=_example(own) if _example(own) is not None else _example(below),
            secret=block.get("secret") is True or below.get("format") == "password",
            visibility="internal" if constant else _VISIBILITY.get(
                str(block.get("visibility") or own.get("x-ms-visibility")), "important"
            ),
            options=self._options(shape.node, block),
            inferred=clean(block.get("inferred")),
        )  # fmt: skip

    def _default(self, shape: Shape, field: Field) -> Any:
        default = shape.keywords.get("default")
        if default is None:
            return None
        fits = _PYTHON_TYPES.get(field.type)
        values = default if field.repeated and isinstance(default, list) else [default]
        closed = [choice.value for choice in field.choices] if field.choices and not field.open else None
        for value in values:
            if (fits and not isinstance(value, fits)) or (closed is not None and value not in closed):
                self.report.warn(
                    shape.node,
                    "default",
                    f"default {str(value)[:60]!r} does not fit its own schema",
                    "left out",
                )
                return None
        return values if field.repeated else default

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


def _type(shape: Shape) -> Any:
    return {"array": "any"}.get(shape.type, shape.type)


def _choice_type(choices: tuple[Choice, ...]) -> Any:
    kinds = {type(choice.value) for choice in choices}
    return (
        {str: "string", int: "integer", float: "number", bool: "boolean"}.get(kinds.pop(), "any")
        if len(kinds) == 1
        else "any"
    )


def _file(shape: Shape, block: Any, media_type: str) -> FileForm | None:
    if block.get("file") in ("url", "base64", "binary"):
        form: FileForm = block["file"]
        return form
    keywords = shape.keywords
    if keywords.get("contentEncoding") == "base64" or keywords.get("format") in ("byte", "base64"):
        return "base64"
    plain = (
        media_type.startswith(("multipart/", "application/octet", "image/", "audio/", "video/")) or media_type == "*/*"
    )
    if keywords.get("format") == "binary" or (plain and "contentMediaType" in keywords):
        return "binary" if plain or not media_type else "base64"
    return None


def _limits(keywords: dict[str, Any]) -> tuple[tuple[float | None, bool], tuple[float | None, bool]]:
    """Lower and upper bound with 'exclusive'; 3.0 says exclusive by a boolean, 3.1 by a number of its own."""
    result = []
    for plain, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        bound, strict = _number(keywords.get(plain)), keywords.get(exclusive)
        if isinstance(strict, bool):
            result.append((bound, strict and bound is not None))
        elif _number(strict) is not None:
            result.append((_number(strict), True))
        else:
            result.append((bound, False))
    return result[0], result[1]


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value else None


def _count(shape: Shape, key: str) -> int | None:
    value = shape.keywords.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _example(keywords: dict[str, Any]) -> Any:
    if keywords.get("example") is not None:
        return keywords["example"]
    examples = keywords.get("examples")
    return examples[0] if isinstance(examples, list) and examples else None

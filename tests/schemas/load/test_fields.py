"""Schemas to fields: what each feature of JSON Schema becomes in the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from specloom.schemas.model import Field, Operation, Service
from tests.conftest import operation_text

Loaded = Callable[[str], Service]
Document = Callable[..., Path]


def send(loaded: Loaded, schema: str) -> Operation:
    operation = loaded(operation_text(schema)).operation("send")
    assert operation is not None
    return operation


def field(operation: Operation, name: str) -> Field:
    found = operation.field(name)
    assert found is not None, [f.name for f in operation.fields]
    return found


def test_properties_become_fields_in_the_documents_order(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        required: [prompt]
        properties:
          prompt: {type: string, minLength: 1, maxLength: 500, description: What to draw}
          num_images: {type: integer, minimum: 1, maximum: 4, default: 1}
          strength: {type: number, exclusiveMinimum: 0, multipleOf: 0.5}
          image_url: {type: string, format: uri, title: Picture}
          made: {type: string, readOnly: true}
        """,
    )
    assert [f.name for f in operation.fields] == ["prompt", "num_images", "strength", "image_url"]
    prompt, count, strength, image = operation.fields
    assert (prompt.pointer, prompt.required, prompt.max_length, prompt.description) == (
        "/prompt",
        True,
        500,
        "What to draw",
    )
    assert (count.type, count.minimum, count.maximum, count.default, count.title) == ("integer", 1, 4, 1, "Num Images")
    assert (strength.minimum, strength.exclusive_minimum, strength.multiple_of) == (0, True, 0.5)
    assert (image.title, image.format) == ("Picture", "uri")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{type: [string, 'null']}", ("string", True)),
        ("{type: string, nullable: true}", ("string", True)),
        ("{anyOf: [{type: integer}, {type: 'null'}]}", ("integer", True)),
        ("{oneOf: [{type: boolean}, {enum: [null]}]}", ("boolean", True)),
        ("{type: [integer, number]}", ("number", False)),
        ("{type: [string, integer]}", ("string", False)),
        ("{type: [boolean, integer]}", ("any", False)),
        ("{enum: [1, 2]}", ("integer", False)),
        ("{const: x}", ("string", False)),
        ("{}", ("any", False)),
        ("true", ("any", False)),
    ],
)
def test_types(loaded: Loaded, schema: str, expected: tuple[str, bool]) -> None:
    value = field(send(loaded, f"type: object\nproperties:\n  x: {schema}\n"), "x")
    assert (value.type, value.nullable) == expected


@pytest.mark.parametrize(
    ("schema", "values", "is_open"),
    [
        ("{type: string, enum: [a, b, a]}", ["a", "b"], False),
        ("{type: string, x-specloom: {choices: {a: First, b: Second}}}", ["a", "b"], True),
        ("{anyOf: [{type: string}, {enum: [a, b]}]}", ["a", "b"], True),
        ("{oneOf: [{const: a, title: First}, {const: b}]}", ["a", "b"], False),
        ("{type: string, x-extensible-enum: [a, b]}", ["a", "b"], True),
        ("{type: integer, enum: [1, 2]}", [1, 2], False),
        ("{type: array, items: {type: string, enum: [a, b]}}", ["a", "b"], False),
    ],
)
def test_choices_closed_and_open(loaded: Loaded, schema: str, values: list[object], is_open: bool) -> None:
    value = field(send(loaded, f"type: object\nproperties:\n  x: {schema}\n"), "x")
    assert ([choice.value for choice in value.choices], value.open) == (values, is_open)


def test_choices_have_labels_from_wherever_the_document_keeps_them(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          own: {type: string, enum: [en-Carter_man], x-specloom: {choices: {en-Carter_man: {label: Carter, description: deep}}}}
          made: {type: string, enum: [square_hd, 'black-forest-labs/FLUX.1-dev', '16:9']}
          listed: {type: integer, enum: [1, 2], x-enum-varnames: [Low, High]}
          titled: {oneOf: [{const: a, title: First}]}
        """,
    )
    own = field(operation, "own").choices[0]
    assert (own.label, own.description) == ("Carter", "deep")
    assert [c.label for c in field(operation, "made").choices] == ["Square Hd", "black-forest-labs/FLUX.1-dev", "16:9"]
    assert [c.label for c in field(operation, "listed").choices] == ["Low", "High"]


def test_objects_lists_and_dictionaries_nest(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          size: {type: object, required: [w], properties: {w: {type: integer}, h: {type: integer}}}
          tags: {type: array, minItems: 1, maxItems: 3, items: {type: string}}
          lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
          labels: {type: object, additionalProperties: {type: string}}
          free: {type: object}
          matrix: {type: array, items: {type: array, items: {type: number}}}
        """,
    )
    size, tags, lines, labels, free, matrix = operation.fields
    assert [(f.name, f.pointer, f.required) for f in size.fields] == [("w", "/w", True), ("h", "/h", False)]
    assert (tags.type, tags.repeated, tags.min_items, tags.max_items) == ("string", True, 1, 3)
    assert (lines.type, lines.repeated, [f.name for f in lines.fields]) == ("object", True, ["sku"])
    assert labels.values is not None and labels.values.type == "string"
    assert (free.type, free.fields, free.values) == ("object", (), None)
    assert (matrix.type, matrix.repeated) == ("any", True)


def test_all_of_is_one_object_and_a_cycle_ends(loaded: Loaded) -> None:
    service = loaded(
        operation_text("allOf: [{$ref: '#/components/schemas/Base'}, {required: [b], properties: {b: {type: string}}}]")
        + """
components:
  schemas:
    Base: {type: object, properties: {a: {type: string}, parent: {$ref: '#/components/schemas/Base'}}}
"""
    )
    operation = service.operations[0]
    assert [(f.name, f.required) for f in operation.fields] == [("a", False), ("parent", False), ("b", True)]
    assert field(operation, "parent").type == "object"


def test_a_rule_between_fields_becomes_a_question(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        properties:
          image_url: {type: string}
          image_base64: {type: string, contentEncoding: base64}
          style: {type: string}
        anyOf:
          - {title: Image URL, required: [image_url]}
          - {title: Image data, required: [image_base64]}
        """,
    )
    selector = next(f for f in operation.fields if f.location == "selector")
    assert (selector.name, selector.title) == ("image_url_or_image_data", "Image URL or Image Data")
    assert [(c.value, c.label) for c in selector.choices] == [("image_url", "Image URL"), ("image_data", "Image data")]
    url, data = field(operation, "image_url"), field(operation, "image_base64")
    assert (url.required, url.when[0].field, url.when[0].values) == (True, selector.name, ("image_url",))
    assert (data.when[0].values, data.file) == (("image_data",), "base64")
    assert field(operation, "style").when == ()


def test_a_discriminator_is_its_own_question(loaded: Loaded) -> None:
    operation = send(
        loaded,
        """
        type: object
        required: [method, image]
        properties:
          image: {type: string}
          method: {type: string, enum: [text, points], x-specloom: {choices: {text: By words, points: By points}}}
        oneOf:
          - {required: [prompt], properties: {method: {const: text}, prompt: {type: string}}}
          - {properties: {method: {const: points}, at: {type: array, items: {type: number}}}}
        """,
    )
    method = field(operation, "method")
    assert (method.location, method.required) == ("body", True)
    assert [c.label for c in method.choices] == ["By words", "By points"]
    assert field(operation, "prompt").when[0].values == ("text",)
    assert field(operation, "at").when[0].values == ("points",)
    assert field(operation, "image").when == ()


def test_alternatives_by_reference_share_what_they_have_in_common(loaded: Loaded) -> None:
    service = loaded(
        operation_text(
            "oneOf: [{$ref: '#/components/schemas/Card'}, {$ref: '#/components/schemas/Bank'}]\ntype: object"
        )
        + """
components:
  schemas:
    Owner: {type: string}
    Card: {type: object, required: [number], properties: {owner: {$ref: '#/components/schemas/Owner'}, number: {type: string}}}
    Bank: {type: object, required: [iban], properties: {owner: {$ref: '#/components/schemas/Owner'}, iban: {type: string}}}
"""
    )
    operation = service.operations[0]
    assert field(operation, "owner").when == ()
    assert field(operation, "number").when[0].values == ("card",)
    assert field(operation, "iban").when[0].values == ("bank",)

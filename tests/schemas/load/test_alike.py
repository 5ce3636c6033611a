"""What a document says several times is read once, and only what says the same."""

from __future__ import annotations

from collections.abc import Callable

from specloom.schemas.model import Field, Service
from tests.conftest import operation_text

Loaded = Callable[[str], Service]
COMPONENTS = """
components:
  schemas:
    Size: {type: object, title: Size, properties: {width: {type: integer}}}
"""


def _fields(loaded: Loaded, schema: str, components: str = COMPONENTS) -> dict[str, Field]:
    (operation,) = loaded(operation_text(schema) + components).operations
    return {field.name: field for field in operation.fields}


def test_equal_references_lead_to_the_same(loaded: Loaded) -> None:
    found = _fields(
        loaded,
        """
        type: object
        properties:
          small: {type: object, properties: {of: {$ref: '#/components/schemas/Size', description: How large}}}
          large: {type: object, properties: {of: {$ref: '#/components/schemas/Size', description: How large}}}
          other: {type: object, properties: {of: {$ref: '#/components/schemas/Size', description: How small}}}
          empty: {type: object, properties: {of: {$ref: '#/components/schemas/Size', nullable: true}}}
        """,
    )
    of = {name: field.fields[0] for name, field in found.items()}
    assert of["small"].description == "How large" and of["other"].description == "How small"
    assert of["small"] is of["large"]
    assert [field.nullable for field in of.values()] == [False, False, False, True]
    assert {field.fields[0].name for field in of.values()} == {"width"}


def test_equal_lists_and_alternatives_are_the_same_field(loaded: Loaded) -> None:
    found = _fields(
        loaded,
        """
        type: object
        properties:
          small: {type: object, properties: {of: {type: array, items: {type: string, maxLength: 9}}}}
          large: {type: object, properties: {of: {type: array, items: {type: string, maxLength: 9}}}}
          other: {type: object, properties: {of: {type: array, items: {type: string, maxLength: 8}}}}
          one: {type: object, properties: {of: {anyOf: [{$ref: '#/components/schemas/Size'}, {enum: ['']}]}}}
          two: {type: object, properties: {of: {anyOf: [{$ref: '#/components/schemas/Size'}, {enum: ['']}]}}}
        """,
    )
    of = {name: field.fields[0] for name, field in found.items()}
    assert of["small"] is of["large"] and of["small"].max_length == 9 and of["other"].max_length == 8
    assert of["one"] is of["two"] and [field.name for field in of["one"].fields] == ["width"]


def test_what_is_wrong_with_equal_lists_is_told_of_each(loaded: Loaded) -> None:
    wrong = "{type: object, properties: {of: {type: array, items: {type: integer}, default: [a]}}}"
    problems = loaded(operation_text(f"type: object\nproperties: {{a: {wrong}, b: {wrong}}}")).problems
    assert [p.location.pointer.split("/")[-3] for p in problems if p.code == "default"] == ["a", "b"]


def test_a_reference_that_leads_nowhere_is_told_once(loaded: Loaded) -> None:
    schema = (
        "type: object\nproperties: {a: {$ref: '#/components/schemas/Sise'}, b: {$ref: '#/components/schemas/Sise'}}"
    )
    places = [p.location.pointer for p in loaded(operation_text(schema)).problems if p.code == "ref-missing"]
    assert [place.rpartition("/")[2] for place in places] == ["a"]


def test_what_is_known_is_cut_where_the_form_is_full(loaded: Loaded) -> None:
    """As if it were seen there for the first time."""
    large = "".join(f"p{i}: {{type: string}}, " for i in range(400))
    filling = "".join(f"q{i}: {{type: integer}}, " for i in range(1050))
    components = f"""
components:
  schemas:
    Large: {{type: object, properties: {{{large}}}}}
    Filling: {{type: object, properties: {{{filling}}}}}
"""
    schema = """
        type: object
        properties:
          first: {type: object, properties: {large: {$ref: '#/components/schemas/Large'}}}
          filling: {$ref: '#/components/schemas/Filling'}
          again: {type: object, properties: {large: {$ref: '#/components/schemas/Large'}}}
        """
    (operation,) = loaded(operation_text(schema) + components).operations
    found = {field.name: field for field in operation.fields}
    assert [len(found[name].fields[0].fields) for name in ("first", "again")] == [400, 46]
    assert len(found["filling"].fields) == 1050
    assert [p.message for p in loaded(operation_text(schema) + components).problems] == [
        "354 fields are too many for a form"
    ]


def test_what_was_cut_in_one_form_is_whole_in_another(loaded: Loaded) -> None:
    """The same schema behind 1,490 fields, where there is no room for all of it, and alone."""
    filling = "".join(f"q{i}: {{type: integer}}, " for i in range(1490))
    text = f"""
paths:
  /full: {{post: {{operationId: full, requestBody: {{$ref: '#/components/requestBodies/full'}}, responses: {{}}}}}}
  /free: {{post: {{operationId: free, requestBody: {{$ref: '#/components/requestBodies/free'}}, responses: {{}}}}}}
components:
  requestBodies:
    full:
      content:
        application/json:
          schema: {{type: object, properties: {{{filling} size: {{$ref: '#/components/schemas/Large'}}}}}}
    free: {{content: {{application/json: {{schema: {{properties: {{size: {{$ref: '#/components/schemas/Large'}}}}}}}}}}}}
  schemas:
    Large:
      type: object
      properties: {{{", ".join(f"p{i}: {{type: string}}" for i in range(30))}}}
      anyOf: [{{properties: {{a: {{type: string}}}}}}, {{properties: {{b: {{type: string}}}}}}]
"""
    sizes = {o.operation_id: next(len(f.fields) for f in o.fields if f.name == "size") for o in loaded(text).operations}
    assert sizes["full"] < 15 and sizes["free"] >= 32

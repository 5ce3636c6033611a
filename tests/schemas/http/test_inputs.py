"""Inputs as JSON Schema, and the words a refusal is told in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specloom.schemas.http.inputs import body_schema, input_schema, parameter_schema
from specloom.schemas.http.validation import Checker
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Choice, Condition, Field, Operation, Service
from specloom.schemas.patterns import usable_pattern
from tests.conftest import operation_text


def send(service: Service) -> Operation:
    operation = service.operation("send")
    assert operation is not None
    return operation


def told(operation: Operation, body: Any) -> list[str]:
    """What both schemas say; they agree where there is neither a parameter nor a selector."""
    return [str(refusal) for refusal in Checker(body_schema(operation)).refusals(body)]


@pytest.mark.parametrize("key", bundled())
def test_the_schemas_are_schemas_and_take_the_examples(key: str) -> None:
    for operation in load(bundled()[key]).service.operations:
        for schema in (input_schema(operation), body_schema(operation), parameter_schema(operation)):
            Draft202012Validator.check_schema(schema)
        for example in operation.request_examples:
            assert Checker(input_schema(operation)).refusals(dict(example.value)) == []


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ("{type: string, maxLength: 3}", "abcd", "v must have at most 3 characters"),
        ("{type: string, minLength: 3}", "ab", "v must have at least 3 characters"),
        ("{type: string, pattern: '^a+$'}", "b", "v must match ^a+$"),
        ("{type: string, pattern: '^(?<name>a)$'}", "b", None),
        ("{type: string, enum: [a, b]}", "c", "v must be one of: a, b"),
        ("{type: string, x-extensible-enum: [a, b]}", "c", None),
        ("{type: string, enum: [a], x-specloom: {inferred: nobody says so}}", "c", None),
        ("{type: integer, minimum: 1, maximum: 4}", 5, "v must be at most 4"),
        ("{type: integer, minimum: 1}", 0, "v must be at least 1"),
        ("{type: integer}", 1.5, "v must be an integer"),
        ("{type: integer}", "1", "v must be an integer"),
        ("{type: integer}", True, "v must be an integer"),
        ("{type: number, exclusiveMinimum: 0}", 0, "v must be more than 0"),
        ("{type: number, exclusiveMaximum: 1}", 1, "v must be less than 1"),
        ("{type: integer, multipleOf: 64}", 100, "v must be a multiple of 64"),
        ("{type: number, multipleOf: 0.1}", 0.3, None),
        ("{type: number, multipleOf: 0.1}", 0.35, "v must be a multiple of 0.1"),
        ("{type: boolean}", "yes", "v must be a boolean"),
        ("{type: [string, 'null'], maxLength: 3}", None, None),
        ("{type: [string, 'null'], maxLength: 3}", "abcd", "v must have at most 3 characters"),
        ("{type: [string, 'null']}", 5, "v must be a string"),
        ("{type: string}", None, "v must be a string"),
        ("{type: array, maxItems: 1, items: {type: string}}", ["a", "b"], "v must have at most 1 entries"),
        ("{type: array, items: {type: string}}", ["a", 5], "v[1] must be a string"),
        ("{type: array, items: {type: string}}", "a", "v must be a list"),
        ("{type: object, required: [a], properties: {a: {type: string}}}", {}, "v.a is required"),
        ("{type: object, properties: {a: {type: string}}}", {"a": 5, "b": 1}, "v.a must be a string"),
        ("{type: object, properties: {a: {type: string}}}", [], "v must be an object"),
        ("{type: object, additionalProperties: {type: integer}}", {"x": "y"}, "v.x must be an integer"),
        ("{type: object}", {"any": ["thing"]}, None),
        ("{}", {"any": ["thing"]}, None),
    ],
)
def test_one_value(loaded: Callable[[str], Service], schema: str, value: Any, expected: str | None) -> None:
    operation = send(loaded(operation_text(f"type: object\nproperties:\n  v: {schema}\n")))
    found = told(operation, {"v": value})
    assert found == ([expected] if expected else [])
    assert [str(refusal) for refusal in Checker(input_schema(operation)).refusals({"v": value})] == found


LINK_OR_DATA = """\
type: object
required: [name]
properties: {name: {type: string}, link: {type: string}, data: {type: string}}
oneOf: [{required: [link]}, {required: [data]}]
"""
SIZE = """\
type: object
properties: {ratio: {type: string}, width: {type: integer}, height: {type: integer}}
oneOf:
  - {title: Neither, not: {anyOf: [{required: [ratio]}, {required: [width]}, {required: [height]}]}}
  - {title: Ratio, required: [ratio]}
  - {title: Pixels, required: [width, height]}
"""
METHOD = """\
type: object
required: [method]
properties: {method: {type: string, enum: [text, points]}}
oneOf:
  - {title: Text, required: [method, prompt], properties: {method: {const: text}, prompt: {type: string}}}
  - {title: Points, required: [method], properties: {method: {const: points}, points: {type: array, items: {}}}}
"""


@pytest.mark.parametrize(
    ("schema", "body", "expected"),
    [
        (LINK_OR_DATA, {"name": "x"}, ["needs link or data, not both"]),
        (LINK_OR_DATA, {"name": "x", "link": "u"}, []),
        (LINK_OR_DATA, {"name": "x", "data": "u"}, []),
        (LINK_OR_DATA, {"name": "x", "link": "u", "data": "v"}, ["needs link or data, not both"]),
        (LINK_OR_DATA, {}, ["needs link or data, not both", "name is required"]),
        (LINK_OR_DATA.replace("oneOf", "anyOf"), {"name": "x", "link": "u", "data": "v"}, []),
        (LINK_OR_DATA.replace("oneOf", "anyOf"), {"name": "x"}, ["needs link or data"]),
        (SIZE, {}, []),
        (SIZE, {"ratio": "1:1"}, []),
        (SIZE, {"width": 1, "height": 2}, []),
        (SIZE, {"width": 1}, ["takes ratio or width with height, not both"]),
        (SIZE, {"width": 1, "height": 2, "ratio": "1:1"}, ["takes ratio or width with height, not both"]),
        (METHOD, {"method": "text"}, ["prompt is required"]),
        (METHOD, {"method": "text", "prompt": "x"}, []),
        (METHOD, {"method": "points"}, []),
        (METHOD, {"method": "points", "prompt": "x"}, []),
        (METHOD, {"method": "magic"}, ["method must be one of: text, points"]),
        (METHOD, {}, ["method is required"]),
    ],
)
def test_rules_between_fields(
    loaded: Callable[[str], Service], schema: str, body: dict[str, Any], expected: list[str]
) -> None:
    operation = send(loaded(operation_text(schema)))
    assert sorted(told(operation, body)) == sorted(expected)
    flat = [str(refusal) for refusal in Checker(input_schema(operation)).refusals(body)]
    assert sorted(flat) == sorted(expected)


def test_an_answered_selector_decides(loaded: Callable[[str], Service]) -> None:
    operation = send(loaded(operation_text(LINK_OR_DATA)))
    selector = next(f for f in operation.fields if f.location == "selector")
    link, data = (choice.value for choice in selector.choices)
    checker = Checker(input_schema(operation))
    assert not checker.refusals({"name": "x", selector.name: link, "link": "u"})
    assert checker.refusals({"name": "x", selector.name: data, "link": "u"})


def test_rules_inside_a_list_of_objects(loaded: Callable[[str], Service]) -> None:
    inner = "\n".join("      " + line for line in LINK_OR_DATA.splitlines())
    operation = send(
        loaded(operation_text(f"type: object\nproperties:\n  list:\n    type: array\n    items:\n{inner}\n"))
    )
    assert told(operation, {"list": [{"name": "a", "link": "u"}, {"name": "b"}]}) == [
        "list[1] needs link or data, not both"
    ]


def test_a_body_that_is_a_list(loaded: Callable[[str], Service]) -> None:
    operation = send(loaded(operation_text("{type: array, items: {type: integer}, maxItems: 2}")))
    assert told(operation, [1, 2]) == []
    assert told(operation, [1, "2", 3]) == ["must have at most 2 entries", "[1] must be an integer"]
    assert told(operation, {}) == ["must be a list"]


def hidden(name: str, when: tuple[Condition, ...]) -> Field:
    return Field(name=name, pointer=f"/{name}", required=True, when=when)


def test_what_hangs_on_a_hidden_question_is_not_asked_for() -> None:
    yes_no = tuple(Choice(value=value, label=value) for value in ("a", "b"))
    fields = (
        Field(name="outer", location="selector", choices=yes_no, exclusive=True),
        Field(name="inner", location="selector", choices=yes_no, when=(Condition(field="outer", values=("b",)),)),
        hidden("left", (Condition(field="outer", values=("a",)),)),
        hidden("right", (Condition(field="inner", values=("a",)),)),
        hidden("deep", (Condition(field="inner", values=("b",)),)),
    )
    operation = Operation(
        operation_id="x", resource="r", name="X", method="POST", media_type="application/json", fields=fields
    )
    assert told(operation, {"left": "x"}) == []
    assert told(operation, {"right": "x"}) == []
    assert told(operation, {"deep": "x"}) == []
    assert told(operation, {}) != []


def test_a_default_answers_for_a_missing_switch() -> None:
    fields = (
        Field(name="mode", pointer="/mode", default="text", choices=(Choice(value="text", label="Text"),), open=True),
        hidden("prompt", (Condition(field="mode", values=("text",)),)),
    )
    operation = Operation(
        operation_id="x", resource="r", name="X", method="POST", media_type="application/json", fields=fields
    )
    assert told(operation, {}) == ["prompt is required"]
    assert told(operation, {"mode": "other"}) == []


def test_too_many_alternatives_are_not_multiplied_out() -> None:
    choices = tuple(Choice(value=value, label=str(value)) for value in range(20))
    fields = [Field(name=f"s{i}", location="selector", choices=choices) for i in range(3)]
    conditions = tuple(Condition(field=f"s{i}", values=(0,)) for i in range(3))
    operation = Operation(
        operation_id="x",
        resource="r",
        name="X",
        media_type="application/json",
        fields=(*fields, hidden("v", conditions)),
    )
    assert "allOf" not in body_schema(operation)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(.*a){20}", "(?<x>a)", "\\p{L}", "[", "a" * 2000, "((a*)*)*b", "(a|aa)+$", "a*a*a*a*a*a*a*b"]
)
def test_patterns_that_cannot_be_trusted_are_not_used(pattern: str) -> None:
    assert not usable_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["^https://", "^[^/]+\\.(wav|mp3|ogg|flac)$", "^[0-9a-f]{64}$", "^\\d{4}-\\d{2}$", "^(ab)+$"]
)
def test_patterns_that_can(pattern: str) -> None:
    assert usable_pattern(pattern)


def test_a_long_list_of_choices_is_cut() -> None:
    choices = tuple(Choice(value=f"value-{i}", label="x") for i in range(200))
    field = Field(name="v", pointer="/v", choices=choices)
    operation = Operation(operation_id="x", resource="r", name="X", media_type="application/json", fields=(field,))
    (text,) = told(operation, {"v": "other"})
    assert text.endswith("value-29, …") and len(text) < 500

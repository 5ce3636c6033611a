"""Text and expressions crossing into IML: the meaning stays, and nothing of a document becomes code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.schemas.expressions import Exchange, evaluate, parse
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.make_emulator.values import UNDEFINED

KEYS = st.sampled_from(["id", "data", "a b", "x-y", "0", "1", "true", "now", "ünï", "_x", "A1"])
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6)
BODIES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
POINTERS = st.lists(KEYS, max_size=3).map(lambda tokens: "".join("/" + token for token in tokens))


def run(expression: str, **context: Any) -> Any:
    found = render(iml.wrap(expression), context)
    return None if found is UNDEFINED else found


@given(BODIES, POINTERS)
def test_a_reference_means_the_same(body: Any, pointer: str) -> None:
    """Wherever it can be written; an object's key that is a number cannot be told from an index, and is none."""
    expression = parse(f"$response.body#{pointer}")
    told = evaluate(expression, Exchange(body=body))
    found = run(translate(expression, BODY), body=body)
    if any(token.isdigit() for token in pointer.split("/")) and found is None:
        return
    assert found == told


@given(BODIES, BODIES, POINTERS)
@example({"id": "a"}, {"id": 0}, "/id")
def test_an_embedded_expression_means_the_same(body: Any, item: Any, pointer: str) -> None:
    expression = parse("{$item#" + pointer + "}-{$response.body#/id}.wav")
    told = evaluate(expression, Exchange(body=body), item)
    parts = [evaluate(parse(text), Exchange(body=body), item) for text in (f"$item#{pointer}", "$response.body#/id")]
    if any(isinstance(part, (dict, list)) or part == "" for part in parts) or any(
        t.isdigit() for t in pointer.split("/")
    ):
        return  # Make has no text of a collection, and takes an empty text for nothing
    assert run(translate(expression, BODY), body=body, item=item) == told


def test_headers_and_status() -> None:
    context = {"headers": {"x-request-id": "r1"}, "statusCode": 201}
    assert run(translate(parse("$response.header.X-Request-Id"), BODY), **context) == "r1"
    assert run(translate(parse("$statusCode"), BODY), **context) == 201
    with pytest.raises(iml.Inexpressible, match="not known here"):
        translate(parse("$request.query.x"), BODY)


@given(st.text(max_size=30))
@example("}}{{connection.apiKey}}")
@example("' + connection.apiKey + '")
@example("\\' + connection.apiKey")
@example("a\"b'c")
def test_a_literal_is_the_text_or_nothing(text: str) -> None:
    try:
        written = iml.quote(text)
    except iml.Inexpressible:
        return
    assert run(written, connection={"apiKey": "leaked"}) == text


@given(st.text(max_size=20))
@example("a`] + connection.apiKey")
@example("a}}{{b")
@example("")
def test_a_name_is_the_name_or_nothing(text: str) -> None:
    try:
        written = iml.member("body", text)
    except iml.Inexpressible:
        return
    if not text.isdigit():
        assert run(written, body={text: "found"}, connection={"apiKey": "leaked"}) == "found"


@given(st.text(alphabet="{}a ", max_size=12))
def test_text_for_people_holds_no_expression(text: str) -> None:
    shown = iml.plain(text)
    assert "{{" not in shown and "}}" not in shown
    assert shown.replace(" ", "") == text.replace(" ", "")


def test_constants_are_taken_whole_or_not_at_all() -> None:
    assert iml.constant({"a": [1, "b", None, True]}) == {"a": [1, "b", None, True]}
    for value in ("{{x}}", {"k": ["}}"]}, {"{{...}}": 1}):
        with pytest.raises(iml.Inexpressible):
            iml.constant(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("createImage", "createImage"), ("create-image", "createImage"), ("images.list_all", "imagesListAll"),
        ("3d", "call3d"), ("delete", "deleteCall"), ("go", "goCall"), ("x" * 60, "x" * 48), ("", "call"),
    ],
)  # fmt: skip
def test_component_names(text: str, expected: str) -> None:
    assert names.component(text) == expected


@given(st.lists(st.text(max_size=60), max_size=6))
def test_names_are_always_taken_and_never_twice(texts: list[str]) -> None:
    components: list[str] = []
    parameters: list[str] = []
    for text in texts:
        components.append(names.component(text, components))
        parameters.append(names.free_parameter(text, parameters))
    assert all(names.COMPONENT.match(name) for name in components) and len(set(components)) == len(components)
    assert all(names.PARAMETER.match(name) for name in parameters) and len(set(parameters)) == len(parameters)


@given(st.text(max_size=60))
def test_app_names(key: str) -> None:
    assert names.APP.match(names.app(key))

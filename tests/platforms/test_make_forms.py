"""The stand-in's forms: what Make asks for, and what it does not let through to a module."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.make_emulator.errors import FormError
from tests.platforms.make_emulator.forms import fill

FORM: list[dict[str, Any]] = [
    {"name": "title", "type": "text", "required": True, "validate": {"max": 5, "pattern": "^[a-z]+$"}},
    {"name": "count", "type": "uinteger", "default": 3, "validate": {"max": 4}},
    {"name": "mode", "type": "select", "mappable": False, "options": [
        {"label": "A", "value": "a", "nested": [{"name": "only_a", "type": "text", "required": True}]},
        {"label": "B", "value": "b"}]},
    {"name": "size", "type": "collection", "spec": [{"name": "width", "type": "integer"}]},
    {"name": "tags", "type": "array", "spec": {"type": "text"}, "validate": {"maxItems": 2}},
]  # fmt: skip


def test_a_form_fills_and_nests() -> None:
    given = {"title": "abc", "mode": "a", "only_a": "x", "size": {"width": 2}, "tags": ["t"]}
    assert fill(FORM, given, lambda name, more: []) == {**given, "count": 3}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Missing value of required parameter 'title'"),
        ({"title": "toolong"}, "out of its bounds"),
        ({"title": "A"}, "does not match"),
        ({"title": "a", "count": -1}, "negative"),
        ({"title": "a", "count": 9}, "out of its bounds"),
        ({"title": "a", "mode": "c"}, "does not offer"),
        ({"title": "a", "mode": "a"}, "required parameter 'only_a'"),
        ({"title": "a", "mode": "b", "only_a": "x"}, "does not show only_a"),
        ({"title": "a", "nope": 1}, "has no input nope"),
        ({"title": "a", "tags": ["1", "2", "3"]}, "out of its bounds"),
        ({"title": "a", "size": {"height": 1}}, "has no input height"),
    ],
)
def test_a_form_refuses(given: dict[str, Any], words: str) -> None:
    with pytest.raises(FormError, match=words):
        fill(FORM, given, lambda name, more: [])

"""Files of a Zapier project: outer levels on lines, the rest as short as can be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specloom.generator.zapier.project.json_lines import JsonTexts, spread, written

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(VALUES)
def test_one_line_is_what_json_writes(value: Any) -> None:
    assert written(value, 0) == f"{json.dumps(value, separators=(',', ':'))}\n".encode()


@given(VALUES)
def test_all_lines_are_what_json_writes(value: Any) -> None:
    assert written(value, 99) == f"{json.dumps(value, indent=2)}\n".encode()


def test_outer_levels_are_spread() -> None:
    value = {"a": {"b": [1, {"c": [2]}], "é": "ü"}, "d": []}
    lines = ["{", '  "a": {', '    "b": [1,{"c":[2]}],', '    "\\u00e9": "\\u00fc"', "  },", '  "d": []', "}"]
    assert written(value, 2).decode().splitlines() == lines


@pytest.mark.parametrize("value", [{"n": [2**80]}, {"n": 1.5}, {"t": "\x7f\u2028\U0001f600"}])
@given(depth=st.integers(0, 3))
def test_nothing_is_lost(value: Any, depth: int) -> None:
    assert json.loads(written(value, depth)) == value


@given(VALUES, st.integers(0, 5))
def test_texts_that_are_made_once_are_the_same(value: Any, depth: int) -> None:
    texts = JsonTexts()
    outline = texts.outlined([value, {"x": value}], depth)
    assert spread(outline) == written([value, {"x": value}], depth)
    assert spread(texts.outlined(value, depth)) == written(value, depth)

"""The fast writer writes what json.dumps writes, byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specloom.generator.output.json_text import by_line, indented, readable

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(VALUES)
def test_it_is_the_same_text(value: Any) -> None:
    assert indented(value) == (json.dumps(value, indent=2) + "\n").encode()
    assert indented(value, tabs=True) == (json.dumps(value, indent="\t") + "\n").encode()


@pytest.mark.parametrize(
    "value", [{"a": 2**80}, {1: "odd key"}, {"\ud800": 1}, [1e16, 1e-7, {"a": 1e-7}, 0.0, -0.0], [0.00005], {"a": -0.00005}, {"e-1": "e-1"}, {"\x7f": "\u2028\U0001f600"},
              {"two  spaces": ["  ", {"a": "   "}]}]
)  # fmt: skip
def test_what_the_fast_way_cannot_write(value: Any) -> None:
    assert indented(value) == (json.dumps(value, indent=2) + "\n").encode()
    assert indented(value, tabs=True) == (json.dumps(value, indent="\t") + "\n").encode()


@given(VALUES)
def test_readable_is_the_same_data_in_utf8(value: Any) -> None:
    assert json.loads(readable(value).decode()) == value


def test_readable_is_for_people() -> None:
    assert readable({"a": ["\u00e9", {}]}) == '{\n  "a": [\n    "\u00e9",\n    {}\n  ]\n}\n'.encode()
    assert readable({"a": 2**80, "b": "\ud800"}) == b'{\n  "a": %d,\n  "b": "?"\n}\n' % 2**80


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.integers(0, 3))
def test_by_line_is_the_same_data_in_ascii(value: dict[str, Any], levels: int) -> None:
    text = by_line(value, levels)
    assert text.isascii()
    assert json.loads(text) == value


def test_by_line_opens_the_outer_objects() -> None:
    value = {"a": {"b": {"c": [1, {}]}, "\u00e9": {}}, "d": [{"e": None}]}
    opened = b'{\n\t"a": {\n\t\t"b": {"c":[1,{}]},\n\t\t"\\u00e9": {}\n\t},\n\t"d": [{"e":null}]\n}\n'
    assert by_line(value, 2) == opened


@pytest.mark.parametrize("value", [{"a": {"b": 2**80}}, {"a": {"b": "\ud800"}}, {"a": {1: "odd key"}}])
def test_by_line_writes_what_the_fast_way_cannot(value: Any) -> None:
    assert by_line(value, 1) == b'{\n\t"a": ' + json.dumps(value["a"], separators=(",", ":")).encode() + b"\n}\n"

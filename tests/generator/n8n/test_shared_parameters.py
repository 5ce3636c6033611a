"""Parameters of several operations in one list: each operation finds its own in their order, whatever the others have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specloom.generator.n8n.fields import shared_parameters as module
from specloom.generator.n8n.fields.shared_parameters import together

PARAMETERS: dict[str, dict[str, Any]] = {name: {"name": name} for name in "abcdefgh"}
LISTS = st.lists(st.permutations("abcdefgh").flatmap(lambda p: st.integers(0, 8).map(lambda n: p[:n])), max_size=12)


def placed(lists: list[Any]) -> list[tuple[str, list[str]]]:
    given = [(f"op{n}", [PARAMETERS[name] for name in names]) for n, names in enumerate(lists)]
    return [(place.parameter["name"], place.operations) for place in together(given)]


@given(LISTS, st.sampled_from([0, 3, 1000]))
def test_every_operation_finds_its_own_in_their_order(lists: list[Any], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", most)
        places = placed(lists)
    for n, names in enumerate(lists):
        assert [name for name, operations in places if f"op{n}" in operations] == list(names)


def test_what_is_the_same_stands_once() -> None:
    assert placed(["abc", "ac", "abdc"]) == [
        ("a", ["op0", "op1", "op2"]),
        ("b", ["op0", "op2"]),
        ("d", ["op2"]),
        ("c", ["op0", "op1", "op2"]),
    ]


def test_another_order_has_a_place_of_its_own() -> None:
    assert placed(["ab", "ba"]) == [("a", ["op0"]), ("b", ["op0", "op1"]), ("a", ["op1"])]

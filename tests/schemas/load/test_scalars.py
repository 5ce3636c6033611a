"""Plain values take a shorter way to their field; both ways lead to the same one."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.document.source import Source
from specloom.schemas.load import bundled
from specloom.schemas.load.fields.maker import FieldMaker
from specloom.schemas.load.fields.scalars import Known, field_of, is_plain, scalar
from specloom.schemas.load.fields.schema import Shapes
from specloom.schemas.model import Field

SOURCE = Source(bundled()["tuen"])
"""Any document: the values are not of it."""
_TEXT = st.sampled_from(
    ["", "True", "A user's <b>name</b>", "first_name", "password", "binary", "byte", "date", "Émile \u202e"]
)
_FLAG = st.booleans()
_NUMBER = st.sampled_from([0, 1, -5, 255, 2**60, True])
_ENTRIES = st.sampled_from(["a", "b", "two_words", "", "null"])
_KINDS = st.sampled_from(["string", "integer", "number", "boolean", "null"])
PLAIN: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": _KINDS | st.lists(_KINDS, max_size=3)},
    optional={
        "description": _TEXT, "title": _TEXT, "format": _TEXT, "enum": st.lists(_ENTRIES, max_size=4),
        "example": _TEXT | _NUMBER, "nullable": _FLAG, "readOnly": _FLAG,
        "deprecated": _FLAG, "uniqueItems": _FLAG, "minLength": _NUMBER, "maxLength": _NUMBER, "minimum": _NUMBER,
        "maximum": _NUMBER, "multipleOf": _NUMBER, "exclusiveMinimum": _NUMBER, "exclusiveMaximum": _NUMBER,
        "x-order": st.just(1),
    },
)  # fmt: skip


@settings(max_examples=500)
@given(PLAIN, _FLAG, st.sampled_from(["", "application/json", "multipart/form-data"]))
def test_the_short_way_leads_to_the_same_field(value: dict[str, Any], required: bool, media_type: str) -> None:
    assume(is_plain(value))
    short = field_of(value, "user_name", "/user_name", required, "body", media_type)
    assert short == _long_way(value, required, media_type)


@given(PLAIN, PLAIN)
def test_equal_values_have_one_field_and_others_their_own(one: dict[str, Any], other: dict[str, Any]) -> None:
    known: Known = {}
    fields = [scalar(known, value, "a", "/a", True, "body", "") for value in (one, other)]
    if None not in fields:
        assert (fields[0] is fields[1]) == (list(map(repr, one.items())) == list(map(repr, other.items())))


def test_a_text_is_not_what_it_names() -> None:
    known: Known = {}
    values: list[dict[str, Any]] = [{"type": "string", "example": example} for example in (True, "True", 1)]
    fields = [scalar(known, value, "a", "/a", True, "body", "") for value in values]
    assert [repr(field.example) for field in fields if field] == ["True", "'True'", "1"]


def test_most_plain_values_take_it() -> None:
    taken = {"type": ["integer", "null"], "description": "How many", "minimum": 1, "maximum": 5, "x-order": {}}
    assert is_plain(taken)
    more: list[dict[str, Any]] = [
        {"default": 1}, {"$ref": "#/x"}, {"x-specloom": {}}, {"x-ms-enum": {}}, {"enum": [1]}, {"enum": ["only"]}, {"type": "object"}, {"type": []}
    ]  # fmt: skip
    assert not any(is_plain({**taken, **one}) for one in more)


def _long_way(value: dict[str, Any], required: bool, media_type: str) -> Field:
    report = Reporter()
    maker = FieldMaker(Shapes(Refs(SOURCE, report)), report, "request")
    return maker._make("user_name", Node(value, SOURCE), "/user_name", required, 0, media_type, "body")

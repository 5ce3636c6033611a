"""No value of a path climbs out of its place, however it is written; a plain slash is a value like any other."""

from __future__ import annotations

import pytest

from specloom.schemas.http.serialization import InputError, to_wire
from specloom.schemas.model import Field, Operation

CLIMBING = [
    "..", ".", "../x", "x/..", "a/../b", "a\\..\\b", "..%2f..%2fx", "%2e%2e", "%2e%2e/x", "%252e%252e%252fx", "x%5c..",
    "a%255c.%255cb", "./x", "..%5Cx",
]  # fmt: skip
FINE = ["group/project", "a..b", "...", ".hidden", "x/.git/y", "50%", "%zz", "a\\b", "..;", "v1..v2"]


def operation(field: Field, path: str = "/items/{id}") -> Operation:
    return Operation(operation_id="get", resource="", name="", method="GET", path=path, fields=(field,))


@pytest.mark.parametrize("value", CLIMBING)
def test_what_climbs_is_refused(value: str) -> None:
    with pytest.raises(InputError, match="id "):
        to_wire(operation(Field(name="id", location="path")), {"id": value})


@pytest.mark.parametrize(("style", "value"), [("label", "."), ("label", "x/../y"), ("matrix", "x/../y")])
def test_what_climbs_in_another_style(style: str, value: str) -> None:
    with pytest.raises(InputError, match="id "):
        to_wire(operation(Field(name="id", location="path", style=style)), {"id": value})


@pytest.mark.parametrize("value", FINE)
def test_what_does_not_climb_is_sent_as_one_segment(value: str) -> None:
    path = to_wire(operation(Field(name="id", location="path")), {"id": value}).path
    assert path.count("/") == 2


def test_a_slash_where_the_document_allows_reserved_characters() -> None:
    field = Field(name="id", location="path", allow_reserved=True)
    assert to_wire(operation(field), {"id": "group/project?x#y"}).path == "/items/group/project%3Fx%23y"
    with pytest.raises(InputError):
        to_wire(operation(field), {"id": "group/../project"})


def test_two_values_do_not_make_dots_together() -> None:
    fields = (Field(name="id", location="path"),)
    with pytest.raises(InputError):
        to_wire(operation(fields[0], "/items/.{id}"), {"id": "."})

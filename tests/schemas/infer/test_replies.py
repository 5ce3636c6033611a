"""What replies hold is found by names without looking at all of it, and is the same as if one did."""

from __future__ import annotations

import pytest

from specloom.schemas.infer.replies import Replies
from specloom.schemas.infer.vocabulary import known
from specloom.schemas.infer.words import bare
from specloom.schemas.load import load
from specloom.schemas.model import Field, Operation, Output
from tests import SHOWCASE

STATUS, NEXT, MORE = known("records", "status"), known("pages", "next"), known("pages", "more")


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("names", [STATUS, NEXT, MORE, frozenset({"id", "data", "url", "name"})])
def test_named_fields_are_those_of_the_whole_reply(names: frozenset[str], depth: int) -> None:
    replies = Replies()
    for operation in load(SHOWCASE).service.operations:
        every = replies.walk(operation, depth)
        assert replies.named(operation, depth, names) == [(path, f) for path, f in every if bare(path[-1]) in names]
        assert replies.has(operation, depth, names) == any(bare(path[-1]) in names for path, _ in every)


def _field(name: str, *fields: Field, repeated: bool = False) -> Field:
    return Field(name=name, pointer=f"/{name}", type="object", fields=fields, repeated=repeated)


def test_ways_lead_through_objects_but_not_into_lists() -> None:
    status = Field(name="status", pointer="/status")
    odd = Field(name="a_b", pointer="/a~1b", repeated=True)
    output = Output(fields=(_field("job", status, odd), _field("jobs", status, repeated=True)))
    operation, replies = Operation(operation_id="a", resource="a", name="A", output=output), Replies()
    assert [path for path, _ in replies.named(operation, 2, STATUS)] == [("job", "status")]
    assert [path for path, _ in replies.lists(operation)] == [("job", "a/b"), ("jobs",)]
    assert replies.named(operation, 1, STATUS) == []

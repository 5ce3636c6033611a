"""What is known from one operation of a real document does not change the next one: each is read the same alone."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from specloom.schemas.load import load
from tests.platforms import corpus

PATHS = 12
CIRCLES = frozenset(("stripe.com",))
"""Documents whose replies hold themselves, and more than there is room for."""


@pytest.mark.parametrize(
    "name", ["stripe.com", "github.com/api.github.com", "docusign.net", "kubernetes.io", "bunq.com", "twilio.com/api"]
)
def test_operations_are_read_the_same_alone_and_among_others(name: str, tmp_path: Path) -> None:
    document = corpus.root() / f"{name}.json"
    whole = {(o.method, o.path): o for o in load(document).service.operations}
    raw = json.loads(document.read_text("utf-8"))
    compared = 0
    for path in random.Random(name).sample(sorted(raw["paths"]), PATHS):
        alone = tmp_path / "alone.json"
        alone.write_text(json.dumps({**raw, "paths": {path: raw["paths"][path]}}))
        for operation in load(alone).service.operations:
            other = whole[operation.method, operation.path]
            assert operation.fields == other.fields, (operation.operation_id, "inputs")
            # How often a circle is unrolled in replies may depend on where it was entered first.
            if operation.output.fields != other.output.fields:
                assert name in CIRCLES, (operation.operation_id, "reply")
            compared += 1
    assert compared >= PATHS

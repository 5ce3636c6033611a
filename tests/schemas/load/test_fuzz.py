"""Documents with parts replaced, doubled, moved and dropped at random: a service or one line, nothing else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.document.source import Source
from specloom.schemas.load import bundled, load
from specloom.schemas.problems import SpecloomError
from tests import TESTS

SPECS = TESTS / "specs"
WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, "", "x", "{x}", "#/paths", "$response.body#/x", "../x.yaml#/a", [], [5], [[]], ["x", "x"], {}, {"x": 5},
    {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": 5}, {"type": "object"}, {"type": ["object", "null"]}, {"x": {"x": {}}}, 10**30,
)  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of every value below."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def mutate(document: Any, dice: random.Random) -> Any:
    document = copy.deepcopy(document)
    for _ in range(dice.randint(1, 6)):
        places = list(_places(document))
        if not places:
            return document
        holder, key = dice.choice(places)
        other, source = dice.choice(places)
        change = dice.randrange(5)
        if change == 0:
            del holder[key]
        elif change == 1:
            holder[key] = copy.deepcopy(other[source]) if source in other or isinstance(other, list) else None
        elif change == 2 and isinstance(holder, dict):
            holder[dice.choice(("x", "$ref", "", "type", "__proto__", "oneOf", "properties"))] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(dice.choice(WRONG))
    return document


def run(folder: Path, cases: int, seed: int) -> None:
    dice = random.Random(seed)
    sources = [Source(path).root for path in [*sorted(SPECS.glob("*.yaml")), *bundled().values()]]
    for case in range(cases):
        mutated = mutate(dice.choice(sources), dice)
        path = folder / f"case-{seed}-{case}.json"
        path.write_text(json.dumps(mutated), "utf-8")
        try:
            service = load(path).service
        except SpecloomError as error:
            assert "\n" not in str(error)
        else:
            assert service.operations or service.triggers
            assert all(problem.message and "\n" not in str(problem) for problem in service.problems)
        path.unlink()


@pytest.mark.parametrize("seed", range(5))
def test_mutated_documents(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 100, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_mutated_documents(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 1000, seed)

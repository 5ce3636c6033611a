"""What is inferred from real documents, against what people read in them: the numbers of benchmarks/results/infer.md.

They may only get better: a change that loses facts, or guesses a single one wrong, fails here."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.schemas.infer import scorer
from tests.schemas.infer.scorer import Fact, Labelled

LEAST_RIGHT = 0.96


def _facts(entry: Labelled) -> list[Fact]:
    return list(scorer.facts(entry))


@pytest.fixture(scope="module")
def found() -> list[tuple[bool, Fact]]:
    entries = scorer.labelled()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        known = pool.map(_facts, entries, timeout=600)
        return [(entry.held_out, fact) for entry, facts in zip(entries, known, strict=True) for fact in facts]


def test_the_set_is_large_and_a_third_of_it_is_held_out(found: list[tuple[bool, Fact]]) -> None:
    entries = scorer.labelled()
    assert len({entry.service for entry in entries}) == len(entries) >= 60
    assert len(found) >= 400
    assert 0.2 < sum(entry.held_out for entry in entries) / len(entries) < 0.45


@pytest.mark.parametrize("held_out", [False, True], ids=["tuned", "held out"])
def test_it_gets_no_worse(found: list[tuple[bool, Fact]], held_out: bool) -> None:
    facts = [fact for held, fact in found if held is held_out]
    score = scorer.score(facts)
    wrong = [fact for fact in facts if fact.verdict == "wrong"]
    assert not wrong, "" if held_out else wrong
    assert score.share >= LEAST_RIGHT

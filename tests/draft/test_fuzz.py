"""Mutated sources end in a document that loads or in one line, within bounds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from specloom.schemas.draft import Text, draft
from specloom.schemas.draft.facts import Operation
from specloom.schemas.draft.write.names import summary_of
from specloom.schemas.load import bundled, load
from specloom.schemas.problems import SpecloomError
from tests.draft.styles import STYLES

SECONDS = 5.0
"""Of the processor, for one source."""
LETTERS = "{}[]()<>|#*`'\"\\/:;,.-_=&?%$@!~^+ \n\t0aZé🎨\u200b\x00"
PIECES = (
    "{{", "}}", "```\n", "| a | b |\n|---|---|\n", "curl -X POST ", "-d '{", "\\\n", "GET /", "<table><tr><td>", "</div>", "<!--", "&#0;", "$(rm -rf /)",
    "{\"a\":" * 200, "[" * 3000, "<div>" * 2000, "(" * 500, "a" * 5000, "* " * 500, "- " * 200 + "x", "401402403", "one of: ", "Default: ", "1" * 400,
    "\ud800".encode("utf-8", "replace").decode(), "': '", "%7B", "//", "https://", "---\n", "Bearer ", "= {", "..",
)  # fmt: skip


@cache
def seeds() -> tuple[Text, ...]:
    service = load(bundled()["mayanio"]).service
    own = sorted((Path(__file__).parent / "own").glob("*"))
    made = [source for style in STYLES.values() for source in style(service)[:2]]
    return (*made, *(Text(path.name, path.read_text("utf-8")) for path in own))


def mutated(seed: int) -> Text:
    choose = random.Random(seed)
    source = choose.choice(seeds())
    text = source.text
    for _ in range(choose.randint(1, 12)):
        at = choose.randrange(len(text) + 1)
        span = choose.randrange(1, 200)
        text = choose.choice(list(_changes(text, at, span, choose)))
    return Text(source.name, text[:300_000])


def _changes(text: str, at: int, span: int, choose: random.Random) -> Iterator[str]:
    yield text[:at] + text[at + span :]
    yield text[:at] + choose.choice(LETTERS) * choose.randint(1, 5) + text[at:]
    yield text[:at] + choose.choice(PIECES) + text[at:]
    yield text[:at] + text[at : at + span] * 3 + text[at + span :]
    other = choose.choice(seeds()).text
    start = choose.randrange(len(other) + 1)
    yield text[:at] + other[start : start + span * 5] + text[at:]


def run(seed: int, folder: Path) -> None:
    source = mutated(seed)
    started = time.thread_time()
    try:
        made = draft([source])
    except SpecloomError as error:
        assert "\n" not in str(error)
    else:
        path = folder / "fuzz.yaml"
        path.write_text(made.text, "utf-8")
        try:
            load(path)
        except SpecloomError as error:
            assert error.problem.message == "no operation in this document", (seed, str(error))
    assert time.thread_time() - started < SECONDS, seed


def test_five_hundred_mutated_sources(tmp_path: Path) -> None:
    for seed in range(500):
        run(seed, tmp_path)


def test_a_sentence_without_an_end() -> None:
    """What seed 9390 had found: time that grew with the square of a description."""
    operation = Operation(method="POST", path="/v1/sounds", description="<div>" * 20_000)
    started = time.thread_time()
    assert summary_of(operation) == ""
    assert time.thread_time() - started < SECONDS


@pytest.mark.soak
def test_twenty_thousand_mutated_sources(tmp_path: Path) -> None:
    for seed in range(1_000, 21_000):
        run(seed, tmp_path)

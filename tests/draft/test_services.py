"""The five services from their pages alone: what is found, nothing invented, and what comes of the drafts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from specloom.generator.pipeline import BuildRequest, Built, build
from specloom.generator.platforms import EMITTERS
from specloom.schemas.draft import Draft, draft, opened
from specloom.schemas.load import load
from specloom.schemas.problems import worst
from tests.draft.pages import NAMES, PAGES, needs_pages
from tests.draft.renderings import uncited
from tests.draft.scoring import facts, score

pytestmark = needs_pages
ENOUGH = 0.95


def drafted(name: str, **options: str) -> Draft:
    return draft(opened([str(PAGES / f"{name}.txt")]), **options)


def text(name: str) -> str:
    return (PAGES / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_says_is_found_and_nothing_else(name: str) -> None:
    said = facts(name)
    result = score(said, drafted(name).document)
    assert not result.invented
    assert result.share >= ENOUGH, sorted(result.missed)


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_cite_lines_that_say_them(name: str) -> None:
    """The facts are checked as well: what they name stands in the line they give."""
    lines = text(name).split("\n")
    said = facts(name)
    for operation in (*said["operations"].values(), *said.get("gaps", {}).values()):
        for place, facets in (*operation.get("parameters", {}).items(), *operation.get("reply", {}).items()):
            shown = place.rpartition(".")[2]
            assert shown == "{}" or shown in lines[facets["line"] - 1], f"{place} in line {facets['line']}"


@pytest.mark.parametrize("name", NAMES)
def test_everything_cites_its_line(name: str) -> None:
    made = drafted(name)
    assert list(uncited(made.document, {f"{name}.txt": text(name)})) == []
    assert yaml.safe_load(made.text) == made.document
    assert f"# {name}.txt:" in made.text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_takes_less_than_a_second(name: str) -> None:
    started = time.perf_counter()
    drafted(name)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", NAMES)
def test_drafts_load_and_build_for_every_platform(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(drafted(name).text, "utf-8")
    loaded = load(path)
    assert worst(loaded.problems) != "error"
    (built,) = [
        b for b in build(path, BuildRequest(out=tmp_path / "dist", platforms=tuple(EMITTERS))) if isinstance(b, Built)
    ]
    assert built.written
    operations = len(loaded.service.operations)
    assert all(count >= operations for count in built.steps.values()), built.steps


def test_a_call_without_a_path_is_left_out_with_its_question(tmp_path: Path) -> None:
    made = drafted("unbranded")
    path = tmp_path / "unbranded.yaml"
    path.write_text(made.text, "utf-8")
    told = [problem for problem in load(path).problems if problem.code == "gap"]
    assert len(told) == 2 and all("ask: What is the method and path" in problem.hint for problem in told)
    assert all(problem.location.line > 1 for problem in told)
    gaps = made.document["x-specloom"]["gaps"]
    assert [bool(gap.get("operation")) for gap in gaps[:2]] == [True, True]


def test_what_hangs_on_a_gap_is_inferred() -> None:
    """TuneForge's page shows no reply: the job that its examples tell is there, and says what is not known."""
    document = drafted("tuneforge").document
    start = document["paths"]["/music/generate"]["post"]
    assert "TODO" in start["x-specloom"]["job"]["inferred"]
    assert "inferred" in start["responses"]["200"]["x-specloom"]
    assert any("which word says that it is done" in gap["question"] for gap in document["x-specloom"]["gaps"])


def test_voice_notes_name_the_choices() -> None:
    document = drafted("tuen").document
    body: dict[str, Any] = document["paths"]["/api/services/tts"]["post"]["requestBody"]["content"]["application/json"]
    labels = body["schema"]["properties"]["voice"]["x-specloom"]["choices"]
    assert labels["en-Carter_man"].startswith("Carter: male") and labels["en-Sarah_woman"].startswith("Sarah: female")


def test_a_placeholder_host_is_a_variable_without_a_default() -> None:
    (server,) = drafted("tuen").document["servers"]
    assert server["url"] == "https://{host}" and server["variables"]["host"]["default"] == ""
    assert drafted("tuen", server="https://www.tuen.fun").document["servers"] == [{"url": "https://www.tuen.fun"}]

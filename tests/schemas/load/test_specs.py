"""Every document of tests/specs loads with the problems its first line names, or is refused with those words."""

from __future__ import annotations

import pytest

from specloom.schemas.load import load
from specloom.schemas.problems import SpecloomError
from tests import TESTS

SPECS = TESTS / "specs"
FILES = sorted(path.relative_to(SPECS).as_posix() for path in SPECS.rglob("*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_a_document_is_read_as_its_first_line_says(name: str) -> None:
    path = SPECS / name
    kind, _, said = path.read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(":")
    if kind == "refused":
        with pytest.raises(SpecloomError, match=said.strip()):
            load(path)
        return
    service = load(path).service
    assert service.operations or service.triggers
    assert {problem.code for problem in service.problems} == set(said.split()), [str(p) for p in service.problems]
    assert "left out" not in [problem.hint for problem in service.problems if problem.code == "operation"]

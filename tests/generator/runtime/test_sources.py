"""What is emitted as it stands speaks to whoever reads the emitted package, who does not have our folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import ROOT

EMITTED = sorted(path for path in (ROOT / "generator").rglob("runtime/**/*") if path.suffix in (".ts", ".js"))
OURS = re.compile(r"\b(schemas|generator|connector|specloom|tests|benchmarks)/|\.py\b")


@pytest.mark.parametrize("path", EMITTED, ids=lambda path: path.relative_to(ROOT / "generator").as_posix())
def test_no_path_of_ours_is_named(path: Path) -> None:
    assert not OURS.findall(path.read_text("utf-8"))

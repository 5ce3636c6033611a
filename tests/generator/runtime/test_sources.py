"""The sources of the runtimes: nothing of the core stands in a platform's part again, and they speak to whoever reads
the emitted package, who does not have our folders."""

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


FUNCTION = re.compile(
    r"^export (?:async )?function (\w+)|^(?:export )?(?:async )?function (\w+)|^(?:export )?const (\w+) = \(", re.M
)


@pytest.mark.parametrize("platform", ["n8n", "zapier"])
def test_nothing_of_the_core_is_written_again(platform: str) -> None:
    core = "".join(path.read_text("utf-8") for path in (ROOT / "generator" / "runtime" / "src").glob("*.ts"))
    shared = set(re.findall(r"^export function (\w+)", core, re.M))
    assert {"own", "normalize", "isResult"} < shared
    sources = sorted((ROOT / "generator" / platform / "runtime" / "src").rglob("*.ts"))
    own = {name for path in sources for names in FUNCTION.findall(path.read_text("utf-8")) for name in names if name}
    assert not own & shared

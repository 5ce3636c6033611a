"""What every emitted file was, the runtime included: moves and renames change none of it.

`pytest tests/generator/pipeline/test_digests.py --update-golden` takes over today's; the commit that does so says why."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from specloom.generator.output.writer import MANIFEST
from specloom.generator.pipeline import BuildRequest, Built, build
from specloom.generator.platforms import EMITTERS
from specloom.schemas.load import bundled
from tests import TESTS
from tests.platforms import corpus

KEPT = TESTS / "golden" / "digests.json"
LARGE = {"github": "github.com/api.github.com", "stripe": "stripe.com"}
NAMES = (*bundled(), *LARGE)


def document(name: str) -> Path:
    return bundled()[name] if name in bundled() else corpus.root() / f"{LARGE[name]}.json"


def digests(out: Path, name: str) -> dict[str, str]:
    """SHA-256 of each platform's manifest, which holds that of each of its files, and of the report."""
    (built,) = [
        one for one in build(document(name), BuildRequest(out=out, platforms=tuple(EMITTERS))) if isinstance(one, Built)
    ]
    parts = {platform: built.folder / platform / MANIFEST for platform in EMITTERS}
    parts["report"] = built.folder / "report.json"
    return {part: hashlib.sha256(path.read_bytes()).hexdigest() for part, path in parts.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_what_it_was(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    found = digests(tmp_path, name)
    if request.config.getoption("--update-golden"):
        KEPT.write_text(json.dumps({**known, name: found}, indent=1, sort_keys=True) + "\n")
        return
    assert found == known[name]

"""Pages in ten layouts that vendors have, each with what it says: all of it is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from specloom.schemas.draft import Text, draft
from tests.draft.renderings import uncited
from tests.draft.scoring import score

PAGES = Path(__file__).parent / "strangers"


@pytest.mark.parametrize("page", sorted(path.name for path in PAGES.iterdir() if path.suffix != ".yaml"))
def test_a_page_is_read(page: str) -> None:
    said = yaml.safe_load((PAGES / f"{page}.yaml").read_text("utf-8"))
    text = (PAGES / page).read_text("utf-8")
    document = draft([Text(page, text)]).document
    result = score(said, document)
    assert (sorted(result.missed), sorted(result.invented)) == ([], [])
    assert list(uncited(document, {page: text})) == []

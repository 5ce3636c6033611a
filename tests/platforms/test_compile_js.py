"""The committed JavaScript is what TypeScript makes of the sources beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms.compile_js import PARTS, committed, compiled


@pytest.mark.parametrize("name", PARTS)
def test_the_javascript_is_what_the_sources_compile_to(n8n_tools: Path, name: str) -> None:
    fresh, kept = compiled(PARTS[name], n8n_tools), committed(PARTS[name])
    stale = sorted(path for path in fresh.keys() | kept.keys() if fresh.get(path) != kept.get(path))
    assert not stale, "run `python -m tests.platforms.compile_js`"

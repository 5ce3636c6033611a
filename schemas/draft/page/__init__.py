"""A page's blocks to facts: calls with their inputs, samples and replies, and what is said of the service."""

from __future__ import annotations

from collections.abc import Sequence

from specloom.schemas.draft.blocks import Block
from specloom.schemas.draft.facts import Facts
from specloom.schemas.draft.page.reader import PageReader


def read_page(blocks: Sequence[Block], file: str) -> Facts:
    """What the blocks of one page say. Never raises for what stands in them."""
    return PageReader(blocks, file).read()

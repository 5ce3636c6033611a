"""Headings and labels of a page before it is read: numbers and what buttons leave behind go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from specloom.schemas.draft.blocks import Block, Code, Heading, Paragraph, Table
from specloom.schemas.draft.labels import kind_of

_NOISE = re.compile(
    r"(?i)(?:copy(?: code| page)?|copied!?|expand all|collapse all|content[ -]type|try it(?: out)?|"
    r"(?:show|hide) child attributes|ask ai|was this page helpful\??|skip to (?:main )?content|on this page|"
    r"search\.*|⌘\s?k)\W*"
)
"""What buttons and menus leave when a page is copied."""
_NUMBER = re.compile(r"(?:step\s+)?\d{1,2}(?:\.\d{1,2})*[.):]?\s+(?=[A-Za-z])", re.I)
"""The number of a heading: `3.2 Restore`. A status (`404 Not found`) is none."""
_SCHEME = re.compile(r"\(?[\w\-]{2,40}(?: \([^)]*\))?\)?(?: (?:OR|AND|and|or) \(?[\w\-]+\)?)*")
"""The names of security schemes, as a line of its own."""


def prepared(blocks: Sequence[Block]) -> list[Block]:
    """Without what buttons leave; headings without their numbers."""
    return [_unnumbered(block) for block in blocks if not _is_noise(block)]


def _unnumbered(block: Block) -> Block:
    if not isinstance(block, Heading):
        return block
    return replace(block, text=_NUMBER.sub("", block.text, count=1))


def _is_noise(block: Block) -> bool:
    return isinstance(block, Heading | Paragraph) and bool(_NOISE.fullmatch(block.text.strip()))


def names_scheme(block: Block) -> bool:
    """Whether a line is nothing but names of security schemes."""
    return not isinstance(block, Table | Code) and bool(_SCHEME.fullmatch(block.text)) and kind_of(block.text) is None

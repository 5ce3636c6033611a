"""How names are compared: without case and separators. The words themselves are in `vocabulary.json`."""

from __future__ import annotations

import re
from functools import partial

from specloom.schemas.infer.vocabulary import ranked
from specloom.schemas.memo import cached

LISTS = ranked("records", "list")
TIMES = ranked("records", "time")
LABELS = ranked("records", "label")
NEWEST_FIRST = partial(
    re.compile,
    r"(newest|most recent|latest)\b.{0,20}\bfirst|reverse[- ]chronological|descending (order )?by (creat|date)"
    r"|sorted by creation (date|time)[^.]{0,30}(newest|most recent|descending)"
    r"|order(ed)? by [^.]{0,30}created[^.]{0,20}desc",
    re.I,
)

TURNS = re.compile(
    r"(text|image|speech|audio|video|script|prompt)[- _]?(to|2)[- _]?(text|image|speech|audio|video|3d|music)", re.I
)

_ODD = re.compile(r"[^a-z0-9]+")


@cached(65536)
def bare(name: str) -> str:
    """'next_page-token' and '$nextPageToken' alike: 'nextpagetoken'."""
    low = name.lower().replace("_", "")
    return low if low.isascii() and low.isalnum() else _ODD.sub("", low)


@cached(16384)
def singular(word: str) -> str:
    """Good enough to match `voice_id` with `/voices`."""
    low = word.lower()
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if low.endswith(ending) and len(low) > len(ending) + 1:
            return low.removesuffix(ending) + instead
    if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > 2:
        return low[:-1]
    return low


@cached(16384)
def is_plural(word: str) -> bool:
    return singular(word) != word.lower()

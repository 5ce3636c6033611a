"""Zapier's keys out of the document's names: people's Zaps depend on them, so nothing else goes into them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Set

from specloom.schemas.memo import cached

_TAKEN = frozenset(
    "constructor prototype hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf".split()
)
"""What every JavaScript object has already: Zapier's core and schema stumble over keys of that name."""
_ODD = re.compile(r"[^A-Za-z0-9]+")


def step_key(name: str) -> str:
    """`pets.list` to `pets_list`, by Zapier's rule for keys of steps: letters first, two characters at least."""
    key = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if not re.match(r"[A-Za-z]", key):
        key = f"call_{key}" if key else _coded("call", name)
    return key if len(key) > 1 and key not in _TAKEN else key + "_call"


def field_key(*names: str) -> str:
    """Key of a form field out of the names that lead to it. Never with two underscores in a row, which Zapier reads
    as a step into an object."""
    key = "_".join(filter(None, map(_part, names))) or "value"
    return f"{key}_field" if key in _TAKEN else key


@cached(16384)
def _part(name: str) -> str:
    part = _ODD.sub("_", name).strip("_")
    return part or (_coded("field", name) if name else "")


def _coded(word: str, name: str) -> str:
    """A key for a name without a Latin letter or digit. A number would do too, but it would belong to another name
    once the document grows in between, and people's Zaps would then send one field's value as another's."""
    return f"{word}_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


class Keys:
    """Hands out keys that are unique among those handed out before."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {key.lower() for key in taken}
        """In small letters, as Zapier tells keys apart."""

    def unique(self, key: str) -> str:
        candidate, count = key, 2
        while (small := candidate.lower()) in self.taken:
            candidate, count = f"{key}_{count}", count + 1
        self.taken.add(small)
        return candidate

    def take(self, keys: Set[str]) -> bool:
        """Hands out all of these as they are, in small letters, or none of them where one is taken."""
        free = self.taken.isdisjoint(keys)
        if free:
            self.taken |= keys
        return free

"""The server's own keys are masked in what a vendor answers: some services echo a request with its headers, and the
caller may use a key that it is not to know."""

from __future__ import annotations

import base64
import html
import json
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

SHORTEST = 8
"""Characters a key must have: shorter ones stand in any text by chance."""
MASK = "*"


@dataclass(frozen=True, slots=True)
class Masks:
    """`spellings` of the keys, longest first. Each byte of one becomes a star, so that lengths stay true."""

    spellings: tuple[bytes, ...]
    beginnings: frozenset[bytes]
    """Every proper beginning of a spelling: what a piece may end in while the rest is still to come."""

    def masked(self, data: bytes) -> bytes:
        for spelling in self.spellings:
            if spelling in data:
                data = data.replace(spelling, MASK.encode() * len(spelling))
        return data

    def header(self, value: str) -> str:
        return self.masked(value.encode("latin-1", "replace")).decode("latin-1")

    def pieces(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """A stream, of which no more is held back than may be the beginning of a key."""
        held = b""
        for piece in pieces:
            data = self.masked(held + piece)
            keep = self._begun(data)
            held = data[len(data) - keep :]
            if len(data) > keep:
                yield data[: len(data) - keep]
        if held:
            yield held

    def _begun(self, data: bytes) -> int:
        """Bytes at the end that may be the beginning of a key."""
        for size in range(min(len(self.spellings[0]) - 1, len(data)), 0, -1):
            if data[-size:] in self.beginnings:
                return size
        return 0


def masks_of(credential: Mapping[tuple[str, str], str]) -> Masks | None:
    """Of what is sent where; None where nothing is long enough to be masked."""
    spelt = {spelling for text in credential.values() for secret in _secrets(text) for spelling in _spellings(secret)}
    if not spelt:
        return None
    ordered = tuple(sorted(spelt, key=lambda spelling: (-len(spelling), spelling)))
    beginnings = frozenset(spelling[:size] for spelling in ordered for size in range(1, len(spelling)))
    return Masks(ordered, beginnings)


def is_masked(value: str) -> bool:
    return len(value) >= SHORTEST and not value.strip(MASK)


def _secrets(text: str) -> set[str]:
    """All of it, and what stands behind a scheme; of Basic also the name with the password, and the password."""
    scheme, _, bare = text.strip().partition(" ")
    found = {text.strip(), bare}
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(bare, validate=True).decode()
        except (NotBase64, UnicodeDecodeError):
            pair = ""
        found |= {pair, pair.partition(":")[2]}
    return {secret for secret in found if len(secret) >= SHORTEST}


def _spellings(secret: str) -> set[bytes]:
    """As it stands in text, JSON, addresses and HTML."""
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    forms |= {quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1].replace("/", "\\/")}
    return {form.encode() for form in forms}

"""Exports of HTTP clients: each format a reader from parsed JSON to facts."""

from __future__ import annotations

from collections.abc import Callable

from specloom.schemas.draft.facts import Facts, Json
from specloom.schemas.draft.sources.collections import har, hoppscotch, insomnia, postman

_READERS: tuple[tuple[Callable[[Json], bool], Callable[[Json, str, str], Facts]], ...] = (
    (postman.is_collection, postman.read),
    (har.is_archive, har.read),
    (insomnia.is_export, insomnia.read),
    (hoppscotch.is_collection, hoppscotch.read),
)


def read_collection(value: dict[str, Json], content: str, name: str) -> Facts | None:
    """The facts of an export; None where it is none that is known."""
    return next((reader(value, content, name) for known, reader in _READERS if known(value)), None)

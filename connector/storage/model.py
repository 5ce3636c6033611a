"""What a store of files is. The ledger knows whose a file is and how long it lasts; a store knows bytes by their id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class StoreError(Exception):
    """The store cannot be used now. `str()` says why, without names of this machine."""


class StoreRefused(StoreError):
    """It is there, and not for us: another key, another region, or no such bucket."""


class Draft(Protocol):
    """Bytes that are on their way in, and nobody's yet."""

    def write(self, data: bytes) -> None:
        """Raises StoreError."""

    def keep(self) -> None:
        """Durable when it returns. Raises StoreError."""

    def discard(self) -> None:
        """Nothing of it stays; does nothing once it is kept."""


class FileStore(Protocol):
    def draft(self, file_id: str) -> Draft:
        """Raises StoreError."""

    def read(self, file_id: str, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, as they are taken. Raises KeyError where there is no such file, and
        StoreError, both before the first byte where that can be known."""

    def remove(self, file_id: str) -> None:
        """Also one that is not there. Raises StoreError."""

    def reach(self) -> None:
        """At the start. Raises StoreError; StoreRefused where that does not pass by itself."""

    def check(self) -> None:
        """Raises StoreError where nothing could be kept, such as on a full disk."""

    def remove_drafts(self) -> None:
        """Those whose writer is gone. Raises StoreError."""

    def older_than(self, moment: float) -> Iterator[str]:
        """Ids of files that were kept before `moment` (Unix seconds). Raises StoreError."""

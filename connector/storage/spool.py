"""A file on its way into the store, up to a limit; and what is said where it cannot be kept."""

from __future__ import annotations

import secrets

from specloom.connector.errors import Refused
from specloom.connector.storage.model import FileStore, StoreError


class FileTooLarge(Refused):
    """More bytes than one file may have."""

    def __init__(self, limit: int) -> None:
        super().__init__("invalid_request", f"The file is larger than {limit} bytes", status=413)
        self.limit = limit


class Spool:
    """Raises Refused (413, 503), and whatever it is: what is not kept is discarded."""

    def __init__(self, store: FileStore, limit: int) -> None:
        self.file_id = f"file_{secrets.token_hex(16)}"
        self.size = 0
        self._store, self._limit = store, limit
        try:
            self._draft = store.draft(self.file_id)
        except StoreError as error:
            raise unavailable(error) from error

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._limit:
            self.discard()
            raise FileTooLarge(self._limit)
        try:
            self._draft.write(data)
        except StoreError as error:
            self.discard()
            raise unavailable(error) from error

    def keep(self) -> None:
        """Durable when it returns."""
        try:
            self._draft.keep()
        except StoreError as error:
            self.discard()
            raise unavailable(error) from error

    def discard(self) -> None:
        self._draft.discard()


def unavailable(error: StoreError) -> Refused:
    return Refused("unreachable", f"Files cannot be kept or read at the moment: {error}", status=503, retry_after=5)

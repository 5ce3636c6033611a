"""Files in a folder of this machine, their owner's alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from specloom.connector.ledger.engine import PRIVATE_FILE, PRIVATE_FOLDER
from specloom.connector.storage.model import StoreError
from specloom.schemas import file_lock

CHUNK = 65536
_ROOM = 2**18
"""Bytes that a check writes: with less room than that the next upload would fail, if not the ledger."""


class FolderStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with suppress(OSError):  # also what was kept at a time when others could read it
            for path in (folder, *folder.iterdir()):
                path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)

    def draft(self, file_id: str) -> FolderDraft:
        with _told():
            self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            return FolderDraft(self._folder / f".{file_id}", self._folder / file_id)

    def read(self, file_id: str, start: int, stop: int) -> Iterator[bytes]:
        try:
            file = open(self._folder / file_id, "rb")  # noqa: SIM115 - closed with the iterator
        except FileNotFoundError:
            raise KeyError(file_id) from None
        except OSError as error:
            raise StoreError(error.strerror) from error
        return _Part(file, start, stop)

    def remove(self, file_id: str) -> None:
        with _told():
            (self._folder / file_id).unlink(missing_ok=True)

    def reach(self) -> None:
        """It is made when something is kept."""

    def check(self) -> None:
        check_folder(self._folder)

    def remove_drafts(self) -> None:
        """A writer holds a lock on its draft, which the system drops with the writer."""
        with _told():
            for path in self._folder.glob(".file_*"):
                with suppress(FileNotFoundError), open(path, "rb") as draft:
                    if file_lock.CAN_LOCK and not file_lock.is_locked(draft.fileno()):
                        path.unlink()

    def older_than(self, moment: float) -> Iterator[str]:
        with _told():
            if self._folder.is_dir():
                yield from (
                    entry.name for entry in os.scandir(self._folder)
                    if entry.name.startswith("file_") and entry.stat().st_mtime < moment
                )  # fmt: skip


class FolderDraft:
    def __init__(self, path: Path, target: Path) -> None:
        self._path, self._target = path, target
        self._file: IO[bytes] | None = _locked(path)
        while not os.fstat(self._file.fileno()).st_nlink:  # taken for one that was left, before it was locked
            self._file.close()
            self._file = _locked(path)

    def write(self, data: bytes) -> None:
        assert self._file is not None
        with _told():
            self._file.write(data)

    def keep(self) -> None:
        assert self._file is not None
        with _told():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._path.rename(self._target)
            self._file.close()
            self._file = None

    def discard(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):  # what was written last may not fit either
            self._file.close()
        self._file = None
        self._path.unlink(missing_ok=True)


def _locked(path: Path) -> IO[bytes]:
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb")
    file_lock.lock(file.fileno())
    return file


def check_folder(folder: Path) -> None:
    """Raises StoreError where a file of some size cannot be written there."""
    probe = folder / f".room-{secrets.token_hex(8)}"
    with _told():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
                file.write(bytes(_ROOM))
        finally:
            probe.unlink(missing_ok=True)


class _Part:
    """Bytes of an open file, which is closed behind the last one or by `close`."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        file.seek(start)
        self._file, self._left = file, stop - start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = b"" if self._file.closed else self._file.read(min(CHUNK, self._left))
        if not data:
            self.close()
            raise StopIteration
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(error.strerror or "the folder cannot be used") from error

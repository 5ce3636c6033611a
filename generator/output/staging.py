"""Puts generated files together beside the folder they are for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from msgspec import Struct

from specloom.schemas.memo import table
from specloom.schemas.problems import Location, SpecloomError

STAGING = ".staging"
"""Ending of the folder in which files are put together before they take their places."""
_NO_NAMES = frozenset({"", ".", ".."})
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


class StagingArea(Struct, frozen=True):
    folder: Path
    """What the files are for; it may stand already, or not."""
    new: Path
    """A folder beside it, in which they are put together."""


class Staged(Struct, frozen=True):
    digests: Mapping[str, str]
    """Path to SHA-256 of every file."""
    same: frozenset[str]
    """Those that stand in the folder already, and were not written."""


@contextmanager
def staging(folder: Path) -> Iterator[StagingArea]:
    """A new folder beside `folder`, on the same disk; gone in the end, with all that was not swapped."""
    with told(folder):
        if folder.exists() and not folder.is_dir():
            raise SpecloomError("is a file, not a folder", hint="choose another --out", location=Location(str(folder)))
        outer = folder.parent / f".{folder.name}-{os.urandom(8).hex()}{STAGING}"
        outer.mkdir(0o700)  # closed to others, as temporary folders are; the inner one need not be
        place = StagingArea(folder, outer / "new")
        try:
            place.new.mkdir()
            yield place
        finally:
            remove(outer)


def remove(folder: Path) -> None:
    """As far as that is possible: who comes next tries again."""
    try:
        folder.rmdir()  # mostly there is nothing in it any more
    except OSError:
        import shutil  # costs as much as to write a small service

        shutil.rmtree(folder, ignore_errors=True)


def stage(place: StagingArea, files: Mapping[str, bytes]) -> Staged:
    """Puts those of the `files` that differ from what stands in the folder into its place. Raises OSError."""
    digests: dict[str, str] = {}
    known: dict[int, str] = table()  # many are the same
    same: set[str] = set()
    made = {""}
    is_there = place.folder.exists()
    for path, content in files.items():
        check(path)
        if is_there and _holds(f"{place.folder}/{path}", content):
            same.add(path)
        else:
            _make(place.new, path.rpartition("/")[0], made)
        digests[path] = known.get(id(content)) or known.setdefault(id(content), digest(content))
        if path not in same:
            _put(f"{place.new}/{path}", content)
    return Staged(digests, frozenset(same))


def _holds(path: str, content: bytes) -> bool:
    """Whether there is a file, no link to one, with this content."""
    try:
        found = os.lstat(path)
        if not S_ISREG(found.st_mode) or found.st_size != len(content):
            return False
        with open(path, "rb", buffering=0) as file:
            return file.read() == content
    except OSError:
        return False


def _make(top: Path, folder: str, made: set[str]) -> None:
    """Makes a folder below `top` and those above it, unless they are among those `made`."""
    if folder not in made:
        _make(top, folder.rpartition("/")[0], made)
        with suppress(FileExistsError):  # where `a` and `A` are one folder
            os.mkdir(f"{top}/{folder}")
        made.add(folder)


def _put(path: str, content: bytes) -> None:
    """There may be thousands of files, and Python's own are three times as expensive."""
    file = os.open(path, _WRITE, 0o666)
    try:
        written = os.write(file, content)
        while written < len(content):  # a disk that is nearly full takes a part
            written += os.write(file, content[written:])
    finally:
        os.close(file)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What the system says no to becomes a SpecloomError about the folder."""
    try:
        yield
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise SpecloomError(reason, hint="choose another --out", location=Location(str(folder))) from None


def check(path: str) -> None:
    """Raises ValueError for what is no path below its folder."""
    is_text = path.isprintable() or min(path) >= " "
    if not is_text or "\\" in path or not _NO_NAMES.isdisjoint(path.split("/")):
        raise ValueError(f"an emitter made the path {path!r}")  # ours to mend, not the user's


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

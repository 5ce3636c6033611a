"""Puts generated files on disk: all or nothing, never outside the folder, never over a person's edits."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from threading import Thread

from msgspec import Struct

from generator.json_text import indented
from schemas.problems import Location, Problem, SpecloomError

try:
    import fcntl
except ImportError:  # no locks there: two builds into one folder at a time are the user's affair
    fcntl = None  # type: ignore[assignment,unused-ignore]

MANIFEST = ".specloom.json"
"""Path to the SHA-256 of what we wrote, per generated folder: what differs from it was edited by a person."""
NEW = ".specloom-new"
"""Ending of our version of a file that a person has edited."""
STAGING = ".staging"
"""Ending of the folder in which files are put together before they take their places."""
LARGE = 1 << 20
"""Bytes of a file from which on it is worth a thread."""
_NO_NAMES = frozenset({"", ".", ".."})
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


class Place(Struct, frozen=True):
    folder: Path
    """What the files are for; it may stand already, or not."""
    new: Path
    """A folder beside it, in which they are put together."""
    writers: dict[str, _Writer] = {}
    """Of large files, by path."""


class Staged(Struct, frozen=True):
    digests: Mapping[str, str]
    """Path to SHA-256 of every file."""
    same: frozenset[str]
    """Those that stand in the folder already, and were not written."""


class Written(Struct, frozen=True):
    """Counts of one folder, and what its owner should know."""

    changed: int
    unchanged: int
    removed: int
    problems: tuple[Problem, ...]


def write(folder: Path, files: Mapping[str, bytes]) -> Written:
    """Make `folder` hold `files` (paths relative, with '/'). Everything is staged beside it first, so a failure
    leaves what was there. Raises SpecloomError when the folder cannot be written."""
    for path in files:
        _check(path)
    with alone(folder.parent), staging(folder) as place:
        return swap(place, stage(place, files))


@contextmanager
def staging(folder: Path) -> Iterator[Place]:
    """A new folder beside `folder`, on the same disk; gone in the end, with all that was not swapped."""
    with _told(folder):
        if folder.exists() and not folder.is_dir():
            raise SpecloomError("is a file, not a folder", hint="choose another --out", location=Location(str(folder)))
        outer = folder.parent / f".{folder.name}-{os.urandom(8).hex()}{STAGING}"
        outer.mkdir(0o700)  # closed to others, as temporary folders are; the inner one need not be
        place = Place(folder, outer / "new")
        try:
            place.new.mkdir()
            yield place
        finally:
            for writer in place.writers.values():
                writer.wait()
            _remove(outer)


def _remove(folder: Path) -> None:
    """As far as that is possible: who comes next tries again."""
    try:
        folder.rmdir()  # mostly there is nothing in it any more
    except OSError:
        import shutil  # costs as much as to write a small service

        shutil.rmtree(folder, ignore_errors=True)


def stage(place: Place, files: Mapping[str, bytes]) -> Staged:
    """Puts those of the `files` that differ from what stands in the folder into its place. Raises OSError."""
    return begin(place, files)()


def begin(place: Place, files: Mapping[str, bytes]) -> Callable[[], Staged]:
    """Begins to `stage`; what it returns waits for the end. Meanwhile large files are on their way. Both raise
    OSError."""
    digests: dict[str, str] = {}
    known: dict[int, str] = {}  # by content: many are the same
    same: set[str] = set()
    made = {""}
    is_there = place.folder.exists()
    for path, content in sorted(files.items(), key=lambda file: len(file[1]), reverse=True):
        _check(path)
        if is_there and _holds(f"{place.folder}/{path}", content):
            same.add(path)
        else:
            _make(place.new, path.rpartition("/")[0], made)
        if len(content) >= LARGE:
            place.writers[path] = _Writer(f"{place.new}/{path}", content, written=path in same)
            continue
        digests[path] = known.get(id(content)) or known.setdefault(id(content), digest(content))
        if path not in same:
            _put(f"{place.new}/{path}", content)
    return lambda: Staged(digests | {path: writer.digest() for path, writer in place.writers.items()}, frozenset(same))


class _Writer(Thread):
    """Puts a large file in its place and tells its digest: neither keeps Python from going on."""

    def __init__(self, path: str, content: bytes, *, written: bool) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._content = content
        self._written = written
        self._result: str | Exception = ""
        try:
            self.start()
        except RuntimeError:  # no more threads are to be had
            self.run()

    def run(self) -> None:
        try:
            if not self._written:
                _put(self._path, self._content)
            self._result = digest(self._content)
        except Exception as error:
            self._result = error

    def wait(self) -> None:
        if self.ident is not None:
            self.join()

    def digest(self) -> str:
        """Waits. Raises OSError."""
        self.wait()
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


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


def swap(place: Place, staged: Staged) -> Written:
    """What is staged takes the place of what was there before, except where a person has edited it. Raises
    SpecloomError when the folder cannot be written."""
    with _told(place.folder):
        if not place.folder.exists():
            _put_manifest(place.new, place.new, staged.digests)
            os.replace(place.new, place.folder)
            return Written(len(staged.digests), 0, 0, ())
        return _swap(place.folder, place.new, staged)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise SpecloomError(reason, hint="choose another --out", location=Location(str(folder))) from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Makes `folder`, waits for others who build in it, and clears away what one that was killed has left."""
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY) if fcntl else -1
    if place < 0:
        yield
        return
    try:
        with suppress(OSError):  # some network drives know no locks
            fcntl.flock(place, fcntl.LOCK_EX)
            for left in folder.glob(f".*{STAGING}"):
                _remove(left)
        yield
    finally:
        os.close(place)


def _check(path: str) -> None:
    is_text = path.isprintable() or min(path) >= " "
    if not is_text or "\\" in path or not _NO_NAMES.isdisjoint(path.split("/")):
        raise ValueError(f"an emitter made the path {path!r}")  # ours to mend, not the user's


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _swap(folder: Path, staging: Path, staged: Staged) -> Written:
    digests, known = staged.digests, _manifest(folder)
    if known == digests and len(staged.same) == len(digests):
        return Written(0, len(digests), 0, ())
    _refuse_links_out(folder, digests.keys() - staged.same)
    # Until all are in place, both are ours: after a kill halfway, what is new must not pass for a person's edit.
    either = {path: f"{known.get(path, '')} {ours}".strip() for path, ours in digests.items()}
    _put_manifest(folder, staging, {**known, **either})
    problems: list[Problem] = []
    changed = removed = 0
    unchanged = len(staged.same)
    for path in sorted(digests.keys() - staged.same):
        ours = digests[path]
        target = folder / path
        theirs = _digest_of(target, folder)
        if theirs == ours:
            unchanged += 1
            continue
        if theirs is not None and theirs not in known.get(path, "").split():
            target = target.with_name(target.name + NEW)
            problems.append(_edited(folder / path, f"the new version is beside it as {target.name}"))
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(staging / path, target)
        changed += 1
    for path in sorted(known.keys() - digests.keys()):
        target = folder / path
        theirs = _digest_of(target, folder)
        if theirs is not None and theirs in known[path].split():
            target.unlink()
            _prune(target.parent, folder)
            removed += 1
        elif theirs is not None:
            problems.append(_edited(target, "it is no longer generated; remove it if you do not need it"))
    _put_manifest(folder, staging, digests)
    return Written(changed, unchanged, removed, tuple(problems))


def _put_manifest(folder: Path, staging: Path, manifest: Mapping[str, str]) -> None:
    temporary = staging / MANIFEST
    text = indented(dict(sorted(manifest.items())), floats=False)
    temporary.write_bytes(text.replace(b"\n  ", b"\n "))  # one space, as ever
    os.replace(temporary, folder / MANIFEST)


def _refuse_links_out(folder: Path, paths: Iterable[str]) -> None:
    """A linked folder could lead anywhere: nothing is written through it. Nor does a locked one let us begin."""
    top = folder.resolve()
    for parent in sorted({(folder / path).parent for path in paths}):
        if not parent.resolve().is_relative_to(top):
            hint = "replace the link by a folder"
            raise SpecloomError("leads out of the folder", hint=hint, location=Location(str(parent)))
        if parent.exists() and not os.access(parent, os.W_OK):
            raise PermissionError(errno.EACCES, f"{os.strerror(errno.EACCES)} in {parent}")


def _edited(path: Path, what: str) -> Problem:
    return Problem("warning", "edited", "edited by hand, kept as it is", what, Location(str(path)))


def _manifest(folder: Path) -> dict[str, str]:
    try:
        known = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    safe: dict[str, str] = {}
    for path, value in known.items():
        try:
            _check(path)
        except ValueError:
            continue
        if isinstance(value, str):
            safe[path] = value
    return safe


def _digest_of(path: Path, folder: Path) -> str | None:
    """None where nothing stands. A link that leads out of the folder counts as a person's."""
    if not path.is_symlink() and not path.exists():
        return None
    if not path.parent.resolve().is_relative_to(folder.resolve()) or path.is_symlink() or path.is_dir():
        return "a person's"
    return digest(path.read_bytes())


def _prune(folder: Path, top: Path) -> None:
    while folder != top and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent

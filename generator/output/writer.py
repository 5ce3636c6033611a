"""Puts generated files on disk: all or nothing, never outside the folder, never over a person's edits."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from specloom.generator.output.json_text import indented
from specloom.generator.output.staging import STAGING, Staged, StagingArea, check, digest, remove, stage, staging, told
from specloom.schemas.file_lock import alone_in
from specloom.schemas.problems import Location, Problem, SpecloomError

MANIFEST = ".specloom.json"
"""Path to the SHA-256 of what we wrote, per generated folder: what differs from it was edited by a person."""
NEW = ".specloom-new"
"""Ending of our version of a file that a person has edited."""


class WriteCounts(Struct, frozen=True):
    """Counts of one folder, and what its owner should know."""

    changed: int
    unchanged: int
    removed: int
    problems: tuple[Problem, ...]


def write(folder: Path, files: Mapping[str, bytes]) -> WriteCounts:
    """Make `folder` hold `files` (paths relative, with '/'). Everything is staged beside it first, so a failure
    leaves what was there. Raises SpecloomError when the folder cannot be written."""
    for path in files:
        check(path)
    with alone(folder.parent), staging(folder) as place:
        return swap(place, stage(place, files))


def swap(place: StagingArea, staged: Staged) -> WriteCounts:
    """What is staged takes the place of what was there before, except where a person has edited it. Raises
    SpecloomError when the folder cannot be written."""
    with told(place.folder):
        if not place.folder.exists():
            _put_manifest(place.new, place.new, staged.digests)
            os.replace(place.new, place.folder)
            return WriteCounts(len(staged.digests), 0, 0, ())
        return _swap(place.folder, place.new, staged)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Makes `folder`, waits for others who build in it, and clears away what one that was killed has left."""
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with told(folder):
            locked = stack.enter_context(alone_in(folder))
        for left in folder.glob(f".*{STAGING}") if locked else ():
            remove(left)
        yield


def _swap(folder: Path, staging: Path, staged: Staged) -> WriteCounts:
    digests, known = staged.digests, _manifest(folder)
    if known == digests and len(staged.same) == len(digests):
        return WriteCounts(0, len(digests), 0, ())
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
    return WriteCounts(changed, unchanged, removed, tuple(problems))


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
            check(path)
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

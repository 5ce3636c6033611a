"""Generated files on disk: complete, contained, and never over a person's edits."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from specloom.generator.output.staging import STAGING
from specloom.generator.output.writer import MANIFEST, NEW, write
from specloom.schemas.problems import SpecloomError


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    files = {"a.txt": b"1", "b/c.txt": b"2"}
    first = write(tmp_path / "out", files)
    before = tree(tmp_path / "out")
    second = write(tmp_path / "out", files)
    assert (first.changed, second.changed, second.unchanged) == (2, 0, 2)
    assert tree(tmp_path / "out") == before
    assert set(before) == {"a.txt", "b/c.txt", MANIFEST}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_stands_already_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", {"a.txt": b"1", "b/c.txt": b"2"})

    def written(file: int, content: bytes) -> int:
        raise AssertionError(content)

    monkeypatch.setattr(os, "write", written)
    assert write(tmp_path / "out", {"a.txt": b"1", "b/c.txt": b"2"}).unchanged == 2
    with pytest.raises(AssertionError, match="new"):
        write(tmp_path / "out", {"a.txt": b"1", "b/c.txt": b"new"})


def test_what_is_no_longer_generated_goes_and_empty_folders_with_it(tmp_path: Path) -> None:
    write(tmp_path / "out", {"a.txt": b"1", "b/c/d.txt": b"2"})
    result = write(tmp_path / "out", {"a.txt": b"1"})
    assert (result.removed, result.problems) == (1, ())
    assert set(tree(tmp_path / "out")) == {"a.txt", MANIFEST} and not (tmp_path / "out/b").exists()


def test_a_persons_edit_is_kept_and_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a.txt": b"1", "gone.txt": b"1"})
    (out / "a.txt").write_bytes(b"mine")
    (out / "gone.txt").write_bytes(b"mine too")
    (out / "own.txt").write_bytes(b"never ours")
    result = write(out, {"a.txt": b"2", "own.txt": b"ours"})
    assert (out / "a.txt").read_bytes() == b"mine" and (out / f"a.txt{NEW}").read_bytes() == b"2"
    assert (out / "gone.txt").read_bytes() == b"mine too"
    assert (out / "own.txt").read_bytes() == b"never ours" and (out / f"own.txt{NEW}").read_bytes() == b"ours"
    assert sorted(Path(p.location.file).name for p in result.problems) == ["a.txt", "gone.txt", "own.txt"]


def test_an_edit_that_says_what_we_say_is_no_conflict(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, {"a.txt": b"1"})
    (out / "a.txt").write_bytes(b"2")
    assert write(out, {"a.txt": b"2"}).problems == ()
    assert write(out, {"a.txt": b"3"}).problems == () and (out / "a.txt").read_bytes() == b"3"


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "a\\..\\x", "a\0b", "a\nb"])
def test_no_path_leaves_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="an emitter made the path"):
        write(tmp_path / "out", {path: b""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_bytes(b"precious")
    out.mkdir()
    (out / "a.txt").symlink_to(outside / "a.txt")
    (out / "sub").symlink_to(outside, target_is_directory=True)
    write(out, {"a.txt": b"1"})
    assert (outside / "a.txt").read_bytes() == b"precious"
    with pytest.raises(SpecloomError, match="leads out of the folder"):
        write(out, {"sub/a.txt": b"1", "new.txt": b""})
    assert (outside / "a.txt").read_bytes() == b"precious" and len(list(outside.iterdir())) == 1
    assert not (out / "new.txt").exists()


def test_a_manifest_from_a_stranger_removes_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"x")
    out = tmp_path / "out"
    out.mkdir()
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    (out / MANIFEST).write_text(f'{{"../precious": "{digest}", "x": 5}}')
    write(out, {"a.txt": b"1"})
    assert (tmp_path / "precious").exists()


def test_an_unwritable_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecloomError, match="is a file, not a folder"):
        write(tmp_path / "file", {"a": b""})
    with pytest.raises(
        SpecloomError, match=f"cannot be written: ({os.strerror(errno.ENOTDIR)}|{os.strerror(errno.EEXIST)})"
    ):
        write(tmp_path / "file" / "out", {"a": b""})


def test_a_failure_while_staging_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write(out, {"a.txt": b"1", "b.txt": b"1"})
    before = tree(out)

    def full(file: int, content: bytes) -> int:
        if content == b"two":
            raise OSError(28, os.strerror(28))
        return real(file, content)

    real = os.write
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SpecloomError, match=f"cannot be written: {os.strerror(errno.ENOSPC)}"):
        write(out, {"a.txt": b"2", "b.txt": b"two"})
    assert tree(out) == before and [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_kill_halfway_leaves_no_edit_of_ours_and_no_staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write(out, {"a.txt": b"1", "b.txt": b"1", "gone.txt": b"1"})
    (tmp_path / f".out-killed{STAGING}").mkdir()
    real = os.replace

    def stopped(source: Path, target: Path) -> None:
        if target.name == "b.txt":
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        write(out, {"a.txt": b"2", "b.txt": b"2"})
    monkeypatch.undo()
    assert write(out, {"a.txt": b"3", "b.txt": b"3"}).problems == ()
    assert sorted(tree(out)) == [".specloom.json", "a.txt", "b.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]

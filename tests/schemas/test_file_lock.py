"""Locks on files, by the system's own means or by Windows'."""

from __future__ import annotations

import errno
import importlib.util
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from specloom.schemas import file_lock

HOLDER = """
import sys
from specloom.schemas.file_lock import lock
file = open(sys.argv[1], "rb+")
lock(file.fileno())
print("locked", flush=True)
sys.stdin.read()
"""


class Locking:
    """Stands for the C runtime of Windows: one byte of a file, one holder, never waits."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held = False
        self.looked = threading.Event()

    def locking(self, _descriptor: int, mode: int, size: int) -> None:
        assert (mode, size) == (self.LK_NBLCK, 1)
        self.looked.set()
        if self.held:
            raise PermissionError(errno.EACCES, "Permission denied")


def loaded(monkeypatch: pytest.MonkeyPatch, **modules: object) -> ModuleType:
    """The module as it is where these modules are, or with None are not."""
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    specification = importlib.util.spec_from_file_location("file_lock_elsewhere", file_lock.__file__)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder, path.open("rb+") as file:
        assert holder.stdout is not None and holder.stdout.readline().split() == [b"locked"]
        assert file_lock.is_locked(file.fileno())
        holder.kill()
        holder.wait()
        assert not file_lock.is_locked(file.fileno())
        file_lock.lock(file.fileno())


def test_windows_locks_by_its_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Locking()
    monkeypatch.setattr(sys, "platform", "win32")
    windows = loaded(monkeypatch, msvcrt=runtime)
    assert windows.CAN_LOCK
    with windows.alone_in(tmp_path) as locked:
        assert locked and (tmp_path / ".specloom.lock").is_file()
    runtime.held = True
    with (tmp_path / "file").open("wb") as file:
        assert windows.is_locked(file.fileno())
        waiting = threading.Thread(target=windows.lock, args=(file.fileno(),))
        runtime.looked.clear()
        waiting.start()
        assert runtime.looked.wait(5) and waiting.is_alive()
        runtime.held = False
        waiting.join(5)
        assert not waiting.is_alive()


def test_what_the_runtime_refuses_otherwise_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(sys, "platform", "win32")
    windows = loaded(monkeypatch, msvcrt=SimpleNamespace(LK_NBLCK=2, locking=refuse))
    with (tmp_path / "file").open("wb") as file, pytest.raises(OSError, match="Bad file descriptor"):
        windows.lock(file.fileno())


def test_without_locks_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = loaded(monkeypatch, fcntl=None)
    assert not bare.CAN_LOCK
    with bare.alone_in(tmp_path) as locked, bare.alone_in(tmp_path):
        assert not locked
    assert [*tmp_path.iterdir()] == []

"""Locks that the system drops the moment their holder dies: flock, or msvcrt's where Windows is."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PAUSE = 0.05
"""Seconds between two tries, where the system cannot wait itself."""
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})

if sys.platform == "win32":
    import msvcrt

    CAN_LOCK = True

    def lock(descriptor: int) -> None:
        """Waits until nobody else holds a lock on the open file, and holds one until it is closed. Raises OSError."""
        while is_locked(descriptor):
            time.sleep(_PAUSE)

    def is_locked(descriptor: int) -> bool:
        """Whether somebody else holds a lock on the open file; where nobody does, we do from now on. Raises OSError."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _HELD:
                return True
            raise
        return False

else:
    try:
        import fcntl

        CAN_LOCK = True
    except ImportError:
        CAN_LOCK = False

    def lock(descriptor: int) -> None:
        """Waits until nobody else holds a lock on the open file, and holds one until it is closed. Raises OSError."""
        if CAN_LOCK:
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def is_locked(descriptor: int) -> bool:
        """Whether somebody else holds a lock on the open file; any number may look. Raises OSError."""
        if not CAN_LOCK:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Waits for others who work in the folder. Gives False where locks are not to be had, as on some network drives:
    there, two at a time are the user's affair. Raises OSError where the folder cannot be opened."""
    if sys.platform == "win32":  # a folder cannot be opened there
        place = os.open(folder / ".specloom.lock", os.O_RDWR | os.O_CREAT)
    else:
        place = os.open(folder, os.O_RDONLY)
    try:
        locked = False
        with suppress(OSError):
            lock(place)
            locked = CAN_LOCK
        yield locked
    finally:
        os.close(place)

"""What root may do beyond others, taken from a child process, so that permissions count for it too."""

from __future__ import annotations

import ctypes
import os
import sys

_PR_CAPBSET_DROP = 24
_OVERRIDES = (1, 2, 3)
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: with none of them root, too, needs a file's permission."""


def drop_overrides() -> None:
    """For `preexec_fn`, on Linux: the program that is executed next has to obey permissions. Raises OSError."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in _OVERRIDES:
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

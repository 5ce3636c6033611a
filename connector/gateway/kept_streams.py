"""A reply that goes by: to the caller as it comes, and into the store for whoever asks again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from specloom.connector.errors import Refused
from specloom.connector.fairness.fair_queue import aside
from specloom.connector.storage.spool import FileTooLarge, Spool

LEFT_ALONE = 60.0
"""Seconds that a reply is still read whose caller has left: that is when calls are repeated."""


class KeptStream:
    """`end` is told once: the spool that holds all of it, or why nothing is kept. Whatever becomes of the store, the
    caller gets the reply."""

    def __init__(self, chunks: Iterable[Any], spool: Spool | Refused, end: Callable[[Spool | str], None]) -> None:
        self._source, self._chunks = chunks, iter(chunks)
        self._spool: Spool | None = spool if isinstance(spool, Spool) else None
        self._reason = spool.message if isinstance(spool, Refused) else ""
        self._end: Callable[[Spool | str], None] | None = end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk: bytes = next(self._chunks)
        except StopIteration:
            self._over("")
            raise
        except BaseException:
            self._over("its answer was cut short")
            raise
        self._write(chunk)
        return chunk

    def close(self) -> None:
        """The caller has all of it, or has left."""
        until = time.monotonic() + LEFT_ALONE
        try:
            with aside():
                while self._end is not None and self._spool is not None and time.monotonic() < until:
                    next(self, b"")
        except Exception:  # it is told as cut short, and nobody is there to hear of it
            pass
        self._over("its caller left before its end")
        getattr(self._source, "close", lambda: None)()

    def _write(self, chunk: bytes) -> None:
        if self._spool is None:
            return
        try:
            self._spool.write(chunk)
        except FileTooLarge as refused:
            self._spool, self._reason = None, f"its answer is larger than {refused.limit} bytes"
        except Refused as refused:
            self._spool, self._reason = None, refused.message

    def _over(self, reason: str) -> None:
        end, self._end = self._end, None
        if end is None:
            return
        if self._spool is not None and reason:
            self._spool.discard()
            self._spool = None
        end(self._spool if self._spool is not None else self._reason or reason)

"""Connections to vendors on which a reply belongs to the call that asked for it.

Python's own HTTP client takes a 102 or 103 for the final reply, and puts a connection back for the next caller however
much is still to come on it: what then arrives would be read as somebody else's reply.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from types import SimpleNamespace
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from specloom.connector.network.deadline import Deadlines

_HEADS = Deadlines()
MOST_INTERIM = 100
"""Interim replies to one call; a server that sends more has lost its way."""


class FinalResponse(http.client.HTTPResponse):
    """Skips interim replies (RFC 9110, 15.2) but for 101, which nobody here has asked for and which is an error. When
    it has been read and the server has sent more than belongs to it, its connection is closed."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._sock = sock

    def begin(self) -> None:
        """The whole head counts as one silence: byte by byte it could hold a thread for hours. Raises TimeoutError."""
        seconds = self._sock.gettimeout()
        if seconds is None:
            return super().begin()
        until = time.monotonic() + seconds
        with _HEADS.within(seconds, SimpleNamespace(sock=self._sock)):
            try:
                super().begin()
            except Exception:
                if time.monotonic() < until:
                    raise
        if time.monotonic() >= until:  # what is cut off in the middle would pass for a head that is whole
            raise TimeoutError("the head of the reply did not arrive in time")

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == http.client.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("101 although no other protocol was asked for")
            if not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"more than {MOST_INTERIM} interim replies")

    def _close_conn(self) -> None:
        if not self.will_close and self._has_more():
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)  # the pool finds it dropped, and takes a new one
        super()._close_conn()  # type: ignore[misc]

    def _has_more(self) -> bool:
        """Whether bytes behind the end of this reply have arrived. Waits for none."""
        with contextlib.suppress(OSError, ValueError):
            seconds = self._sock.gettimeout()
            self._sock.settimeout(0)
            try:
                return bool(self.fp.peek(1))
            finally:
                self._sock.settimeout(seconds)
        return False


class _Connection(HTTPConnection):
    response_class = FinalResponse


class _SecureConnection(HTTPSConnection):
    response_class = FinalResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class PoolManager(urllib3.PoolManager):
    """urllib3's, with such connections."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class ProxyManager(urllib3.ProxyManager):
    """The same, by a proxy."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

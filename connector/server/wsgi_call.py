"""One call of a WSGI app, from what an ASGI server knows of the request to the pieces of its reply."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from specloom.connector.fairness.fair_queue import aside
from specloom.connector.gateway.parking import PARKING, Parking
from specloom.connector.telemetry.logs import log

AsgiScope = MutableMapping[str, Any]
WSGIApp = Callable[[dict[str, Any], Any], Iterable[bytes]]
AT_ONCE = 2**18
"""A reply of a told length up to this goes back in one piece."""


class ClientGone(Exception):
    """Nobody is there to answer."""


class WsgiCall:
    """One call of the app; every method runs in a thread of the pool."""

    def __init__(self, app: WSGIApp, environ: dict[str, Any]) -> None:
        self._app, self._environ = app, environ
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = self.closed = False
        self._iterable: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return lambda _chunk: None

    def begin(self) -> bytes:
        """The head, and the whole body where that is short and its length is told, else its first piece."""
        self._iterable = self._app(self._environ, self._start)
        self._chunks = iter(self._iterable)
        length = next((value for name, value in self.headers if name == b"content-length"), b"")
        if not length.isdigit() or int(length) > AT_ONCE:
            return self.more()
        whole = b"".join(self._chunks)
        self.ended = True
        self.close()
        return whole

    def more(self) -> bytes:
        try:
            with aside():
                piece = next(filter(None, self._chunks), b"")
        except Exception as error:  # the head is with the client: all that is left to do is to cut it short
            log.warning("A reply was cut short: %s", type(error).__name__)
            raise ClientGone from None
        if not piece:
            self.ended = True
            self.close()  # before the client learns that this was all: its next call finds what this one held
        return piece

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            getattr(self._iterable, "close", lambda: None)()


def environ_of(scope: AsgiScope, body: IO[bytes], length: int, parking: Parking) -> dict[str, Any]:
    raw, query = scope["raw_path"], scope["query_string"]
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    target = raw.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(raw).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"), "RAW_URI": target, "REQUEST_URI": target,
        "SERVER_NAME": server[0], "SERVER_PORT": str(server[1]), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0], "REMOTE_PORT": str(client[1]), "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"], "wsgi.input": body, "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False, "wsgi.input_terminated": True, PARKING: parking,
    }  # fmt: skip
    for name, value in scope["headers"]:
        _header(environ, name, value.decode("latin-1"))
    if length or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _header(environ: dict[str, Any], name: bytes, value: str) -> None:
    if b"_" in name:  # it could pass for another header: X_Forwarded_For
        return
    key = name.decode("latin-1").upper().replace("-", "_")
    if key == "TRANSFER_ENCODING":
        return
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}" if key in environ else value

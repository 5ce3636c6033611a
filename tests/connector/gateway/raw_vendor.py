"""A vendor that is told byte for byte what to answer, and keeps its connections open."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Part = bytes | float
"""Bytes to send, or seconds to wait before the next."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class RawVendor:
    """`answer` makes of a request's bytes what is sent back; `requests` are all that came, head and body."""

    port: int
    answer: Callable[[bytes], list[Part]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def serve(self, connection: socket.socket, stop: threading.Event) -> None:
        with connection, suppress(OSError):
            while (request := _request(connection)) and not stop.is_set():
                self.requests.append(request)
                for part in self.answer(request):
                    if isinstance(part, float):
                        stop.wait(part)
                    else:
                        connection.sendall(part)


def _request(connection: socket.socket) -> bytes:
    """One request, body included; b"" when the connection ends."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := connection.recv(65536)):
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    told = _LENGTH.search(head)
    while told and len(body) < int(told[1]):
        if not (chunk := connection.recv(65536)):
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


@contextmanager
def raw_vendor(answer: Callable[[bytes], list[Part]]) -> Iterator[RawVendor]:
    listener = socket.create_server(("127.0.0.1", 0))
    vendor = RawVendor(listener.getsockname()[1], answer)
    stop = threading.Event()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                vendor.connections += 1
                threading.Thread(target=vendor.serve, args=(connection, stop), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield vendor
    finally:
        stop.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def json_reply(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    told = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        told,
        body,
    )

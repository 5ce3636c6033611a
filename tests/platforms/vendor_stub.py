"""A service that answers what a test tells it to and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Stub:
    """`with Stub() as stub:` answers `{"ok": true}` until it is told otherwise."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.slept: list[float] = []
        self._answers: list[tuple[int, Any, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, *bodies: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """The next replies, one each: bytes as they are, anything else as JSON."""
        self._answers += [(status, body, headers or {}) for body in bodies]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def next(self) -> tuple[int, Any, dict[str, str]]:
        return self._answers.pop(0) if self._answers else (200, {"ok": True}, {})

    def __enter__(self) -> Stub:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every reply waits 40 ms for an acknowledgement

        def log_message(self, *arguments: object) -> None:
            pass

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            lowered = {key.lower(): value for key, value in self.headers.items()}
            stub.calls.append(Call(self.command, self.path, lowered, body))
            status, answer, headers = stub.next()
            raw = isinstance(answer, bytes)
            content = answer if raw else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/octet-stream" if raw else "application/json")
            self.send_header("Content-Length", "0" if status == 204 else str(len(content)))
            for key, value in headers.items():
                self.send_header(key, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_QUERY = reply

    return Handler

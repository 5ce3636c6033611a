"""A server that takes every call, remembers it, and answers as the document's example says."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Call:
    """One request below a prefix: `path` and `query` are decoded, header names in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content(self) -> Any:
        """The body in a form that can be compared: JSON, sorted pairs, sorted (name, bytes) of parts, or bytes."""
        if not self.body:
            return None
        if "json" in self.media_type:
            return json.loads(self.body)
        if self.media_type == "application/x-www-form-urlencoded":
            return sorted(parse_qsl(self.body.decode(), keep_blank_values=True))
        if self.media_type == "multipart/form-data":
            return sorted(_parts(self.headers["content-type"], self.body))
        return self.body


def _parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found = []
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        found.append((str(name), part.get_payload(decode=True)))  # type: ignore[union-attr]
    return found  # type: ignore[return-value]


class Recorder:
    """`base(name)` is a base URL; what is called below it is in `calls(name)`. `/file/…` gives its own URL as bytes,
    so that a file given by its URL and one given by that text are the same file."""

    def __init__(self) -> None:
        self._calls: dict[str, list[Call]] = {}
        self._answers: dict[str, tuple[str, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def base(self, name: str) -> str:
        return f"{self.url}/at/{name}"

    def file(self, name: str) -> str:
        return f"{self.url}/file/{name}"

    def answer(self, name: str, media_type: str, body: bytes) -> None:
        self._answers[name] = (media_type, body)

    def calls(self, name: str) -> list[Call]:
        return self._calls.get(name, [])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[str, bytes]:
        split = urlsplit(target)
        if split.path.startswith("/file/"):
            return "application/octet-stream", (self.url + split.path).encode()
        _, _, name, *rest = split.path.split("/")
        query = tuple(sorted(parse_qsl(split.query, keep_blank_values=True)))
        path = "/".join(unquote(part) for part in ["", *rest])
        self._calls.setdefault(name, []).append(Call(method, path, query, headers, body))
        return self._answers.get(name, ("application/json", b"{}"))


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            media_type, answer = recorder.take(self.command, self.path, headers, body)
            self.send_response(200)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

"""The services of all vectors on one server: what each runtime asked of each, and the replies it is given in turn."""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

PRIMARY_ADDRESS, OTHER_ADDRESS = "127.0.0.1", "127.0.0.2"
"""Two origins, so that a credential that leaves the first is seen."""


@dataclass(frozen=True, slots=True)
class Call:
    """`target` as it was sent, behind the host's own part of the stand-in's address; header names in lower case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Upstream:
    """`begin(runtime)` before a runtime's turn; `calls` by runtime and vector key. `/file/<name>` gives the bytes of
    `files`, for runtimes that take a file by its URL."""

    replies: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """What the files are called."""

    def __post_init__(self) -> None:
        self.runtime = ""
        self._calls: dict[tuple[str, str], list[Call]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("0.0.0.0", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def address(self, key: str, host: str) -> str:
        """Where `https://host` is for one vector."""
        own = OTHER_ADDRESS if host != "api.example.com" else PRIMARY_ADDRESS
        return f"http://{own}:{self._server.server_port}/at/{key}/{host}"

    def file_url(self, key: str, name: str) -> str:
        return f"http://{PRIMARY_ADDRESS}:{self._server.server_port}/file/{key}/{name}"

    def begin(self, runtime: str) -> None:
        self.runtime = runtime

    def calls(self, runtime: str, key: str) -> list[Call]:
        return self._calls[runtime, key]

    def forget(self, runtime: str, key: str) -> None:
        self._calls.pop((runtime, key), None)

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        _, kind, key, host, *rest = target.split("/", 4)
        if kind == "file":
            media_type, content = self.files[f"{key}/{host}"]
            named = f"attachment; filename*=UTF-8''{quote(self.names[f'{key}/{host}'], safe='')}"
            encoded = base64.b64encode(content).decode()
            return {"type": media_type, "base64": encoded, "headers": {"Content-Disposition": named}}
        if "?" in host:
            host, _, query = host.partition("?")
            rest = [f"?{query}"]
        calls = self._calls[self.runtime, key]
        calls.append(Call(method, host, "/" + "".join(rest), headers, body))
        replies = self.replies.get(key) or [{"json": '{"ok": true}'}]
        reply = replies[min(len(calls), len(replies)) - 1]
        sent = reply.get("headers", {})
        if sent.get("Location", "").startswith("/"):  # beside what was asked, on a stand-in of many hosts
            return {**reply, "headers": {**sent, "Location": f"/at/{key}/{host}{sent['Location']}"}}
        return reply

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def content_of(reply: Mapping[str, Any]) -> tuple[str, bytes]:
    """(media type, bytes) of a reply: `json` and `text` are texts as they stand, in UTF-8 or its `charset`; a `json`
    that is no text is written; `base64` is bytes."""
    if "json" in reply:
        body = reply["json"] if isinstance(reply["json"], str) else json.dumps(reply["json"])
        return "application/json", body.encode(reply.get("charset", "utf-8"))
    if "text" in reply:
        return "text/plain", reply["text"].encode(reply.get("charset", "utf-8"))
    return "application/octet-stream", base64.b64decode(reply.get("base64", ""))


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _do(self) -> None:
            body = self._body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = upstream.take(self.command, self.path, headers, body)
            media_type, content = content_of(reply)
            status = int(reply.get("status", 200))
            self.send_response(status)
            if reply.get("type", media_type):
                self.send_header("Content-Type", reply.get("type", media_type))
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            for name, value in reply.get("headers", {}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and status != 204:
                self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            found = b""
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_QUERY = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler

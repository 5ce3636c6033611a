"""A service with jobs and calls that can be made to refuse the nth of them, and the document of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from specloom.schemas.expressions import parse
from specloom.schemas.model import Auth, Field, Job, Link, Operation, Output, Server, Service

Refusal = tuple[int, Mapping[str, str]]


class BatchVendor:
    """`with BatchVendor() as vendor:`. Jobs take `seconds`; `refuse(number)`, counted from 1, may refuse a call."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.images = 1
        self.refuse: Callable[[int], Refusal | None] = lambda number: None
        self.started: dict[str, float] = {}
        """Accepted work by id, and when it was."""
        self.bodies: list[Any] = []
        self.peak = 0
        """The most calls that were in progress at once."""
        self._in_progress = self._count = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def clear(self, seconds: float = 0, images: int = 1) -> None:
        self.seconds, self.images, self.refuse = seconds, images, lambda number: None
        self.started, self.bodies, self.peak, self._count = {}, [], 0, 0

    def __enter__(self) -> BatchVendor:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any, Mapping[str, str]]:
        if method == "GET":
            return self._state(path.rpartition("/")[2])
        with self._lock:
            self._count += 1
            self._in_progress += 1
            self.peak = max(self.peak, self._in_progress)
            number = self._count
            self.bodies.append(body)
        try:
            if refusal := self.refuse(number):
                return refusal[0], {"error": {"message": f"refused with {refusal[0]}"}}, refusal[1]
            identifier = f"w{number}"
            self.started[identifier] = time.monotonic()
            if path == "/calls":
                time.sleep(self.seconds)
                return 200, {"id": identifier, "echo": body}, {}
            return 202, {"id": identifier, "status": "running"}, {}
        finally:
            with self._lock:
                self._in_progress -= 1

    def _state(self, identifier: str) -> tuple[int, Any, Mapping[str, str]]:
        begun = self.started.get(identifier)
        if begun is None:
            return 404, {"error": {"message": "no such job"}}, {}
        if time.monotonic() - begun < self.seconds:
            return 200, {"id": identifier, "status": "running"}, {}
        images = [f"{self.url}/files/{identifier}-{n}.png" for n in range(self.images)]
        return 200, {"id": identifier, "status": "done", "images": images}, {}


def _handler(vendor: BatchVendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *arguments: object) -> None:
            pass

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, answer, headers = vendor.answer(self.command, self.path, json.loads(body or b"null"))
            content = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(content)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = reply

    return Handler


def batch_service(url: str) -> Service:
    number = Field(name="number", pointer="/number", type="integer", required=True)
    note = Field(name="note", pointer="/note")
    images = Output(type="image", items=parse("$response.body#/images"), mapping={
        "url": parse("$item#"), "id": parse("$response.body#/id"), "status": parse("$response.body#/status"),
    })  # fmt: skip
    poll = Link(name="state", operation_id="getImage", parameters={"id": parse("$response.body#/id")})
    job = Job(poll=poll, status=parse("$response.body#/status"), succeeded=("done",), failed=("failed",),
              interval=0.25, timeout=60)  # fmt: skip
    common: dict[str, Any] = {"method": "POST", "media_type": "application/json", "fields": (number, note)}
    return Service(
        key="batch",
        title="Batch",
        servers=(Server(url=url),),
        auth=Auth(id="key", kind="apiKey", value_prefix="Bearer "),
        operations=(
            Operation(operation_id="makeImage", resource="Image", name="Make an Image", path="/jobs", job=job,
                      output=images, **common),
            Operation(operation_id="getImage", resource="Image", name="Get an Image", path="/jobs/{id}", output=images,
                      fields=(Field(name="id", pointer="id", location="path", required=True),)),
            Operation(operation_id="call", resource="Call", name="Make a Call", path="/calls", **common),
        ),
    )  # fmt: skip

"""What the tests of the emulator share: the services, and a client that calls operations by flat inputs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.http.inputs import to_wire
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Operation, Service

SERVICES = {key: load(path).service for key, path in bundled().items()}


class Client:
    """Calls operations by their flat inputs; of `services`, where they are not the bundled ones."""

    def __init__(self, server: EmulatorServer, services: Mapping[str, Service] = SERVICES) -> None:
        self.server, self.services = server, services
        self.session = requests.Session()

    def operation(self, key: str, operation_id: str) -> Operation:
        operation = self.services[key].operation(operation_id)
        assert operation is not None
        return operation

    def call(
        self, key: str, operation_id: str, inputs: dict[str, Any] | None = None, secret: str | None = None
    ) -> requests.Response:
        operation = self.operation(key, operation_id)
        given = inputs if inputs is not None else example(operation)
        wire = to_wire(operation, given)
        good = self.server.key(key)
        headers = {"Authorization": f"Bearer {good if secret is None else secret}"}
        body = wire.body if operation.media_type else None
        url = self.server.base_url(key) + wire.path
        return self.session.request(
            operation.method, url, params=list(wire.query), headers=headers, timeout=10, json=body
        )


def example(operation: Operation) -> dict[str, Any]:
    return dict(operation.request_examples[0].value) if operation.request_examples else {}


class Receiver:
    """Keeps what is posted to it and answers with the statuses in turn."""

    def __init__(self, *statuses: int) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.arrived = threading.Semaphore(0)
        left = list(statuses)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(left.pop(0) if left else 200)
                self.end_headers()
                outer.posts.append((dict(self.headers), body))
                outer.arrived.release()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/done"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

"""A gateway within this process, on a free port of this machine: for the demo and for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from specloom.connector.server.wiring import Process, build
from specloom.connector.settings import Settings
from specloom.schemas.interpretation import GivenDocument
from specloom.schemas.model import Service


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class LocalGateway:
    """Listens when it is made, so that its own address can be its public one (`public`); serves from `start` on."""

    def __init__(
        self, settings: Settings, *, documents: Iterable[GivenDocument] = (),
        services: Mapping[str, Service] | None = None, public: bool = False,
    ) -> None:  # fmt: skip
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.settings = replace(settings, port=port, public_url=self.url if public else settings.public_url)
        try:
            self.process: Process = build(self.settings, documents, services=services)
        except BaseException:
            self._listener.close()
            raise
        self._server: BaseWSGIServer | None = None

    def start(self) -> LocalGateway:
        self.process.start()
        descriptor, port = self._listener.fileno(), self.settings.port
        self._server = make_server(
            "127.0.0.1", port, self.process.app, threaded=True, request_handler=_Handler, fd=descriptor
        )
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._listener.close()
        self.process.stop()

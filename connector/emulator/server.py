"""Runs the emulator on a real port: for tests in this process, and for the command."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from specloom.connector.emulator.app import Emulator, create_app, emulator_of
from specloom.connector.emulator.credentials import good_key
from specloom.schemas.interpretation import DocumentToRead, interpret
from specloom.schemas.load import bundled
from specloom.schemas.model import Service
from specloom.schemas.problems import SpecloomError


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.getLogger("specloom.emulator").info("%s %s", self.requestline, code)


class EmulatorServer:
    """`with EmulatorServer(["tuen"]) as url:` serves in this process until the block ends. Services are keys of
    the bundled documents, paths of others, or Service objects; settings are those of create_app."""

    def __init__(
        self,
        services: Iterable[str | Path | Service | DocumentToRead],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        **settings: Any,
    ) -> None:
        self.app = create_app(resolve(services), **settings)
        self._host = f"[{host}]" if ":" in host else host
        self._server = _server(host, port, self.app)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._server.port}"

    @property
    def emulator(self) -> Emulator:
        return emulator_of(self.app)

    def base_url(self, key: str) -> str:
        """What to give as the base URL of a service."""
        return self.url + self.emulator.base_path(key)

    def key(self, key: str) -> str:
        """A good API key of a service."""
        return good_key(self.emulator.vendors[key].service)

    def start(self) -> EmulatorServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.emulator.callbacks.stop()
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._server.serve_forever()
        self.emulator.callbacks.stop()

    def __enter__(self) -> str:
        return self.start().url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _server(host: str, port: int, app: Flask) -> BaseWSGIServer:
    """Raises OSError where nothing can listen there; werkzeug left to itself would print and exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=512) as bound:
        return make_server(host, port, app, threaded=True, request_handler=_Handler, fd=bound.fileno())


def resolve(services: Iterable[str | Path | Service | DocumentToRead]) -> list[Service]:
    """Keys of bundled documents, paths and ready services to services. Raises SpecloomError."""
    known = bundled()
    found: list[Service] = []
    for service in services:
        if isinstance(service, Service):
            found.append(service)
        elif isinstance(service, DocumentToRead):
            found.append(interpret(service).service)
        elif str(service) in known:
            found.append(interpret(known[str(service)]).service)
        elif Path(service).exists():
            found.append(interpret(service).service)
        else:
            raise SpecloomError(f"no bundled service {str(service)!r}", hint=f"there are: {', '.join(known)}")
    return found

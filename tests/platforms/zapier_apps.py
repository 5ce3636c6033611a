"""The Zapier apps of the bundled services, written to disk, and the emulator that stands in for the services."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specloom.connector.emulator import EmulatorServer
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Service
from tests.platforms.zapier import Result, Zapier

KEYS = tuple(bundled())
SERVICES = {key: load(path).service for key, path in bundled().items()}


class Apps:
    """Calls the steps of generated apps in the real zapier-platform-core, against the emulator."""

    def __init__(self, zapier: Zapier, folder: Path, services: Mapping[str, Service], **settings: Any) -> None:
        self.zapier, self.folder, self.services = zapier, folder, dict(services)
        self.emulator = EmulatorServer(self.services.values(), polls=1, job_seconds=0, **settings).start()

    def stop(self) -> None:
        self.emulator.stop()

    def path(self, key: str) -> Path:
        """The app's folder, written when first asked for."""
        folder = self.folder / key
        if not folder.is_dir():
            write_app(self.services[key], folder)
        return folder

    def auth(self, key: str, **fields: str) -> dict[str, str]:
        """What a person puts into the connection."""
        return {"api_key": self.emulator.key(key), "base_url": self.emulator.base_url(key), **fields}

    def perform(self, key: str, step: str, inputs: Mapping[str, Any] | None = None, **more: Any) -> Result:
        """`step` is 'creates.generateImage'; further bundle keys and `function` (default: perform) by name."""
        function = more.pop("function", "perform")
        callback = more.pop("callback_url", None)
        bundle = {"inputData": dict(inputs or {}), "authData": self.auth(key), **more}
        return self.zapier.run(self.path(key), f"{step}.operation.{function}", bundle, callback)

    def form(self, key: str, step: str) -> dict[str, Any]:
        """The document's example, as a person would have filled it in."""
        cases = json.loads((self.path(key) / "test" / "cases.json").read_text())
        return dict(cases["forms"][step])

    def sample(self, key: str, step: str) -> dict[str, Any]:
        kind, name = step.split(".")
        definition = json.loads((self.path(key) / "definition.json").read_text())
        return dict(definition[kind][name]["operation"]["sample"])


def write_app(service: Service, folder: Path) -> Path:
    write(folder, emit(service, EmitOptions()).files)
    return folder


def steps(kind: str, *, key: str = "") -> list[tuple[str, str]]:
    """(service, 'kind.key') of every step, hidden dropdowns included."""
    found = []
    for name in (key,) if key else KEYS:
        definition = json.loads(emit(SERVICES[name], EmitOptions()).files["definition.json"])
        found += [(name, f"{kind}.{step}") for step in definition[kind]]
    return found


class Listener:
    """Stands for a Zap's URL: keeps what is posted to it."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self._arrived = threading.Semaphore(0)
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                listener.received.append(json.loads(body or b"null"))
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
                listener._arrived.release()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def next(self, timeout: float = 15) -> Any:
        """What was posted next; raises where nothing comes."""
        if not self._arrived.acquire(timeout=timeout):
            raise TimeoutError(f"nothing was posted to {self.url}")
        return self.received[-1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

"""A local stand-in of the API that Zapier's command line registers and uploads apps with."""

from __future__ import annotations

import base64
import http.server
import json
import re
import threading
from collections.abc import Callable
from typing import Any

PREFIX = "/api/platform/cli"
CHOICES = {
    "intention": [{"value": "private", "name": "Private"}, {"value": "global", "name": "Public"}],
    "role": [{"value": "user", "name": "I have no affiliation with [app_title]"}],
    "app_category": [{"value": "ai-tools", "name": "AI Tools"}],
}
PASSED = {
    kind: {"total_failures": 0, "display_label": kind.title(), "results": []} for kind in ("errors", "warnings", "suggestions")
}  # fmt: skip


class ZapierApi:
    """Knows one account. `apps` by id, `versions` by (app, version): {'build': zip, 'source': zip}."""

    def __init__(self) -> None:
        self.apps: dict[int, dict[str, Any]] = {}
        self.versions: dict[tuple[int, str], dict[str, bytes]] = {}
        self.checked: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                path = self.path.removeprefix(PREFIX).partition("?")[0]
                if path != "/apps/fields-choices":
                    api.keys.add(self.headers.get("x-deploy-key"))
                status, answer = api.answer(self.command, path, body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """For ZAPIER_BASE_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        for wanted, pattern, route in self._routes():
            if wanted == method and (found := re.fullmatch(pattern, path)):
                return route(body, *found.groups())
        return 404, {"errors": [f"no {method} {path}"]}

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        return [
            ("GET", "/apps/fields-choices", lambda body: (200, CHOICES)),
            ("POST", "/apps", self._register),
            ("GET", r"/apps/(\d+)", self._app),
            ("POST", "/check", self._check),
            ("PUT", r"/apps/(\d+)/versions/([\w.-]+)", self._upload),
        ]

    def _register(self, body: Any) -> tuple[int, Any]:
        identifier = 1000 + len(self.apps)
        self.apps[identifier] = {"id": identifier, "key": f"App{identifier}", "status": "private", **body}
        return 201, self.apps[identifier]

    def _app(self, body: Any, identifier: str) -> tuple[int, Any]:
        found = self.apps.get(int(identifier))
        return (200, found) if found else (404, {"errors": ["no such app"]})

    def _check(self, body: Any) -> tuple[int, Any]:
        self.checked.append(body["app_definition"])
        return 200, {"passes": [], **PASSED}

    def _upload(self, body: Any, identifier: str, version: str) -> tuple[int, Any]:
        files = {"build": body["zip_file"], "source": body["source_zip_file"]}
        self.versions[int(identifier), version] = {k: base64.b64decode(v) for k, v in files.items()}
        return 200, {"version": version}

"""A local stand-in of the part of Make's API that apps are put in with: it names connections and webhooks itself,
fills new components with templates, and refuses what Make refuses."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from specloom.generator.make.components import names

TOKEN = "0b6e4a4e-9d0a-4b5e-8f6e-2f1c0d9b8a77"
PREFIX = "/api/v2"
_SECTIONS = {
    "apps": ("base", "groups", "readme", "common", "install", "installSpec"),
    "connections": ("api", "parameters", "scopes", "scope", "install", "installSpec", "common"),
    "webhooks": ("api", "parameters", "attach", "detach", "scope"),
    "rpcs": ("api", "parameters"),
    "modules": ("api", "epoch", "parameters", "expect", "interface", "samples", "scope"),
}
_TYPES = {"common": "application/json", "readme": "text/markdown"}
_ONE = {"connections": "appConnection", "webhooks": "appWebhook", "rpcs": "appRpc", "modules": "appModule"}
_NEEDED = {
    "apps": ("name", "label", "theme", "language", "audience"), "connections": ("type", "label"),
    "webhooks": ("type", "label"), "rpcs": ("name", "label"), "modules": ("name", "label", "typeId", "description"),
}  # fmt: skip


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Thing:
    """An app, connection, webhook, RPC or module."""

    meta: dict[str, Any]
    sections: dict[str, str] = field(default_factory=dict)


class MakeApi:
    """`with MakeApi() as api:` holds one organization's apps. `suffix` is what it puts behind an app's name."""

    def __init__(self, *, suffix: str = "-ab12cd") -> None:
        self.suffix = suffix
        self.apps: dict[str, Thing] = {}
        self.things: dict[tuple[str, str, str], Thing] = {}
        """(app, plural kind, name)"""
        self.calls: list[tuple[str, str]] = []
        self.failures: list[tuple[int, dict[str, str]]] = []
        """The next replies to writes, before anything else is looked at."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def zone(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "GET"]

    def __enter__(self) -> MakeApi:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of(self, kind: str) -> dict[str, Thing]:
        return {name: thing for (_, plural, name), thing in self.things.items() if plural == kind}

    # --- requests

    def answer(self, method: str, path: str, body: str, kind: str) -> Any:
        """The reply's JSON, or a text. Raises Refused."""
        parts = path.removeprefix("/sdk/apps").strip("/").split("/")
        if parts == [""]:
            return self._apps(method, body)
        if parts[0] in ("connections", "webhooks"):
            owner = next((key for key in self.things if key[1:] == (parts[0], parts[1])), None)
            return self._thing(method, self.things.get(owner) if owner else None, parts[0], parts[2:], body, kind)
        app = self.apps.get(parts[0])
        if app is None:
            raise Refused(404, "App not found")
        if parts[1] in ("connections", "webhooks"):
            return self._list(method, parts[0], parts[1], body)
        if parts[1] != "1":
            raise Refused(404, "Version not found")
        if parts[2:3] and parts[2] in ("modules", "rpcs"):
            if len(parts) == 3:
                return self._list(method, parts[0], parts[2], body)
            return self._thing(method, self.things.get((parts[0], parts[2], parts[3])), parts[2], parts[4:], body, kind)
        return self._thing(method, app, "apps", parts[2:], body, kind)

    def _apps(self, method: str, body: str) -> Any:
        if method == "GET":
            return {"apps": [app.meta for app in self.apps.values()]}
        meta = self._checked("apps", body)
        if not names.APP.match(meta["name"]):
            raise Refused(400, "Invalid app name")
        meta["name"] += self.suffix
        meta.update(version=1, public=False, approved=False)
        self.apps[meta["name"]] = Thing(
            meta, {"base": '{"baseUrl": "https://www.example.com"}', "groups": "[]", "readme": "", "common": "{}"}
        )
        return {"app": meta}

    def _list(self, method: str, app: str, kind: str, body: str) -> Any:
        mine = [thing.meta for (owner, plural, _), thing in self.things.items() if (owner, plural) == (app, kind)]
        if method == "GET":
            return {f"{_ONE[kind]}s": mine}
        meta = self._checked(kind, body)
        if kind in ("connections", "webhooks"):
            # Make names them itself: after the app, then counted.
            meta["name"] = app if not mine and kind == "connections" else f"{app}{len(mine) + 1}"
        elif not names.COMPONENT.match(meta["name"]):
            raise Refused(400, "Invalid name")
        if (app, kind, meta["name"]) in self.things:
            raise Refused(409, "This name is taken")
        if meta.get("typeId") == 10 and meta.get("webhook") not in self.of("webhooks"):
            raise Refused(400, "An instant trigger needs a webhook")
        if meta.get("typeId") == 12 and "subtype" not in meta:
            raise Refused(400, "subtype is required")
        self._references(meta)
        self.things[app, kind, meta["name"]] = Thing(
            meta, {"api": "{\n\t// a template of Make's\n}", "parameters": "[]"}
        )
        return {_ONE[kind]: meta}

    def _thing(self, method: str, thing: Thing | None, kind: str, rest: list[str], body: str, content_type: str) -> Any:
        if thing is None:
            raise Refused(404, "Not found")
        if not rest:
            if method == "PATCH":
                changed = json.loads(body)
                self._references(changed)
                thing.meta.update(changed)
            return {"app" if kind == "apps" else _ONE[kind]: thing.meta}
        section = rest[0]
        if section not in _SECTIONS[kind]:
            raise Refused(404, f"There is no section {section}")
        if method == "PUT":
            if content_type != _TYPES.get(section, "application/jsonc"):
                raise Refused(415, f"{section} is no {content_type}")
            thing.sections[section] = body
            return {"changed": True}
        if section not in thing.sections:
            return {} if section in ("scopes", "samples", "common") else []
        return _parsed(thing.sections[section], section)

    def _references(self, meta: dict[str, Any]) -> None:
        for reference in ("connection", "webhook"):
            if meta.get(reference) and meta[reference] not in self.of(reference + "s"):
                raise Refused(400, f"The {reference} {meta[reference]} does not exist")

    def _checked(self, kind: str, body: str) -> dict[str, Any]:
        meta: dict[str, Any] = json.loads(body)
        missing = [key for key in _NEEDED[kind] if not meta.get(key)]
        if missing:
            raise Refused(400, f"Missing value of required parameter '{missing[0]}'.")
        return meta


def _parsed(text: str, section: str) -> Any:
    """Sections come back as JSON where they are JSON, and as they were written otherwise."""
    if section == "readme":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _handler(api: MakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every reply waits 40 ms for an acknowledgement

        def log_message(self, *arguments: object) -> None:
            pass

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            path = re.sub(r"\?.*", "", self.path).removeprefix(PREFIX)
            api.calls.append((self.command, path))
            kind = (self.headers.get("content-type") or "").partition(";")[0]
            if self.headers.get("authorization") != f"Token {TOKEN}":
                self.reply(401, {"message": "Access denied."})
                return
            if self.command != "GET" and api.failures:
                status, headers = api.failures.pop(0)
                self.reply(status, {"message": "Not now."}, headers)
                return
            try:
                self.reply(200, api.answer(self.command, path, body, kind))
            except Refused as refused:
                detail = {"message": "Bad Request", "detail": str(refused), "suberrors": [{"message": "look again"}]}
                self.reply(refused.status, detail)

        def reply(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
            text = isinstance(answer, str)
            content = answer.encode() if text else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "text/plain" if text else "application/json")
            self.send_header("content-length", str(len(content)))
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    return Handler

"""Runs built n8n workflows in the real n8n against the emulated services."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.workflows.n8n.references import SETTINGS
from specloom.generator.workflows.n8n.requests import credential_name, credential_type
from tests.platforms.n8n_nodes import Nodes
from tests.platforms.n8n_run import Run, start_node

Json = dict[str, Any]

GATEWAY_KEY = "Specloom gateway key"
ROWS = [{"Prompt": "A red fox", "row_number": 2}, {"Prompt": "A green heron", "row_number": 3}]
PERSONAL: Mapping[str, Json] = {
    "n8n-nodes-base.emailSend": {"accepted": "you@example.com"},
    "n8n-nodes-base.slack": {"ok": True},
    "n8n-nodes-base.googleDrive": {"id": "1", "name": "file", "webViewLink": "https://drive.example.com/1"},
    "n8n-nodes-base.googleSheets": {},
}
"""What steps give that need somebody's own account, which no test has."""


def stand_in(node: Json) -> None:
    """In place of a step of somebody's account: gives what that would give, and in `sent` every expression it was
    to send, evaluated by n8n."""
    values = {**PERSONAL[node["type"]], **{f"sent.{place}": code for place, code in _expressions(node["parameters"])}}
    kinds = {bool: "boolean", str: "string"}
    listed = [{"id": name, "name": name, "value": v, "type": kinds[type(v)]} for name, v in values.items()]
    node |= {
        "type": "n8n-nodes-base.set",
        "typeVersion": 3.4,
        "parameters": {"assignments": {"assignments": listed}, "options": {"dotNotation": True}},
        "credentials": {},
    }


def _expressions(value: Any, place: str = "value") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _expressions(each, f"{place}_{key}")
    elif isinstance(value, str) and value.startswith("="):
        yield place.replace(" ", "_"), value


class Runs:
    """Templates with credentials for the emulator. `secret` makes every service answer an error."""

    def __init__(self, nodes: Nodes, gateway: str) -> None:
        self.nodes = nodes
        self.gateway = gateway

    def prepared(self, document: Mapping[str, Any], secret: str = "") -> Json:
        """The template as a person has it after setting it up."""
        found = copy.deepcopy(dict(document))
        pins = dict(found["pinData"])
        for node in found["nodes"]:
            if node["type"] in PERSONAL:
                if node["parameters"].get("operation") == "read":
                    pins[node["name"]] = [{"json": row} for row in ROWS]
                stand_in(node)
            if node["type"].endswith("Trigger"):
                node["credentials"] = {}
            node["credentials"] = {k: self._credential(k, v, secret) for k, v in node.get("credentials", {}).items()}
            if node["name"] == SETTINGS:
                for value in node["parameters"]["assignments"]["assignments"]:
                    own = value["name"] == "gateway"
                    value["value"] = self.gateway if own else self.nodes.emulator.base_url(value["name"])
        return {**found, "pinData": pins}

    def _credential(self, kind: str, named: Mapping[str, Any], secret: str) -> Json:
        for key, service in self.nodes.services.items():
            if credentials(service)[0][0].name == kind:
                return dict(self.nodes.credential(key, secret)[kind])
            if credential_name(service) == named["name"] and credential_type(service.auth) == kind:
                return self._plain(kind, service.auth.name, service.auth.value_prefix + self._key(key, secret))
        if named["name"] == GATEWAY_KEY:
            return self._plain(kind, "X-Specloom-Key", "slk_0123456789abcdef")
        raise KeyError(named["name"])

    def _key(self, key: str, secret: str) -> str:
        return self.nodes.credential_data(key, secret)["apiKey"]

    def _plain(self, kind: str, name: str, value: str) -> Json:
        identifier = self.nodes.n8n.api.create_credential(kind, {"name": name, "value": value})
        return {"id": identifier, "name": "Test"}

    def run(self, document: Mapping[str, Any], secret: str = "", sample: Json | None = None) -> Run:
        """`sample` takes the place of what is pinned to the trigger."""
        prepared = self.prepared(document, secret)
        if sample is not None:
            trigger = start_node(prepared)
            called = "body" in prepared["pinData"][trigger][0]["json"]
            prepared["pinData"][trigger] = [{"json": {"body": sample} if called else sample}]
        return self.nodes.n8n.run(prepared, start_node(prepared), timeout=120)


class Files(ThreadingHTTPServer):
    """Takes files as the gateway's POST /files does, and gives links to them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.kept: list[tuple[str, Mapping[str, str], bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Files

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.kept.append((self.path, dict(self.headers), content))
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        reply = {"id": "1", "url": f"{self.server.url}/files/1/recording.wav", "expires_at": "2026-01-01T00:00:00Z"}
        self.wfile.write(json.dumps(reply).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass

"""Runs built n8n workflows in the real n8n against the emulated services."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from generator.n8n.credentials import credentials
from generator.workflows.n8n.references import SETTINGS
from generator.workflows.n8n.requests import credential_name, credential_type
from tests.platforms.n8n_nodes import Nodes
from tests.platforms.n8n_run import Run, start_node

Json = dict[str, Any]

ROWS = [{"Prompt": "A red fox", "row_number": 2}, {"Prompt": "A green heron", "row_number": 3}]
PERSONAL = {
    "n8n-nodes-base.emailSend": [{"accepted": ["you@example.com"]}],
    "n8n-nodes-base.slack": [{"ok": True}],
    "n8n-nodes-base.googleDrive": [{"id": "1", "name": "file", "webViewLink": "https://drive.example.com/1"}],
    "n8n-nodes-base.googleSheets": ROWS,
}
"""What steps give that need somebody's own account, which no test has."""


class Runs:
    """Templates with credentials for the emulator. `secret` makes every service answer an error."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes

    def prepared(self, document: Mapping[str, Any], secret: str = "") -> Json:
        """The template as a person has it after setting it up."""
        found = copy.deepcopy(dict(document))
        pins = dict(found["pinData"])
        for node in found["nodes"]:
            node["credentials"] = {k: self._credential(k, v, secret) for k, v in node.get("credentials", {}).items()}
            if node["type"] in PERSONAL:
                pins[node["name"]] = [{"json": row} for row in PERSONAL[node["type"]]]
                node["credentials"] = {}
            if node["name"] == SETTINGS:
                for value in node["parameters"]["assignments"]["assignments"]:
                    value["value"] = self.nodes.emulator.base_url(value["name"])
        return {**found, "pinData": pins}

    def _credential(self, kind: str, named: Mapping[str, Any], secret: str) -> Json:
        for key, service in self.nodes.services.items():
            if credentials(service)[0][0].name == kind:
                return dict(self.nodes.credential(key, secret)[kind])
            if credential_name(service) == named["name"] and credential_type(service.auth) == kind:
                return self._plain(key, kind, secret)
        return dict(named)

    def _plain(self, key: str, kind: str, secret: str) -> Json:
        service = self.nodes.services[key]
        token = self.nodes.credential_data(key, secret)["apiKey"]
        data = {"name": service.auth.name, "value": service.auth.value_prefix + token}
        identifier = self.nodes.n8n.api.create_credential(kind, data)
        return {"id": identifier, "name": "Test"}

    def run(self, document: Mapping[str, Any], secret: str = "") -> Run:
        prepared = self.prepared(document, secret)
        return self.nodes.n8n.run(prepared, start_node(prepared), timeout=120)

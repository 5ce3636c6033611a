"""The n8n packages of services, written to disk, and workflows that use them against the emulated services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from specloom.connector.emulator import EmulatorServer
from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.emit import emit
from specloom.generator.n8n.fields.forms import parameters
from specloom.generator.n8n.names import node_name
from specloom.generator.n8n.node.steps import N8nStep, ResourceGroup, groups
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Operation, Service
from tests.platforms.n8n import N8n

KEYS = tuple(bundled())
SERVICES = {key: load(path).service for key, path in bundled().items()}
START = {"parameters": {}, "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1}


def write_package(service: Service, folder: Path) -> Path:
    write(folder, emit(service, EmitOptions()).files)
    return folder


def steps(services: Mapping[str, Service] = SERVICES) -> list[tuple[str, str]]:
    """(service, operationId) of every operation the nodes offer."""
    return [(key, s.operation.operation_id) for key in services for g in groups(services[key]) for s in g.steps]


def step_of(service: Service, operation_id: str) -> tuple[ResourceGroup, N8nStep]:
    return next((g, s) for g in groups(service) for s in g.steps if s.operation.operation_id == operation_id)


def example(operation: Operation) -> dict[str, Any]:
    """The document's first example of the inputs, without those that Return All and Limit stand for."""
    given = dict(operation.request_examples[0].value) if operation.request_examples else {}
    for field in operation.fields:
        if field.required and not field.when and field.name not in given and field.example is not None:
            given[field.name] = field.example
    rules = operation.pagination
    return {k: v for k, v in given.items() if rules is None or k not in (rules.parameter, rules.size_parameter)}


class Nodes:
    """Workflows of the generated nodes in one n8n, with credentials for the emulator."""

    def __init__(self, n8n: N8n, emulator: EmulatorServer, services: Mapping[str, Service]) -> None:
        self.n8n, self.emulator, self.services = n8n, emulator, dict(services)
        self._credentials: dict[tuple[Any, ...], dict[str, Any]] = {}

    def credential(self, key: str, secret: str = "", **more: str) -> dict[str, Any]:
        """A node's `credentials` block: a good key, or one that makes the emulator answer as `secret` says."""
        wanted = (key, secret, *sorted(more.items()))
        if wanted not in self._credentials:
            kind = credentials(self.services[key])[0][0].name
            identifier = self.n8n.api.create_credential(kind, self.credential_data(key, secret, **more))
            self._credentials[wanted] = {kind: {"id": identifier, "name": "Test"}}
        return self._credentials[wanted]

    def credential_data(self, key: str, secret: str = "", **more: str) -> dict[str, str]:
        prefix = self.services[key].auth.key_prefix
        value = prefix + secret if secret else self.emulator.key(key)
        return {"apiKey": value, "baseUrl": self.emulator.base_url(key), **more}

    def node(
        self, key: str, operation_id: str, inputs: Mapping[str, Any] | None = None, secret: str = "", **more: Any
    ) -> dict[str, Any]:
        """One node. `more` are parameters of the node itself: output, options, …"""
        service = self.services[key]
        group, step = step_of(service, operation_id)
        values = example(step.operation) if inputs is None else inputs
        if step.operation.sensitive:
            more = {"confirm": True, **more}
        if step.operation.job is not None:
            more = {"options": {"interval": 0.05}, **more}
        base = {"resource": group.key, "operation": step.key}
        name = node_name(key)
        return {
            "parameters": {**base, **parameters(step.layout, values), **more},
            "name": "Step",
            "type": f"n8n-nodes-{key}.{name}",
            "typeVersion": 1,
            "credentials": self.credential(key, secret),
        }


def workflow(*nodes: Mapping[str, Any], name: str = "Test") -> dict[str, Any]:
    """The nodes one after the other, behind a manual trigger."""
    chain: Sequence[dict[str, Any]] = [
        {"id": f"node{i}", "position": [i * 200, 0], **node} for i, node in enumerate([START, *nodes])
    ]
    links = {
        left["name"]: {"main": [[{"node": right["name"], "type": "main", "index": 0}]]}
        for left, right in zip(chain, chain[1:], strict=False)
    }
    return {"name": name, "nodes": list(chain), "connections": links, "settings": {"executionOrder": "v1"}}

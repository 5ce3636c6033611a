"""The README of a package: how to install the node, what it asks for and what it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from specloom.generator.n8n.credentials.emit import Credential
from specloom.generator.n8n.names import node_name
from specloom.generator.n8n.node.steps import ResourceGroup
from specloom.generator.n8n.node.triggers import TriggerEvent
from specloom.generator.n8n.package.manifest import package_name
from specloom.generator.n8n.package.render import markdown
from specloom.generator.n8n.text import plain
from specloom.generator.output.readme import filled, table
from specloom.schemas.model import Service

_VERSIONS = """\
Steps of existing workflows stay at the version they were made with: they keep its operations and parameters, and send
what these stand for. To move a step on, add it anew."""


def readme(
    offered: Mapping[int, Service],
    version: str,
    groups: Sequence[ResourceGroup],
    credentials: Sequence[Credential],
    found: Sequence[TriggerEvent],
) -> bytes:
    """The text, in Markdown. `offered`: the service by version of the node; the rest is of the newest."""
    service = offered[max(offered)]
    return filled(
        Path(__file__).with_suffix(".md"),
        package=package_name(service),
        title=markdown(plain(service.title, 80)) or service.key,
        description=markdown(plain(service.description, 600)),
        api_version=_api_version(service),
        version=version,
        credentials="\n\n".join(map(_credential, credentials)) or "The service needs none.",
        operations=_operations(groups),
        triggers=_triggers(found),
        versions=_versions(offered),
        workflow=_workflow(service, groups[0], max(offered)),
    )


def _workflow(service: Service, group: ResourceGroup, version: int) -> str:
    """A workflow to paste: a trigger, and the usual step. It holds keys only, none of the document's texts."""
    start = {
        "parameters": {},
        "name": "Start",
        "type": "n8n-nodes-base.manualTrigger",
        "typeVersion": 1,
        "position": [0, 0],
    }
    step = {
        "parameters": {"resource": group.key, "operation": group.usual.key},
        "name": "Step",
        "type": f"{package_name(service)}.{node_name(service.key)}",
        "typeVersion": version,
        "position": [220, 0],
    }
    link = {"Start": {"main": [[{"node": "Step", "type": "main", "index": 0}]]}}
    return json.dumps({"nodes": [start | {"position": [0, 0]}, step], "connections": link}, indent=2)


def _api_version(service: Service) -> str:
    return markdown(plain(service.version, 40)) or "unknown"


def _credential(credential: Credential) -> str:
    lines = [f"**{markdown(credential.display_name)}**", ""]
    for field in credential.properties:
        if field["type"] != "hidden":
            help_ = markdown(_unescaped(str(field.get("description", ""))))
            lines.append(f"- *{markdown(field['displayName'])}*{f': {help_}' if help_ else ''}")
    return "\n".join(lines)


def _operations(groups: Sequence[ResourceGroup]) -> str:
    rows = [
        (resource, markdown(step.name), markdown(_unescaped(step.help)))
        for group in groups
        for resource in [markdown(group.name)]
        for step in group.steps
    ]
    return table(("Resource", "Operation", "What it does"), rows)


def _triggers(found: Sequence[TriggerEvent]) -> str:
    rows = [
        (
            markdown(event.name),
            markdown(plain(event.trigger.description, 300)),
            "asks regularly" if event.trigger.delivery == "polling" else "is called by the service",
        )
        for event in found
    ]
    return f"## Triggers\n\n{table(('Event', 'When', 'How'), rows)}" if rows else ""


def _versions(offered: Mapping[int, Service]) -> str:
    if len(offered) == 1:
        return ""
    newest = max(offered)
    rows = [
        (f"{number} (new steps)" if number == newest else str(number), _api_version(one))
        for number, one in sorted(offered.items(), reverse=True)
    ]
    head = ("Version of the node", "Version of the API's document")
    return f"## Versions\n\n{table(head, rows)}\n\n{_VERSIONS}"


def _unescaped(text: str) -> str:
    """Without the escapes that n8n's own window needs."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

"""The sticky notes: what the workflow does, and what to set up before it runs."""

from __future__ import annotations

import json
import math

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.package.manifest import package_name
from specloom.generator.workflows.n8n.canvas import COLUMN, Canvas
from specloom.generator.workflows.n8n.references import SETTINGS, Flavour
from specloom.generator.workflows.n8n.requests import credential_name, credential_type
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.model import walk
from specloom.generator.workflows.source.services import address
from specloom.schemas.model import Auth, Service

YELLOW, GREEN, BLUE = 1, 4, 5
WIDTH, GAP = 2 * COLUMN - 32, 32
_LINE, _CHARACTERS = 22, 62


def notes(canvas: Canvas, checked: Checked, flavour: Flavour) -> None:
    """Puts the notes in a row above the nodes."""
    workflow = checked.workflow
    told = [("About", f"## {workflow.title}\n{workflow.summary}", YELLOW)]
    told.append(("Set Up", "## Before the first run\n" + "\n".join(_steps(checked, flavour)), GREEN))
    told_of = ((task.title, task.note_on("n8n")) for task in walk(workflow.tasks))
    hints = [f"**{title}**: {note}" for title, note in told_of if note]
    if hints:
        told.append(("Good to Know", "## Good to know\n" + "\n\n".join(hints), BLUE))
    height = max(_height(text) for _, text, _ in told)
    for place, (name, text, color) in enumerate(told):
        canvas.note(name, text, -GAP + place * (WIDTH + GAP), -height - 72, WIDTH, height, color)


def _height(text: str) -> int:
    lines = sum(max(1, math.ceil(len(line) / _CHARACTERS)) for line in text.split("\n"))
    headings = text.count("## ")
    return 48 + lines * _LINE + headings * 24


def _steps(checked: Checked, flavour: Flavour) -> list[str]:
    """What a person has to do, numbered."""
    found = _own_nodes(checked) if flavour == "node" else _plain_requests(checked)
    if any(catalogue()[name].settings for name in checked.workflow.functions):
        found.append(f"Open **{SETTINGS}** and fill in the address of your Specloom gateway.")
    found += _stock(checked)
    if checked.workflow.start.kind == "event" and flavour == "http":
        found.append(_subscribe(checked))
    return [f"{number}. {text}" for number, text in enumerate(found, 1)]


def _own_nodes(checked: Checked) -> list[str]:
    services = [checked.services[key] for key in checked.workflow.services]
    packages = ", ".join(f"`{package_name(service)}`" for service in services)
    found = [f"Install {packages} under **Settings > Community nodes**."] if services else []
    for service in services:
        creds, _ = credentials(service)
        if creds:
            where = " with the base URL of your account" if not service.base_url else ""
            found.append(f"Make the credential **{creds[0].display_name}**: paste your {service.title} key{where}.")
    return found


def _plain_requests(checked: Checked) -> list[str]:
    found = []
    keys = [key for key in checked.workflow.services if f"your-{key}" in address(checked.services[key])]
    if keys:
        titles = ", ".join(checked.services[key].title for key in keys)
        found.append(f"Open **{SETTINGS}** and fill in the address of {titles}.")
    for key in checked.workflow.services:
        service = checked.services[key]
        if credential_type(service.auth):
            found.append(
                f"Make a credential called **{credential_name(service)}**: {_credential(service, service.auth)}"
            )
    return found


def _credential(service: Service, auth: Auth) -> str:
    key = f"{auth.key_prefix}…" if auth.key_prefix else "your key"
    kinds = {"httpHeaderAuth": "Header Auth", "httpQueryAuth": "Query Auth", "httpBasicAuth": "Basic Auth"}
    kind = kinds.get(credential_type(auth), "OAuth2 API")
    if kind in ("Header Auth", "Query Auth"):
        return f"type {kind}, name `{auth.name}`, value `{auth.value_prefix}{key}`."
    return f"type {kind}, with your {service.title} account."


def _stock(checked: Checked) -> list[str]:
    entries = [catalogue()[name].platforms["n8n"] for name in checked.workflow.functions]
    found = [f"Connect **{e['credential']['name']}**." for e in entries if "credential" in e]
    return list(dict.fromkeys([*found, *(e["setup"] for e in entries if "setup" in e)]))


def _subscribe(checked: Checked) -> str:
    trigger = checked.trigger()
    operation = checked.services[checked.workflow.start.service].operation(trigger.operation_id)
    if operation is None:
        return "Activate the workflow and enter the Webhook node's production URL at the service."
    body = json.dumps({trigger.url_field: "<that URL>", **checked.workflow.start.subscribe})
    return (
        f"Activate the workflow, then subscribe the **Webhook** node's production URL once: "
        f"`{operation.method} {operation.path}` with `{body}`."
    )

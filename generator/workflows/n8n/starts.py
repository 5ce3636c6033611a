"""What starts the workflow, as n8n's trigger nodes, with sample data pinned to it."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from typing import Any

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.fields.forms import parameters as form_parameters
from specloom.generator.n8n.names import node_name
from specloom.generator.n8n.node.triggers import events
from specloom.generator.n8n.package.manifest import package_name
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.n8n.canvas import Canvas, Port
from specloom.generator.workflows.n8n.references import SETTINGS, Flavour
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.model import Call, Input, walk
from specloom.generator.workflows.source.services import address
from specloom.schemas.model import Trigger

FORM, SCHEDULE, MANUAL, WEBHOOK = "On form submission", "Schedule Trigger", "Manual Trigger", "Webhook"
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def start(canvas: Canvas, checked: Checked, flavour: Flavour) -> Port:
    """Adds the trigger node."""
    given = checked.workflow.start
    if given.kind == "form":
        form = _form(checked)
        return canvas.add(FORM, "n8n-nodes-base.formTrigger", 2.4, form, webhookId=canvas.id("webhook"))
    if given.kind == "schedule":
        return canvas.add(SCHEDULE, "n8n-nodes-base.scheduleTrigger", 1.2, _schedule(given.cron, given.every))
    if given.kind == "event":
        return _event(canvas, checked, flavour)
    if given.kind == "webhook":
        return _webhook(canvas, checked.workflow.name)
    return canvas.add(MANUAL, "n8n-nodes-base.manualTrigger", 1, {})


def settings(canvas: Canvas, checked: Checked, flavour: Flavour, ports: list[Port]) -> list[Port]:
    """Adds the node that holds the addresses a person fills in, and lets everything else through."""
    calls = [task for task in walk(checked.workflow.tasks) if isinstance(task, Call)] if flavour == "http" else []
    told = {task.service.replace("-", "_"): address(checked.services[task.service]) for task in calls}
    for name in checked.workflow.functions:
        told |= catalogue()[name].settings
    if not told:
        return ports
    values = [_assigned(canvas, name, value) for name, value in told.items()]
    parameters = {
        "assignments": {"assignments": values},
        "includeOtherFields": True,
        "options": {"stripBinary": False},
    }
    return [canvas.add(SETTINGS, "n8n-nodes-base.set", 3.4, parameters, ports)]


def _assigned(canvas: Canvas, name: str, value: Any) -> Json:
    return {"id": canvas.id(f"{SETTINGS}/{name}"), "name": name, "value": value, "type": "string"}


def _form(checked: Checked) -> Json:
    workflow = checked.workflow
    return {
        "formTitle": workflow.title,
        "formDescription": workflow.summary.split("\n")[0],
        "formFields": {"values": [_field(each) for each in workflow.start.inputs]},
        "options": {"appendAttribution": False},
    }


def _field(given: Input) -> Json:
    found: Json = {"fieldName": given.name, "fieldLabel": given.title}
    if given.type == "file":
        found |= {"fieldType": "file", "multipleFiles": False}
        found |= {"acceptFileTypes": given.media_type} if given.media_type else {}
    elif given.choices:
        options = {"values": [{"option": choice} for choice in given.choices]}
        found |= {"fieldType": "dropdown", "fieldOptions": options}
    elif given.type in ("integer", "number"):
        found["fieldType"] = "number"
    else:
        found["fieldType"] = "textarea" if given.long else "email" if given.name == "email" else "text"
    if given.description and found["fieldType"] in ("text", "textarea", "email", "number"):
        found["placeholder"] = given.description
    if given.default is not None and found["fieldType"] in ("text", "textarea", "number", "dropdown"):
        found["defaultValue"] = str(given.default)
    return {**found, "requiredField": True} if given.required else found


def _schedule(cron: str, every: float) -> Json:
    if cron:
        return {"rule": {"interval": [{"field": "cronExpression", "expression": cron}]}}
    unit, size = next((u, s) for u, s in _UNITS if every >= s and every % s == 0) if every >= 1 else ("seconds", 1)
    return {"rule": {"interval": [{"field": unit, f"{unit}Interval": max(1, int(every // size))}]}}


def _webhook(canvas: Canvas, path: str) -> Port:
    parameters = {"httpMethod": "POST", "path": path, "options": {}}
    return canvas.add(WEBHOOK, "n8n-nodes-base.webhook", 2, parameters, webhookId=canvas.id("webhook"))


def _event(canvas: Canvas, checked: Checked, flavour: Flavour) -> Port:
    trigger = checked.trigger()
    if flavour == "http":
        return _webhook(canvas, checked.workflow.name)
    service = checked.services[checked.workflow.start.service]
    base = node_name(service.key)
    kind = f"{base}Trigger" if trigger.delivery == "polling" else f"{base}WebhookTrigger"
    more: Json = {"webhookId": canvas.id("webhook")} if trigger.delivery == "webhook" else {}
    creds, _ = credentials(service)
    if creds:
        more["credentials"] = {creds[0].name: {"id": None, "name": creds[0].display_name}}
    found = next(e for e in events(service, trigger.delivery) if e.trigger.event == trigger.event)
    parameters = {"event": trigger.event, **form_parameters(found.layout, checked.workflow.start.subscribe)}
    return canvas.add(trigger.name, f"{package_name(service)}.{kind}", 1, parameters, **more)


def pinned(checked: Checked, flavour: Flavour) -> list[Json]:
    """The sample the trigger gives while somebody tries the workflow out."""
    start = checked.workflow.start
    if start.kind == "event":
        sample = _sample(checked.trigger())
        return [{"json": {"headers": {}, "params": {}, "query": {}, "body": sample} if flavour == "http" else sample}]
    plain = {i.name: i.sample for i in start.inputs if i.type != "file"}
    if start.kind == "webhook":
        return [{"json": {"headers": {}, "params": {}, "query": {}, "body": plain}}]
    if start.kind != "form":
        return []
    item: Json = {"json": {**plain, "submittedAt": "2026-01-01T12:00:00.000+00:00", "formMode": "test"}}
    files = {i.name: _file(i) for i in start.inputs if i.type == "file"}
    return [{**item, "binary": files} if files else item]


def _sample(trigger: Trigger) -> Json:
    return dict(trigger.samples[0]) if trigger.samples and isinstance(trigger.samples[0], Mapping) else {}


def _file(given: Input) -> Json:
    """A tenth of a second of silence, or a line of text."""
    if given.media_type.startswith("audio"):
        sound = b"\0" * 800
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            36 + len(sound),
            b"WAVE",
            b"fmt ",
            16,
            1,
            1,
            8000,
            8000,
            1,
            8,
            b"data",
            len(sound),
        )
        return _binary(head + b"\x80" * len(sound), "audio/wav", "sample.wav")
    return _binary(b"A sample.\n", "text/plain", "sample.txt")


def _binary(content: bytes, media_type: str, name: str) -> Json:
    extension = name.rpartition(".")[2]
    return {
        "data": base64.b64encode(content).decode(),
        "mimeType": media_type,
        "fileName": name,
        "fileExtension": extension,
    }

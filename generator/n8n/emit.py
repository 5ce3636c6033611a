"""Writes the n8n package of a service: TypeScript sources, and dist/ JavaScript of the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from msgspec import Struct

from generator import Emission, EmitOptions, Written
from generator.json_text import by_line
from generator.n8n import package
from generator.n8n.credentials import Credential, credentials
from generator.n8n.description import authentication, resource_parameter, resource_properties
from generator.n8n.limits import limits
from generator.n8n.names import class_name, node_name
from generator.n8n.plan import plan
from generator.n8n.render import json_file, literal, template
from generator.n8n.steps import Group, Step, groups
from generator.n8n.triggers import Event, event_properties, events
from generator.n8n.wording import quiet
from generator.wire import runtime_files
from schemas.model import Operation, Service
from schemas.problems import Location, Problem

SUPPORTS = frozenset({
    "apiKey", "basic", "oauth2.authorizationCode", "oauth2.clientCredentials", "server variables", "gateway",
    "connection test", "json", "form", "multipart", "binary body", "binary reply", "jobs", "pagination",
    "dynamic options", "open choices", "conditions", "files", "polling triggers", "webhook triggers", "signatures",
    "sensitive", "tools",
})  # fmt: skip
"""What the emitter can express; what it meets beyond that is reported."""


class _Node(Struct, frozen=True):
    """One node class: its internal name, and the stem of its file."""

    name: str
    class_name: str
    events: tuple[Event, ...] = ()
    polling: bool = False


def emit(service: Service, options: EmitOptions) -> Emission:
    """The package's files by path, what could not be written, and what every operation became."""
    found = groups(service)
    if not found:
        problem = Problem("warning", "n8n-empty", "No operation is left for an n8n node", "", Location())
        return Emission(files={}, problems=(problem,), written=_written(service, found, []))
    creds, problems = credentials(service)
    problems += limits(found)
    triggers = _triggers(service)
    seen = [event for node in triggers for event in node.events]
    main = _Node(node_name(service.key), class_name(service.key))
    files: dict[str, bytes] = {}
    files |= _package_files(service, options, found, creds, [main, *triggers], seen)
    files |= _credential_files(service, creds)
    files |= _node_files(service, main, found, creds)
    for node in triggers:
        files |= _trigger_files(service, node, creds)
    files |= _shared_files(service, plan(service, found, creds, seen))
    return Emission(files=dict(sorted(files.items())), problems=problems, written=_written(service, found, triggers))


def _triggers(service: Service) -> list[_Node]:
    """Polling and called triggers are different nodes: n8n runs and tests them differently."""
    base, stem = node_name(service.key), class_name(service.key)
    polled, called = events(service, "polling"), events(service, "webhook")
    nodes = [_Node(f"{base}Trigger", f"{stem}Trigger", polled, True)] if polled else []
    return nodes + ([_Node(f"{base}WebhookTrigger", f"{stem}WebhookTrigger", called)] if called else [])


def _both(path: str, ts: bytes, js: bytes) -> dict[str, bytes]:
    return {f"{path}.ts": ts, f"dist/{path}.js": js}


def _static(path: str, content: bytes) -> dict[str, bytes]:
    return {path: content, f"dist/{path}": content}


def _package_files(
    service: Service,
    options: EmitOptions,
    found: Sequence[Group],
    creds: Sequence[Credential],
    nodes: Sequence[_Node],
    seen: Sequence[Event],
) -> dict[str, bytes]:
    manifest = package.manifest(service, options.version, creds, [node.class_name for node in nodes])
    files = {
        "package.json": json_file(manifest),
        "tsconfig.json": json_file(package.TSCONFIG),
        "eslint.config.mjs": template("eslint.config.mjs.j2"),
        ".gitignore": template("gitignore.j2"),
        "LICENSE": template("LICENSE.j2", package=package.package_name(service)),
        "README.md": package.readme(service, options.version, found, creds, seen),
    }
    folder = class_name(service.key)
    for node in nodes:
        codex = json_file(package.codex(service, node.name))
        files |= _static(f"nodes/{folder}/{node.class_name}.node.json", codex)
    files |= _static(f"icons/{service.key}.svg", package.icon(service, dark=False))
    return files | _static(f"icons/{service.key}.dark.svg", package.icon(service, dark=True))


def _icon(service: Service, up: str) -> dict[str, str]:
    return {"light": f"file:{up}icons/{service.key}.svg", "dark": f"file:{up}icons/{service.key}.dark.svg"}


def _credential_files(service: Service, creds: Sequence[Credential]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for credential in creds:
        values: dict[str, Any] = {
            "credential": credential,
            "icon": _icon(service, "../"),
            "documentation_url": package.homepage(service),
        }
        path = f"credentials/{credential.class_name}.credentials"
        files |= _both(path, template("credential.ts.j2", **values), template("credential.js.j2", **values))
    return files


def _used_credentials(creds: Sequence[Credential], *, required: bool) -> list[dict[str, Any]]:
    """The node's credentials block; with several kinds, the Authentication parameter chooses."""
    several = len(creds) > 1
    return [
        {
            "name": c.name,
            "required": required and not c.optional,
            **({"displayOptions": {"show": {"authentication": [c.choice]}}} if several else {}),
        }
        for c in creds
    ]


def _head(service: Service, node: _Node, display: str, group: str, subtitle: str, text: str) -> dict[str, Any]:
    return {
        "displayName": display,
        "name": node.name,
        "icon": _icon(service, "../../"),
        "group": [group],
        "version": 1,
        "subtitle": subtitle,
        "description": text,
        "defaults": {"name": display},
    }


def _node_files(service: Service, node: _Node, found: Sequence[Group], creds: Sequence[Credential]) -> dict[str, bytes]:
    folder = class_name(service.key)
    title = quiet(service.title, 60) or service.key
    subtitle = '={{ $parameter["operation"] + ": " + $parameter["resource"] }}'
    head = _head(service, node, title, "transform", subtitle, package.summary(service))
    # With operations that need no key, the credential can be left out.
    required = not any(o.public for o in service.operations)
    values: dict[str, Any] = {
        "class_name": node.class_name,
        "head": head,
        "credentials": _used_credentials(creds, required=required),
        "properties": [*authentication([(c.choice, c.label) for c in creds]), resource_parameter(tuple(found))],
        "resources": [_resource(group) for group in found],
    }
    path = f"nodes/{folder}/{node.class_name}.node"
    files = _both(path, template("node.ts.j2", **values), template("node.js.j2", **values))
    for group in found:
        name = _resource(group)
        # The text is made once for both languages, and its data is free again before the next resource.
        parts = {"identifier": name["identifier"], "literal": literal(resource_properties(group, service))}
        where = f"nodes/{folder}/resources/{name['file']}"
        files |= _both(where, template("resource.ts.j2", **parts), template("resource.js.j2", **parts))
    return files


def _resource(group: Group) -> dict[str, str]:
    # n8n's lint takes a file called test.ts for a forgotten one.
    file = f"{group.key}Resource" if group.key == "test" else group.key
    identifier = f"_{group.key}" if group.key[0].isdigit() else group.key
    return {"file": file, "identifier": f"{identifier}Description"}


def _trigger_files(service: Service, node: _Node, creds: Sequence[Credential]) -> dict[str, bytes]:
    title = quiet(service.title, 60) or service.key
    display = f"{title} Trigger" if node.polling else f"{title} Webhook Trigger"
    text = f"Starts the workflow when something happens in {title}"
    values: dict[str, Any] = {
        "class_name": node.class_name,
        "head": _head(service, node, display, "trigger", '={{ $parameter["event"] }}', text),
        "credentials": _used_credentials(creds, required=True),
        "polling": node.polling,
        "properties": [
            *authentication([(c.choice, c.label) for c in creds]),
            *event_properties(node.events, service),
        ],
    }
    path = f"nodes/{class_name(service.key)}/{node.class_name}.node"
    return _both(path, template("trigger.ts.j2", **values), template("trigger.js.j2", **values))


def _shared_files(service: Service, data: dict[str, Any]) -> dict[str, bytes]:
    """The plan, and the hand-written code that carries it out: the same for every service."""
    folder = f"nodes/{class_name(service.key)}"
    files = _both(f"{folder}/plan", template("plan.ts.j2"), template("plan.js.j2"))
    files |= _static(f"{folder}/operations.json", by_line(data, levels=3))
    for name, content in runtime_files("ts").items():
        files[f"{folder}/core/{name}"] = content
    for name, content in runtime_files("js").items():
        files[f"dist/{folder}/core/{name}"] = content
    for entry in (resources.files("generator.n8n") / "runtime").iterdir():
        if entry.name.endswith(".ts"):
            files[f"{folder}/runtime/{entry.name}"] = entry.read_bytes()
        elif entry.name.endswith(".js"):
            files[f"dist/{folder}/runtime/{entry.name}"] = entry.read_bytes()
    return files


def _written(service: Service, found: Sequence[Group], triggers: Sequence[_Node]) -> tuple[Written, ...]:
    steps = {s.operation.operation_id: (f"{g.key}:{s.key}", s) for g in found for s in g.steps}
    written = [_operation(operation, steps) for operation in service.operations]
    known = {event.trigger.event: f"{node.name}:{event.key}" for node in triggers for event in node.events}
    for trigger in service.triggers:
        source = f"trigger:{trigger.event}"
        if trigger.event in known:
            written.append(Written(source=source, kind="trigger", name=known[trigger.event]))
        else:
            written.append(Written(source=source, kind="left out", reason="There is no node for it"))
    return tuple(written)


def _operation(operation: Operation, steps: dict[str, tuple[str, Step]]) -> Written:
    if operation.operation_id not in steps:
        return Written(source=operation.operation_id, kind="left out", reason="It is deprecated")
    name, step = steps[operation.operation_id]
    inputs = {control.field.name: control.name for control in step.layout}
    return Written(source=operation.operation_id, kind="action", name=name, inputs=inputs)

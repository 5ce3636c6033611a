"""Writes the n8n package of a service: TypeScript sources, and dist/ JavaScript of the same thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from specloom.generator.icons.drawn import drawn
from specloom.generator.n8n.credentials.emit import Credential, credentials
from specloom.generator.n8n.names import class_name, node_name
from specloom.generator.n8n.node.description import authentication, resource_parameter, resource_properties
from specloom.generator.n8n.node.limits import limits
from specloom.generator.n8n.node.plan import plan
from specloom.generator.n8n.node.steps import N8nStep, ResourceGroup, groups
from specloom.generator.n8n.node.triggers import TriggerEvent, event_properties, events
from specloom.generator.n8n.package import manifest as package
from specloom.generator.n8n.package.codex import hint
from specloom.generator.n8n.package.credential_files import credential_files
from specloom.generator.n8n.package.named_lists import with_named_lists
from specloom.generator.n8n.package.readme import readme
from specloom.generator.n8n.package.render import Literals, both_languages, json_file, template, wrapped
from specloom.generator.n8n.review import review
from specloom.generator.n8n.text import quiet
from specloom.generator.n8n.versions.kept import versions
from specloom.generator.n8n.versions.merge import merged, with_earlier
from specloom.generator.output.json_text import by_line
from specloom.generator.platforms import Emission, EmitOptions, Placement
from specloom.generator.runtime.wire import folded, runtime_files, sources
from specloom.schemas.memo import forget
from specloom.schemas.model import Operation, Service
from specloom.schemas.problems import Location, Problem

SUPPORTS = frozenset({
    "apiKey", "basic", "oauth2.authorizationCode", "oauth2.clientCredentials", "server variables", "gateway",
    "connection test", "json", "form", "multipart", "binary body", "binary reply", "jobs", "pagination",
    "dynamic options", "open choices", "conditions", "files", "polling triggers", "webhook triggers", "signatures",
    "sensitive", "tools",
})  # fmt: skip
"""What the emitter can express; what it meets beyond that is reported."""


class _Node(Struct, frozen=True):
    """One node class: its internal name, and the stem of its file. `events`: a trigger's, by version."""

    name: str
    class_name: str
    versions: tuple[int, ...]
    events: Mapping[int, tuple[TriggerEvent, ...]] = {}
    polling: bool = False


def emit(service: Service, options: EmitOptions) -> Emission:
    """The package's files by path, what could not be written, and what every operation became."""
    forget()
    held = versions(service, options.earlier)
    offered = held.offered
    by_version = {number: groups(one) for number, one in offered.items()}
    newest = max(offered)
    found = by_version[newest]
    if not found:
        problem = Problem("warning", "n8n-empty", "No operation is left for an n8n node", "", Location())
        return Emission(files={}, problems=(problem,), written=_written(service, found, {}))
    creds, problems = credentials(service)
    problems = (*held.problems, *problems, *limits(found))
    triggers = _triggers(offered)
    seen = {number: [event for node in triggers for event in node.events.get(number, ())] for number in offered}
    main = _Node(node_name(service.key), class_name(service.key), tuple(offered))
    files: dict[str, bytes] = {}
    files |= _package_files(offered, options, found, creds, [main, *triggers], seen[newest])
    files |= credential_files(service, creds)
    files |= _node_files(offered, main, by_version, creds)
    for node in triggers:
        files |= _trigger_files(offered, node, creds)
    plans = {number: plan(one, by_version[number], creds, seen[number]) for number, one in offered.items()}
    files |= _shared_files(service, with_earlier(plans))
    written = _written(service, found, {node.name: node.events.get(newest, ()) for node in triggers})
    return Emission(files=dict(sorted(files.items())), problems=problems, written=written, review=review(service))


def _triggers(offered: Mapping[int, Service]) -> list[_Node]:
    """Polling and called triggers are different nodes: n8n runs and tests them differently. One that has no event in
    some version has not that version."""
    newest = offered[max(offered)]
    base, stem = node_name(newest.key), class_name(newest.key)
    nodes = []
    for suffix, delivery in (("Trigger", "polling"), ("WebhookTrigger", "webhook")):
        found = {number: own for number, one in offered.items() if (own := events(one, delivery))}
        if found:
            nodes.append(_Node(f"{base}{suffix}", f"{stem}{suffix}", tuple(found), found, delivery == "polling"))
    return nodes


def _ours(path: str) -> bytes:
    """A file of this folder, the same for every service."""
    return (Path(__file__).parent / "package" / path).read_bytes()


def _static(path: str, content: bytes) -> dict[str, bytes]:
    return {path: content, f"dist/{path}": content}


def _package_files(
    offered: Mapping[int, Service],
    options: EmitOptions,
    found: Sequence[ResourceGroup],
    creds: Sequence[Credential],
    nodes: Sequence[_Node],
    seen: Sequence[TriggerEvent],
) -> dict[str, bytes]:
    service = offered[max(offered)]
    manifest = package.manifest(service, options.version, creds, [node.class_name for node in nodes])
    files = {
        "package.json": json_file(manifest),
        "tsconfig.json": json_file(package.TSCONFIG),
        "eslint.config.mjs": _ours("static/eslint.config.mjs"),
        ".gitignore": _ours("static/gitignore"),
        ".github/workflows/publish.yml": _ours("static/publish.yml"),
        "LICENSE": template("LICENSE", package=package.package_name(service)),
        "README.md": readme(offered, options.version, found, creds, seen),
    }
    folder = class_name(service.key)
    for node in nodes:
        codex = json_file(package.codex(service, node.name, found))
        files |= _static(f"nodes/{folder}/{node.class_name}.node.json", codex)
    files |= _static(f"icons/{service.key}.svg", options.icon or drawn(service))
    return files | _static(f"icons/{service.key}.dark.svg", options.icon or drawn(service, dark=True))


def _subtitle(parameter: str) -> str:
    """Under the node's name on the canvas: the chosen key in words."""
    words = r'.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").toLowerCase()'
    return f'={{{{ $parameter["{parameter}"]{words} }}}}'


def _starts(title: str, events: Sequence[TriggerEvent]) -> str:
    """Of a trigger. It is all that the editor shows of the package before a person opens it."""
    names = [event.name for event in events[:3]]
    more = ", ..." if len(events) > len(names) else ""
    return f"Starts the workflow when something happens in {title}: {', '.join(names)}{more}"


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
        "icon": package.icon_files(service, "../../"),
        "group": [group],
        **_numbers(node.versions),
        "subtitle": subtitle,
        "description": text,
        "defaults": {"name": display},
    }


def _numbers(versions: Sequence[int]) -> dict[str, Any]:
    newest = versions[-1]
    return {"version": list(versions), "defaultVersion": newest} if len(versions) > 1 else {"version": newest}


def _node_files(
    offered: Mapping[int, Service],
    node: _Node,
    found: Mapping[int, Sequence[ResourceGroup]],
    creds: Sequence[Credential],
) -> dict[str, bytes]:
    service = offered[max(offered)]
    folder = class_name(service.key)
    title = quiet(service.title, 60) or service.key
    head = _head(service, node, title, "transform", _subtitle("operation"), package.summary(service))
    # With operations that need no key, the credential can be left out.
    required = not any(o.anonymous for o in service.operations)
    keys = list(dict.fromkeys(group.key for own in (*found.values(),)[::-1] for group in own))
    offers = merged({number: [resource_parameter(tuple(own))] for number, own in found.items()})
    offers, lists = with_named_lists(offers, "offered")
    values: dict[str, Any] = {
        "class_name": node.class_name,
        "head": head | {"builderHint": hint(service, found[max(found)])},
        "credentials": _used_credentials(creds, required=required),
        "properties": [*authentication([(c.choice, c.label) for c in creds]), *offers],
        "lists": lists,
        "resources": [_resource(key) for key in keys],
    }
    path = f"nodes/{folder}/{node.class_name}.node"
    files = both_languages(path, template("node.ts", **values), template("node.js", **values))
    literals = Literals()
    for key in keys:
        name = _resource(key)
        asked, lists = with_named_lists(_parameters(offered, found, key), key if key.isidentifier() else f"_{key}")
        text = literals.encoded(asked)  # once for both languages
        given = {"identifier": name["identifier"], "lists": lists}
        ts, js = (wrapped(f"resource.{language}", text, **given) for language in ("ts", "js"))
        files |= both_languages(f"nodes/{folder}/resources/{name['file']}", ts, js)
    return files


def _parameters(offered: Mapping[int, Service], found: Mapping[int, Sequence[ResourceGroup]], key: str) -> list[Any]:
    """Of one resource, in all versions that have it."""
    groups_of = {number: [group for group in own if group.key == key] for number, own in found.items()}
    return merged({
        number: resource_properties(own[0], offered[number]) if own else [] for number, own in groups_of.items()
    })  # fmt: skip


def _resource(key: str) -> dict[str, str]:
    # n8n's lint takes a file called test.ts for a forgotten one.
    file = f"{key}Resource" if key == "test" else key
    identifier = f"_{key}" if key[0].isdigit() else key
    return {"file": file, "identifier": f"{identifier}Description"}


def _trigger_files(offered: Mapping[int, Service], node: _Node, creds: Sequence[Credential]) -> dict[str, bytes]:
    service = offered[max(offered)]
    title = quiet(service.title, 60) or service.key
    display = f"{title} Trigger" if node.polling else f"{title} Webhook Trigger"
    text = _starts(title, node.events[max(node.events)])
    values: dict[str, Any] = {
        "class_name": node.class_name,
        "head": _head(service, node, display, "trigger", _subtitle("event"), text),
        "credentials": _used_credentials(creds, required=True),
        "polling": node.polling,
        "properties": [
            *authentication([(c.choice, c.label) for c in creds]),
            *merged({number: event_properties(own, offered[number]) for number, own in node.events.items()}),
        ],
    }
    path = f"nodes/{class_name(service.key)}/{node.class_name}.node"
    return both_languages(path, template("trigger.ts", **values), template("trigger.js", **values))


def _shared_files(service: Service, data: dict[str, Any]) -> dict[str, bytes]:
    """The plan, and the hand-written code that carries it out: the same for every service."""
    folder = f"nodes/{class_name(service.key)}"
    files = both_languages(f"{folder}/plan", _ours("static/plan.ts"), _ours("static/plan.js"))
    files |= _static(f"{folder}/operations.json", by_line({**data, "service": folded(data["service"])}, levels=3))
    for name, content in runtime_files("ts").items():
        files[f"{folder}/core/{name}"] = content
    for name, content in runtime_files("js").items():
        files[f"dist/{folder}/core/{name}"] = content
    own = Path(__file__).parent / "runtime"
    files |= {f"{folder}/runtime/{name}": content for name, content in sources(own, "ts").items()}
    files |= {f"dist/{folder}/runtime/{name}": content for name, content in sources(own, "js").items()}
    return files


def _written(
    service: Service, found: Sequence[ResourceGroup], triggers: Mapping[str, Sequence[TriggerEvent]]
) -> tuple[Placement, ...]:
    """`triggers`: the newest events by the name of their node."""
    steps = {s.operation.operation_id: (f"{g.key}:{s.key}", s) for g in found for s in g.steps}
    written = [_operation(operation, steps) for operation in service.operations]
    known = {event.trigger.event: f"{node}:{event.key}" for node, own in triggers.items() for event in own}
    for trigger in service.triggers:
        source = f"trigger:{trigger.event}"
        if trigger.event in known:
            written.append(Placement(source=source, kind="trigger", name=known[trigger.event]))
        else:
            written.append(Placement(source=source, kind="left out", reason="There is no node for it"))
    return tuple(written)


def _operation(operation: Operation, steps: dict[str, tuple[str, N8nStep]]) -> Placement:
    if operation.operation_id not in steps:
        return Placement(source=operation.operation_id, kind="left out", reason="It is deprecated")
    name, step = steps[operation.operation_id]
    inputs = {control.field.name: control.name for control in step.layout}
    return Placement(source=operation.operation_id, kind="action", name=name, inputs=inputs)

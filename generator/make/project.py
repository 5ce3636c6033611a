"""The files of a local-development project: makecomapp.json and one folder per component, as Make's tools expect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator import EmitOptions
from generator.json_text import indented
from generator.make import iml
from generator.make.app import App, Component
from generator.make.connection import base

FOLDERS: Mapping[str, str] = {
    "connection": "connections", "module": "modules", "rpc": "rpcs", "webhook": "webhooks",
    "function": "functions", "endpoint": "endpoints",
}  # fmt: skip
"""Kind of component to the folder that holds them."""

CODES: Mapping[str, str] = {
    "communication": "communication.iml.json", "staticParams": "static-params.iml.json",
    "mappableParams": "mappable-params.iml.json", "interface": "interface.iml.json", "samples": "samples.iml.json",
    "scope": "scope.iml.json", "epoch": "epoch.iml.json", "params": "params.iml.json", "common": "common.json",
    "scopeList": "scope-list.iml.json", "defaultScope": "default-scope.iml.json", "attach": "attach.iml.json",
    "detach": "detach.iml.json", "requiredScope": "required-scope.iml.json",
}  # fmt: skip
"""Code type to the ending of its file."""

GENERAL: Mapping[str, str] = {
    "base": "general/base.iml.json", "common": "general/common.json", "readme": "README.md",
    "groups": "modules/groups.json",
}  # fmt: skip

_TYPES = ("trigger", "instant_trigger", "search", "action", "responder", "universal")
_OTHER = "Other"


def project(app: App, options: EmitOptions) -> dict[str, bytes]:
    """Path to content of every file."""
    files: dict[str, bytes] = {
        GENERAL["base"]: as_json(base(app.service)),
        GENERAL["common"]: as_json({}),
        GENERAL["groups"]: as_json(groups(app)),
        GENERAL["readme"]: _readme(app, options),
        "makecomapp.json": as_json(manifest(app)),
    }
    for component in app.components:
        for code, content in component.codes.items():
            files[code_path(component, code)] = as_json(content)
    return dict(sorted(files.items()))


def as_json(value: Any) -> bytes:
    return indented(value)


def code_path(component: Component, code: str) -> str:
    return f"{FOLDERS[component.kind]}/{component.name}/{component.name}.{CODES[code]}"


def manifest(app: App) -> dict[str, Any]:
    """makecomapp.json: what there is, and where its code stands. An origin is added by whoever deploys."""
    components: dict[str, dict[str, Any]] = {kind: {} for kind in FOLDERS}
    for component in app.components:
        files = {code: code_path(component, code) for code in component.codes}
        components[component.kind][component.name] = {**component.meta, "codeFiles": files}
    return {"fileVersion": 1, "generalCodeFiles": dict(GENERAL), "components": components, "origins": []}


def groups(app: App) -> list[dict[str, Any]]:
    """Modules by what they are about, in the document's order; in each group watching and reading come first."""
    modules = [component for component in app.components if component.kind == "module"]
    order = list(dict.fromkeys(resource.name for resource in app.service.resources))
    order += sorted({m.resource for m in modules if m.resource and m.resource not in order})
    written: list[dict[str, Any]] = []
    for resource in [*order, ""]:
        members = sorted((m for m in modules if m.resource == resource), key=lambda m: m.rank)
        if members:
            label = iml.line(resource, 128) or _OTHER
            written.append({"label": label, "modules": [member.name for member in members]})
    return written


def _readme(app: App, options: EmitOptions) -> bytes:
    folder = Path(__file__).parent / "templates"
    shells = Environment(
        loader=FileSystemLoader(folder),
        variable_start_string="<<", variable_end_string=">>", block_start_string="<%", block_end_string="%>",
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, autoescape=False,
    )  # fmt: skip
    shells.filters["md"] = markdown
    service = app.service
    text = shells.get_template("README.md.j2").render(
        title=service.title,
        docs=_link(service.docs_url),
        version=options.version,
        groups=_described(app),
        tested=not any(problem.code == "make-untested" for problem in app.problems),
        problems=[problem.message for problem in app.problems],
        gateway=any("gatewayUrl" in json.dumps(c.codes) for c in app.components if c.kind == "module"),
    )
    return text.encode()


def _link(url: str) -> str:
    """An https address as an autolink, with nothing left in it that could end the link."""
    return "<" + quote(url, safe=":/?#@!$&'()*+,;=%-._~") + ">" if url.startswith("https://") else ""


def _described(app: App) -> Sequence[dict[str, Any]]:
    by_name = {component.name: component for component in app.components if component.kind == "module"}
    return [
        {
            "label": group["label"],
            "modules": [by_name[name].meta for name in group["modules"]],
        }
        for group in groups(app)
    ]


def markdown(text: str) -> str:
    """Text of a document as one line of Markdown that is nothing but text."""
    line = iml.line(text, 500)
    return "".join(f"\\{character}" if character in "\\`*_[]()#+!|~>&" else character for character in line)

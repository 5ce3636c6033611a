"""The files of a local-development project: makecomapp.json and one folder per component, as Make's tools expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator import EmitOptions
from generator.json_text import indented
from generator.make import iml
from generator.make.app import App
from generator.make.components import Entry
from generator.make.connection import base
from generator.make.lint import of_project

GENERAL: Mapping[str, str] = {
    "base": "general/base.iml.json", "common": "general/common.json", "readme": "README.md",
    "groups": "modules/groups.json",
}  # fmt: skip

_OTHER = "Other"
_ESCAPES = {ord(character): f"\\{character}" for character in "\\`*_[]()#+!|~>&"}


def project(app: App, options: EmitOptions) -> dict[str, bytes]:
    """Path to content of every file: those of the components, and what ties them together."""
    whole, arranged = manifest(app), groups(app)
    files: dict[str, bytes] = {
        GENERAL["base"]: indented(base(app.service)),
        GENERAL["common"]: indented({}),
        GENERAL["groups"]: indented(arranged),
        GENERAL["readme"]: _readme(app, options, arranged),
        "makecomapp.json": indented(whole, floats=False),
        **app.files,
    }
    app.complaints.update(of_project(whole, arranged, set(files)))
    return dict(sorted(files.items()))


def manifest(app: App) -> dict[str, Any]:
    """makecomapp.json: what there is, and where its code stands. An origin is added by whoever deploys."""
    components = {kind: {name: entry.meta for name, entry in each.items()} for kind, each in app.entries.items()}
    return {"fileVersion": 1, "generalCodeFiles": dict(GENERAL), "components": components, "origins": []}


def groups(app: App) -> list[dict[str, Any]]:
    """Modules by what they are about, in the document's order; in each group watching and reading come first."""
    members: dict[str, list[Entry]] = {resource.name: [] for resource in app.service.resources}
    modules = app.entries["module"].values()
    members |= {name: [] for name in sorted({m.resource for m in modules} - members.keys() - {""})}
    members[""] = members.pop("", [])
    for module in modules:
        members[module.resource].append(module)
    return [
        {
            "label": iml.line(resource, 128) or _OTHER,
            "modules": [module.name for module in sorted(found, key=lambda module: module.rank)],
        }
        for resource, found in members.items()
        if found
    ]


def _readme(app: App, options: EmitOptions, arranged: Sequence[dict[str, Any]]) -> bytes:
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
        groups=_described(app, arranged),
        tested=not any(problem.code == "make-untested" for problem in app.problems),
        problems=[problem.message for problem in app.problems],
        gateway=app.routed,
    )
    return text.encode()


def _link(url: str) -> str:
    """An https address as an autolink, with nothing left in it that could end the link."""
    return "<" + quote(url, safe=":/?#@!$&'()*+,;=%-._~") + ">" if url.startswith("https://") else ""


def _described(app: App, arranged: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    modules = app.entries["module"]
    return [
        {"label": group["label"], "modules": [modules[name].meta for name in group["modules"]]} for group in arranged
    ]


def markdown(text: str) -> str:
    """Text of a document as one line of Markdown that is nothing but text."""
    return iml.line(text, 500).translate(_ESCAPES)

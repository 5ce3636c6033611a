"""The files of a local-development project: makecomapp.json and one folder per component, as Make's tools expect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.components.lint import of_project
from specloom.generator.make.components.parts import ComponentEntry
from specloom.generator.make.connection.emit import base
from specloom.generator.make.project.readme import readme
from specloom.generator.output.json_text import indented
from specloom.generator.platforms import EmitOptions

GENERAL: Mapping[str, str] = {
    "base": "general/base.iml.json", "common": "general/common.json", "readme": "README.md",
    "groups": "modules/groups.json",
}  # fmt: skip

_OTHER = "Other"


def project(app: App, options: EmitOptions) -> dict[str, bytes]:
    """Path to content of every file: those of the components, and what ties them together."""
    whole, arranged = manifest(app), groups(app)
    files: dict[str, bytes] = {
        GENERAL["base"]: indented(base(app.service, app.base_signs, app.log["sanitize"])),
        GENERAL["common"]: indented({}),
        GENERAL["groups"]: indented(arranged),
        GENERAL["readme"]: readme(app, options, arranged),
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
    members: dict[str, list[ComponentEntry]] = {resource.name: [] for resource in app.service.resources}
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

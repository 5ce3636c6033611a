"""The README of the project: how to make an app of one's own of it, what it asks for, and the steps it has."""

from __future__ import annotations

import re
from pathlib import Path

from generator.templates import Templates
from generator.zapier.inputs import Json
from generator.zapier.texts import label, markdown, plain, shorten
from schemas.model import Service

_TEMPLATES = Templates(Path(__file__).parent / "templates", {})


def readme(service: Service, data: Json) -> bytes:
    """The text, in Markdown. `data` is the app's."""
    definition = data["definition"]
    auth = definition.get("authentication") or {"fields": [], "type": "none"}
    title = plain(service.title)
    return _TEMPLATES.fill(
        "README.md",
        title=markdown(title),
        command_title=re.sub(r"[^A-Za-z0-9 ._-]", "", title)[:50] or service.key,
        description=markdown(shorten(plain(service.description), 600)),
        version=definition["version"],
        platform=definition["platformVersion"],
        steps=[(kind, _rows(definition[kind])) for kind in ("triggers", "creates", "searches")],
        fields=[(f["key"], label(f["label"], f["key"]), f.get("helpText", "")) for f in auth["fields"]],
        oauth=auth["type"] == "oauth2",
        gateway=bool(data["connection"].get("gateway")),
    )


def _rows(steps: Json) -> list[tuple[str, str, str]]:
    shown = [(key, step["display"]) for key, step in steps.items() if not step["display"].get("hidden")]
    return [(key, _cell(display["label"]), _cell(display["description"])) for key, display in shown]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

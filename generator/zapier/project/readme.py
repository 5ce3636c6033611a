"""The README of the project: how to make an app of one's own of it, what it asks for, and the steps it has."""

from __future__ import annotations

import re
from pathlib import Path

from specloom.generator.output.json_text import Json
from specloom.generator.output.readme import filled, table, undocumented
from specloom.generator.zapier.text import label, markdown, plain, shorten
from specloom.schemas.model import Service

_KINDS = {"triggers": "Triggers", "creates": "Actions", "searches": "Searches"}
_OAUTH = """\
The app signs in with OAuth 2. Register `https://zapier.com/dashboard/auth/oauth/return/App…CLIAPI/` (the exact address
is what `npx zapier-platform describe` prints) at the service, then tell Zapier the client:

```sh
npx zapier-platform env:set {version} CLIENT_ID=… CLIENT_SECRET=…
```"""
_GATEWAY = """\
A Zap's step has 30 seconds. With a gateway in the connection, steps that take longer run through it: the Zap pauses and
goes on with the result. Without one they return what is known after 25 seconds."""


def readme(service: Service, data: Json) -> bytes:
    """The text, in Markdown. `data` is the app's."""
    definition = data["definition"]
    auth = definition.get("authentication") or {"fields": [], "type": "none"}
    title = plain(service.title)
    return filled(
        Path(__file__).with_suffix(".md"),
        title=markdown(title),
        command_title=re.sub(r"[^A-Za-z0-9 ._-]", "", title)[:50] or service.key,
        description=markdown(shorten(plain(service.description), 600)),
        version=definition["version"],
        platform=definition["platformVersion"],
        oauth=_OAUTH.format(version=definition["version"]) if auth["type"] == "oauth2" else "",
        connection=_connection(auth["fields"]),
        gateway=_GATEWAY if data["connection"].get("gateway") else "",
        undocumented=undocumented(service, _text),
        steps="\n\n".join(_steps(name, definition[kind]) for kind, name in _KINDS.items()),
    )


def _text(text: str) -> str:
    return markdown(plain(text))


def _connection(fields: list[Json]) -> str:
    if not fields:
        return "The service needs none."
    rows = [(_cell(label(f["label"], f["key"])), f"`{f['key']}`", _cell(f.get("helpText", ""))) for f in fields]
    return table(("Field", "Key", "What it is"), rows)


def _steps(name: str, steps: Json) -> str:
    shown = [(key, step["display"]) for key, step in steps.items() if not step["display"].get("hidden")]
    rows = [(_cell(display["label"]), f"`{key}`", _cell(display["description"])) for key, display in shown]
    return f"## {name}\n\n{table(('Name', 'Key', 'What it does'), rows)}" if rows else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

"""The README of the project: how to make an app of one's own of it, what it asks for, and the steps it has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.zapier.inputs import Json
from generator.zapier.plan import WAIT
from generator.zapier.texts import label, markdown, plain, shorten
from schemas.model import Service

_HEADINGS = {"triggers": "Triggers", "creates": "Actions", "searches": "Searches"}
_HEAD = """# {title} on Zapier

{description}

Written by Specloom from an OpenAPI document, for `zapier-platform-core` {platform}. Version {version}.

## Install it as your own private app

You need Node.js 22 or newer and a Zapier account. In this folder:

```sh
npm install
npm test
npx zapier-platform login
npx zapier-platform register "{command_title}" --audience private
npx zapier-platform push
```

`register` asks for a description, your role and a category, and notes the new app's id in `.zapierapprc`. After `push`
the app is there in the Zap editor of your account. To let somebody else use it:

```sh
npx zapier-platform users:add somebody@example.com
```
"""
_OAUTH = """
The app signs in with OAuth 2. Register `https://zapier.com/dashboard/auth/oauth/return/App…CLIAPI/` (the exact address
is what `npx zapier-platform describe` prints) at the service, then tell Zapier the client:

```sh
npx zapier-platform env:set {version} CLIENT_ID=… CLIENT_SECRET=…
```
"""
_CHANGES = """
When the service changes, write this folder again, raise the version, then `npm test` and `npx zapier-platform push`.

## The connection

"""
_GATEWAY = f"""
A Zap's step has 30 seconds. With a gateway in the connection, steps that take longer run through it: the Zap pauses and
goes on with the result. Without one they return what is known after {WAIT} seconds.
"""
_TABLE = "| {} | Key | |\n|---|---|---|\n"
_TAIL = """## Try a step here

```sh
echo 'authData_api_key=…' > .env
npx zapier-platform invoke auth test
npx zapier-platform invoke create KEY --inputData '{}'
```

## What is where

- `app.json`: the app, as data. Its `definition` is what Zapier reads; each of `bindings` is a function's place in it.
- `definition.json`: the definition alone, as Zapier's build writes it. That build replaces and removes this file, so
  nothing here depends on it.
- `runtime.js`, `lib/`, `core/`: what the functions do; the same for every service.
- `test/`: runs every step in the real `zapier-platform-core` against a stand-in of the service.
"""


def readme(service: Service, data: Json) -> str:
    """The text, in Markdown. `data` is the app's."""
    return "".join(_parts(service, data))


def _parts(service: Service, data: Json) -> Iterator[str]:
    definition = data["definition"]
    version = definition["version"]
    auth = definition.get("authentication") or {"fields": [], "type": "none"}
    title = plain(service.title)
    yield _HEAD.format(
        title=markdown(title),
        description=markdown(shorten(plain(service.description), 600)),
        platform=definition["platformVersion"],
        version=version,
        command_title=re.sub(r"[^A-Za-z0-9 ._-]", "", title)[:50] or service.key,
    )
    if auth["type"] == "oauth2":
        yield _OAUTH.format(version=version)
    yield _CHANGES
    if auth["fields"]:
        yield _TABLE.format("Field")
        yield from (_row(f["key"], label(f["label"], f["key"]), f.get("helpText", "")) for f in auth["fields"])
    else:
        yield "The service needs none.\n"
    if data["connection"].get("gateway"):
        yield _GATEWAY
    yield "\n"
    for kind, heading in _HEADINGS.items():
        shown = [(key, step["display"]) for key, step in definition[kind].items() if not step["display"].get("hidden")]
        if shown:
            yield f"## {heading}\n\n" + _TABLE.format("Name")
            yield from (_row(key, _cell(display["label"]), display["description"]) for key, display in shown)
            yield "\n"
    yield _TAIL


def _row(key: str, name: str, described: str) -> str:
    return f"| {name} | `{key}` | {_cell(described)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

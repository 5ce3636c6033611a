"""The gallery: each template with its picture, what it does, what it needs and how it is imported."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from specloom.generator.output.markdown import code, inline
from specloom.generator.output.readme import table
from specloom.generator.workflows.source.catalogue import catalogue
from specloom.generator.workflows.source.check import Checked
from specloom.schemas.model import Service

_HEAD = """# Workflow templates

Written once as [CNCF Serverless Workflow](https://serverlessworkflow.io) documents (`*.workflow.yaml`), built into what
each platform imports. This page and everything in `n8n/`, `make/` and `zapier/` is built by
`specloom workflows build --out workflows`: edit the sources, not the files. To write your own, see
[WRITING.md](WRITING.md).

| Template | What for | Services |
|---|---|---|
"""

_IMPORT = """
## Importing

**n8n.** In the editor: menu **…** > **Import from File**, then follow the green note on the canvas.
`<name>.http.json` needs nothing but what every n8n has. `<name>.json` uses the node of each service, in fewer steps
(self-hosted n8n: **Settings > Community nodes**, or `specloom build` and your own package). Credentials are named,
never contained: make them under the names on the note, or choose your own in each node. Every template has sample data
pinned to its trigger: **Execute workflow** runs at once; unpin it when you go live.

**Make.** In a scenario: **…** > **Import Blueprint**, `make/<name>.http.blueprint.json`. It needs nothing but
Make: its requests are made by Make's own HTTP module. Choose **Add** beside "Credentials" in the first of them, enter
the key as the table of the template says, and choose that keychain in the others; put the address of your account where
one says `your-…`. `make/<name>.blueprint.json` does the same with the app that `specloom build` wrote and
`specloom deploy` put into your Make account, in fewer modules. Make gives a private app an ID with a suffix; build with
it: `specloom workflows build --make-app tuen=app#tuen-ab12cd`. Choose a connection in each module. In both, choose your
sheet, folder and channel where the blueprint says `YOUR-…`. On Make a form is a webhook that takes the form's fields as
JSON.

**Zapier.** Zaps cannot be imported from a file: `zapier/<name>.webhooks.md` is a recipe to build one by hand with
Zapier's own "Webhooks by Zapier", which needs a paid plan; `zapier/<name>.webhooks.json` says the same for programs.
`zapier/<name>.md` does it with the names of the generated Zapier app.
"""


def gallery(workflows: Sequence[Checked], pictures: Collection[str] = ()) -> str:
    """README.md of the folder of templates."""
    parts = [_HEAD.rstrip("\n")]
    for checked in workflows:
        workflow = checked.workflow
        link = f"[{inline(workflow.title)}](#{_anchor(workflow.title)})"
        parts.append(f"| {link} | {inline(str(workflow.tags.get('category', '')))} | {_services(checked)} |")
    parts += [_IMPORT, *(_entry(checked, pictures) for checked in workflows)]
    return "\n".join(parts).rstrip() + "\n"


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" if c == " " else "" for c in title.lower())


def _services(checked: Checked) -> str:
    return ", ".join(inline(checked.services[key].title) for key in checked.workflow.services)


def _entry(checked: Checked, pictures: Collection[str]) -> str:
    workflow = checked.workflow
    name = workflow.name
    lines = [f"## {inline(workflow.title)}", ""]
    if name in pictures:
        lines += [f"![{inline(workflow.title)} on n8n's canvas](pictures/{name}.png)", ""]
    lines += [inline(workflow.summary), "", f"- **Starts with** {_start(checked)}", f"- **Needs** {_needs(checked)}"]
    if workflow.output:
        lines.append(f"- **Gives** {', '.join(f'`{each}`' for each in workflow.output)}")
    files = [
        f"[n8n](n8n/{name}.http.json)",
        f"[Make](make/{name}.http.blueprint.json)",
        f"[Zapier](zapier/{name}.webhooks.md)",
    ]
    ours = [f"[n8n](n8n/{name}.json)", f"[Make](make/{name}.blueprint.json)", f"[Zapier](zapier/{name}.md)"]
    lines += [f"- Nothing to install: {' · '.join(files)}", f"- With our nodes and apps: {' · '.join(ours)}"]
    return "\n".join([*lines, f"- [source]({name}.workflow.yaml)", "", *_keys(checked)])


def _keys(checked: Checked) -> list[str]:
    """The keys of the services, as an HTTP step wants them."""
    rows = [
        (inline(service.title), inline(service.auth.location), code(service.auth.name), code(_value(service)))
        for service in (checked.services[key] for key in checked.workflow.services)
        if service.auth.kind == "apiKey"
    ]
    head = ("Key of", "Where it goes", "Name", "Value")
    return [table(head, rows), ""] if rows else []


def _value(service: Service) -> str:
    return f"{service.auth.value_prefix}{service.auth.key_prefix}…"


def _start(checked: Checked) -> str:
    start = checked.workflow.start
    if start.kind == "event":
        trigger = checked.trigger()
        return f"the event {inline(trigger.name)} of {inline(checked.services[start.service].title)}"
    inputs = ", ".join(inline(each.title) for each in start.inputs)
    kinds = {"form": f"a form ({inputs})", "webhook": "a call of its URL", "manual": "a click"}
    return kinds.get(start.kind) or (f"the schedule `{start.cron}`" if start.cron else f"every {start.every:g} seconds")


def _needs(checked: Checked) -> str:
    keys = [f"a {inline(checked.services[key].title)} key" for key in checked.workflow.services]
    entries = [catalogue()[name].platforms["n8n"] for name in checked.workflow.functions]
    own = [inline(entry["credential"]["name"]) for entry in entries if "credential" in entry]
    return ", ".join(dict.fromkeys([*keys, *own])) or "nothing"

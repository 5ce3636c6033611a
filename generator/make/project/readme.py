"""The README of an app: how it gets into Make, its modules, and what is good to know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.output.readme import filled, undocumented
from specloom.generator.platforms import EmitOptions

_MARKUP = re.compile(r"[\\`*_\[\]()#+!|~>&]")
_GATEWAY = """\
- Make stops a step after 40 seconds. A step that starts longer work returns its ID then;
  **Get a result** reads it later. With a gateway in the connection, such steps run through it.
"""
_UNTESTED = """\
- The connection is saved without asking the service about the key, because Make cannot make the call that would tell.
  A wrong key shows when the first step runs.
"""


def markdown(text: str) -> str:
    """Text of a document as one line of Markdown that is nothing but text."""
    return _MARKUP.sub(lambda mark: "\\" + mark[0], iml.line(text, 500))


def readme(app: App, options: EmitOptions, groups: Sequence[Mapping[str, Any]]) -> bytes:
    """`groups` are those of modules/groups.json."""
    docs = _link(app.service.docs_url)
    untested = any(problem.code == "make-untested" for problem in app.problems)
    problems = "\n".join(f"- {markdown(problem.message)}" for problem in app.problems)
    return filled(
        Path(__file__).with_suffix(".md"),
        title=markdown(app.service.title),
        version=options.version,
        docs=f"The service's own documentation: {docs}" if docs else "",
        modules="\n\n".join(_group(app, group) for group in groups),
        credits=_credits(app),
        notes=(_GATEWAY if app.routed else "") + (_UNTESTED if untested else ""),
        undocumented=undocumented(app.service, markdown),
        problems=f"## What Make cannot do here\n\n{problems}" if problems else "",
    )


def _credits(app: App) -> str:
    """What a run costs: Make bills runs of modules, the service what its document says."""
    rows = []
    for operation in app.service.operations:
        name = app.placed.get(operation.operation_id, "")
        cost = operation.usage.cost if operation.usage and isinstance(operation.usage.cost, (int, float)) else None
        if name and cost is not None and operation.usage:
            told = f"{cost:g} {operation.usage.unit or 'credits'}"
            rows.append(
                f"  - **{markdown(app.entries['module'][name].meta['label'])}**: {markdown(told)} of the service"
            )
    return "\n" + "\n".join(rows) if rows else ""


def _group(app: App, group: Mapping[str, Any]) -> str:
    modules = [app.entries["module"][name].meta for name in group["modules"]]
    return "\n".join([f"### {markdown(group['label'])}\n", *map(_module, modules)])


def _module(meta: Mapping[str, Any]) -> str:
    kind = meta["moduleType"].replace("_", " ")
    return f"- **{markdown(meta['label'])}** ({kind}): {markdown(meta['description'])}"


def _link(url: str) -> str:
    """An https address as an autolink, with nothing left in it that could end the link."""
    return "<" + quote(url, safe=":/?#@!$&'()*+,;=%-._~") + ">" if url.startswith("https://") else ""

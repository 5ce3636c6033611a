"""The README of an app: how it gets into Make, its modules, and what is good to know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from generator import EmitOptions
from generator.make import iml
from generator.make.app import App
from generator.templates import Templates

_MARKUP = re.compile(r"[\\`*_\[\]()#+!|~>&]")


def markdown(text: str) -> str:
    """Text of a document as one line of Markdown that is nothing but text."""
    return _MARKUP.sub(lambda mark: "\\" + mark[0], iml.line(text, 500))


_TEMPLATES = Templates(Path(__file__).parent / "templates", {"md": markdown})


def readme(app: App, options: EmitOptions, groups: Sequence[Mapping[str, Any]]) -> bytes:
    """`groups` are those of modules/groups.json."""
    return _TEMPLATES.fill(
        "README.md",
        title=app.service.title,
        docs=_link(app.service.docs_url),
        version=options.version,
        groups=_described(app, groups),
        tested=not any(problem.code == "make-untested" for problem in app.problems),
        problems=[problem.message for problem in app.problems],
        gateway=app.routed,
    )


def _described(app: App, groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    modules = app.entries["module"]
    return [
        {"label": group["label"], "modules": [_told(modules[name].meta) for name in group["modules"]]}
        for group in groups
    ]


def _told(module: Mapping[str, Any]) -> tuple[str, str, str]:
    """Label, kind and description: a template is slow to look them up by name."""
    return module["label"], module["moduleType"].replace("_", " "), module["description"]


def _link(url: str) -> str:
    """An https address as an autolink, with nothing left in it that could end the link."""
    return "<" + quote(url, safe=":/?#@!$&'()*+,;=%-._~") + ">" if url.startswith("https://") else ""

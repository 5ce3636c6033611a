"""Which reader a source is for: told by what stands in it, and by its name where that is not enough."""

from __future__ import annotations

import json
import re

import yaml

from specloom.schemas.document.reading.yaml12 import TooDeep, parse
from specloom.schemas.draft.blocks import Block
from specloom.schemas.draft.facts import Facts, Json
from specloom.schemas.draft.page import read_page
from specloom.schemas.draft.sources import html, markdown, text
from specloom.schemas.draft.sources.collections import bruno, read_collection
from specloom.schemas.draft.sources.files import Text
from specloom.schemas.problems import Location, SpecloomError

_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|div|main|section|article|table|h[1-6]|p|nav|header)\b",
    re.I | re.S,
)
_MARKDOWN = re.compile(
    r"(?m)^(?:#{1,6} \S.*|```|~~~|\s*[-*] `|\|[^|\n]+\|.*\|\s*$|>\s)|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\(\S+\)|<h[1-6]\b"
)
_FENCE = re.compile(r"(?m)^\s*(?:```|~~~)")
_BRUNO = re.compile(r"\A\s*meta\s*\{\s*\n[^}]*\}", re.S)


def read(source: Text) -> Facts:
    """The facts of one source. Raises SpecloomError where nothing can be read from it."""
    name, content = source.name, source.text
    suffix = name.lower().rpartition(".")[2]
    if suffix == "bru" or _BRUNO.match(content):
        return bruno.read(content, name)
    if suffix in ("json", "har", "yaml", "yml") or content.lstrip()[:1] == "{":
        value = _structure(content, suffix, name)
        if isinstance(value, dict):
            facts = read_collection(value, content, name)
            if facts is not None:
                return facts
            if "openapi" in value or "swagger" in value:
                told = "it is an OpenAPI document already"
                raise SpecloomError(told, hint="use specloom check and build", location=Location(name))
    return read_page(_blocks(content, suffix), name)


def _structure(content: str, suffix: str, name: str) -> Json:
    """JSON, or YAML by its ending; None for a page that begins with a bracket."""
    try:
        if suffix in ("yaml", "yml"):
            return parse(content)[0]
        return json.loads(content)
    except (RecursionError, TooDeep):
        raise SpecloomError("nested too deeply", location=Location(name)) from None
    except (ValueError, yaml.YAMLError):
        if suffix == "har":
            raise SpecloomError("no JSON", hint="export it again", location=Location(name)) from None
        return None


def _blocks(content: str, suffix: str) -> list[Block]:
    if suffix in ("html", "htm") or (suffix not in ("md", "mdx", "markdown") and _HTML.match(content[:4000])):
        return html.blocks(content)
    if (
        suffix in ("md", "mdx", "markdown")
        or len(_MARKDOWN.findall(content[:200_000])) >= 3
        and (_FENCE.search(content) or re.search(r"(?m)^#{2,6} \S", content))
    ):
        return markdown.blocks(content)
    return text.blocks(content)

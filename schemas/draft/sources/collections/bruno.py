"""Bruno's `.bru` files: one request each, in blocks of `name: value` lines."""

from __future__ import annotations

import re

from msgspec import Struct

from specloom.schemas.draft.facts import Cite, Credential, Facts, Field, Header, Request
from specloom.schemas.draft.snippets.bodies import form_fields, json_sample, json_type, scalar

_BLOCK = re.compile(r"(?m)^([a-z][\w:\-]*)\s*(\{|\[)[ \t]*$")
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_MEDIA = {
    "json": "application/json",
    "form-urlencoded": "application/x-www-form-urlencoded",
    "multipart-form": "multipart/form-data",
}


class Pair(Struct, frozen=True):
    """A line of a block, `name: value`."""

    name: str
    value: str
    line: int


class _Block(Struct, frozen=True):
    lines: tuple[str, ...]
    line: int
    """Of its first line within the braces."""

    def pairs(self) -> list[Pair]:
        """Disabled ones (`~`) are left out."""
        found = []
        for number, text in enumerate(self.lines):
            name, colon, value = text.strip().partition(":")
            if colon and not name.startswith("~"):
                found.append(Pair(name.strip(), value.strip(), self.line + number))
        return found

    def value(self, name: str) -> str:
        return next((pair.value for pair in self.pairs() if pair.name == name), "")


def read(content: str, file: str) -> Facts:
    blocks = _blocks(content)
    facts = Facts()
    method = next((name for name in _METHODS if name in blocks), "")
    facts.credentials += _credentials(blocks, file)
    if not method or not blocks[method].value("url"):
        return facts
    call = blocks[method]
    url = next(pair.value for pair in call.pairs() if pair.name == "url")
    line = next(pair.line for pair in call.pairs() if pair.name == "url")
    kind = next((name.partition(":")[2] for name in blocks if name.startswith("body:")), "")
    body = blocks.get(f"body:{kind}")
    sample = json_sample("\n".join(body.lines), file, body.line) if body is not None and kind == "json" else None
    fields = _inputs(blocks, kind, file)
    headers = (
        [Header(pair.name, pair.value, Cite(file, pair.line)) for pair in blocks["headers"].pairs()]
        if "headers" in blocks
        else []
    )
    title = blocks["meta"].value("name") if "meta" in blocks else ""
    docs = "\n".join(part.strip() for part in blocks["docs"].lines).strip() if "docs" in blocks else ""
    folder = file.rpartition("/")[0].rpartition("/")[2]
    facts.requests.append(
        Request(
            method=method.upper(),
            url=url,
            cite=Cite(file, line),
            headers=tuple(headers),
            fields=tuple(fields),
            body=sample,
            media=_MEDIA.get(kind, "") if body else "",
            title=title,
            description=docs[:4000],
            tag=folder,
        )
    )
    return facts


def _inputs(blocks: dict[str, _Block], kind: str, file: str) -> list[Field]:
    found = [
        *_fields(blocks, ("params:query", "query"), "query", file),
        *_fields(blocks, ("params:path",), "path", file),
    ]
    if kind in ("form-urlencoded", "multipart-form"):
        found += _fields(blocks, (f"body:{kind}",), "body", file)
    return found


def _blocks(content: str) -> dict[str, _Block]:
    found: dict[str, _Block] = {}
    lines = content.split("\n")
    at = 0
    while at < len(lines):
        opened = _BLOCK.match(lines[at])
        at += 1
        if opened is None:
            continue
        start, closing = at, "}" if opened[2] == "{" else "]"
        while at < len(lines) and lines[at].rstrip() != closing:
            at += 1
        found.setdefault(opened[1], _Block(tuple(lines[start:at]), start + 1))
    return found


def _fields(blocks: dict[str, _Block], names: tuple[str, ...], place: str, file: str) -> list[Field]:
    made = []
    for name in names:
        for pair in blocks[name].pairs() if name in blocks else ():
            key, value, line = pair.name, pair.value, pair.line
            if value.startswith("@file"):
                made.append(Field(name=key, cite=Cite(file, line), place=place, type="file"))
            elif found := next(form_fields(f"{key}=", place, Cite(file, line)), None):
                shown = "" if "{{" in value else scalar(value)
                required = True if place == "path" else None
                made.append(
                    Field(
                        name=found.name,
                        cite=found.cite,
                        place=place,
                        type=json_type(shown),
                        example=shown,
                        required=required,
                    )
                )
    return made


def _credentials(blocks: dict[str, _Block], file: str) -> list[Credential]:
    found = []
    for name, block in blocks.items():
        kind = name.partition(":")[2] if name.startswith("auth:") else ""
        cite = Cite(file, max(block.line - 1, 1))
        if kind in ("bearer", "oauth2"):
            found.append(Credential(kind="bearer", cite=cite))
        elif kind == "basic":
            found.append(Credential(kind="basic", cite=cite))
        elif kind == "apikey" and block.value("key"):
            place = "query" if "query" in block.value("placement") else "header"
            found.append(Credential(kind=place, name=block.value("key"), cite=cite))
    return found

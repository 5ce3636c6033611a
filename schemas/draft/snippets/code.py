"""fetch, axios and Python requests snippets to requests, as far as they are literal. Nothing is evaluated.

Names that were given a literal before (`BASE_URL = "https://…"`, `payload = {…}`) stand for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from specloom.schemas.draft.facts import Cite, Field, Header, Json, Request, Sample
from specloom.schemas.draft.snippets.bodies import json_type
from specloom.schemas.draft.snippets.literals import Literal, NotLiteral, literal, sample_lines

_ASSIGNED = re.compile(
    r"(?m)^[ \t]*(?:(?:const|let|var|final|export)\s+)?(\$?[A-Za-z_]\w*)\s*(?::\s*\w+\s*)?=\s*(?=[\"'`{\[]|f\"|f')"
)
_CALL = re.compile(
    r"\b(?P<lib>fetch|axios|requests|httpx|session|client|api|http|got|ky|\$http)"
    r"(?:\.(?P<method>get|post|put|patch|delete|head|request))?\s*(?:<[^>]*>)?\(\s*", re.I
)  # fmt: skip
_TEXT = re.compile(r"(?P<f>[fFrRbBuU]{0,2})(?P<q>[\"'`])(?P<text>(?:\\.|(?!(?P=q))[^\\])*)(?P=q)", re.S)
_PART = re.compile(r"\s*\+\s*(?:(?P<q>[\"'`])(?P<text>[^\"'`\\\n]*)(?P=q)|(?P<name>[A-Za-z_$][\w$.]*)(?!\s*\())")
"""A part of a joined text: `+ "/x"`, `+ id`."""
_FIRST = re.compile(r"[\"'](?P<method>\w+)[\"']\s*,\s*")
_METHODS = frozenset("GET POST PUT PATCH DELETE HEAD OPTIONS".split())
_BODIES = ("json", "body", "data")
_WHOLE = ("JSON.stringify(", "json.dumps(", "new URLSearchParams(")
MAX_CALLS = 200
MAX_ARGUMENTS = 20_000
"""Letters of a call that are looked at."""


class _Value(Struct, frozen=True):
    value: Json
    lines: dict[str, int]
    line: int


def calls(text: str, file: str, line: int) -> Iterator[Request]:
    """Every call of a snippet that begins in `line`."""
    names = _names(text, line)
    for count, found in enumerate(_CALL.finditer(text)):
        if count >= MAX_CALLS:
            return
        library, verb = found["lib"].lower(), (found["method"] or "").upper()
        if library in ("client", "api", "http", "session") and not verb:
            continue
        known = {each.name: each.value for each in names if each.at < found.start()}
        request = _call(_Call(text, file, line, known), found.end(), library, verb)
        if request is not None:
            yield request


class _Assigned(Struct, frozen=True):
    at: int
    name: str
    value: _Value


class _Call:
    """One call: where it stands and what names mean there."""

    def __init__(self, text: str, file: str, line: int, names: dict[str, _Value]) -> None:
        self.text, self.file, self.line, self.names = text, file, line, names

    def line_at(self, at: int) -> int:
        return self.line + self.text.count("\n", 0, at)

    def url(self, at: int) -> tuple[str, int]:
        """A literal URL (names filled in) and the offset after it; ('', at) where there is none."""
        if match := _TEXT.match(self.text, at):
            shown = re.sub(r"\$?\{\s*([A-Za-z_$][\w$.]*)\s*\}", self._filled, match["text"])
            return self._joined(shown, match.end())
        joined = re.compile(r"([A-Za-z_]\w*)\s*\+\s*").match(self.text, at)
        if joined and isinstance(base := self.names.get(joined[1], _NOTHING).value, str):
            rest, end = self.url(joined.end())
            return base + rest, end
        name = re.compile(r"[A-Za-z_]\w*").match(self.text, at)
        if name and isinstance(known := self.names.get(name[0], _NOTHING).value, str):
            return known, name.end()
        return "", at

    def _joined(self, shown: str, at: int) -> tuple[str, int]:
        """With the parts that `+` adds: literals, and names, which become parameters."""
        while part := _PART.match(self.text, at):
            name = part["name"]
            known = self.names.get(name, _NOTHING).value if name else part["text"]
            shown += known if isinstance(known, str) else "{" + name.rpartition(".")[2] + "}"
            at = part.end()
        return shown, at

    def _filled(self, found: re.Match[str]) -> str:
        known = self.names.get(found[1], _NOTHING).value
        return known if isinstance(known, str) else "{" + found[1].rpartition(".")[2] + "}"

    def value(self, at: int) -> _Value | None:
        """A literal, a name that has one, or either in JSON.stringify(…)."""
        for whole in _WHOLE:
            if self.text.startswith(whole, at):
                at += len(whole)
        name = re.compile(r"\s*([A-Za-z_]\w*)\s*(?=[,)}\n])").match(self.text, at)
        if name and name[1] in self.names:
            return self.names[name[1]]
        return _literal_at(self.text, at, self.line)


_NOTHING = _Value(None, {}, 0)


def _literal_at(text: str, at: int, first: int) -> _Value | None:
    at += len(text[at:]) - len(text[at:].lstrip())
    part = text[at : at + MAX_ARGUMENTS]
    try:
        found: Literal = literal(part)
    except NotLiteral:
        return None
    line = first + text.count("\n", 0, at)
    return _Value(found.value, sample_lines(part, found, line), line)


def _names(text: str, line: int) -> list[_Assigned]:
    """In the order of the text: the last one before a call counts."""
    found: list[_Assigned] = []
    for match in _ASSIGNED.finditer(text):
        at = match.end() + (text[match.end() : match.end() + 1] == "f")
        value = _literal_at(text, at, line)
        if value is not None and len(found) < MAX_CALLS:
            found.append(_Assigned(match.start(), match[1], value))
    return found


def _call(call: _Call, at: int, library: str, verb: str) -> Request | None:
    start = at
    if verb == "REQUEST" and (first := _FIRST.match(call.text, at)) and first["method"].upper() in _METHODS:
        verb, at = first["method"].upper(), first.end()
    url, end = call.url(at)
    arguments = call.text[end : end + MAX_ARGUMENTS]
    arguments = arguments[: _closing(arguments)]
    if not url:
        config = re.search(r"\b[\"']?url[\"']?\s*[:=]\s*", call.text[at : at + MAX_ARGUMENTS])
        if library != "axios" or config is None:
            return None
        url, _ = call.url(at + config.end())
        end, arguments = at, call.text[at : at + _closing(call.text[at : at + MAX_ARGUMENTS])]
    if not re.match(r"https?://|[/{$]", url):
        return None
    told = re.search(r"\bmethod[\"']?\s*[:=]\s*[\"'](\w+)[\"']", arguments)
    method = told[1].upper() if told and told[1].upper() in _METHODS else verb if verb in _METHODS else "GET"
    return _made(call, start, url, method, end, arguments, library)


def _closing(text: str) -> int:
    """Offset of the parenthesis that ends a call; the text's length where none does."""
    depth, at = 0, 0
    while at < len(text):
        letter = text[at]
        if letter in "\"'`" and (quoted := _TEXT.match(text, at)):
            at = quoted.end()
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if depth < 0:
            return at
        at += 1
    return len(text)


def _made(call: _Call, start: int, url: str, method: str, end: int, arguments: str, library: str) -> Request:
    cite = Cite(call.file, call.line_at(start))
    headers = _headers(call, end, arguments)
    params = _argument(call, end, arguments, ("params", "searchParams", "query"))
    body = _argument(call, end, arguments, _BODIES)
    positional = re.match(r"\s*,\s*(?=[\w{])", arguments)
    if (
        body is None
        and library in ("axios", "api", "client", "http", "$http")
        and positional
        and method in ("POST", "PUT", "PATCH")
    ):
        body = call.value(end + positional.end())
    sample = None
    if body is not None and isinstance(body.value, dict | list):
        sample = Sample(body.value, Cite(call.file, body.line), lines=body.lines)
    fields: list[Field] = []
    if params is not None and isinstance(params.value, dict):
        for name, value in params.value.items():
            place = Cite(call.file, params.lines.get(name, params.line))
            fields.append(Field(name=name, cite=place, place="query", type=json_type(value), example=value))
    media = next((h.value.split(";")[0] for h in headers if h.name.lower() == "content-type"), "")
    return Request(method=method, url=url, cite=cite, headers=tuple(headers), fields=tuple(fields), body=sample,
                   media=media or ("application/json" if sample else ""))  # fmt: skip


def _argument(call: _Call, end: int, arguments: str, names: tuple[str, ...]) -> _Value | None:
    for name in names:
        if found := re.search(rf"(?<![\w.])[\"']?{name}[\"']?\s*[:=]\s*", arguments):
            value = call.value(end + found.end())
            if value is not None:
                return value
        if re.search(rf"[{{,]\s*{name}\s*(?=[,}}])", arguments) and name in call.names:
            return call.names[name]
    return None


def _headers(call: _Call, end: int, arguments: str) -> list[Header]:
    """Their values may hold names of variables: `Bearer {API_KEY}`."""
    found = _argument(call, end, arguments, ("headers",))
    if found is None or not isinstance(found.value, dict):
        return []
    return [
        Header(name, value, Cite(call.file, found.lines.get(name, found.line)))
        for name, value in found.value.items()
        if isinstance(value, str)
    ]

"""curl lines to requests: the quotes of bash, cmd and PowerShell, line continuations, and the options that matter.

Nothing is run. `@file` bodies are not opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from msgspec import Struct

from specloom.schemas.draft.facts import Cite, Field, Header, Request
from specloom.schemas.draft.snippets.bodies import form_fields, json_sample

START = re.compile(
    r"(?m)(?:^|(?<=[\s$>`(]))curl(?:\.exe)?(?=\s+(?:-|['\"]?(?:https?://|[/{$<]|[\w.\-]+\.[a-z]{2,}|localhost)))"
)
MAX_WORDS = 400
_ENDS = "|;\n"
_METHOD = {"-X", "--request"}
_HEADER = {"-H", "--header"}
_DATA = {"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"}
_FORM = {"-F", "--form", "--form-string"}
_VALUED = (
    _METHOD
    | _HEADER
    | _DATA
    | _FORM
    | {
        "--data-urlencode",
        "-u",
        "--user",
        "--url",
        "-b",
        "--cookie",
        "-A",
        "--user-agent",
        "-e",
        "--referer",
        "-o",
        "--output",
        "-c",
        "--cookie-jar",
        "-m",
        "--max-time",
        "--connect-timeout",
        "--retry",
        "-x",
        "--proxy",
        "-E",
        "--cert",
        "--key",
        "--cacert",
        "-T",
        "--upload-file",
        "-w",
        "--write-out",
        "--oauth2-bearer",
        "-r",
        "--range",
        "--resolve",
    }
)


class Word(Struct, frozen=True):
    """A shell word: its text, where it begins and ends in the source, and whether it was quoted."""

    text: str
    start: int
    end: int
    quoted: bool
    glued: bool = False
    """Prose follows its closing quote (`'{…}'Use the response`): it ends the command."""


class Command(Struct, frozen=True):
    request: Request
    end: int
    """Offset after the command."""


def commands(text: str, file: str, line: int) -> Iterator[Command]:
    """Every curl line of a text that begins in `line`."""
    at = 0
    while found := START.search(text, at):
        words, end = _words(text, found.end())
        at = max(end, found.end())
        request = _request(words, text, file, line, found.start())
        if request is not None:
            yield Command(request, at)


def _words(text: str, at: int) -> tuple[list[Word], int]:
    """The words up to the command's end, and the offset after it."""
    words: list[Word] = []
    while at < len(text) and len(words) < MAX_WORDS:
        gap = re.compile(r"(?:[ \t]|[\\^`][ \t]*\r?\n)*").match(text, at)
        at = gap.end() if gap else at
        if at >= len(text) or (text[at] in _ENDS and not _goes_on(text, at)):
            break
        if text[at] == "\n":
            at += 1
            continue
        words.append(_word(text, at))
        at = words[-1].end
        if words[-1].glued:
            break
    return words, at


def _goes_on(text: str, at: int) -> bool:
    """A new line that begins with an option: the continuation mark was lost in copying."""
    return bool(re.compile(r"\n[ \t]*(?:-[A-Za-z]\b|--[a-z])").match(text, at))


def _word(text: str, at: int) -> Word:
    start, parts, quoted = at, list[str](), False
    whole = text.startswith(("'", '"', "$'"), at)
    while at < len(text) and not text[at].isspace() and text[at] not in "|;":
        letter = text[at]
        if letter in "'\"" or (letter == "$" and text[at + 1 : at + 2] == "'"):
            if quoted and at == start:
                break
            at += letter == "$"
            part, at = _quoted(text, at)
            parts.append(part)
            quoted = True
            if re.match(r"[A-Z][a-z]+|[A-Z]\s", text[at : at + 24]):
                return Word("".join(parts), start, at, whole, True)
        elif letter in "\\^" and at + 1 < len(text):
            if text[at + 1] in "\r\n":
                break
            parts.append(text[at + 1])
            at += 2
        else:
            parts.append(letter)
            at += 1
    if at == start:
        at += 1
    return Word("".join(parts), start, at, whole)


def _quoted(text: str, at: int) -> tuple[str, int]:
    quote, at, parts = text[at], at + 1, list[str]()
    while at < len(text) and text[at] != quote:
        if text.startswith("'\\''", at):
            at += 4
            parts.append("'")
        elif text[at] == "\\" and quote == '"' and text[at + 1 : at + 2] in '"\\$`':
            parts.append(text[at + 1])
            at += 2
        elif text[at] in "`^" and quote == '"' and text[at + 1 : at + 2] == '"' and text[at + 2 : at + 3].strip():
            parts.append('"')
            at += 2
        else:
            parts.append(text[at])
            at += 1
    if quote == "'" and text.startswith("'\\''", at):
        inner, end = _quoted(text, at + 3)
        return "".join(parts) + "'" + inner, end
    return "".join(parts), at + 1


class _Options:
    def __init__(self) -> None:
        self.method = ""
        self.url: Word | None = None
        self.headers: list[tuple[str, Word]] = []
        self.data: list[Word] = []
        self.encoded: list[Word] = []
        self.form: list[Word] = []
        self.user = False
        self.bearer: Word | None = None
        self.flags: set[str] = set()


def _request(words: list[Word], text: str, file: str, line: int, start: int) -> Request | None:
    options = _options(words)
    if options.url is None or not re.match(r"https?://|[/{$<]|localhost|[\w.\-]+\.[a-z]{2,}", options.url.text, re.I):
        return None

    def cite(at: int) -> Cite:
        return Cite(file, line + text.count("\n", 0, at))

    headers = [_header(word, cite(word.start)) for _, word in options.headers if ":" in word.text]
    if options.bearer is not None:
        headers.append(Header("Authorization", f"Bearer {options.bearer.text}", cite(options.bearer.start)))
    has_body = bool(options.data or options.form or options.encoded)
    get = bool(options.flags & {"-G", "--get"})
    method = options.method or ("HEAD" if "-I" in options.flags else "POST" if has_body and not get else "GET")
    media = next((h.value.split(";")[0].strip().lower() for h in headers if h.name.lower() == "content-type"), "")
    fields = [f for word in options.form for f in form_fields(word.text, "body", cite(word.start), multipart=True)]
    body = None
    for word in (*options.data, *options.encoded):
        at = text.find("{", word.start) if "{" in word.text else word.start
        found = None if get else json_sample(word.text, file, cite(max(at, word.start)).line)
        if found is not None:
            body = found
        elif not word.text.startswith("@"):
            fields += form_fields(word.text, "query" if get else "body", cite(word.start))
    if not media and (fields or body) and not get:
        media = "multipart/form-data" if options.form else "application/json" if body else _FORM_URLENCODED
    return Request(
        method=method.upper(),
        url=options.url.text,
        cite=cite(options.url.start),
        headers=tuple(headers),
        fields=tuple(fields),
        body=body,
        media=media,
        title=_comment(text, start),
        auth="basic" if options.user else "",
    )


_FORM_URLENCODED = "application/x-www-form-urlencoded"


def _options(words: list[Word]) -> _Options:
    found = _Options()
    rest = iter(words)
    for word in rest:
        text = word.text
        if word.quoted or not text.startswith("-") or text == "-":
            found.url = found.url or word
            continue
        name, _, joined = text.partition("=") if text.startswith("--") else (text, "", "")
        if name not in _VALUED and len(text) > 2 and not text.startswith("--"):
            name, joined = text[:2], text[2:]
            if name not in _VALUED:
                found.flags.update(f"-{letter}" for letter in text[1:])
                continue
        if name not in _VALUED:
            found.flags.add(name)
            continue
        value = Word(joined, word.start, word.end, False) if joined else next(rest, None)
        if value is not None:
            _take(found, name, value)
    return found


def _take(found: _Options, name: str, value: Word) -> None:
    if name in _METHOD and re.fullmatch(r"[A-Za-z]{3,10}", value.text):
        found.method = value.text
    elif name in _HEADER:
        found.headers.append((name, value))
    elif name in _DATA:
        found.data.append(value)
    elif name in _FORM:
        found.form.append(value)
    elif name == "--data-urlencode":
        found.encoded.append(value)
    elif name == "--url":
        found.url = value
    elif name in ("-u", "--user"):
        found.user = True
    elif name == "--oauth2-bearer":
        found.bearer = value


def _header(word: Word, cite: Cite) -> Header:
    name, _, value = word.text.partition(":")
    return Header(name.strip(), value.strip(), cite)


def _comment(text: str, start: int) -> str:
    """The comment on the line before, as a title: `# Check generation status`."""
    before = text[:start].rstrip(" \t$>\n").rpartition("\n")[2].strip()
    return before.lstrip("# ").strip() if re.match(r"#(?!!)\s*\S", before) and len(before) < 120 else ""


def query_fields(url: str, cite: Cite) -> Iterator[Field]:
    """The query of a URL as inputs."""
    _, _, query = url.partition("?")
    for name, value in parse_qsl(query.partition("#")[0], keep_blank_values=True):
        yield from form_fields(f"{name}={value}", "query", cite)

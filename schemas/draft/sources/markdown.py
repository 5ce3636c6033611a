"""Markdown to blocks: headings, fences, tables, lists, definition lists; HTML inside it by the HTML reader's rules."""

from __future__ import annotations

import html
import re

from msgspec.structs import replace

from specloom.schemas.draft.blocks import Block, Code, Heading, Paragraph, Row, Table
from specloom.schemas.draft.labels import is_label, status_of
from specloom.schemas.draft.sources.components import TAG, Nesting, attributes, whole_tag
from specloom.schemas.draft.sources.text import cells

_FENCE = re.compile(r"(\s*(?:>\s*)*)(`{3,}|~{3,})\s*([\w+\-]*)(.*)$")
_HEADING = re.compile(r"\s*(#{1,6})\s+(.+?)\s*#*\s*$")
_HTML_HEADING = re.compile(r"\s*<h([1-6])[^>]*>(.*?)</h\1>\s*$", re.I)
_RULE = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)+\|?\s*$|\s*\|\s*:?-{3,}:?\s*\|\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)")
_KEYED = re.compile(r"[A-Z][A-Za-z ]{1,20}:\s+`")
"""A line that gives a name and a value (`URL: ...`), and does not go on with the one before."""
_BLOCK_TAG = re.compile(r"\{%[^%]*%\}")
_TAG = re.compile(
    r"<!--.*?-->|</?[A-Za-z][\w\-]*(?:\s+[\w\-:.]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{[^}]*\}|[^\s>]+))?)*\s*/?>", re.S
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<![\w*])[*_](?=\S))(.+?)(?<=\S)\1")
_TAB = re.compile(
    r"\s*(?:<(?:Tab|TabItem|Accordion|RequestExample|ResponseExample|CodeGroup)\b[^>]*?(?:titl"
    r"e|label|value)=[\"']([^\"']+)|\{%\s*tab\s+title=\"([^\"]+)\"|\{% (?:swagger|api)-(?:resp"
    r"onse|method)[^%]*?status=\"?(\d+))"
)
_SWAGGER = re.compile(r"\s*\{%\s*(swagger|swagger-parameter|openapi|api-method|api-method-parameter)\s+([^%]*)%\}")


def blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, with lines from 1."""
    reader = _Markdown(re.sub(r"(?m)^[ \t]*>[ \t]*(?=\|)", "", text).split("\n"))
    return reader.read()


class _Markdown:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: list[Block] = []
        self.at = 0
        self.nesting = Nesting()
        self._open = False
        """Whether the last paragraph may go on."""

    def read(self) -> list[Block]:
        self._front_matter()
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self._open = False
                self.at += 1
            elif not (
                self._fence(line)
                or self._components()
                or self._table(line)
                or self._heading(line)
                or self._indented(line)
            ):
                self._text(line)
                self.at += 1
        return self.found

    def _front_matter(self) -> None:
        if self.lines[0].strip() != "---":
            return
        for number, line in enumerate(self.lines[1:80], 2):
            if title := re.match(r"title:\s*[\"']?(.+?)[\"']?\s*$", line):
                self.found.append(Heading(title[1], number, 1))
            if endpoint := re.match(r"(?:openapi|api):\s*[\"']?([A-Za-z]+ \S+?)[\"']?\s*$", line):
                self.found.append(Paragraph(f"`{endpoint[1]}`", number))
            if line.strip() == "---":
                self.at = number
                return

    def _fence(self, line: str) -> bool:
        opened = _FENCE.match(line)
        if not opened:
            return False
        start, taken = self.at + 1, list[str]()
        indent = len(opened[1]) if opened[1].isspace() else 0
        title = re.sub(r"[{}\"'=]|title", " ", opened[4]).strip()
        if title and re.search(r"\w", title) and len(title) < 60:
            self.found.append(Heading(title, start))
        self.at += 1
        while self.at < len(self.lines) and not re.match(
            rf"\s*(?:>\s*)*{re.escape(opened[2])}\s*$", self.lines[self.at]
        ):
            taken.append(
                self.lines[self.at][indent:] if self.lines[self.at][:indent].isspace() else self.lines[self.at]
            )
            self.at += 1
        self.at += 1
        self.found.append(Code("\n".join(taken), start + 1, opened[3].lower()))
        self._open = False
        return True

    def _indented(self, line: str) -> bool:
        """Four spaces after an empty line, where no list is open."""
        after_gap = self.at == 0 or not self.lines[self.at - 1].strip()
        listed = bool(self.found) and isinstance(self.found[-1], Paragraph) and self.found[-1].item
        if not re.match(r"(?: {4}|\t)\S", line) or not after_gap or listed:
            return False
        start, taken = self.at + 1, list[str]()
        while self.at < len(self.lines) and (
            re.match(r"(?: {4}|\t)", self.lines[self.at]) or not self.lines[self.at].strip()
        ):
            taken.append(self.lines[self.at].removeprefix("\t").removeprefix("    "))
            self.at += 1
        self.found.append(Code("\n".join(taken).rstrip(), start))
        return True

    def _table(self, line: str) -> bool:
        if "|" not in line or self.at + 1 >= len(self.lines) or not _RULE.match(self.lines[self.at + 1]):
            return False
        start = self.at + 1
        header = tuple(inline(cell) for cell in cells(line))
        self.at += 2
        rows: list[Row] = []
        while self.at < len(self.lines) and "|" in self.lines[self.at]:
            rows.append(Row(tuple(inline(cell) for cell in cells(self.lines[self.at])), self.at + 1))
            self.at += 1
        self.found.append(Table(header, tuple(rows), start))
        self._open = False
        return True

    def _heading(self, line: str) -> bool:
        marked, tagged = _HEADING.match(line), _HTML_HEADING.match(line)
        if marked or tagged:
            level, text = (len(marked[1]), marked[2]) if marked else (int(tagged[1]), tagged[2])  # type: ignore[index]
            self.found.append(Heading(inline(text), self.at + 1, level))
            self.at += 1
            self._open = False
            return True
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        if re.match(r"(=+|-{3,})\s*$", following) and not self._open and len(line) < 120 and "|" not in line:
            self.found.append(Heading(inline(line), self.at + 1, 1 if following.startswith("=") else 2))
            self.at += 2
            return True
        return False

    def _text(self, line: str) -> None:
        number = self.at + 1
        if tab := _TAB.match(line):
            self.found.append(Heading(tab[1] or tab[2] or tab[3], number))
            return
        if told := _SWAGGER.match(line):
            self._swagger(told[1], told[2], number)
            return
        quoted = re.match(r"\s*>\s*", line)
        item = bool(_ITEM.match(line)) or bool(re.match(r"\s*:\s+\S", line))
        bare = _ITEM.sub("", line, count=1) if item else line[quoted.end() :] if quoted else line
        text = inline(re.sub(r"^\s*:\s+", "", bare))
        last = self.found[-1] if self.found else None
        if not text:
            return
        bold = re.match(r"\s*(\*\*|__|`).+\1:?\s*$", line)
        if (
            not item
            and (quoted or bold or not self._open)
            and len(text) < 70
            and (is_label(text) or (quoted and status_of(text)))
        ):
            self.found.append(Heading(text.rstrip(":"), number))
            return
        if re.match(r"\s*:\s+\S", line) and isinstance(last, Paragraph):
            self.found[-1] = Paragraph(f"{last.text}: {text}", last.line, item=True)
        elif self._open and not item and isinstance(last, Paragraph) and not _KEYED.match(text):
            self.found[-1] = replace(last, text=f"{last.text} {text}")
        else:
            self.found.append(Paragraph(text, number, item, len(line) - len(line.lstrip()) if item else 0))
        self._open = True

    def _components(self) -> bool:
        """Components of a line, each followed by its words."""
        tag = whole_tag(self.lines, self.at)
        ends = [*TAG.finditer(tag.text)]
        if not ends:
            return False
        for found, following in zip(ends, [*ends[1:], None], strict=True):
            if found["end"]:
                self.nesting.end()
                self._open = False
            else:
                self.found.append(Paragraph(self.nesting.begin(found), self.at + 1 + tag.named, item=True))
                self._open = True
            words = tag.text[found.end() : following.start() if following else len(tag.text)]
            if words.strip():
                self._text(words)
        self.at += tag.more + 1
        return True

    def _swagger(self, tag: str, text: str, number: int) -> None:
        """GitBook's blocks: a call with its method and path, and its inputs."""
        told = attributes(text)
        if "parameter" in tag:
            marks = [
                told.get("type", ""),
                "required" if told.get("required") == "true" else "",
                f"in {told.get('in', '')}",
            ]
            self.found.append(
                Paragraph(f"`{told.get('name', '')}` ({', '.join(mark for mark in marks if mark)})", number, item=True)
            )
            self._open = True
        elif "method" in told and "path" in told:
            self.found.append(Heading(told.get("summary", ""), number, 2))
            base = told.get("baseUrl") or told.get("host") or ""
            self.found.append(Paragraph(f"`{told['method'].upper()} {base}{told['path']}`", number))
            self._open = False


def inline(text: str) -> str:
    """Without marks; code stays in backticks."""
    text = re.sub(r"<br\s*/?>", " ", text, flags=re.I)
    text = re.sub(r"</?(?:b|strong|em|i|span|a)(?:\s[^<>]*)?>", "", text, flags=re.I)
    text = re.sub(r"<code[^>]*>(.*?)</code>", r"`\1`", text, flags=re.I)
    parts = re.split(r"(`+[^`]*`+)", text)
    for index in range(0, len(parts), 2):
        plain = _LINK.sub(r"\1", _TAG.sub("", _BLOCK_TAG.sub("", parts[index])))
        for _ in range(2):
            plain = _EMPHASIS.sub(r"\2", plain)
        parts[index] = re.sub(r"\\([\\`*_{}\[\]()#+\-.!|<>$])", r"\1", plain)
    return html.unescape("".join(parts)).replace("\u200b", "").strip()

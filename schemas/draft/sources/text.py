"""Plain text, as written or as copied from a browser (labels, types and descriptions fused), to blocks.

Copying a page drops its marks: a code block ends in the middle of a line (`}Response`), a label is glued to what comes
next. So code is read by its own syntax, and what follows its last bracket or quote is the next block.
"""

from __future__ import annotations

import re

from specloom.schemas.draft.blocks import GUESSED, Block, Code, Heading, Paragraph, Row, Table
from specloom.schemas.draft.columns import columns
from specloom.schemas.draft.labels import LABEL_TAIL, is_label
from specloom.schemas.draft.snippets import curl
from specloom.schemas.draft.snippets.literals import NotLiteral, literal

_CODE_LINE = re.compile(
    r"\s*(?:import |from \w+ import|const |let |var |async |await |function |def |return\b|pri"
    r"nt\(|console\.|if ?\(|if .*:$|"
    r"else:|\} else|try:|except|for .*:$|\w+ = |\w+\.\w+\(|[})\]]+[;,)]*$|headers[=:]|json=|["
    r"\"'\w\-]+: |[\"'][\w\-]+[\"']:|"
    r"f[\"']|method:|body:|#|//|\$ |#!/|<\?php|require\(|use )"
)
_STARTS_CODE = re.compile(
    r"\s*(?:import \w|from \w+ import|const \w+ =|let \w+ =|var \w+ =|async function|await |fe"
    r"tch\(|axios[.(]|requests\.|"
    r"\w+ = (?:requests|await|axios|httpx|\{|\[|[\"'])|response = )"
)
_LABEL_AFTER_CODE = re.compile(r"(.*?[)\];}\"'])([A-Z][A-Za-z/ .]{2,40})\s*$")
_GLUED_KEY = re.compile(r"([\w\-]+: (?:[A-Z]\w+ )?[\w\-]*(?:x{4,}|_key|_token|KEY|TOKEN))([A-Z][a-z].*)\Z")
"""A header with a placeholder, and the words after it."""
_HTTP = re.compile(
    r"\s*(?:(?:GET|POST|PUT|PATCH|DELETE)\s+(?:https?://|/)\S*(?:\s+HTTP/[\d.]+)\s*$|HTTP/[\d.]+ [1-5]\d\d)"
)
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_ITEM = re.compile(r"\s*(?:[-*•‣◦·]|\d{1,2}[.)])\s+(?=\S)")
_MARKED = re.compile(r"(#{1,6})\s+(.+)")
_SENTENCE = 70
"""Letters above which a line is prose and no heading."""


def blocks(text: str) -> list[Block]:
    """The blocks of a text, with lines from 1."""
    return _Text(text).read()


class _Text:
    def __init__(self, text: str) -> None:
        self.lines = text.replace("\u200b", "").split("\n")
        self.found: list[Block] = []
        self.at = 0

    def read(self) -> list[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.at += 1
            elif not (
                self._curl(line) or self._json(line) or self._http(line) or self._code(line) or self._table(line)
            ):
                self._prose(line)
                self.at += 1
        return self.found

    def _rest(self, start: int, end: int) -> None:
        """Goes on after `end` letters of the lines from `start` on; what is left of that line becomes a line."""
        text = "\n".join(self.lines[start : start + 400])[:end]
        self.at = start + text.count("\n")
        left = self.lines[self.at][len(text) - (text.rfind("\n") + 1) :]
        if left.strip(" \t;,"):
            self.lines[self.at] = left.strip()
        else:
            self.at += 1

    def _window(self) -> str:
        return "\n".join(self.lines[self.at : self.at + 400])

    def _curl(self, line: str) -> bool:
        if not re.match(r"\s*(?:\$ )?curl(?:\.exe)?\s", line):
            return False
        window = self._window()
        command = next(curl.commands(window, "", 1), None)
        if command is None:
            return False
        comment = self.found[-1] if self.found and isinstance(self.found[-1], Paragraph) else None
        text = window[: command.end]
        if comment and comment.text.startswith("#") and comment.line == self.at:
            self.found.pop()
            self.found.append(Code(f"{comment.text}\n{text}", comment.line, "shell"))
        else:
            self.found.append(Code(text, self.at + 1, "shell"))
        self._rest(self.at, command.end)
        return True

    def _json(self, line: str) -> bool:
        if not re.match(r"\s*[{\[]", line) or re.match(r"\s*\[[^\]{]*\]\s*(?:\w|$)", line):
            return False
        window = self._window()
        try:
            found = literal(window)
        except NotLiteral:
            return False
        if not isinstance(found.value, dict | list) or not found.value:
            return False
        self.found.append(Code(window[: found.end], self.at + 1, "json"))
        self._rest(self.at, found.end)
        return True

    def _http(self, line: str) -> bool:
        if not _HTTP.match(line):
            return False
        start = self.at
        taken = [line]
        while start + len(taken) < len(self.lines) and re.match(
            r"[A-Za-z][\w\-]+: ?\S", self.lines[start + len(taken)]
        ):
            taken.append(self.lines[start + len(taken)])
        after = start + len(taken)
        if after < len(self.lines) and not self.lines[after].strip():
            after += 1
        window = "\n".join(self.lines[after : after + 400])
        try:
            end = literal(window).end if window.lstrip().startswith(("{", "[")) else 0
        except NotLiteral:
            end = 0
        head = "\n".join([*taken, ""]) if after > start + len(taken) else "\n".join(taken)
        self.found.append(Code(f"{head}\n{window[:end]}" if end else head, start + 1, "http"))
        self.at = after
        if end:
            self._rest(after, end)
        return True

    def _code(self, line: str) -> bool:
        if not _STARTS_CODE.match(line):
            return False
        start, taken = self.at, list[str]()
        depth = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            ended = _LABEL_AFTER_CODE.match(line)
            if ended and is_label(ended[2]):
                taken.append(ended[1])
                self.lines[self.at] = ended[2]
                break
            inside = depth > 0 or bool(_CODE_LINE.match(line)) or bool(_STARTS_CODE.match(line)) or not line.strip()
            if not inside or (not line.strip() and depth <= 0 and not self._code_follows()):
                break
            taken.append(line)
            depth += len(re.findall(r"[({\[]", line)) - len(re.findall(r"[)}\]]", line))
            self.at += 1
        self.found.append(Code("\n".join(taken), start + 1, ""))
        return True

    def _code_follows(self) -> bool:
        following = next((line for line in self.lines[self.at : self.at + 3] if line.strip()), "")
        return bool(_CODE_LINE.match(following) or _STARTS_CODE.match(following))

    def _table(self, line: str) -> bool:
        """Rows between bars; a copied row may have lost its first bar. Tabs part cells as well."""
        bars = line.count("|") >= 2 and self.at + 1 < len(self.lines) and bool(_RULE.match(self.lines[self.at + 1]))
        tabs = (
            line.count("\t") >= 1
            and self.at + 1 < len(self.lines)
            and line.strip("\t").count("\t") == self.lines[self.at + 1].strip("\t").count("\t") >= 1
        )
        if not bars and not tabs:
            return False
        mark, start = ("|", self.at) if bars else ("\t", self.at)
        rows: list[Row] = []
        self.at += 1
        header = cells(line, mark)
        if tabs and not any(columns(header)):
            rows.append(Row(header, start + 1))
            header = ()
        while self.at < len(self.lines) and mark in self.lines[self.at]:
            row = self.lines[self.at]
            if not (bars and _RULE.match(row)):
                rows.append(Row(cells(row, mark), self.at + 1))
            self.at += 1
        self.found.append(Table(header, tuple(rows), start + 1))
        return True

    def _prose(self, line: str) -> None:
        number, shown = self.at + 1, line.strip()
        if glued := _GLUED_KEY.match(shown):
            self._prose(glued[1])
            self._prose(glued[2])
            return
        if marked := _MARKED.match(shown):
            before = self._next_is_code()
            self.found.append(Paragraph(shown, number) if before else Heading(marked[2], number, len(marked[1])))
            return
        tail = LABEL_TAIL.match(shown)
        if tail and not is_label(shown):
            self._prose(tail[1])
            self.found.append(Heading(tail[2], number))
            return
        if _ITEM.match(line):
            self.found.append(Paragraph(_ITEM.sub("", line, count=1).strip(), number, item=True))
        elif is_label(shown):
            self.found.append(Heading(shown.rstrip(":"), number))
        elif (
            len(shown) <= _SENTENCE
            and not shown.endswith((".", ":", ",", ";", "!", "?"))
            and re.match(r"[A-Z](?!\S*: )", shown)
        ):
            self.found.append(Heading(shown, number, GUESSED))
        else:
            self.found.append(Paragraph(shown, number))

    def _next_is_code(self) -> bool:
        """A `# comment` right above a command is no heading."""
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else ""
        return bool(re.match(r"\s*(?:\$ )?curl\s", following) or _STARTS_CODE.match(following))


def cells(line: str, mark: str = "|") -> tuple[str, ...]:
    shown = line.strip() if mark == "|" else line
    if mark == "|":
        shown = shown.removeprefix("|").removesuffix("|")
        return tuple(re.sub(r"\\\|", "|", part).strip() for part in re.split(r"(?<!\\)\|", shown))
    return tuple(part.strip() for part in shown.split(mark))

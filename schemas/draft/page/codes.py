"""Code blocks on a page: calls, samples of bodies, HTTP messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from specloom.schemas.draft.blocks import Code
from specloom.schemas.draft.facts import Field, Json, Operation, Reply, Request, Sample
from specloom.schemas.draft.page import service
from specloom.schemas.draft.page.endpoints import endpoint
from specloom.schemas.draft.page.inputs.lines import inline_field
from specloom.schemas.draft.snippets import code, curl, http_message
from specloom.schemas.draft.snippets.bodies import json_sample, json_type
from specloom.schemas.draft.snippets.json_schema import schema_fields

if TYPE_CHECKING:
    from specloom.schemas.draft.page.reader import PageReader

_ERROR_KEYS = ("error", "detail", "errors", "error_message", "fault")
_NOT_JSON = (
    "yaml",
    "yml",
    "xml",
    "html",
    "graphql",
    "go",
    "java",
    "csharp",
    "c#",
    "php",
    "ruby",
    "swift",
    "kotlin",
    "rust",
)
_COMMENTED = re.compile(r"[\"']?(?P<name>[\w\-]+)[\"']?\s*:.*?(?://|\s#)\s*(?P<words>[^\"']+)\Z")
_WORTH = re.compile(r"(?i)auth|key|token|bearer|secret|limit|https?:|retry|signature")
"""What lines of code may say of the service."""
_NO_TITLE = re.compile(
    r"(?i)(?:make|your|first|quick|using|example|install|getting|get started|step|usage|hello|"
    r"how|code|try|test|curl|python|javascript)\b"
)
"""Headings of examples that name no call."""
_EXPRESSION = re.compile(r"\{\{.*?\}\}")


class Snippets:
    """Reads code blocks for the page's reader."""

    def __init__(self, page: PageReader) -> None:
        self.page = page
        self.shown = -1
        """Which of the facts' requests was the last to be shown under the current title; -1 for none."""

    def answer(self, reply: Reply) -> bool:
        """Whether the reply is that of the example which was shown last, of a call that no endpoint was told for."""
        good = (reply.sample is not None or reply.fields) and not reply.status.startswith(("4", "5"))
        if not good or self.page.current is not None or self.shown < 0 or self.page.kind in ("request", "body"):
            return False
        requests = self.page.facts.requests
        requests[self.shown] = replace(requests[self.shown], replies=(*requests[self.shown].replies, reply))
        if reply.sample is not None:
            self.page.replies.shown()
        return True

    def read(self, block: Code) -> None:
        text, line = block.text, block.line
        if block.language in _NOT_JSON and "curl" not in text:
            return
        for number, each in enumerate(text.split("\n")[:400]):
            if not _WORTH.search(each):
                continue
            at = line if block.flat else line + number
            service.learn(self.page.facts, each, self.page.file, at, self._context(), "")
        if block.flat and text.lstrip()[:1] in ("{", "["):
            text = text.replace("\n", " ")
        requests = [command.request for command in curl.commands(text, self.page.file, line)]
        requests = requests or list(code.calls(text, self.page.file, line))
        if requests:
            for request in requests:
                self._request(_flat(request, line) if block.flat else request)
            return
        if self._message(text, line):
            return
        sample = json_sample(text, self.page.file, line + len(text[: len(text) - len(text.lstrip())].splitlines()[1:]))
        if sample is not None:
            self._sample(sample)
            self._commented(text, line, sample)
            return
        first = next((part for part in text.split("\n") if part.strip()), "")
        found = endpoint(first, self.page.file, line)
        if found is not None and found.method and len(text) < 2000:
            self._endpoint_block(first, line)

    def _context(self) -> str:
        return self.page.section or ("errors" if self.page.kind == "errors" else "")

    def _message(self, text: str, line: int) -> bool:
        reply = http_message.reply(text, self.page.file, line)
        if reply is not None:
            self.page.add_reply(reply)
            return True
        request = http_message.request(text, self.page.file, line)
        if request is None:
            return False
        if request.headers or request.body or "?" in request.url or self.page.current is not None:
            self._request(request)
        else:
            self._endpoint_block(text.strip().split("\n")[0], line)
        return True

    def _endpoint_block(self, text: str, line: int) -> None:
        """A code block that holds nothing but `GET /things`."""
        found = endpoint(text, self.page.file, line)
        current = self.page.current
        if found is None:
            return
        if (
            current is not None
            and current.path
            and not self.page.replied
            and not current.fields
            and same_call(current, found.method, found.path)
        ):
            return
        if current is not None and not current.path and not self.page.replied:
            current.method, current.path = found.method, found.path
            return
        self.page.begin(found, line)

    def _request(self, request: Request) -> None:
        """An example of the current call, or of one yet to be found."""
        current = self.page.current
        if current is not None and not current.method and current.path and _ends_with(request.url, current.path):
            current.method = request.method
        if current is not None and (
            same_call(current, request.method, request.url) or not current.path and self._fits(current, request)
        ):
            if not current.path:
                current.method, current.path = request.method, request.url
            current.requests.append(request)
            return
        heading = self.page.heading
        titled = (
            heading is not None and self.page.section is None and self.page.kind not in ("other",) and current is None
        )
        named = heading is not None and titled and heading.level > 1 and not _NO_TITLE.match(heading.text)
        title = request.title or (heading.text if heading is not None and named else "")
        self.shown = len(self.page.facts.requests)
        self.page.facts.requests.append(replace(request, title=title, tag=request.tag or self.page.group))

    def _fits(self, operation: Operation, request: Request) -> bool:
        names = {field.name for field in operation.fields}
        sent = set(request.body.value) if request.body and isinstance(request.body.value, dict) else set()
        sent |= set(re.findall(r"[?&]([\w\-.\[\]]+)=", request.url)) | {field.name for field in request.fields}
        return bool(sent) and sent <= names and self.page.kind in ("request", "response", "parameters", None)

    def _sample(self, sample: Sample) -> None:
        page = self.page
        if fields := schema_fields(sample, "body"):
            self._schema(fields)
            return
        if _EXPRESSION.search(str(sample.value)) and page.kind != "response":
            return
        if page.replies.open:
            page.add_reply(Reply(sample.cite, page.replies.status, sample=sample))
        elif not _is_error(sample.value) and self.answer(Reply(sample.cite, sample=sample)):
            return
        elif page.section in ("errors", "limits") or (page.current is None and _is_error(sample.value)):
            if _is_error(sample.value) or page.section == "errors":
                page.facts.errors.append(Reply(sample.cite, _own_status(sample.value), sample=sample))
        elif page.current is not None:
            self._of_current(page.current, sample)

    def _schema(self, fields: list[Field]) -> None:
        """A schema that is printed in a sample's place."""
        page = self.page
        if page.kind in ("response", "properties") or page.replies.open:
            page.replies.fields([replace(field, place="") for field in fields])
        elif page.current is not None and page.kind in ("body", "request") and not page.replied:
            page.inputs.add(fields)

    def _commented(self, text: str, line: int, sample: Sample) -> None:
        """`"text": "Hello",  // required, up to 2000 characters` in the body of a call."""
        page = self.page
        if page.current is None or page.kind not in ("request", "body") or page.replied:
            return
        for number, each in enumerate(text.split("\n")):
            found = _COMMENTED.search(each)
            if found and isinstance(sample.value, dict) and sample.lines.get(found["name"]) == line + number:
                shown = (
                    f"`{found['name']}` ({json_type(sample.value.get(found['name'])) or 'string'}): {found['words']}"
                )
                field = inline_field(shown, page.file, line + number, "body", loose=True)
                if field is not None:
                    page.inputs.add([field])

    def _of_current(self, operation: Operation, sample: Sample) -> None:
        page = self.page
        if page.kind in ("response", "properties"):
            page.add_reply(Reply(sample.cite, sample=sample))
        elif (
            page.kind in ("request", "body") and operation.method not in ("GET", "DELETE", "HEAD") and not page.replied
        ):
            body = Request(
                method=operation.method, url=operation.path, cite=sample.cite, body=sample, media="application/json"
            )
            operation.requests.append(body)
        elif _is_error(sample.value):
            page.add_reply(Reply(sample.cite, _own_status(sample.value) or "default", sample=sample))
        elif operation.method == "GET" and page.kind is None:
            page.add_reply(Reply(sample.cite, sample=sample))


def _flat(request: Request, line: int) -> Request:
    """All of it stands in one line of the source."""
    cite = replace(request.cite, line=line)
    body = replace(request.body, cite=cite, lines=dict.fromkeys(request.body.lines, line)) if request.body else None
    return replace(request, cite=cite, body=body, fields=tuple(replace(field, cite=cite) for field in request.fields),
                   headers=tuple(replace(header, cite=cite) for header in request.headers))  # fmt: skip


def _is_error(value: Json) -> bool:
    return isinstance(value, dict) and any(value.get(key) for key in _ERROR_KEYS) and not value.get("success")


def _own_status(value: Json) -> str:
    """The HTTP status that an error's body repeats."""
    parts: list[Json] = [value, value.get("error")] if isinstance(value, dict) else []
    for inner in parts:
        for key in ("code", "status", "status_code", "statusCode") if isinstance(inner, dict) else ():
            status = inner.get(key)
            if isinstance(status, int) and 400 <= status < 600:
                return str(status)
    return ""


def same_call(operation: Operation, method: str, url: str) -> bool:
    """The example is of this call: its method, and its path but for the parameters."""
    return bool(operation.path) and operation.method == method and _ends_with(url, operation.path)


def _ends_with(url: str, path: str) -> bool:
    from specloom.schemas.draft.assembly.paths import matches, path_of

    return matches(path_of(url), path_of(path))

"""What would make better connectors of a document: findings of `specloom check` beside what is plainly wrong.

Each rule is a function from one operation (or the service) to findings, listed in RULES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.report.mistakes import misspelt, mistakes
from specloom.generator.report.values import odd_values
from specloom.generator.selection import advice
from specloom.schemas.infer import propose
from specloom.schemas.infer.api import Api
from specloom.schemas.infer.places import place
from specloom.schemas.load import Loaded
from specloom.schemas.load.fields.choices import label
from specloom.schemas.model import Field, Operation
from specloom.schemas.problems import Location, Problem

MAX_SUMMARY = 64
"""What Zapier and n8n show of an action's name."""
_OPAQUE = re.compile(r"[-+]?\d+(\.\d+)?\Z|[A-Za-z]{1,2}\d*\Z|[A-Z]{1,4}\Z")
"""Values that say nothing to a person: numbers, 'a1', 'ACH'."""
_SECRET = re.compile(r"(?:^|_)(password|secret|api_?key|access_?token|private_?key)\Z", re.I)


OMISSIONS = {
    "no-description": "no description of the service",
    "no-summary": "no summary",
    "no-operation-description": "no description of an operation",
    "no-operation-id": "no operationId",
    "no-tag": "no tag",
    "no-output": "no fields of a reply",
    "no-example": "no example of a reply",
    "no-errors": "no failures",
    "no-field-description": "no description of an input",
    "no-input-example": "no example of an input",
    "unlabelled-enum": "no names of choices",
}
"""Findings about what is only not there: `check` counts them, and lists them with --verbose."""


class Finding(Struct, frozen=True):
    code: str
    message: str
    hint: str
    pointer: str = ""
    field: Field | None = None


class AdviceSubject:
    """One loaded document, as the rules see it."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.service = loaded.service
        self.api = Api(loaded.service, loaded.source.root)

    @cached_property
    def inferred(self) -> frozenset[tuple[str, str]]:
        """(kind, operationId) of what `specloom infer` has an answer for."""
        return frozenset((proposal.kind, proposal.operation_id) for proposal in propose(self.loaded))

    @cached_property
    def polls(self) -> frozenset[str]:
        return frozenset(o.job.poll.operation_id for o in self.service.operations if o.job)


def quality(loaded: Loaded) -> tuple[Problem, ...]:
    """Warnings with file and line, in the document's order; equal ones once."""
    subject = AdviceSubject(loaded)
    found: list[tuple[str, Finding]] = [("", finding) for rule in SERVICE_RULES for finding in rule(subject)]
    for operation in subject.service.operations:
        if not operation.deprecated:
            found += [(operation.operation_id, f) for rule in OPERATION_RULES for f in rule(subject, operation)]
    return _with_lines(subject, found)


def _with_lines(subject: AdviceSubject, found: list[tuple[str, Finding]]) -> tuple[Problem, ...]:
    problems: dict[Problem, None] = {}
    seen: set[tuple[str, str]] = set()
    for name, finding in found:
        operation = subject.service.operation(name) if name else None
        pointer = finding.pointer or (operation.pointer if operation else "")
        if finding.field is not None and operation is not None:
            pointer = place(subject.api, operation, finding.field) or pointer
        if finding.field is not None and (finding.code, pointer) in seen:
            continue  # a shared schema has the same fault for all who use it
        seen.add((finding.code, pointer))
        where = Location(subject.loaded.source.name, 0, pointer, name)
        problems[Problem("warning", finding.code, finding.message, finding.hint, where)] = None
    lines = subject.loaded.source.lines({problem.location.pointer for problem in problems})
    return (
        *(p.at(replace(p.location, line=lines[p.location.pointer])) for p in problems),
        *(p.at(replace(p.location, file=subject.loaded.source.name)) for p in advice(subject.service)),
    )


# The service


def _connection(subject: AdviceSubject) -> Iterator[Finding]:
    service = subject.service
    if service.auth.kind == "none":
        if service.operations and any(r.status == "401" for o in service.operations for r in o.responses):
            hint = "add components.securitySchemes and security"
            yield Finding("no-security", "calls answer 401, but no security scheme is declared", hint)
        return
    if "connection" in subject.api.root_block:
        return
    if service.connection is None:
        hint = "name a free call in x-specloom.connection (docs/x-specloom.md); `specloom infer` may propose one"
        yield Finding("no-connection-test", "nothing tells a good key from a bad one", hint)
    elif ("connection", "") in subject.inferred:
        name = service.connection.operation_id
        hint = "confirm it, or name another call, in x-specloom.connection"
        yield Finding("guessed-connection-test", f"keys are tested by {name!r}, which is a guess", hint)


def _servers(subject: AdviceSubject) -> Iterator[Finding]:
    service = subject.service
    if not service.servers:
        hint = "add 'servers' with the base URL; until then every user has to know it"
        yield Finding("no-server", "no server is declared", hint)
    for server in service.servers[:1]:
        if "://" not in server.url:
            hint = "write the whole URL under servers; until then every user has to know it"
            yield Finding("relative-server", f"server {server.url[:60]!r} is relative", hint, "/servers")
        elif server.url.startswith("http://") and not re.search(r"//(localhost|127\.|\[::1\])", server.url):
            yield Finding("plain-http", f"keys travel unencrypted to {server.url[:60]}", "use https", "/servers")


def _about(subject: AdviceSubject) -> Iterator[Finding]:
    if not subject.service.description:
        yield Finding(
            "no-description", "the service has no description", "say in info.description what it is for", "/info"
        )


# Operations


def _naming(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    node = subject.api.node(operation) or {}
    if not operation.summary and "name" not in subject.api.declared(operation):
        hint = "add a summary such as 'Create an Image': it becomes the action's name"
        yield Finding("no-summary", f"{operation.method} {operation.path} has no summary", hint)
    elif len(operation.name) > MAX_SUMMARY:
        hint = f"keep it below {MAX_SUMMARY} characters; the rest belongs into the description"
        yield Finding("long-summary", f"summary of {len(operation.summary)} characters", hint)
    if not node.get("description") and operation.description == operation.summary:
        yield Finding("no-operation-description", "it has no description", "say what it does, and what it gives back")
    if not node.get("operationId"):
        hint = "add one: saved workflows depend on the key that is made from it"
        yield Finding("no-operation-id", f"{operation.method} {operation.path} has no operationId", hint)
    if not node.get("tags") and len(subject.service.operations) > 5:
        yield Finding("no-tag", "it has no tag", "add one: tags group the actions in n8n's list")


def _replies(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    good = [response for response in operation.responses if response.ok]
    if not good:
        yield Finding("no-success", "no 2XX response is declared", "declare what a good call gives back")
    elif operation.method == "GET" and not operation.output.binary and not _says_what(operation):
        if any(response.media_type for response in good) or not any(r.status == "204" for r in good):
            hint = "add its schema: the next step maps from it"
            yield Finding("no-output", "its reply has no fields to map from", hint)
    elif operation.output.fields and not operation.output.sample_is_documented:
        yield Finding("no-example", "its reply has no example", "add one: people map from samples")
    if operation.writes and operation.media_type and not operation.errors:
        yield Finding("no-errors", "no failure is declared", "declare 4XX responses with their messages")


def _says_what(operation: Operation) -> bool:
    """Whether the reply's schema says anything at all."""
    fields = operation.output.fields
    return bool(fields) and not (len(fields) == 1 and fields[0].pointer == "" and fields[0].type == "any")


def _behaviour(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    asked = {kind for kind in ("pagination", "job", "result") if (kind, operation.operation_id) in subject.inferred}
    hints = {
        "pagination": ("no-pagination", "it looks like a list that comes in pages"),
        "job": ("no-job", "it looks as if it only started work"),
        "result": ("no-result", "it looks as if it made a file or a text"),
    }
    for kind in sorted(asked):
        code, message = hints[kind]
        yield Finding(code, message, f"say so in x-specloom.{kind}; `specloom infer` writes it for you")


def _inputs(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    for field in operation.fields:
        if field.location == "selector" or field.visibility == "internal":
            continue
        if not field.description and not field.choices and field.type != "boolean":
            hint = "say what it is for: this becomes the help under the input"
            yield Finding("no-field-description", f"input {field.name!r} has no description", hint, field=field)
        if bare := [choice for choice in field.choices if _is_bare(choice.value, choice.label)]:
            shown = ", ".join(str(choice.value) for choice in bare[:3])
            hint = "name them in x-specloom.choices (value: label)"
            yield Finding("unlabelled-enum", f"choices of {field.name!r} say nothing: {shown}", hint, field=field)
        if field.required and field.type == "any":
            hint = "give its schema a type: until then people have to write JSON"
            yield Finding("untyped", f"required input {field.name!r} has no type", hint, field=field)
        if _SECRET.search(field.name) and not field.secret and field.type == "string":
            hint = "add 'format: password' or x-specloom.secret"
            yield Finding("unmarked-secret", f"input {field.name!r} is shown in the clear", hint, field=field)
        if field.type == "string" and field.required and field.example is None and _wants_example(field, operation):
            yield Finding("no-input-example", f"required input {field.name!r} has no example", "add one", field=field)


def _is_bare(value: object, shown: str) -> bool:
    return not isinstance(value, bool) and bool(_OPAQUE.match(str(value))) and shown == label(value)


def _wants_example(field: Field, operation: Operation) -> bool:
    plain = not field.choices and not field.format and not field.options and field.default is None and not field.file
    given = any(field.name in example.value for example in operation.request_examples)
    return plain and not given and field.location != "path"


def _sensitive(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    if ("sensitive", operation.operation_id) in subject.inferred and operation.method != "DELETE":
        hint = "x-specloom.sensitive: true asks people to confirm, and keeps it from AI agents"
        yield Finding("unmarked-sensitive", "it looks as if it made or renewed a secret", hint)


def _mistakes(subject: AdviceSubject, operation: Operation) -> Iterator[Finding]:
    for one in mistakes(subject.service, operation):
        yield Finding(one.code, one.message, one.hint, one.pointer)


def _misspelt(subject: AdviceSubject) -> Iterator[Finding]:
    root = subject.loaded.source.root
    for one in (*misspelt(root), *odd_values(root)):
        yield Finding(one.code, one.message, one.hint, one.pointer)


SERVICE_RULES: tuple[Callable[[AdviceSubject], Iterator[Finding]], ...] = (_about, _servers, _connection, _misspelt)
OPERATION_RULES: tuple[Callable[[AdviceSubject, Operation], Iterator[Finding]], ...] = (
    _naming, _replies, _behaviour, _inputs, _sensitive, _mistakes,
)  # fmt: skip

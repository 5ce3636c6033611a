"""A source file to a Workflow: CNCF Serverless Workflow DSL 1.0, of which the part is read that every platform has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.workflows.source.model import Input, Start, Workflow
from specloom.generator.workflows.source.reader import Reader
from specloom.generator.workflows.source.tasks import task_list, words
from specloom.schemas.document.source import Source
from specloom.schemas.problems import Location, Problem, SpecloomError

SUFFIX = ".workflow.yaml"
SCHEME = "specloom://"
_NAME = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")
_SEMVER = r"\d+\.\d+\.\d+(?:[-+].+)?"
WEBHOOK = "io.specloom.webhook"
"""Type of the event that any HTTP call to the workflow is."""


class LoadedWorkflow(Struct, frozen=True):
    """What became of one file. `workflow` is None where it cannot be read at all."""

    path: Path
    workflow: Workflow | None
    problems: tuple[Problem, ...]
    source: Source | None = None

    def located(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """The problems with the line of each pointer."""
        given = list(problems)
        if self.source is None:
            return tuple(given)
        lines = self.source.lines({problem.location.pointer for problem in given})
        placed = [p.at(replace(p.location, file=str(self.path), line=lines[p.location.pointer])) for p in given]
        return tuple(sorted(placed, key=lambda p: p.location.line))


def load(path: Path) -> LoadedWorkflow:
    """Reads one source. Never raises for what a file holds."""
    try:
        source = Source(path)
    except SpecloomError as error:
        return LoadedWorkflow(path, None, (error.problem,))
    problems = [Problem("error", f.code, f.message, "", Location(str(path), f.line)) for f in source.faults]
    found: list[Problem] = []
    workflow = read(source.root, str(path), found)
    loaded = LoadedWorkflow(path, workflow, (), source)
    return replace(loaded, problems=(*problems, *loaded.located(found)))


def read(root: Any, file: str, problems: list[Problem]) -> Workflow | None:
    """The workflow in a parsed document; what is wrong with it goes to `problems`."""
    top = Reader(root, file, problems)
    top.only(("document", "input", "use", "schedule", "do", "output", "timeout"), "a workflow")
    head = top.below("document")
    if not head.object("'document'"):
        return None
    head.only(("dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"), "'document'")
    head.text("dsl", required=True, pattern=r"1\.0\.\d+")
    head.text("namespace", required=True, pattern=_NAME)
    name = head.text("name", required=True, pattern=_NAME)
    version = head.text("version", required=True, pattern=_SEMVER)
    if path_name(file) not in ("", name):
        head.below("name").problem("name", f"the file is not called {name}{SUFFIX}", "file and workflow share a name")
    _catalogs(top.below("use"))
    start = _start(top)
    tasks = task_list(top.below("do"))
    if not tasks:
        top.problem("missing", "there is nothing to do", "list tasks under 'do'")
    tags = head.below("tags").value
    return Workflow(
        name=name or "workflow",
        title=head.text("title", required=True) or words(name),
        summary=head.text("summary", required=True),
        version=version,
        at=top.at,
        start=start,
        tasks=tasks,
        output=_output(top.below("output")),
        tags=tags if isinstance(tags, dict) else {},
    )


def path_name(file: str) -> str:
    """'form-to-image' of '…/form-to-image.workflow.yaml'; '' for files named otherwise."""
    name = Path(file).name
    return name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else ""


def _catalogs(use: Reader) -> None:
    if use.value is None:
        return
    use.only(("catalogs",), "'use'")
    use.below("catalogs").only(("specloom",), "'catalogs'")


def _start(top: Reader) -> Start:
    schedule = top.below("schedule")
    inputs = _inputs(top.below("input"))
    if schedule.value is None:
        return Start(kind="form" if inputs else "manual", at=top.at, inputs=inputs)
    schedule.only(("cron", "every", "on"), "'schedule'")
    if schedule.has("cron"):
        cron = schedule.text("cron", pattern=r"[0-9*/,\- A-Za-z]{9,60}")
        return Start(kind="schedule", at=schedule.at, cron=cron)
    if schedule.has("every"):
        return Start(kind="schedule", at=schedule.at, every=schedule.below("every").seconds("'every'"))
    event = schedule.below("on").below("one").below("with")
    if not event.object("the event under 'on.one.with'"):
        return Start(kind="manual", at=schedule.at)
    event.only(("type", "source", "subscribe"), "an event")
    kind = event.text("type", required=True)
    if kind == WEBHOOK:
        return Start(kind="webhook", at=schedule.at, inputs=inputs)
    source = event.text("source", required=True, pattern=f"{SCHEME}[a-z0-9-]+")
    return Start(
        kind="event",
        at=event.at,
        service=source.removeprefix(SCHEME),
        event=kind,
        inputs=inputs,
        subscribe=event.below("subscribe").value or {},
    )


def _inputs(given: Reader) -> tuple[Input, ...]:
    if given.value is None:
        return ()
    given.only(("schema",), "'input'")
    schema = given.below("schema")
    schema.only(("format", "document"), "'input.schema'")
    document = schema.below("document")
    if not document.object("'input.schema.document'"):
        return ()
    document.only(("type", "required", "properties"), "the schema of the input")
    required = document.below("required").value or []
    listed = document.below("properties")
    for name in required:
        if name not in listed.keys():
            document.below("required").problem("missing", f"{name!r} is required, but not among the properties")
    return tuple(_input(listed.below(name), name, name in required) for name in listed.keys())


def _input(given: Reader, name: str, required: bool) -> Input:
    known = ("type", "title", "description", "enum", "default", "examples", "format", "contentMediaType", "maxLength")
    given.only(known, f"the input {name!r}")
    if not _FIELD.fullmatch(name):
        given.problem("name", f"{name!r} is no name of an input", "use letters, digits and _")
    kind = given.text("type", pattern="string|integer|number|boolean") or "string"
    file = given.below("format").value == "binary"
    choices = given.below("enum").value
    examples = given.below("examples").value
    default = given.below("default").value
    sample = examples[0] if isinstance(examples, list) and examples else default
    if sample is None:
        sample = choices[0] if isinstance(choices, list) and choices else None
    if sample is None and not file:
        given.problem("sample", f"the input {name!r} has no sample", "give one under 'examples'")
    longest = given.below("maxLength").value
    return Input(
        name=name,
        title=given.text("title") or words(name),
        description=given.text("description"),
        type="file" if file else kind,  # type: ignore[arg-type]
        required=required,
        choices=tuple(str(c) for c in choices) if isinstance(choices, list) else (),
        default=default,
        sample=sample,
        media_type=given.text("contentMediaType"),
        long=isinstance(longest, int) and longest > 200,
    )


def _output(given: Reader) -> dict[str, Any]:
    if given.value is None:
        return {}
    given.only(("as",), "'output'")
    found = given.below("as")
    if not found.object("'output.as'"):
        return {}
    for name in found.keys():
        if not _FIELD.fullmatch(name):
            found.below(name).problem("name", f"{name!r} is no name of an output", "use letters, digits and _")
    return dict(found.parsed())

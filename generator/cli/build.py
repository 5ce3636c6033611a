"""`specloom build` and `specloom check`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from specloom.generator.cli.app_options import app_options
from specloom.generator.platforms import EMITTERS, GatewayFields
from specloom.schemas.problems import Problem, SpecloomError, worst

if TYPE_CHECKING:
    from specloom.generator.pipeline import BuildRequest, Built

SHOWN = 20
"""Problems printed per document; the rest stand in report.json."""


class _Document(click.Path):
    """A file or folder (a Path), or a URL (a text). What cannot be read is told by the loader, in one line."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from specloom.schemas.document.reading.fetch import is_url  # and with it the loader, which --help does not need

        return value if is_url(value) else super().convert(value, param, ctx)


DOCUMENT = _Document(path_type=Path, readable=False)


def reach_options(command: Callable[..., None]) -> Callable[..., None]:
    """Where the references of documents in several files may lead."""
    root = click.option(
        "--root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Folder that references to other files stay below. Default: the document's, the current folder and the "
        "repository around it.",
    )
    fetch = click.option("--fetch", is_flag=True, help="Fetch what the document refers to on public servers.")
    return root(fetch(command))


OVERLAYS = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An OpenAPI Overlay to lay over DOCUMENT; may be repeated, in order.",
)
NO_OVERLAYS = click.option(
    "--no-overlays",
    "ready_made",
    flag_value=False,
    default=True,
    help="Leave out Specloom's own overlay for the server of a well-known service.",
)


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOCUMENT]...", type=DOCUMENT)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    type=click.Choice(list(EMITTERS)),
    help="Only this one; may be repeated.",
)
@click.option("--out", default="dist", show_default=True, type=click.Path(path_type=Path), help="Folder to write to.")
@click.option("--strict", is_flag=True, help="Treat every problem as an error, and then write nothing.")
@click.option("--lenient", is_flag=True, help="Exit 0 also where an error left something out.")
@OVERLAYS
@NO_OVERLAYS
@click.option("--tag", "tags", multiple=True, help="Only operations of this tag; * and ? stand for anything.")
@click.option("--operation", "operations", multiple=True, help="Only this operationId; * and ? stand for anything.")
@click.option("--deprecated", is_flag=True, help="Deprecated operations too.")
@click.option(
    "--split/--no-split", default=None, help="One connector a tag. Default: of documents with over 2,000 operations."
)
@click.option(
    "--since",
    "earlier",
    multiple=True,
    metavar="OLD",
    type=DOCUMENT,
    help="The document before this one: what it broke stays in the n8n nodes as an earlier version, for the workflows "
    "that use it. May be repeated, oldest first. Zapier and Make keep versions themselves: their files do not change.",
)
@reach_options
@app_options
@click.option("--infer/--no-infer", default=True, help="Whether what is certain is inferred. Default: it is.")
def build(
    documents: tuple[Path | str, ...], platforms: tuple[str, ...], out: Path, strict: bool, lenient: bool,
    overlays: tuple[Path, ...], ready_made: bool, tags: tuple[str, ...], operations: tuple[str, ...],
    deprecated: bool, split: bool | None, earlier: tuple[Path | str, ...], gateway: GatewayFields,
    deletes: bool, infer: bool, root: Path | None, fetch: bool, icon: str | None,
) -> None:  # fmt: skip
    """Write the connectors of one or more OpenAPI documents (YAML or JSON; a file, a folder that holds one, or a URL).

    Without DOCUMENT, the bundled services (tuen, aiops, MayanIO, TuneForge, Tengr.ai) and our own gateway are built.
    Files you have edited are kept; the new version is put beside them. Where an error leaves something out, the rest is
    written, and the exit code is 1.

    \b
    Examples:
      specloom build
      specloom build my-api.yaml --platform n8n --out apps
      specloom build https://example.com/openapi.yaml
      specloom build a.yaml b.json --strict
      specloom build my-api.yaml --overlay my-api.overlay.yaml
      specloom build github.json --tag issues --operation 'repos/list*'
      specloom build new.yaml --since old.yaml
    """
    of_one = {"--overlay": overlays, "--since": earlier, "--icon": icon}
    _refuse_contradictions(len(documents), of_one, split=bool(split), selected=bool(tags or operations))
    from specloom.generator.pipeline import BuildRequest
    from specloom.generator.selection import Selection
    from specloom.schemas.document.reading.reach import ReferenceScope

    chosen = list(platforms) or list(EMITTERS)
    selection = Selection(tags=tags, operations=operations, deprecated=deprecated)
    request = BuildRequest(out=out, platforms=chosen, strict=strict, overlays=overlays, ready_made=ready_made,
                      infer=infer, selection=selection, split=split, earlier=earlier, icon=icon,
                      gateway=gateway, deletes=deletes,
                      reach=ReferenceScope(root, fetch))  # fmt: skip
    sys.exit(0 if _build_all(documents, request, lenient=lenient) else 1)


def _refuse_contradictions(documents: int, of_one: Mapping[str, Any], *, split: bool, selected: bool) -> None:
    """Raises UsageError for options that do not go together. `of_one`: those that belong to one document."""
    for option, given in of_one.items():
        if given and documents != 1:
            raise click.UsageError(f"{option} belongs to one DOCUMENT.")
    if split and selected:
        raise click.UsageError("--split writes everything: leave out --tag and --operation.")


def _build_all(documents: tuple[Path | str, ...], request: BuildRequest, *, lenient: bool) -> bool:
    """Builds each document, the bundled ones where none is given, and tells of them; whether all were written, and
    whole (`lenient`: or in part)."""
    from specloom.schemas.load import bundled, gateway_document

    built: list[Built] = []
    succeeded = True
    for document in documents or (*bundled().values(), gateway_document()):
        try:
            results = _show(document, request, {result.service.key for result in built})
        except SpecloomError as error:
            click.echo(str(error), err=True)
            succeeded = False
            continue
        problems: dict[Problem, None] = {problem: None for result in results for problem in result.problems}
        where = next((f"see {result.folder / 'report.json'}" for result in results if result.written), "")
        _print_problems(tuple(problems), where)
        built += results
        succeeded = succeeded and all(result.written for result in results)
    if built:
        _summary(built, request.platforms)
    partial = any(result.written and worst(result.problems) == "error" for result in built)
    if partial and not lenient:
        click.echo("What has an error was left out, the rest is written; --lenient takes that for a success", err=True)
    return succeeded and (lenient or not partial)


def _show(document: Path | str, request: BuildRequest, taken: set[str]) -> list[Built]:
    """Runs one build, with a spinner on a terminal and nothing in a pipe."""
    from specloom.generator.pipeline import Built, shown
    from specloom.generator.pipeline import build as run

    stages: Iterator[str | Built] = run(document, request, taken)
    if not sys.stderr.isatty():
        return [stage for stage in stages if isinstance(stage, Built)]
    from rich.console import Console

    found: list[Built] = []
    with Console(stderr=True).status(f"{shown(document)}: reading") as status:
        for stage in stages:
            if isinstance(stage, Built):
                found.append(stage)
            else:
                status.update(f"{shown(document)}: {stage}")
    return found


def _summary(built: list[Built], platforms: Sequence[str]) -> None:
    rows = [("Service", "Operations", *platforms, "Problems", "Folder")]
    for result in built:
        steps = [f"{result.steps[platform]} steps" for platform in platforms]
        folder = str(result.folder) if result.written else "not written"
        counts = (str(len(result.service.operations)), *steps, str(len(result.problems)))
        rows.append((result.service.title, *counts, folder))
    for line in _columns(rows):
        click.echo(line)
    ready = sorted({name for result in built for name in result.ready_made})
    if ready:
        click.echo(
            f"ready-made overlays laid over documents by their host: {', '.join(ready)} (--no-overlays: without)"
        )
    inferred = sum(result.applied for result in built)
    waiting = sum(result.proposed for result in built)
    if inferred or waiting:
        click.echo(f"{inferred} things inferred (see report.json), {waiting} more proposed by `specloom infer`")


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Lines of a table: the first and the last column to the left, what stands between (counts) to the right."""
    widths = [max(map(_cells, column)) for column in zip(*rows, strict=True)]
    for first, *counts, last in rows:
        padded = [" " * (width - _cells(text)) + text for text, width in zip(counts, widths[1:-1], strict=True)]
        yield "  ".join([first + " " * (widths[0] - _cells(first)), *padded, last])


def _cells(text: str) -> int:
    """How much of a terminal's line it takes: most letters of East Asia are twice as wide."""
    return sum(2 if east_asian_width(letter) in ("W", "F") else 1 for letter in text)


def _print_problems(problems: tuple[Problem, ...], rest: str = "") -> None:
    for problem in problems[:SHOWN]:
        click.echo(str(problem), err=True)
    if len(problems) > SHOWN:
        click.echo(f"… and {len(problems) - SHOWN} more {rest}".rstrip(), err=True)


@click.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=DOCUMENT)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output.",
)
@OVERLAYS
@NO_OVERLAYS
@reach_options
@click.option("--verbose", is_flag=True, help="Each thing that is only left out, too, not just how many there are.")
def check(
    documents: tuple[Path | str, ...], style: str, overlays: tuple[Path, ...], ready_made: bool, verbose: bool,
    root: Path | None, fetch: bool,
) -> None:  # fmt: skip
    """Tell what is wrong with OpenAPI documents, and what would make better connectors of them, with file, line and a
    hint. Exit code 1 when there is an error.

    \b
    Examples:
      specloom check my-api.yaml
      specloom check my-api.yaml --format json | jq '.[].message'
    """
    from specloom.generator.report.advice import OMISSIONS, quality
    from specloom.schemas.document.reading.reach import ReferenceScope
    from specloom.schemas.interpretation import DocumentToRead, interpret

    if overlays and len(documents) != 1:
        raise click.UsageError("--overlay belongs to one DOCUMENT.")
    problems: list[Problem] = []
    operations = 0
    reach = ReferenceScope(root, fetch)
    for document in documents:
        try:
            asked = DocumentToRead(path=document, overlays=overlays, ready_made=ready_made, reach=reach)
            found = interpret(asked)
        except SpecloomError as error:
            problems.append(error.problem)
            continue
        operations += len(found.service.operations)
        problems += [*found.service.problems, *quality(found.loaded)]
    _tell(problems, operations, style, {} if verbose else OMISSIONS)
    sys.exit(1 if worst(problems) == "error" else 0)


def _tell(problems: Sequence[Problem], operations: int, style: str, omissions: Mapping[str, str]) -> None:
    """Each problem, but for those of which only the number is told."""
    if style == "json":
        click.echo(json.dumps([problem.as_dict() for problem in problems], indent=2, ensure_ascii=False))
        return
    for problem in problems:
        if problem.code not in omissions:
            click.echo(str(problem))
    _count_omissions(problems, omissions)
    errors = sum(problem.level == "error" for problem in problems)
    click.echo(f"{operations} operations, {errors} errors, {len(problems) - errors} warnings", err=True)


def _count_omissions(problems: Sequence[Problem], names: Mapping[str, str]) -> None:
    """What is only left out, as one line: 'no summary: 12, …'."""
    count = Counter(problem.code for problem in problems if problem.code in names)
    told = ", ".join(f"{names[code]}: {times}" for code, times in count.most_common())
    if told:
        click.echo(f"left out: {told} (--verbose lists them)")

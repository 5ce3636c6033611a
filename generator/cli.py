"""`specloom build` and `specloom check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator import EMITTERS
from schemas.problems import Problem, SpecloomError, worst

if TYPE_CHECKING:
    from generator.build import Built

SHOWN = 20
"""Problems printed per document; the rest stand in report.json."""


@click.command()
@click.argument("documents", nargs=-1, metavar="[DOCUMENT]...", type=click.Path(path_type=Path))
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    type=click.Choice(list(EMITTERS)),
    help="Only this one; may be repeated.",
)
@click.option("--out", default="dist", show_default=True, type=click.Path(path_type=Path), help="Folder to write to.")
@click.option("--strict", is_flag=True, help="Treat every problem as an error, and then write nothing.")
def build(documents: tuple[Path, ...], platforms: tuple[str, ...], out: Path, strict: bool) -> None:
    """Write the connectors of one or more OpenAPI documents (YAML or JSON; a file, or a folder that holds one).

    Without DOCUMENT, the bundled services are built: tuen, aiops, MayanIO, TuneForge and Tengr.ai.
    Files you have edited are kept; the new version is put beside them.

    \b
    Examples:
      specloom build
      specloom build my-api.yaml --platform n8n --out apps
      specloom build a.yaml b.json --strict
    """
    from schemas.load import bundled

    chosen = list(platforms) or list(EMITTERS)
    built: list[Built] = []
    failed = False
    for document in documents or tuple(bundled().values()):
        try:
            result = _show(document, out, chosen, strict)
        except SpecloomError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        _print_problems(result.problems, f"see {result.folder / 'report.json'}" if result.written else "")
        built.append(result)
        failed = failed or not result.written
    if built:
        _summary(built, chosen)
    sys.exit(1 if failed else 0)


def _show(document: Path, out: Path, platforms: list[str], strict: bool) -> Built:
    """Runs one build, with a spinner on a terminal and nothing in a pipe."""
    from generator.build import Built
    from generator.build import build as run

    stages: Iterator[str | Built] = run(document, out, platforms, strict=strict)
    if not sys.stderr.isatty():
        return next(stage for stage in stages if isinstance(stage, Built))
    from rich.console import Console

    with Console(stderr=True).status(f"{document.name}: reading") as status:
        for stage in stages:
            if isinstance(stage, Built):
                return stage
            status.update(f"{document.name}: {stage}")
    raise AssertionError("a build ends with what it built")


def _summary(built: list[Built], platforms: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("Service", "Operations", *platforms, "Problems", "Folder"):
        table.add_column(
            heading,
            justify="right" if heading not in ("Service", "Folder") else "left",
            no_wrap=heading == "Folder",
        )
    for result in built:
        table.add_row(
            Text(result.service.title),
            str(len(result.service.operations)),
            *(f"{result.count(platform)} steps" for platform in platforms),
            str(len(result.problems)),
            Text(str(result.folder) if result.written else "not written"),
        )
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False).print(table)


def _print_problems(problems: tuple[Problem, ...], rest: str = "") -> None:
    for problem in problems[:SHOWN]:
        click.echo(str(problem), err=True)
    if len(problems) > SHOWN:
        click.echo(f"… and {len(problems) - SHOWN} more {rest}".rstrip(), err=True)


@click.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output.",
)
def check(documents: tuple[Path, ...], style: str) -> None:
    """Tell what is wrong with OpenAPI documents, with file, line and a hint. Exit code 1 when there is an error.

    \b
    Examples:
      specloom check my-api.yaml
      specloom check my-api.yaml --format json | jq '.[].message'
    """
    from schemas.load import load

    problems: list[Problem] = []
    operations = 0
    for document in documents:
        try:
            service = load(document).service
        except SpecloomError as error:
            problems.append(error.problem)
            continue
        operations += len(service.operations)
        problems += service.problems
    if style == "json":
        click.echo(json.dumps([problem.as_dict() for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
        errors = sum(problem.level == "error" for problem in problems)
        click.echo(f"{operations} operations, {errors} errors, {len(problems) - errors} warnings", err=True)
    sys.exit(1 if worst(problems) == "error" else 0)

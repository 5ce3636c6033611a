"""`specloom workflows list | build | check | new`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specloom.schemas.problems import Problem, SpecloomError, worst

if TYPE_CHECKING:
    from specloom.generator.workflows.build import BuiltWorkflow

STARTS = ("form", "webhook", "schedule", "manual")
_SOURCES = click.argument("given", nargs=-1, metavar="[SOURCE]...", type=click.Path(path_type=Path))
_DOCUMENTS = click.option(
    "--document",
    "documents",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An OpenAPI document the sources call as specloom://<key>. May be repeated.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def workflows() -> None:
    """Workflow templates: written once, imported into n8n and Make, and a recipe for Zapier.

    \b
    Examples:
      specloom workflows list
      specloom workflows build --out templates
      specloom workflows check my.workflow.yaml --document my-api.yaml
      specloom workflows new podcast --step tuen:textToSpeech --step fetch-file --step upload-file
    """


@workflows.command("list")
@_SOURCES
@_DOCUMENTS
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
def list_(given: tuple[Path, ...], documents: tuple[Path, ...], style: str) -> None:
    """Show the templates: the bundled ones, or those of SOURCE (files or folders)."""
    found = [one for one in _built(given, documents, {}) if one.checked is not None]
    rows = [
        {
            "name": one.checked.workflow.name,
            "title": one.checked.workflow.title,
            "services": list(one.checked.workflow.services),
            "start": one.checked.workflow.start.kind,
            "source": str(one.loaded.path),
        }
        for one in found
        if one.checked is not None
    ]
    if style == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(str(row["name"])) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['title']} ({', '.join(map(str, row['services']))})")


@workflows.command()
@_SOURCES
@_DOCUMENTS
@click.option(
    "--out", default="workflows", show_default=True, type=click.Path(path_type=Path), help="Folder to write to."
)
@click.option(
    "--make-app",
    "apps",
    multiple=True,
    metavar="KEY=ID",
    help="ID Make gave the app of a service: tuen=app#tuen-ab12cd. May be repeated.",
)
def build(given: tuple[Path, ...], documents: tuple[Path, ...], out: Path, apps: tuple[str, ...]) -> None:
    """Write what n8n and Make import, and the recipes for Zapier. Without SOURCE: the bundled templates.

    Files you have edited are kept; the new version is put beside them. Nothing is written when a source is broken.
    """
    from specloom.generator.output.writer import write
    from specloom.generator.workflows.build import all_files

    ids = _apps(apps)
    found = _built(given, documents, ids)
    _refuse_unknown(ids, found)
    if _report(found):
        sys.exit(1)
    pictures = [path.stem for path in (out / "pictures").glob("*.png")]
    written = write(out, all_files(found, pictures))
    for problem in written.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{len(found)} workflows in {out}: {written.changed} files written, {written.unchanged} unchanged")


@workflows.command()
@_SOURCES
@_DOCUMENTS
@click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
def check(given: tuple[Path, ...], documents: tuple[Path, ...], style: str) -> None:
    """Tell what is wrong with sources, with file, line and a hint. Exit code 1 when there is an error."""
    found = _built(given, documents, {})
    problems = [problem for one in found for problem in one.problems]
    if style == "json":
        click.echo(json.dumps([problem.as_dict() for problem in problems], indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
        errors = sum(problem.level == "error" for problem in problems)
        click.echo(f"{len(found)} workflows, {errors} errors, {len(problems) - errors} warnings", err=True)
    sys.exit(1 if worst(problems) == "error" else 0)


@workflows.command()
@click.argument("name")
@click.option("--start", default="form", show_default=True, type=click.Choice(STARTS), help="What starts it.")
@click.option(
    "--step",
    "steps",
    multiple=True,
    required=True,
    metavar="STEP",
    help="In order: service:operationId, or a step of the platforms such as send-email. May be repeated.",
)
@_DOCUMENTS
@click.option("--out", default=".", show_default=True, type=click.Path(path_type=Path), help="Folder to write to.")
def new(name: str, start: str, steps: tuple[str, ...], documents: tuple[Path, ...], out: Path) -> None:
    """Write a first source, NAME.workflow.yaml, with the steps you choose and values for what they need.

    Each step takes what an earlier one made where that fits; what nothing gives is asked for at the start. Edit it, and
    let `specloom workflows check` tell what is left to do. A file that is there already is never replaced.

    \b
    Examples:
      specloom workflows new caption-to-picture --step tuen:generateImage --step post-message
      specloom workflows new daily-song --start schedule --step tuneforge:generateMusic --step send-email
    """
    import yaml

    from specloom.generator.workflows.first_source import first_source
    from specloom.generator.workflows.source.load import SUFFIX
    from specloom.generator.workflows.source.services import with_documents

    if re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name) is None:
        raise SpecloomError(f"{name!r} is no name of a workflow", hint="small letters, digits and hyphens: my-workflow")
    path = out / f"{name}{SUFFIX}"
    document = first_source(name, start, steps, with_documents(documents))
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SpecloomError(f"{path} is there already", hint="choose another name") from None
    except OSError as error:
        raise SpecloomError(f"{path}: {error.strerror}", hint="choose another folder with --out") from None
    click.echo(f"{path}: now run specloom workflows check {path}")


def _built(given: tuple[Path, ...], documents: tuple[Path, ...], apps: Mapping[str, str]) -> list[BuiltWorkflow]:
    from specloom.generator.workflows.build import build as run
    from specloom.generator.workflows.build import sources
    from specloom.generator.workflows.source.services import with_documents

    services = with_documents(documents)
    return [run(path, services, apps) for path in sources(given)]


def _apps(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        key, equals, identity = text.partition("=")
        if not equals or not key or not identity:
            raise SpecloomError(f"--make-app {text!r} is not KEY=ID", hint="such as tuen=app#tuen-ab12cd")
        found[key] = identity
    return found


def _refuse_unknown(apps: Mapping[str, str], built: list[BuiltWorkflow]) -> None:
    """Raises SpecloomError for an id that belongs to no service of the sources: it would go nowhere."""
    used = sorted({key for one in built if one.loaded.workflow for key in one.loaded.workflow.services})
    for key in apps:
        if key not in used:
            near = get_close_matches(key, used, 1)
            hint = f"did you mean {near[0]}?" if near else f"they use: {', '.join(used) or 'none'}"
            raise SpecloomError(f"--make-app {key}: no source uses a service of this key", hint=hint)


def _report(built: list[BuiltWorkflow]) -> bool:
    """Prints every problem; whether one of them is an error."""
    problems: list[Problem] = [problem for one in built for problem in one.problems]
    for problem in problems:
        click.echo(str(problem), err=True)
    return worst(problems) == "error"

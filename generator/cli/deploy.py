"""`specloom deploy make`: a document's Make app into a Make zone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specloom.generator.cli.build import NO_OVERLAYS, OVERLAYS

if TYPE_CHECKING:
    from specloom.schemas.interpretation import DocumentToRead
    from specloom.schemas.model import Service


@click.group(context_settings={"max_content_width": 100})
def deploy() -> None:
    """Put a built app into its platform.

    \b
    Examples:
      specloom deploy make tuneforge --dry-run
      specloom deploy make my-api.yaml
    """


@deploy.command("make")
@click.argument("document", metavar="KEY|DOCUMENT")
@click.option("--dry-run", is_flag=True, help="Only print the calls. Without a token: those for a new app.")
@OVERLAYS
@NO_OVERLAYS
@click.option("--tag", "tags", multiple=True, help="Only operations of this tag; * and ? stand for anything.")
@click.option("--operation", "operations", multiple=True, help="Only this operationId; * and ? stand for anything.")
@click.option("--deprecated", is_flag=True, help="Deprecated operations too.")
@click.option("--app", "app", default="", help="The app's name in Make, where it is not the service's key.")
def make(
    document: str, dry_run: bool, app: str, overlays: tuple[Path, ...], ready_made: bool, tags: tuple[str, ...],
    operations: tuple[str, ...], deprecated: bool,
) -> None:  # fmt: skip
    """Create or update the Make app of a service: a bundled one by its KEY, or an OpenAPI DOCUMENT.

    The token comes from MAKE_API_TOKEN (Profile > API in Make; scopes sdk-apps:read and sdk-apps:write), the zone
    from MAKE_ZONE (default eu1.make.com). What is the same already is not sent; what the document no longer has
    stays in Make, because saved scenarios may use it.

    \b
    Examples:
      specloom deploy make tuneforge --dry-run
      MAKE_ZONE=us1.make.com specloom deploy make my-api.yaml
      specloom deploy make my-api.yaml --overlay my-api.overlay.yaml --tag images
    """
    from specloom.generator.make.deploy.api_client import Zone
    from specloom.generator.make.deploy.deployment import Deployment
    from specloom.generator.make.emit import emit
    from specloom.generator.platforms import EmitOptions
    from specloom.schemas.interpretation import DocumentToRead
    from specloom.schemas.load import bundled

    request = DocumentToRead(path=bundled().get(document) or Path(document), overlays=overlays, ready_made=ready_made)
    service = _selected(request, tags, operations, deprecated=deprecated)
    emission = emit(service, EmitOptions())
    for problem in emission.problems:
        click.echo(str(problem), err=True)
    zone = Zone(
        os.environ.get("MAKE_ZONE", "eu1.make.com").strip(),
        os.environ.get("MAKE_API_TOKEN", "").strip(),
        tell=_print if dry_run else _note,
        dry_run=dry_run,
    )
    deployment = Deployment(zone, service, emission.files, app=app)
    _with_progress(deployment.steps(), deployment.run)
    for name in deployment.kept:
        click.echo(f"{name}: no longer in the document, kept in Make", err=True)
    counts = f"{deployment.created} created, {deployment.changed} changed, {deployment.same} the same"
    click.echo(f"{'Would be: ' if dry_run else ''}{service.title} as {deployment.app} in {zone.base}: {counts}")


def _selected(
    document: DocumentToRead, tags: tuple[str, ...], operations: tuple[str, ...], *, deprecated: bool
) -> Service:
    """The service, with the operations that were asked for alone."""
    from specloom.generator.selection import Selection, parts_of
    from specloom.schemas.interpretation import interpret

    selection = Selection(tags=tags, operations=operations, deprecated=deprecated)
    (part,) = parts_of(interpret(document).service, selection, False)
    return part.service


def _print(text: str) -> None:
    click.echo(text)


def _note(text: str) -> None:
    click.echo(text, err=True)


def _with_progress(steps: int, work: Callable[[Callable[[str], None]], None]) -> None:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        work(lambda text: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=steps)

        def step(text: str) -> None:
            progress.update(task, description=text, advance=1)

        work(step)

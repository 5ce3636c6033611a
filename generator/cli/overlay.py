"""`specloom overlay apply`: overlays, written into their document."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from specloom.generator.cli.build import OVERLAYS


@click.group(context_settings={"max_content_width": 100})
def overlay() -> None:
    """Work with OpenAPI Overlays.

    \b
    Examples:
      specloom overlay apply my-api.yaml --overlay my-api.overlay.yaml --out my-api.yaml
    """


@overlay.command("apply")
@click.argument("document", metavar="DOCUMENT", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@OVERLAYS
@click.option("--out", type=click.Path(path_type=Path), help="File to write to. Default: standard output.")
def apply(document: Path, overlays: tuple[Path, ...], out: Path | None) -> None:
    """Write overlays into DOCUMENT: comments, order and the way it is written stay as far as YAML allows.

    \b
    Examples:
      specloom overlay apply my-api.yaml --overlay my-api.overlay.yaml > merged.yaml
    """
    from specloom.schemas.document.merged_text import merged_text
    from specloom.schemas.document.overlay import read
    from specloom.schemas.problems import SpecloomError, worst

    if not overlays:
        raise click.UsageError("Name an --overlay.")
    merged = merged_text(document, [read(path) for path in overlays])
    for problem in merged.problems:
        click.echo(str(problem), err=True)
    if worst(merged.problems) == "error":
        raise SpecloomError(f"{document} is left as it is: an action cannot be carried out", hint="correct the overlay")
    if out is None:
        sys.stdout.write(merged.text)
    else:
        out.write_text(merged.text, "utf-8")

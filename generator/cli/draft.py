"""`specloom draft`: a document for the services that have none."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from specloom.schemas.draft import Draft
    from specloom.schemas.draft.facts import Note

SHOWN = 40
"""Questions and contradictions that are printed; all questions stand in the document."""


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--out", type=click.Path(path_type=Path), help="File to write to. Default: standard output.")
@click.option("--title", default="", help="What the service is called. Default: as the sources say.")
@click.option("--server", default="", metavar="URL", help="Its base URL. Default: as the sources say.")
@click.option("--key", default="", help="The key its connectors are filed under. Default: made from the title.")
@click.option(
    "--merge",
    "existing",
    type=click.Path(path_type=Path),
    help=(
        "A document to complete (YAML or JSON): what stands in it stays as it is, letter by lette"
        "r. It is written to --out, or back to itself."
    ),
)
def draft(sources: tuple[str, ...], out: Path | None, title: str, server: str, key: str, existing: Path | None) -> None:
    """Draft an OpenAPI document from what describes a service: pages (text as copied from a browser, Markdown, HTML),
    curl lines and other snippets, Postman, Insomnia, Hoppscotch, Bruno and HAR exports.

    SOURCE is a file, a folder, - for what is pasted, or a URL; only a URL is fetched. Every fact cites its source, as a
    comment and in x-specloom.source. What no source says is not invented: it is asked, and listed under
    x-specloom.gaps.
    Keys in sources do not reach the document.

    \b
    Examples:
      specloom draft docs.txt --out my-api.yaml
      specloom draft docs/ collection.json --title 'My API' --server https://api.example.com --out my-api.yaml
      pbpaste | specloom draft - --out my-api.yaml
      specloom draft new-page.md --merge my-api.yaml
    """
    from specloom.schemas.draft import draft as drafted
    from specloom.schemas.draft import opened

    made = drafted(opened(list(sources)), title=title, server=server, key=key)
    text, added, notes = made.text, None, made.contradictions
    if existing is not None:
        from specloom.schemas.draft.write.completion import completed

        whole = completed(existing, made.document)
        text, added, notes = whole.text, whole.added, (*notes, *whole.contradictions)
    target = out or existing
    if target is None:
        sys.stdout.write(text)
    else:
        target.write_text(text, "utf-8")
    _report(made, notes, target, added)


def _report(made: Draft, notes: tuple[Note, ...], target: Path | None, added: int | None) -> None:
    """On standard error: what was found, what contradicts, what is to be asked, and the next command."""
    for note in notes[:SHOWN]:
        click.echo(f"contradiction: {note}", err=True)
    for note in made.gaps[:SHOWN]:
        click.echo(f"to ask: {note}", err=True)
    if len(made.gaps) > SHOWN:
        click.echo(f"… and {len(made.gaps) - SHOWN} more questions under x-specloom.gaps", err=True)
    told = (
        f"{made.operations} operations, {made.inputs} inputs; {len(notes)} contradictions, {len(made.gaps)} questions"
    )
    click.echo(told if added is None else f"{told}; {added} parts added", err=True)
    name = shlex.quote(str(target)) if target is not None else "FILE (write it with --out FILE)"
    click.echo(f"next: specloom check {name}, specloom infer {name}, specloom build {name}", err=True)

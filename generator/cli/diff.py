"""`specloom diff`: what changes for people who already use the connectors."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specloom.generator.cli.build import DOCUMENT, OVERLAYS, reach_options
from specloom.generator.platforms import EMITTERS

if TYPE_CHECKING:
    from specloom.generator.diff.compare import Diff
    from specloom.schemas.document.reading.reach import ReferenceScope
    from specloom.schemas.model import Service


@click.command()
@click.argument("old", metavar="OLD", type=DOCUMENT)
@click.argument("new", metavar="NEW", type=DOCUMENT)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    type=click.Choice(list(EMITTERS)),
    help="Compare the keys on this one too; may be repeated. Default: all.",
)
@click.option("--format", "style", type=click.Choice(["text", "json", "changelog"]), default="text", show_default=True)
@OVERLAYS
@reach_options
def diff(
    old: Path | str, new: Path | str, platforms: tuple[str, ...], style: str, overlays: tuple[Path, ...],
    root: Path | None, fetch: bool,
) -> None:  # fmt: skip
    """Tell what the step from document OLD to document NEW changes for people who already use the connectors, and
    which version to publish. Exit code 1 when something breaks them. What n8n nodes can keep of it, they keep with
    `specloom build NEW --since OLD`.

    The overlays are laid over both documents.

    \b
    Examples:
      specloom diff old.yaml new.yaml
      specloom diff old.yaml new.yaml --format changelog >> CHANGELOG.md
      specloom diff old.yaml new.yaml --format json | jq '.changes[].message'
    """
    from specloom.generator.diff.compare import diff as compare
    from specloom.schemas.document.reading.reach import ReferenceScope

    chosen = platforms or tuple(EMITTERS)
    before, after = _services((old, new), overlays, ReferenceScope(root, fetch))
    found = compare(before, after, chosen)
    arguments = [new, "--since", old, *(part for path in overlays for part in ("--overlay", path))]
    _print(found, style, _versions(found, arguments) if "n8n" in chosen else {})
    sys.exit(1 if found.breaks else 0)


def _services(documents: Sequence[Path | str], overlays: Sequence[Path], reach: ReferenceScope) -> list[Service]:
    from specloom.schemas.document.overlay import read
    from specloom.schemas.interpretation import DocumentToRead, interpret

    laid = [read(path) for path in overlays]
    asked = [DocumentToRead(path=document, reach=reach) for document in documents]
    return [interpret(document, overlays=laid).service for document in asked]


def _print(found: Diff, style: str, nodes: dict[str, Any]) -> None:
    from specloom.generator.diff.changelog import changelog, next_version

    if style == "json":
        value = {
            "breaks": found.breaks,
            "version": next_version(found),
            "changes": [c.as_dict() for c in found.changes],
            **({"n8n": nodes} if nodes else {}),
        }
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    elif style == "changelog":
        click.echo(changelog(found), nl=False)
    else:
        for change in found.changes:
            click.echo(str(change))
        breaking = sum(change.effect == "breaking" for change in found.changes)
        told = f"{breaking} breaking, {len(found.changes) - breaking} safe; next version: {next_version(found)}"
        click.echo(told, err=True)
        if nodes:
            click.echo(f"n8n nodes can have both, as versions {nodes['version']}: {nodes['command']}", err=True)


def _versions(found: Diff, arguments: Sequence[Path | str]) -> dict[str, Any]:
    """The versions that n8n nodes can have side by side, and the command that writes them; empty where one will do."""
    from specloom.generator.n8n.versions.kept import versions

    numbers = list(versions(found.new, [found.old]).offered)
    command = shlex.join(["specloom", "build", *map(str, arguments)])
    return {"version": numbers, "command": command} if len(numbers) > 1 else {}

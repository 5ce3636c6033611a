"""`specloom diff`: what changes for people who already use the connectors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from generator import EMITTERS
from generator.cli import DOCUMENT, OVERLAYS


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
def diff(old: Path | str, new: Path | str, platforms: tuple[str, ...], style: str, overlays: tuple[Path, ...]) -> None:
    """Tell what the step from document OLD to document NEW changes for people who already use the connectors, and
    which version to publish. Exit code 1 when something breaks them.

    The overlays are laid over both documents.

    \b
    Examples:
      specloom diff old.yaml new.yaml
      specloom diff old.yaml new.yaml --format changelog >> CHANGELOG.md
      specloom diff old.yaml new.yaml --format json | jq '.changes[].message'
    """
    from generator.changelog import changelog, next_version
    from generator.diff import diff as compare
    from schemas.infer import applied, certain, propose
    from schemas.load import load
    from schemas.overlay import read

    laid = [read(path) for path in overlays]
    services = []
    for document in (old, new):
        loaded = load(document, overlays=laid)
        reviewed = any(overlay.reviewed for overlay in laid)
        services.append(loaded.service if reviewed else applied(loaded.service, certain(propose(loaded))))
    found = compare(services[0], services[1], platforms or tuple(EMITTERS))
    breaking = sum(change.effect == "breaking" for change in found.changes)
    if style == "json":
        value = {
            "breaks": found.breaks,
            "version": next_version(found),
            "changes": [c.as_dict() for c in found.changes],
        }
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    elif style == "changelog":
        click.echo(changelog(found), nl=False)
    else:
        for change in found.changes:
            click.echo(str(change))
        told = f"{breaking} breaking, {len(found.changes) - breaking} safe; next version: {next_version(found)}"
        click.echo(told, err=True)
    sys.exit(1 if found.breaks else 0)

"""`specloom infer`: the Overlay that a document could do with."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from specloom.generator.cli.build import DOCUMENT, NO_OVERLAYS, OVERLAYS, reach_options


@click.command()
@click.argument("document", metavar="DOCUMENT", type=DOCUMENT)
@click.option("--out", type=click.Path(path_type=Path), help="File to write to. Default: standard output.")
@click.option("--format", "style", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.option(
    "--minimum", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Least confidence of a proposal."
)
@OVERLAYS
@NO_OVERLAYS
@reach_options
def infer(
    document: Path | str, out: Path | None, style: str, minimum: float, overlays: tuple[Path, ...], ready_made: bool,
    root: Path | None, fetch: bool,
) -> None:  # fmt: skip
    """Propose what DOCUMENT does not say: results, jobs, pages, events, choices, the connection test.

    The proposals form an OpenAPI Overlay, each with its reason and a confidence. Review it, delete what is wrong, add
    `x-specloom-reviewed: true`, and pass it to `specloom build DOCUMENT --overlay FILE`: what you deleted is then not
    inferred again. Until then `build` applies what is certain (0.9 and above). --out never replaces a document, nor an
    overlay that somebody has reviewed.

    \b
    Examples:
      specloom infer my-api.yaml --out my-api.overlay.yaml
      specloom infer my-api.yaml --minimum 0.9 --format json
    """
    from specloom.schemas.document.overlay import read
    from specloom.schemas.document.reading.reach import ReferenceScope
    from specloom.schemas.infer import document as overlay_of
    from specloom.schemas.infer import propose, to_yaml
    from specloom.schemas.interpretation import DocumentToRead, interpret

    if out is not None:
        _refuse_to_replace(out)
    asked = DocumentToRead(path=document, ready_made=ready_made, reach=ReferenceScope(root, fetch))
    loaded = interpret(asked, overlays=[read(path) for path in overlays], infer=False).loaded
    proposals = [proposal for proposal in propose(loaded) if proposal.confidence >= minimum]
    count = Counter(proposal.kind for proposal in proposals)
    told = ", ".join(f"{times} {kind}" for kind, times in sorted(count.items()))
    if not proposals:
        click.echo("nothing to propose", err=True)
        return
    value = overlay_of(loaded.source.root, loaded.service.title, proposals)
    text = to_yaml(value) if style == "yaml" else json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")
    certain = sum(proposal.certain for proposal in proposals)
    click.echo(f"{len(proposals)} proposals ({told}), {certain} of them certain", err=True)


def _refuse_to_replace(out: Path) -> None:
    """Raises SpecloomError where `out` holds something that a person has written."""
    from specloom.schemas.document.overlay import read
    from specloom.schemas.problems import SpecloomError

    if not out.exists():
        return
    try:
        reviewed = read(out).reviewed
    except SpecloomError:
        hint = "give --out another name, such as my-api.overlay.yaml"
        raise SpecloomError(f"{out} is no overlay, and is not replaced", hint=hint) from None
    if reviewed:
        hint = "give --out another name, and compare the two"
        raise SpecloomError(f"{out} has been reviewed, and is not replaced", hint=hint)

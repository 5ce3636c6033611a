"""What commands that run something say of the documents they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from specloom.schemas.interpretation import DocumentToRead

OVERLAYS = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An OpenAPI Overlay to lay over the one --document; may be repeated, in order.",
)


def documents_to_read(
    documents: tuple[Path, ...], overlays: tuple[Path, ...], ready_made: bool
) -> tuple[DocumentToRead, ...]:
    """Raises UsageError where it is not clear which document an overlay is for."""
    from specloom.schemas.interpretation import DocumentToRead

    if overlays and len(documents) != 1:
        raise click.UsageError("--overlay belongs to one --document.")
    return tuple(DocumentToRead(path=path, overlays=overlays, ready_made=ready_made) for path in documents)

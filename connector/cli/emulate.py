"""The commands that run something: `specloom emulate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specloom.connector.documents import OVERLAYS, documents_to_read

if TYPE_CHECKING:
    from specloom.connector.emulator.server import EmulatorServer
    from specloom.schemas.interpretation import DocumentToRead


@click.command(
    epilog="""\b
Examples:
  specloom emulate                        all bundled services on port 8090
  specloom emulate tuen --port 9000       one of them
  specloom emulate mayanio --realistic    a video takes its documented 32 seconds
  specloom emulate --document my-api.yaml

\b
Keys, behind the documented prefix where there is one (tuen_sk_…):
  anything        works; each key is an account of its own
  invalid         never works
  error_402       every call answers the documented error of that status
  limit_3         three calls, then 429 until the window ends
  slow_5          every call takes five seconds
  error_html, error_cut, error_reset      a proxy's page, half a body, a dropped connection

\b
Prompts with one of these words decide how a job ends:
  fail, cancel, never ends
"""
)
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--realistic", is_flag=True, help="Take as long as the documents say; otherwise answer at once.")
@OVERLAYS
@click.option("--no-overlays", "ready_made", flag_value=False, default=True, help="Leave out Specloom's own overlays.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Emulate this OpenAPI document too. May be repeated.",
)
@click.option("--public-url", help="Address the outside reaches the emulator at, for the links it hands out.")
@click.option("--items", type=click.IntRange(0, 10_000), default=45, show_default=True, help="Length of its lists.")
@click.option("--limit", type=click.IntRange(1), help="Calls a key may make in one window. Default: 100000.")
@click.option("--documented-limit", is_flag=True, help="Allow as many calls as the smallest documented plan.")
@click.option("--secret", help="What callbacks are signed with. Default: the one that is printed.")
def emulate(
    keys: tuple[str, ...], documents: tuple[Path, ...], overlays: tuple[Path, ...], ready_made: bool,
    limit: int | None, documented_limit: bool, **settings: Any,
) -> None:  # fmt: skip
    """Stand in for vendors, so that connectors can be tried without a key.

    Each service is mounted at /KEY. It checks keys and inputs, answers from the document's examples, runs jobs,
    serves the files it links to, pages lists and signs callbacks. Without KEY: all bundled services.
    """
    from specloom.connector.emulator.server import EmulatorServer
    from specloom.schemas.load import bundled
    from specloom.schemas.problems import SpecloomError

    chosen: list[str | DocumentToRead] = [*keys, *documents_to_read(documents, overlays, ready_made)]
    given = {name: value for name, value in settings.items() if value is not None}
    given["allowance"] = "documented" if documented_limit else limit or 100_000
    try:
        server = EmulatorServer(chosen or [*bundled()], **given)
    except SpecloomError as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)
    except OSError as problem:
        where = f"{settings['host']}:{settings['port']}"
        hint = "choose another --port"
        raise click.ClickException(f"cannot listen on {where}: {problem.strerror} - {hint}") from None
    _announce(server)
    server.serve()
    click.echo("Stopped")


def _announce(server: EmulatorServer) -> None:
    """The address first, then what each service is called with."""
    vendors = server.emulator.vendors
    width = max(map(len, vendors))
    click.echo(f"Emulating {', '.join(vendors)} at {server.url} (Ctrl+C stops)")
    for key, vendor in vendors.items():
        click.echo(f"  {key:<{width}}  {server.base_url(key)}  key {server.key(key)}")
        if vendor.service.signature:
            click.echo(f"  {'':<{width}}  callbacks are signed with {vendor.secret}")

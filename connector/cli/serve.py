"""`specloom serve`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from specloom.connector.documents import OVERLAYS, documents_to_read


@click.command(
    epilog="""\b
Examples:
  specloom serve                                   the bundled services on http://127.0.0.1:8080
  SPECLOOM_TUEN_HOST=www.tuen.fun specloom serve   tell it where a service is
  specloom serve --document my-api.yaml            a service of your own too

\b
Environment, for each service by its key (here tuen):
  SPECLOOM_TUEN_HOST       a variable of its server's address
  SPECLOOM_TUEN_BASE_URL   the whole address instead
  SPECLOOM_TUEN_API_KEY    its key, used for calls that bring a gateway key
  SPECLOOM_TUEN_TIMEOUT    seconds
  SPECLOOM_TUEN_EGRESS     the hosts that may be called for it; by default anywhere its document leads
  SPECLOOM_TUEN_WEBHOOK_SECRET   its callbacks' secret; two with a comma while one is replaced

\b
For the gateway (README lists all):
  SPECLOOM_API_KEYS        gateway keys, slk_… or TENANT=slk_…, with commas between
  SPECLOOM_PUBLIC_URL      how the outside reaches it
  SPECLOOM_DATABASE_URL    postgresql://… instead of the SQLite file
  SPECLOOM_SECRET_KEY      encrypts what must not be read; by default a file in the data folder
"""
)
@click.option("--host", help="Address to listen on. Default: 127.0.0.1")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one. Default: 8080")
@OVERLAYS
@click.option("--no-overlays", "ready_made", flag_value=False, default=True, help="Leave out Specloom's own overlays.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Stand for this OpenAPI document's service too. May be repeated.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of ledger and files. Default: specloom-data",
)
@click.option("--public-url", help="How the outside reaches the gateway, for links and callbacks.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes. Default: 1")
@click.option("--threads", type=click.IntRange(2, 1024), help="Calls at once, for each process. Default: 128")
@click.option("--log-format", type=click.Choice(["json", "text"]), help="Default: text on a terminal, json elsewhere")
def serve(
    documents: tuple[Path, ...], overlays: tuple[Path, ...], ready_made: bool, log_format: str | None, **flags: Any
) -> None:
    """Run the gateway: one address in front of every service.

    /KEY stands for a service's own address, /run/KEY/OPERATION takes flat inputs and answers alike for all of them.
    Jobs are followed to their end, whatever happens to this process.
    """
    from specloom.connector.settings import read_settings
    from specloom.connector.telemetry.logs import configure
    from specloom.schemas.problems import SpecloomError

    if not hasattr(os, "fork"):
        hint = "on Windows run it in WSL or in the container; build, check, demo, emulate and worker run everywhere"
        raise SpecloomError("the gateway's server needs a system that can fork (Linux, macOS)", hint=hint)
    wanted = log_format or os.environ.get("SPECLOOM_LOG_FORMAT") or ("text" if sys.stderr.isatty() else "json")
    settings = read_settings(log_format=wanted, **flags)
    configure(settings.log_format)
    if settings.workers > 1:
        # Read by prometheus_client when it is first imported: the counters of all workers meet in this folder.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="specloom-metrics-"))
    from specloom.connector.server.wsgi import serve as run

    run(
        settings,
        documents_to_read(documents, overlays, ready_made),
        ready=lambda url: click.echo(f"Specloom gateway on {url}"),
    )

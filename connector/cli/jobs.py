"""`specloom jobs`: work that outlasts a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from specloom.connector.cli.client import Reach, reaching
from specloom.connector.cli.tables import formatted, moment, show_one, show_rows

_COLUMNS = ("id", "tenant", "service", "operation", "status", "created_at", "finished_at")


@click.group()
def jobs() -> None:
    """Jobs: list, show, cancel.

    \b
    Examples:
      specloom jobs list --state running
      specloom jobs list --state failed --since 1d --format json
      specloom jobs cancel job_01a1fdc3195fc8a09f943f6ee096
    """


@jobs.command("list")
@click.option("--state", type=click.Choice(["queued", "running", "succeeded", "failed", "canceled"]))
@click.option("--service", help="At this service only.")
@click.option("--operation", help="Of this operation only.")
@click.option("--since", metavar="TIME", help="Made after: 2h ago, or a time in ISO 8601.")
@click.option("--until", metavar="TIME", help="Made before: 10m ago, or a time in ISO 8601.")
@click.option("--before", help="Id of the last one of the page before.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@formatted
@reaching
def list_jobs(reach: Reach, form: str, since: str | None, until: str | None, **wanted: Any) -> None:
    """Newest first."""
    found = reach.client().call("GET", "/jobs", since=moment(since), until=moment(until), **wanted)["data"]
    show_rows(found, _COLUMNS, form, "No jobs")


@jobs.command()
@click.argument("job")
@formatted
@reaching
def show(reach: Reach, job: str, form: str) -> None:
    """The result as it stands."""
    show_one(reach.client(documents=()).call("GET", f"/jobs/{job}"), form)


@jobs.command()
@click.argument("job")
@click.option("--document", "documents", multiple=True, type=click.Path(exists=True, path_type=Path))
@formatted
@reaching
def cancel(reach: Reach, job: str, documents: tuple[Path, ...], form: str) -> None:
    """Stop following a job; what the service has begun it may still finish and charge.

    On the ledger itself, name with --document the documents that `serve` was given, if the job is at one of theirs.
    """
    show_one(reach.client(documents=documents).call("POST", f"/jobs/{job}/cancel"), form)

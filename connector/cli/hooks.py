"""`specloom hooks`: the subscriptions of all tenants."""

from __future__ import annotations

import click

from specloom.connector.cli.client import Reach, reaching
from specloom.connector.cli.tables import formatted, show_one, show_rows

_COLUMNS = ("id", "tenant", "status", "target_url", "events", "failing_since", "last_success_at")


@click.group()
def hooks() -> None:
    """Subscriptions: list, show, test, enable, disable, rotate their secrets, delete.

    \b
    Examples:
      specloom hooks list
      specloom hooks test hook_01a1fdb4c9c87a0b8f5f6d1d2f4a
      SPECLOOM_KEY=sok_… specloom hooks list --url https://gateway.example.com
    """


@hooks.command("list")
@formatted
@reaching
def list_hooks(reach: Reach, form: str) -> None:
    """Newest first."""
    show_rows(reach.client().call("GET", "/hooks")["data"], _COLUMNS, form, "No hooks")


@hooks.command()
@click.argument("hook")
@formatted
@reaching
def show(reach: Reach, hook: str, form: str) -> None:
    """One hook, and how its endpoint does."""
    show_one(reach.client().call("GET", f"/hooks/{hook}"), form)


@hooks.command()
@click.argument("hook")
@formatted
@reaching
def test(reach: Reach, hook: str, form: str) -> None:
    """Send a sample now; exit 1 where it was not taken."""
    told = reach.client().call("POST", f"/hooks/{hook}/test", {})
    show_one(told, form)
    if not told["delivered"]:
        raise SystemExit(1)


@hooks.command()
@click.argument("hook")
@reaching
def enable(reach: Reach, hook: str) -> None:
    """Forget its failures and tell it of events again."""
    click.echo(reach.client().call("PATCH", f"/hooks/{hook}", {"enabled": True})["status"])


@hooks.command()
@click.argument("hook")
@reaching
def disable(reach: Reach, hook: str) -> None:
    """Tell it of nothing; what waits for it becomes a dead letter, which can be replayed."""
    click.echo(reach.client().call("PATCH", f"/hooks/{hook}", {"enabled": False})["status"])


@hooks.command()
@click.argument("hook")
@click.option("--overlap", type=click.IntRange(0), default=86400, show_default=True, help="Seconds both secrets sign.")
@reaching
def rotate(reach: Reach, hook: str, overlap: int) -> None:
    """Make a new signing secret and show it, this once."""
    click.echo(reach.client().call("POST", f"/hooks/{hook}/secret", {"overlap": overlap})["secret"])


@hooks.command()
@click.argument("hook")
@reaching
def delete(reach: Reach, hook: str) -> None:
    """End the subscription. What still waits for it is not sent."""
    reach.client().call("DELETE", f"/hooks/{hook}")
    click.echo(f"Deleted {hook}")

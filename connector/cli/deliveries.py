"""`specloom deliveries`: what hooks were sent, and sending it again."""

from __future__ import annotations

from typing import Any

import click

from specloom.connector.cli.client import Reach, reaching
from specloom.connector.cli.tables import Command, formatted, moment, show_one, show_rows

_COLUMNS = ("id", "tenant", "event", "hook_id", "state", "attempts", "http_status", "error", "next_attempt_at")


def _chosen(command: Command) -> Command:
    for option in (
        click.option("--until", metavar="TIME", help="Made before: 10m ago, or a time in ISO 8601."),
        click.option("--since", metavar="TIME", help="Made after: 2h ago, or a time in ISO 8601."),
        click.option("--event", help="Of this event only."),
        click.option("--hook", help="To this hook only."),
    ):
        command = option(command)
    return command


@click.group()
def deliveries() -> None:
    """Deliveries: list, show with every attempt, retry one now, replay by time.

    \b
    Examples:
      specloom deliveries list --state dead --since 1d
      specloom deliveries retry dlv_01a1fdbac909cbafb9430e796896
      specloom deliveries replay --since 2026-01-31T08:00 --until 2026-01-31T09:30
    """


@deliveries.command("list")
@click.option("--state", type=click.Choice(["pending", "delivered", "dead", "canceled"]))
@_chosen
@click.option("--before", help="Id of the last one of the page before.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@formatted
@reaching
def list_deliveries(reach: Reach, form: str, **wanted: Any) -> None:
    """Newest first."""
    found = reach.client().call("GET", "/deliveries", **_named(wanted))["data"]
    show_rows(found, _COLUMNS, form, "No deliveries")


def _named(wanted: dict[str, Any]) -> dict[str, Any]:
    """Options as the API calls them."""
    since, until = moment(wanted.pop("since")), moment(wanted.pop("until"))
    return {"hook_id": wanted.pop("hook"), "event_id": wanted.pop("event"), "since": since, "until": until, **wanted}


@deliveries.command()
@click.argument("delivery")
@formatted
@reaching
def show(reach: Reach, delivery: str, form: str) -> None:
    """One delivery with every attempt."""
    found = reach.client().call("GET", f"/deliveries/{delivery}")
    if form == "json":
        show_one(found, form)
        return
    made = found.pop("attempt_log")
    show_one(found, form)
    click.echo()
    show_rows(made, ("number", "at", "milliseconds", "http_status", "error", "response"), form, "No attempt yet")


@deliveries.command()
@click.argument("delivery")
@formatted
@reaching
def retry(reach: Reach, delivery: str, form: str) -> None:
    """Send one now: the next attempt of one that waits, all attempts anew of one that is over."""
    show_one(reach.client().call("POST", f"/deliveries/{delivery}/replay"), form)


@deliveries.command()
@click.option("--state", type=click.Choice(["dead", "canceled", "delivered"]), default="dead", show_default=True)
@_chosen
@reaching
def replay(reach: Reach, **wanted: Any) -> None:
    """Send all again that match, where their hooks are enabled."""
    body = {name: value for name, value in _named(wanted).items() if value is not None}
    count = reach.client().call("POST", "/deliveries/replay", body)["replayed"]
    click.echo(f"{count} deliveries are sent again")

"""`specloom keys`: who may call, how much of what, and who changed it."""

from __future__ import annotations

from typing import Any

import click

from specloom.connector.cli.client import Client, Reach, operator_name, reaching
from specloom.connector.cli.tables import ahead, formatted, moment, show_one, show_rows
from specloom.schemas.problems import SpecloomError


@click.group()
def keys() -> None:
    """Keys of tenants and operators, quotas, and the audit trail.

    Without --url it works on the ledger of this machine, as `serve` would find it; with it, over a gateway's API.

    \b
    Examples:
      specloom keys create shop --tenant acme --service tuen --expires 90d
      specloom keys create ada --operator            on the ledger's own machine only
      specloom keys list
      specloom keys revoke shop
      specloom keys quotas acme --rate 60 --spend tuen=500
      specloom keys audit --since 1d
    """


@keys.command()
@click.argument("name")
@click.option("--service", "services", multiple=True, metavar="KEY", help="Only for this service. May be repeated.")
@click.option(
    "--operation", "operations", multiple=True, metavar="KEY/ID", help="Only for this operation. May be repeated."
)
@click.option("--expires", metavar="TIME", help="90d, or 2036-01-31. Default: never")
@click.option("--operator", is_flag=True, help="Looks after the gateway, calls no vendor and owns nothing.")
@click.option("--read-only", is_flag=True, help="With --operator: changes nothing, sees no inputs and results.")
@formatted
@reaching
def create(
    reach: Reach, name: str, services: tuple[str, ...], operations: tuple[str, ...], expires: str | None,
    operator: bool, read_only: bool, form: str,
) -> None:  # fmt: skip
    """Make a key and show it, this once. Of NAME and --tenant: without a tenant it is one of its own, named NAME."""
    until = ahead(expires)
    if read_only and not operator:
        raise SpecloomError("--read-only is for operators", hint="add --operator")
    if operator:
        if services or operations or reach.tenant:
            raise SpecloomError("an operator's key is of no tenant and for no service")
        made = _operator(reach, name, until, read_only)
    else:
        body: dict[str, Any] = {"name": name, "services": list(services), "operations": list(operations)}
        body |= {"tenant": reach.tenant} if reach.tenant else {}
        made = _everyone(reach).call("POST", "/keys", body | ({"expires_at": until} if until else {}))
    if form == "json":
        show_one(made, form)
        return
    click.echo(f"{made['id']} {made['role']} {made['tenant'] or ''} - the key is shown this once:", err=True)
    click.echo(made["key"])


def _everyone(reach: Reach) -> Client:
    """For what no tenant is asked about."""
    return Reach(reach.url, reach.key, None, reach.data, reach.database_url).client()


def _operator(reach: Reach, name: str, until: str | None, read_only: bool) -> dict[str, Any]:
    from specloom.connector.access import audit, store
    from specloom.connector.errors import Refused
    from specloom.connector.server.opening import open_ledger
    from specloom.connector.settings import read_settings
    from specloom.connector.webhooks.api.requests import moment as seconds

    if reach.url:
        raise SpecloomError("operators' keys are made on the ledger's own machine", hint="leave --url away")
    ledger = open_ledger(read_settings(data=reach.data, database_url=reach.database_url))
    wanted = store.NewKey(
        name=name, role="read_only" if read_only else "operator", expires=seconds(until) if until else None
    )  # fmt: skip
    by = audit.Actor(operator_name(), "machine")
    try:
        with ledger.write() as connection:
            row, key = store.create(connection, wanted, by.name)
            audit.record(connection, "key.created", row.id, None, by, name=row.name, role=row.role)
    except Refused as refused:
        raise SpecloomError(refused.message) from None
    finally:
        ledger.engine.dispose()
    return {**store.shown(row), "key": key}


_COLUMNS = ("id", "name", "hint", "role", "tenant", "services", "state", "expires_at", "last_used_at")


@keys.command("list")
@click.option("--all", "gone", is_flag=True, help="Those that are revoked or have expired too.")
@formatted
@reaching
def list_keys(reach: Reach, gone: bool, form: str) -> None:
    """The ledger's keys. Those of the environment are not among them."""
    found = _everyone(reach).call("GET", "/keys", tenant=reach.tenant, state="all" if gone else None)["data"]
    show_rows(found, _COLUMNS, form, "No keys; specloom keys create NAME makes one")


@keys.command()
@click.argument("which", metavar="NAME|ID")
@reaching
def revoke(reach: Reach, which: str) -> None:
    """End a key. It works no more, a second later at the latest, on every gateway that shares the ledger."""
    client = _everyone(reach)
    found = [k for k in client.call("GET", "/keys", tenant=reach.tenant)["data"] if which in (k["id"], k["name"])]
    if len(found) != 1:
        words = "there is no key that works" if not found else f"{len(found)} keys"
        raise SpecloomError(f"{words} named {which[:80]!r}", hint="specloom keys list shows the ids")
    client.call("DELETE", f"/keys/{found[0]['id']}")
    click.echo(f"Revoked {found[0]['id']} ({found[0]['name']})")


@keys.command()
@formatted
@reaching
def tenants(reach: Reach, form: str) -> None:
    """Who has keys, quotas or accounts, and what each spent this month."""
    found = _everyone(reach).call("GET", "/tenants")["data"]
    show_rows(found, ("tenant", "quotas", "own_quotas", "spent"), form, "No tenants")


@keys.command()
@click.argument("subject", metavar="TENANT|KEY_ID|*")
@click.option("--calls", type=click.IntRange(0), help="In flight at once, in each process.")
@click.option("--jobs", type=click.IntRange(0), help="Open at once.")
@click.option("--rate", type=click.FloatRange(0), help="Calls a minute.")
@click.option("--storage", type=click.IntRange(0), help="Bytes of files.")
@click.option("--spend", multiple=True, metavar="SERVICE=MOST", help="A calendar month, in its unit. May be repeated.")
@click.option("--unlimited", is_flag=True, help="Take all quotas away before the others are set.")
@formatted
@reaching
def quotas(reach: Reach, subject: str, spend: tuple[str, ...], unlimited: bool, form: str, **limits: Any) -> None:
    """Show what a tenant (or a key, or * for tenants without quotas) may have; with options, change it."""
    from urllib.parse import quote

    client, path = _everyone(reach), f"/quotas/{quote(subject, safe='')}"
    now = {} if unlimited else client.call("GET", path)
    wanted = {name: value for name, value in limits.items() if value is not None}
    if spend:
        wanted["spend"] = {**now.get("spend", {}), **dict(_amount(entry) for entry in spend)}
    if wanted or unlimited:
        now = client.call("PUT", path, {**now, **wanted})
    show_one(now, form)


def _amount(entry: str) -> tuple[str, float]:
    service, _, most = entry.partition("=")
    try:
        return service, float(most)
    except ValueError:
        raise SpecloomError(f"--spend {entry[:60]} is no SERVICE=MOST", hint="such as --spend tuen=500") from None


@keys.command("audit")
@click.option("--action", help="How the action begins, such as key. or hook.deleted")
@click.option("--target", help="Id of what was changed.")
@click.option("--since", metavar="TIME", help="2h ago, or 2026-01-31T12:00:00Z")
@click.option("--until", metavar="TIME")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@formatted
@reaching
def audit_trail(reach: Reach, since: str | None, until: str | None, form: str, **wanted: Any) -> None:
    """Who changed which key, quota or hook, and what operators ran for whom."""
    found = _everyone(reach).call(
        "GET", "/audit", tenant=reach.tenant, since=moment(since), until=moment(until), **wanted
    )["data"]
    columns = ("at", "actor", "role", "action", "target", "tenant", "detail", "client")
    show_rows(found, columns, form, "Nothing was changed")

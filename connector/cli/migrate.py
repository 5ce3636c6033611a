"""`specloom migrate`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The gateway's data folder.")
@click.option("--database-url", help="postgresql://… or sqlite:///file, as the gateway has it.")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where there is something to do.")
def migrate(data: Path | None, database_url: str | None, check: bool) -> None:
    """Bring the ledger's tables to this version. `serve` and `worker` do so by themselves when they start.

    Migrations only add, and the whole of them is one transaction. Take a `specloom backup` before an upgrade:
    an older version does not open a ledger that a newer one has migrated.

    \b
    Examples:
      specloom migrate --check        in a deployment's pipeline
      specloom migrate --database-url postgresql://db/specloom
    """
    from specloom.connector.ledger.engine import make_engine
    from specloom.connector.ledger.migrate import revision_of, revisions, upgrade
    from specloom.connector.settings import read_settings

    engine = make_engine(read_settings(data=data, database_url=database_url).ledger_url)
    where, newest = engine.url.render_as_string(hide_password=True), revisions()[-1]
    before = revision_of(engine)
    if before == newest:
        click.echo(f"{where} is at revision {newest}: nothing to do")
    elif check:
        click.echo(f"{where} is at revision {before or 'none'}; this version has {newest}")
        raise SystemExit(1)
    else:
        upgrade(engine)
        told = f"migrated from revision {before} to {newest}" if before else f"made at revision {newest}"
        click.echo(f"{where}: {told}")
    engine.dispose()

"""`specloom backup` and `specloom restore`."""

from __future__ import annotations

from pathlib import Path

import click

_data = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The gateway's data folder.")
_database = click.option("--database-url", help="postgresql://… or sqlite:///file, as the gateway has it.")


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@_data
@_database
def backup(archive: Path, data: Path | None, database_url: str | None) -> None:
    """Copy the ledger and its files into ARCHIVE, while the gateway runs.

    The copy is of one moment, and readable by its owner only. The secret key is not in it: keep that elsewhere,
    since without it stored credentials and hooks' secrets stay sealed. PostgreSQL is copied by its pg_dump.

    \b
    Examples:
      specloom backup /var/backups/specloom-$(date +%F).tar.gz
      specloom backup ledger.tar.gz --database-url postgresql://db/specloom
    """
    from specloom.connector.server.backup import backup as take
    from specloom.connector.settings import read_settings

    manifest = take(read_settings(data=data, database_url=database_url), archive)
    click.echo(f"{archive}: the ledger at revision {manifest['revision']} and {len(manifest['files'])} files")


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_data
@_database
@click.option("--replace", is_flag=True, help="In place of the ledger that is there.")
def restore(archive: Path, data: Path | None, database_url: str | None, replace: bool) -> None:
    """Put ARCHIVE back, and bring its tables to this version. Stop every gateway and worker of that ledger before.

    \b
    Examples:
      specloom restore /var/backups/specloom-2026-01-31.tar.gz --data /var/lib/specloom
      specloom restore ledger.tar.gz --database-url postgresql://db/specloom --replace
    """
    from specloom.connector.server.backup import restore as put
    from specloom.connector.settings import read_settings

    manifest = put(read_settings(data=data, database_url=database_url), archive, replace=replace)
    click.echo(f"Restored the ledger of Specloom {manifest['specloom']} and {len(manifest['files'])} files")

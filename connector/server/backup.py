"""A ledger and its files in one archive, taken while the gateway runs; and put back.

The archive is a tar (gzip) of `manifest.json`, the database (`ledger.sqlite3`, or `ledger.dump` of pg_dump) and
`files/`. The secret key is never in it: without that key, what is sealed in the ledger stays so."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.engine import URL

from specloom import __version__
from specloom.connector.ledger.engine import is_sqlite, make_engine, reading
from specloom.connector.ledger.migrate import revision_of, revisions, upgrade
from specloom.connector.ledger.tables import files as files_table
from specloom.connector.settings import Settings
from specloom.schemas.problems import SpecloomError

_MANIFEST, _SQLITE, _DUMP, _FILES = "manifest.json", "ledger.sqlite3", "ledger.dump", "files"


def backup(settings: Settings, target: Path) -> dict[str, Any]:
    """Write the archive, its owner's only; whole, or not at all. Returns its manifest. Raises SpecloomError."""
    engine = make_engine(settings.ledger_url)
    revision = revision_of(engine)
    if revision is None:
        raise SpecloomError("there is no ledger to back up", hint="give --data or --database-url as `serve` has it")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="specloom-backup-", dir=target.parent) as folder:
            kind = _SQLITE if is_sqlite(engine) else _DUMP
            (_copy_sqlite if is_sqlite(engine) else _dump)(engine, Path(folder) / kind)
            manifest = {
                "specloom": __version__, "revision": revision, "taken": time.time(), "database": kind,
                "files": _kept(engine, settings.data / _FILES),
            }  # fmt: skip
            _write(draft, manifest, Path(folder) / kind, settings.data / _FILES)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
        engine.dispose()
    return manifest


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """By SQLite's own backup: one moment of the ledger, whoever writes meanwhile."""
    _private(target)
    try:
        with (
            closing(
                sqlite3.connect(f"{Path(str(engine.url.database)).resolve().as_uri()}?mode=ro", uri=True, timeout=30)
            ) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise SpecloomError(f"the ledger cannot be copied: {error}") from error


def _dump(engine: Engine, target: Path) -> None:
    _private(target)
    _postgres("pg_dump", engine.url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _postgres(program: str, url: URL, arguments: list[str]) -> None:
    """The password goes by the environment: arguments are for everybody on the machine to see. Raises SpecloomError."""
    found = shutil.which(program)
    if found is None:
        raise SpecloomError(f"{program} is not installed", hint="it comes with PostgreSQL's client programs")
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [found, *arguments, f"--dbname={plain.render_as_string()}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it told nothing"]
        raise SpecloomError(f"{program} failed: {lines[0][:300]}")


def _private(file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _kept(engine: Engine, folder: Path) -> list[str]:
    """Ids of files that the ledger knows and the folder has."""
    with reading(engine) as connection:
        known = connection.scalars(select(files_table.c.id).where(files_table.c.service.is_(None)))
        return sorted(file_id for file_id in known if (folder / file_id).is_file())


def _write(target: Path, manifest: dict[str, Any], database: Path, folder: Path) -> None:
    _private(target)
    with open(target, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive:
        kept: list[str] = []
        archive.add(database, manifest["database"], filter=_plain)
        for file_id in manifest["files"]:
            try:
                archive.add(folder / file_id, f"{_FILES}/{file_id}", filter=_plain)
            except FileNotFoundError:  # it has expired meanwhile
                continue
            kept.append(file_id)
        manifest["files"] = kept
        data = json.dumps(manifest).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size, entry.mode, entry.mtime = len(data), 0o600, int(manifest["taken"])
        archive.addfile(entry, io.BytesIO(data))
        archive.close()
        raw.flush()
        os.fsync(raw.fileno())


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this machine's accounts."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


# Putting back ------------------------------------------------------------------------------------------------


def restore(settings: Settings, source: Path, *, replace: bool = False) -> dict[str, Any]:
    """Put an archive back where `settings` say, and bring its tables to this version. Returns its manifest. Raises
    SpecloomError; nothing was changed then, unless PostgreSQL's own program failed. `replace`: over a ledger that
    holds something. No gateway may run meanwhile."""
    engine = make_engine(settings.ledger_url)
    try:
        with tempfile.TemporaryDirectory(prefix="specloom-restore-", dir=_parent(settings.data)) as name:
            folder = Path(name)
            manifest = _unpack(source, folder)
            wanted = _SQLITE if is_sqlite(engine) else _DUMP
            if manifest["database"] != wanted:
                raise SpecloomError(f"the archive holds {manifest['database']}, and this ledger takes {wanted}")
            if manifest["revision"] not in revisions():
                hint = f"it was taken with Specloom {manifest['specloom']}"
                raise SpecloomError("the archive is of a newer Specloom", hint=hint)
            if not replace and revision_of(engine) is not None:
                raise SpecloomError("there is a ledger already", hint="--replace puts the archive in its place")
            if is_sqlite(engine):
                _put_sqlite(engine, folder / wanted)
            else:
                arguments = ["--clean", "--if-exists", "--no-owner", "--single-transaction", str(folder / wanted)]
                _postgres("pg_restore", engine.url, arguments)
            _put_files(folder / _FILES, settings.data / _FILES)
        upgrade(engine)
    finally:
        engine.dispose()
    return manifest


def _parent(data: Path) -> Path:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return data


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")  # nothing outside of the folder, no links, no devices
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_bytes())
        if manifest["database"] not in (_SQLITE, _DUMP) or not (folder / manifest["database"]).is_file():
            raise ValueError
        str(manifest["revision"]), list(manifest["files"]), str(manifest["specloom"])
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no backup of Specloom"
        raise SpecloomError(f"{source} cannot be read: {reason}") from error
    return manifest


def _put_sqlite(engine: Engine, source: Path) -> None:
    target = Path(str(engine.url.database))
    engine.dispose()
    for rest in ("-wal", "-shm"):
        target.with_name(target.name + rest).unlink(missing_ok=True)
    os.chmod(source, 0o600)
    os.replace(source, target)


def _put_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in source.iterdir() if source.is_dir() else ():
        os.chmod(file, 0o600)
        shutil.move(file, target / file.name)

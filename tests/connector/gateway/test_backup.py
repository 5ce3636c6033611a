"""A copy of a ledger that is being written to, and what comes back from it."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.engine import make_url

from specloom.command import main
from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger import make_engine
from specloom.connector.server.backup import _postgres
from specloom.schemas.problems import SpecloomError
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, running
from tests.connector.webhooks.servers import postgres, postgres_folder

SECRET = "a secret key of forty characters or more"


def specloom(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments], env={"SPECLOOM_SECRET_KEY": SECRET})
    if isinstance(done.exception, SpecloomError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    folder = postgres_folder()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with pytest.MonkeyPatch.context() as patched, postgres() as url:
        patched.setenv("PATH", str(folder), prepend=":")
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[str], list[str]]:
    """Options of a ledger, and of an empty place for another."""
    data = [["--data", str(tmp_path / name)] for name in ("one", "two")]
    if request.param == "sqlite":
        return data[0], data[1]
    url = request.getfixturevalue("server_url")
    engine = make_engine(f"{url}/postgres")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("one", "two"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return [*data[0], "--database-url", f"{url}/one"], [*data[1], "--database-url", f"{url}/two"]


def gateway_of(options: list[str], emulator: EmulatorServer, tmp_path: Path) -> GatewayServer:
    given = dict(zip(options[::2], options[1::2], strict=True))
    environ = {"SPECLOOM_API_KEYS": f"acme={KEY_ONE}", "SPECLOOM_SECRET_KEY": SECRET}
    environ |= {"SPECLOOM_DATABASE_URL": given["--database-url"]} if "--database-url" in given else {}
    return GatewayServer(Path(given["--data"]), emulator, environ=environ)


def test_a_backup_of_a_running_gateway_is_whole(
    databases: tuple[list[str], list[str]], emulator: EmulatorServer, tmp_path: Path
) -> None:
    one, two = databases
    archive = tmp_path / "backups" / "ledger.tar.gz"
    server = gateway_of(one, emulator, tmp_path).start()
    try:
        hook = server.call(
            "POST", "/hooks", key=KEY_ONE, json={"target_url": "http://127.0.0.1:9/x", "events": ["none.at"]}
        ).json()
        file = server.call("POST", "/files", key=KEY_ONE, data=b"precious").json()
        stopped = threading.Event()

        def write() -> None:
            while not stopped.is_set():
                server.call("POST", "/events", key=KEY_ONE, json={"type": "order.paid", "data": {}})

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert "and 1 files" in specloom("backup", archive, *one)
        finally:
            stopped.set()
            writer.join()
    finally:
        server.stop()
    assert archive.stat().st_mode & 0o777 == 0o600 and [f.name for f in archive.parent.iterdir()] == [archive.name]
    with tarfile.open(archive) as opened:
        names = opened.getnames()
        assert all(m.mode == 0o600 and not m.uname for m in opened.getmembers())
    assert len(names) == 3 and not any("secret" in name for name in names)
    assert "1 files" in specloom("restore", archive, *two)
    with pytest.raises(SpecloomError, match="there is a ledger already"):
        specloom("restore", archive, *two)
    assert "1 files" in specloom("restore", archive, *two, "--replace")
    second = gateway_of(two, emulator, tmp_path).start()
    try:
        assert second.call("GET", f"/hooks/{hook['id']}", key=KEY_ONE).json()["target_url"] == "http://127.0.0.1:9/x"
        assert second.call("POST", f"/hooks/{hook['id']}/test", key=KEY_ONE).status_code == 200  # its secret opens
        link = second.call("GET", f"/files/{file['id']}", key=KEY_ONE).json()["url"]
        path = second.settings.data / "files" / file["id"]
        assert second.call("GET", link[link.index("/files") :]).content == b"precious"
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        second.stop()


def test_what_is_no_backup_changes_nothing(tmp_path: Path, emulator: EmulatorServer) -> None:
    data: list[str | Path] = ["--data", tmp_path / "data"]
    with pytest.raises(SpecloomError, match="there is no ledger"):
        specloom("backup", tmp_path / "x.tar.gz", *data)
    (tmp_path / "junk").write_bytes(b"junk")
    outside = tmp_path / "outside.tar.gz"
    (tmp_path / "evil").write_text("{}")
    with tarfile.open(outside, "w:gz") as archive:
        archive.add(tmp_path / "evil", "../evil2")
    for name in ("junk", "outside.tar.gz"):
        with pytest.raises(SpecloomError, match="cannot be read: it is no backup"):
            specloom("restore", tmp_path / name, *data)
    assert not (tmp_path / "evil2").exists()
    with running(tmp_path / "other", emulator):
        pass
    specloom("backup", tmp_path / "good.tar.gz", "--data", tmp_path / "other")
    with pytest.raises(SpecloomError, match="this ledger takes ledger.dump"):
        specloom(
            "restore",
            tmp_path / "good.tar.gz",
            "--data",
            tmp_path / "data",
            "--database-url",
            "postgresql://127.0.0.1:9/x",
        )


def test_the_databases_password_is_in_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/told\necho "$PGPASSWORD" > {tmp_path}/secret\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    _postgres("pg_dump", make_url("postgresql+psycopg://ada:very%20secret@db:5433/specloom?sslmode=require"), ["--x"])
    assert (tmp_path / "told").read_text() == "--x --dbname=postgresql://ada@db:5433/specloom?sslmode=require\n"
    assert (tmp_path / "secret").read_text() == "very secret\n"

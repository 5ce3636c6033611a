"""What stores may do to a gateway: run full, be killed in the middle, be given what no database takes."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.server.wiring import purge
from specloom.connector.storage.folder import FolderStore
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running
from tests.connector.gateway.served import Served
from tests.connector.webhooks.servers import postgres, postgres_folder
from tests.connector.webhooks.test_full_disk import disk

__all__ = ["disk"]
SECRET = "a secret key of forty characters or more"
HEADERS = {"X-Specloom-Key": KEY_ONE}


def ready(url: str) -> requests.Response:
    return requests.get(f"{url}/readyz", timeout=10)


@pytest.mark.linux
@pytest.mark.parametrize("full", ["ledger", "files"])
def test_a_full_disk_is_not_ready(disk: Path, tmp_path: Path, full: str) -> None:
    """Of the ledger, or of the files: nothing could be accepted."""
    environ = {"SPECLOOM_API_KEYS": KEY_ONE}
    if full == "ledger":
        environ["SPECLOOM_DATABASE_URL"] = f"sqlite:///{disk}/ledger.db"
    data = tmp_path / "data" if full == "ledger" else disk / "data"
    if full == "files":
        environ["SPECLOOM_DATABASE_URL"] = f"sqlite:///{tmp_path}/ledger.db"
    with running(data, environ=environ) as server:
        assert ready(server.url).status_code == 200
        ballast = disk / "ballast"
        with suppress_full(), open(ballast, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        reply = ready(server.url)
        assert reply.status_code == 503 and "No space left" in reply.json()["error"]["message"]
        assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200
        if full == "files":
            refused = server.call("POST", "/files", key=KEY_ONE, data=bytes(100_000))
            assert refused.status_code == 503 and "No space left" in refused.json()["error"]["message"]
            assert not list((data / "files").iterdir())
        ballast.unlink()
        assert ready(server.url).status_code == 200


class suppress_full:  # noqa: N801
    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: object, _trace: object) -> bool:
        return isinstance(error, OSError)


@pytest.mark.posix
def test_the_draft_of_a_killed_upload_is_removed(tmp_path: Path) -> None:
    """At the next start, while those of a gateway that lives stay."""
    data = tmp_path / "data"
    gateway = Served(data, {"SPECLOOM_API_KEYS": KEY_ONE}).start()
    folder = data / "files"
    try:
        sending = socket.create_connection(("127.0.0.1", gateway.port))  # closed once the gateway is dead
        head = f"POST /files HTTP/1.1\r\nHost: x\r\nX-Specloom-Key: {KEY_ONE}\r\nContent-Length: 60000000\r\n\r\n"
        sending.sendall(head.encode())
        sending.sendall(bytes(60_000_000))
        eventually(lambda: folder.is_dir() and any(path.name.startswith(".file_") for path in folder.iterdir()), 20)
    finally:
        gateway.kill()
        sending.close()
    left = [path.name for path in folder.iterdir()]
    living = FolderStore(folder).draft("file_living")
    living.write(b"x")
    gateway.start()
    try:
        names = {path.name for path in folder.iterdir()}
        assert ".file_living" in names and not names & {name for name in left if name.startswith(".file_")}
        living.keep()
        assert (folder / "file_living").read_bytes() == b"x"
    finally:
        gateway.kill()


def test_bytes_that_no_file_owns_are_removed_in_time(gateway: GatewayServer) -> None:
    """Of a process that was killed between the bytes and their row."""
    shared, folder = gateway.process.shared, gateway.settings.data / "files"
    kept = gateway.call("POST", "/files", key="tuen_sk_files", data=b"kept").json()
    for name in ("file_orphan", "file_young", kept["id"]):
        path = folder / name
        path.write_bytes(b"kept")
        if name != "file_young":
            os.utime(path, (time.time() - 7200,) * 2)
    shared.files._swept = 0.0
    purge(shared, time.time())
    assert not (folder / "file_orphan").exists() and (folder / "file_young").exists() and (folder / kept["id"]).exists()
    (folder / "file_young").unlink()


@pytest.fixture(scope="module")
def on_postgresql(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres() as url:
        environ = {
            "SPECLOOM_DATABASE_URL": f"{url}/postgres", "SPECLOOM_SECRET_KEY": SECRET, "SPECLOOM_API_KEYS": KEY_ONE,
        }  # fmt: skip
        with running(tmp_path_factory.mktemp("nul"), emulator, environ=environ) as server:
            yield server


@pytest.mark.parametrize(
    "path",
    ["/files/file_%00", "/jobs/job_%00", "/events/evt_%00", "/deliveries/dlv_%00", "/hooks/hook_%00", "/run/tuen/a%00b",
     "/jobs?before=%00", "/events?before=%00", "/events?service=%00", "/jobs?operation=a%00", "/tuen/api/%00"],
)  # fmt: skip
def test_a_nul_is_a_mistake_of_the_caller(on_postgresql: GatewayServer, path: str) -> None:
    method = "POST" if path.startswith(("/run", "/tuen")) else "GET"
    assert on_postgresql.call(method, path, key=KEY_ONE).status_code == 400


@pytest.mark.parametrize("vendor_id", ["a\0b", "\ud800"])
def test_an_id_that_no_database_takes_is_followed_all_the_same(
    on_postgresql: GatewayServer, emulator: EmulatorServer, vendor_id: str
) -> None:
    store = on_postgresql.process.shared.jobs.store
    job = store.create("t:odd", "tuneforge", "generateMusic", {"inputs": {}}, state="sending")
    assert store.started(job.id, vendor_id, {"request_id": vendor_id})
    found = store.get(job.id)
    assert found is not None and found.state == "running" and found.poll_inputs == {"request_id": vendor_id}
    store.drop(job.id)

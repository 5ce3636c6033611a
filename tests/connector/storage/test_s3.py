"""Files in a bucket: kept, read in parts, shared by gateways, and what is said where the bucket cannot be used."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

pytest.importorskip("boto3", reason="boto3 is not installed (the extra s3)")
pytest.importorskip("moto", reason="moto is not installed")
from specloom.connector.emulator import EmulatorServer  # noqa: E402
from specloom.connector.server.wiring import purge  # noqa: E402
from specloom.connector.storage import s3  # noqa: E402
from specloom.connector.storage.chosen import check_store, store_of  # noqa: E402
from specloom.connector.storage.model import FileStore, StoreError  # noqa: E402
from specloom.schemas.problems import SpecloomError  # noqa: E402
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, running, services  # noqa: E402
from tests.connector.storage.bucket import Bucket, bucket_server  # noqa: E402
from tests.connector.webhooks.servers import postgres, postgres_folder  # noqa: E402

# boto3 leaves the connections of its own look-ups to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with bucket_server() as made:
        yield made


@pytest.fixture
def bucket(server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    for name in server.names():
        server.client().delete_object(Bucket=server.name, Key=name)
    server.requests.clear()
    yield server
    server.is_down = False
    assert server.refused == 0, "a request was signed wrongly"


def told(bucket: Bucket, prefix: str = "/gateway") -> dict[str, str]:
    return {"SPECLOOM_FILE_STORE": f"s3://{bucket.name}{prefix}"}


@pytest.fixture
def store(bucket: Bucket, tmp_path: Path) -> FileStore:
    return store_of(told(bucket), tmp_path)


def keep(store: FileStore, file_id: str, *pieces: bytes) -> None:
    draft = store.draft(file_id)
    for piece in pieces:
        draft.write(piece)
    draft.keep()
    draft.discard()  # does nothing any more


@pytest.mark.parametrize("size", [0, 1, 100_000, 8 * MEGABYTE, 20 * MEGABYTE + 7])
def test_what_is_kept_is_read(store: FileStore, bucket: Bucket, size: int) -> None:
    data = os.urandom(size)
    keep(store, "file_a", *(data[at : at + 65536] for at in range(0, size, 65536)))
    assert b"".join(store.read("file_a", 0, size)) == data and bucket.names() == ["gateway/file_a"]
    assert max((len(request.body) for request in bucket.requests), default=0) <= 8 * MEGABYTE + 65536
    if size > 1:
        assert b"".join(store.read("file_a", 1, size - 1)) == data[1 : size - 1]
    store.remove("file_a")
    store.remove("file_a")
    with pytest.raises(KeyError):
        store.read("file_a", 0, size)


def test_a_discarded_draft_leaves_nothing(store: FileStore, bucket: Bucket) -> None:
    draft = store.draft("file_b")
    for _ in range(200):
        draft.write(bytes(65536))
    draft.discard()
    assert bucket.names() == []
    assert "Uploads" not in bucket.client().list_multipart_uploads(Bucket=bucket.name)


def test_an_upload_that_a_kill_has_left_is_ended_in_time(
    store: FileStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = store.draft("file_c")
    draft.write(bytes(9 * MEGABYTE))
    monkeypatch.setattr(s3, "_DRAFTS", 1e10)  # moto says of each that it was begun in 2010
    store.remove_drafts()
    assert len(bucket.client().list_multipart_uploads(Bucket=bucket.name)["Uploads"]) == 1
    monkeypatch.setattr(s3, "_DRAFTS", 86400.0)
    store.remove_drafts()
    assert "Uploads" not in bucket.client().list_multipart_uploads(Bucket=bucket.name)
    keep(store, "file_d", b"x")
    assert list(store.older_than(time.time() + 5)) == ["file_d"] and not list(store.older_than(time.time() - 60))


def test_a_bucket_that_is_down_is_told(store: FileStore, bucket: Bucket) -> None:
    keep(store, "file_e", b"x")
    bucket.is_down = True
    with pytest.raises(StoreError):
        keep(store, "file_f", b"x")
    with pytest.raises(StoreError):
        store.read("file_e", 0, 1)
    check_store(store)  # it may be up again soon
    store.check()


def test_another_secret_is_refused_at_the_start(
    store: FileStore, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_store(store)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(SpecloomError, match="SPECLOOM_FILE_STORE: the bucket answered"):
        check_store(store_of(told(bucket), tmp_path))
    assert bucket.refused == 1
    bucket.refused = 0


def test_a_bucket_that_is_not_there_is_refused_at_the_start(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(SpecloomError, match="SPECLOOM_FILE_STORE"):
        check_store(store_of({"SPECLOOM_FILE_STORE": "s3://nobodys-bucket"}, tmp_path))


@pytest.mark.parametrize("wrong", ["s3://", "s3:/bucket", "gs://bucket", "/folder", "s3://B_D/x", "s3://bucket/a?b"])
def test_what_is_no_bucket(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(SpecloomError, match="SPECLOOM_FILE_STORE"):
        store_of({"SPECLOOM_FILE_STORE": wrong}, tmp_path)


# --- the gateway


@pytest.fixture
def gateway(bucket: Bucket, emulator: EmulatorServer, tmp_path: Path) -> Iterator[GatewayServer]:
    environ = {"SPECLOOM_API_KEYS": KEY_ONE, **told(bucket)}
    with running(tmp_path, emulator, environ=environ) as made:
        yield made


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    made = EmulatorServer(services().values(), job_seconds=0.2).start()
    yield made
    made.stop()


def upload(gateway: GatewayServer, data: bytes) -> dict[str, Any]:
    reply = gateway.call("POST", "/files?name=a.wav", key=KEY_ONE, data=data, headers={"Content-Type": "audio/wav"})
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_a_file_goes_in_out_and_away(gateway: GatewayServer, bucket: Bucket) -> None:
    data = os.urandom(10 * MEGABYTE)
    file = upload(gateway, data)
    assert bucket.names() == [f"gateway/{file['id']}"] and not (gateway.settings.data / "files").exists()
    whole = requests.get(file["url"], timeout=20)
    assert whole.content == data and whole.headers["Content-Length"] == str(len(data))
    assert whole.headers["Content-Type"] == "audio/wav" and whole.headers["Accept-Ranges"] == "bytes"
    part = requests.get(file["url"], headers={"Range": "bytes=5-9"}, timeout=20)
    assert part.status_code == 206 and part.content == data[5:10]
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(data)}"
    assert requests.get(file["url"], headers={"Range": f"bytes={len(data)}-"}, timeout=20).status_code == 416
    assert requests.head(file["url"], timeout=20).headers["Content-Length"] == str(len(data))
    unchanged = {"If-Modified-Since": whole.headers["Last-Modified"]}
    assert requests.get(file["url"], headers=unchanged, timeout=20).status_code == 304
    assert gateway.call("DELETE", f"/files/{file['id']}", key=KEY_ONE).status_code == 204 and bucket.names() == []


def test_files_expire_and_orphans_go(gateway: GatewayServer, bucket: Bucket) -> None:
    upload(gateway, b"brief")
    bucket.client().put_object(Bucket=bucket.name, Key="gateway/file_orphan", Body=b"x")
    assert purge(gateway.process.shared, time.time() + 90_000)["files"] == 1 and bucket.names() == []


def test_a_bucket_that_is_down_is_503_and_the_rest_goes_on(gateway: GatewayServer, bucket: Bucket) -> None:
    file = upload(gateway, b"x")
    bucket.is_down = True
    refused = gateway.call("POST", "/files", key=KEY_ONE, data=b"x")
    assert refused.status_code == 503 and "bucket" in refused.json()["error"]["message"]
    assert requests.get(file["url"], timeout=20).status_code == 503
    assert gateway.call("GET", "/readyz").status_code == 200


def test_a_link_works_at_every_gateway(bucket: Bucket, emulator: EmulatorServer, tmp_path: Path) -> None:
    """Two gateways with a folder each, on one PostgreSQL and one bucket; answers that are kept as files too."""
    if postgres_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    secret = "a secret key of forty characters or more"
    with postgres() as url:
        environ = {"SPECLOOM_API_KEYS": KEY_ONE, "SPECLOOM_DATABASE_URL": f"{url}/postgres", **told(bucket)}
        environ |= {"SPECLOOM_SECRET_KEY": secret, "SPECLOOM_TUNEFORGE_API_KEY": emulator.key("tuneforge")}
        with running(tmp_path / "one", emulator, environ=environ) as one:
            with running(tmp_path / "two", emulator, environ=environ) as two:
                file = upload(one, b"shared")
                assert requests.get(file["url"], timeout=10).content == b"shared"
                elsewhere = file["url"].replace(one.url, two.url)
                assert elsewhere != file["url"] and requests.get(elsewhere, timeout=10).content == b"shared"
                assert two.call("DELETE", f"/files/{file['id']}", key=KEY_ONE).status_code == 204
                assert requests.get(file["url"], timeout=10).status_code == 404

"""Files: in, out by signed link, gone in time; and recordings that are not on the web reach a vendor through them."""

from __future__ import annotations

import os
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.server.wiring import purge
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, running

KEY = "tuen_sk_files"


def upload(
    gateway: GatewayServer, data: bytes = b"ID3 sound", name: str = "talk.mp3", kind: str = "audio/mpeg"
) -> dict[str, str]:
    reply = gateway.call("POST", "/files", key=KEY, files={"file": (name, data, kind)})
    assert reply.status_code == 201, reply.text
    found: dict[str, str] = reply.json()
    return found


def test_a_private_recording_is_transcribed(gateway: GatewayServer) -> None:
    """What the vendor asks for, a public link, from what the user has, a file."""
    file = upload(gateway)
    reply = gateway.run("tuen", "transcribeAudio", {"audio_url": file["url"]})
    assert reply.status_code == 200 and reply.json()["text"]
    assert gateway.emulator is not None
    told = gateway.emulator.emulator.calls("transcribeAudio")[-1].body["audio_url"]
    fetched = requests.get(told, timeout=5)  # as the vendor does: no key, just the link
    assert fetched.content == b"ID3 sound" and fetched.headers["Content-Type"] == "audio/mpeg"


def test_a_raw_body_is_a_file_too(gateway: GatewayServer) -> None:
    reply = gateway.call("POST", "/files?name=a.png", key=KEY, data=b"\x89PNG", headers={"Content-Type": "image/png"})
    assert reply.status_code == 201 and reply.json()["file_name"] == "a.png" and reply.json()["file_size"] == 4
    assert requests.get(reply.json()["url"], timeout=5).content == b"\x89PNG"


def test_a_part_of_a_file(gateway: GatewayServer) -> None:
    reply = requests.get(upload(gateway, b"0123456789")["url"], headers={"Range": "bytes=2-4"}, timeout=5)
    assert reply.status_code == 206 and reply.content == b"234"


@pytest.mark.parametrize("change", ["id", "expires", "signature", "nothing signed"])
def test_a_changed_link_opens_nothing(gateway: GatewayServer, change: str) -> None:
    one, two = upload(gateway), upload(gateway)
    parts = urlsplit(one["url"])
    query = dict(parse_qsl(parts.query))
    path = parts.path.replace(one["id"], two["id"]) if change == "id" else parts.path
    query |= {"expires": {"expires": str(int(query["expires"]) + 1)}, "signature": {"signature": "0" * 64}}.get(
        change, {}
    )
    query = {} if change == "nothing signed" else query
    assert requests.get(f"{gateway.url}{path}", params=query, timeout=5).status_code == 403


def test_a_link_expires_and_its_file_is_purged(gateway: GatewayServer) -> None:
    reply = gateway.call("POST", "/files?expires_in=1", key=KEY, data=b"brief")
    file = reply.json()
    path = gateway.settings.data / "files" / file["id"]
    assert path.exists() and requests.get(file["url"], timeout=5).status_code == 200
    time.sleep(1.1)
    assert requests.get(file["url"], timeout=5).status_code == 403
    assert gateway.call("GET", f"/files/{file['id']}", key=KEY).status_code == 404
    assert purge(gateway.process.shared, time.time())["files"] >= 1 and not path.exists()


def test_a_deleted_file_is_gone_at_once(gateway: GatewayServer) -> None:
    file = upload(gateway)
    assert gateway.call("DELETE", f"/files/{file['id']}", key=KEY).status_code == 204
    assert requests.get(file["url"], timeout=5).status_code == 404


@pytest.mark.parametrize("text", ["0", "-1", "soon", "1.5"])
def test_expires_in_is_seconds(gateway: GatewayServer, text: str) -> None:
    assert gateway.call("POST", f"/files?expires_in={text}", key=KEY, data=b"x").status_code == 400


def test_a_file_that_is_too_large(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("small"), emulator, environ={"SPECLOOM_FILE_SIZE": "2000"}) as server:
        for options in ({"data": b"x" * 2001}, {"files": {"file": ("x", b"x" * 2001)}}, {"data": b"x" * 200_000}):
            reply = server.call("POST", "/files", key=KEY, **options)
            assert reply.status_code == 413 and reply.json()["error"]["type"] == "invalid_request"
        assert server.call("POST", "/files", key=KEY, data=b"x" * 2000).status_code == 201
        assert len(list((server.settings.data / "files").iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("page.html", "text/html"), ("x.svg", "image/svg+xml"), ("x", "text/html; charset=utf-8"), ("x", "no type")],
)
def test_a_strangers_page_does_not_run_on_the_gateways_origin(gateway: GatewayServer, name: str, kind: str) -> None:
    reply = requests.get(upload(gateway, b"<script>alert(1)</script>", name, kind)["url"], timeout=5)
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert (
        reply.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in reply.headers["Content-Security-Policy"]
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c.mp3", "x\r\nSet-Cookie: a=b.mp3", "ü.mp3", "..", ""])
def test_names_are_only_names(gateway: GatewayServer, name: str) -> None:
    reply = gateway.call("POST", "/files", key=KEY, params={"name": name}, data=b"x")
    file = reply.json()
    assert (
        reply.status_code == 201 and not set(file["file_name"]) & set("/\\\r\n") and file["file_name"] not in ("", "..")
    )
    assert requests.get(file["url"], timeout=5).status_code == 200


def test_an_audio_link_ends_with_its_time(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("brief"), emulator, environ={"SPECLOOM_FILE_TTL": "1"}) as server:
        link = server.run("tuneforge", "generateMusic", {"prompt": "x"}).json()["audio_url"]
        assert requests.get(link, timeout=5).status_code == 200
        time.sleep(1.1)
        assert requests.get(link, timeout=5).status_code == 403


def test_links_carry_the_public_address(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    environ = {"SPECLOOM_PUBLIC_URL": "https://gateway.example.com/specloom/", "SPECLOOM_API_KEYS": KEY_ONE}
    with running(tmp_path_factory.mktemp("public"), emulator, environ=environ) as server:
        reply = server.call("POST", "/files", key=KEY_ONE, data=b"x")
    assert reply.json()["url"].startswith("https://gateway.example.com/specloom/files/file_")
    assert "Specloom-Warning" not in reply.headers


def test_a_vendors_key_uploads_once_a_call_with_it_has_succeeded(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Anybody can make one up, and would fill the disk with it."""
    environ = {"SPECLOOM_API_KEYS": KEY_ONE, "SPECLOOM_ALLOW_VENDOR_KEYS": "yes"}
    folder, good, bad = tmp_path_factory.mktemp("verified"), emulator.key("tuen"), "x"
    with running(folder, emulator, environ=environ) as server:
        assert server.call("POST", "/files", key=good, data=b"x").status_code == 403
        assert server.run("tuen", "generateImage", {"prompt": "x"}, key=bad).status_code == 401
        refused = server.call("POST", "/files", key=bad, data=b"x")
        assert refused.status_code == 403 and refused.json()["error"]["type"] == "forbidden"
        assert server.run("tuen", "generateImage", {"prompt": "x"}, key=good).status_code == 200
        assert server.call("POST", "/files", key=good, data=b"x").status_code == 201
    with running(folder, emulator, environ=environ) as server:
        assert server.call("POST", "/files", key=good, data=b"x").status_code == 201
        assert server.call("POST", "/files", key=KEY_ONE, data=b"x").status_code == 201


def test_ledger_and_files_belong_to_their_owner_alone(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also those of a time when they did not."""
    data, before = tmp_path_factory.mktemp("private") / "data", os.umask(0)

    def open_to_others() -> set[str]:
        found = {path.name for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077}
        return {name for name in found if not name[0].isdigit()}  # a process's lock holds nothing

    try:
        for _ in range(2):
            with running(data, emulator) as server:
                assert server.call("POST", "/files", key=KEY, data=b"x").status_code == 201
                assert open_to_others() == set()
            for path in (data / "ledger.sqlite3", *(data / "files").iterdir()):
                path.chmod(0o644)
    finally:
        os.umask(before)

"""The doorbell: a vendor's callback is checked and never believed, the caller's own webhook is relayed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from specloom.connector.emulator import EmulatorServer
from specloom.connector.emulator.settings import SECRET
from specloom.schemas.model import Service
from tests.connector.gateway.harness import GatewayServer, eventually, running, services
from tests.support.emulated import Receiver


@pytest.fixture
def reached(tmp_path: Path) -> Iterator[tuple[GatewayServer, EmulatorServer]]:
    """A gateway that vendors can reach, and that asks by itself only every 20 seconds."""
    emulator = EmulatorServer(services().values(), polls=1000, job_seconds=0.3, callback_after=0.6).start()
    lazy = {key: _interval(service, 20) for key, service in services().items()}
    environ = {"SPECLOOM_TENGRAI_WEBHOOK_SECRET": f"{'0' * 64},{SECRET}"}
    server = GatewayServer(tmp_path, emulator, known=lazy, environ=environ, public=True).start()
    yield server, emulator
    server.stop()
    emulator.stop()


def _interval(service: Service, seconds: float) -> Service:
    """Asked seldom, and with callback URLs that need no TLS."""
    operations = [
        replace(
            o,
            job=replace(o.job, interval=seconds, timeout=60) if o.job else None,
            fields=tuple(replace(f, pattern="") if f.name == "webhook" else f for f in o.fields),
        )
        for o in service.operations
    ]
    return replace(service, operations=tuple(operations))


def test_the_vendors_callback_ends_the_wait(reached: tuple[GatewayServer, EmulatorServer]) -> None:
    gateway, emulator = reached
    began = time.monotonic()
    result = gateway.run("tengrai", "createQuantumArtwork", {"prompt": "sea"}).json()
    assert result["status"] == "succeeded" and time.monotonic() - began < 10
    assert (
        emulator.emulator.calls("createQuantumArtwork")[0].body["webhook"].startswith(gateway.url + "/inbound/tengrai/")
    )
    assert len(emulator.emulator.calls("getArtwork")) == 1  # the payload is not believed: the result is read again
    assert eventually(lambda: emulator.emulator.deliveries)[0].status == 200


def test_the_callers_own_webhook_is_relayed(reached: tuple[GatewayServer, EmulatorServer]) -> None:
    gateway, emulator = reached
    for call in ("uniform", "drop-in"):
        receiver = Receiver()
        inputs = {"prompt": "sea", "webhook": receiver.url}
        try:
            if call == "uniform":
                gateway.run("tengrai", "createQuantumArtwork", inputs)
            else:
                reply = gateway.call("POST", "/tengrai/v2/artworks/quantum", key=gateway.key("tengrai"), json=inputs)
                assert reply.status_code == 202 and reply.headers["Specloom-Job"].startswith("/jobs/job_")
            assert receiver.arrived.acquire(timeout=10), call
            artwork = json.loads(receiver.posts[0][1])
            assert artwork["status"] == "succeeded" and artwork["artworkType"] == "quantum" and "items" not in artwork
        finally:
            receiver.stop()


def test_a_webhook_within_is_refused(reached: tuple[GatewayServer, EmulatorServer]) -> None:
    gateway, emulator = reached
    inputs = {"prompt": "sea", "webhook": "http://10.1.2.3/hook"}
    reply = gateway.run("tengrai", "createQuantumArtwork", inputs)
    assert reply.status_code == 400 and "webhook" in reply.json()["error"]["message"]
    drop_in = gateway.call("POST", "/tengrai/v2/artworks/quantum", key=gateway.key("tengrai"), json=inputs)
    assert drop_in.status_code == 400
    assert emulator.emulator.calls("createQuantumArtwork") == []


def _pending(gateway: GatewayServer, emulator: EmulatorServer) -> tuple[str, str]:
    """A job nobody has rung for yet: its path, and the path of its doorbell."""
    reply = gateway.run(
        "tengrai", "createQuantumArtwork", {"prompt": "never ends"}, headers={"Prefer": "respond-async"}
    )
    call = eventually(lambda: emulator.emulator.calls("createQuantumArtwork"))[-1]
    eventually(lambda: gateway.process.shared.jobs.get(reply.json()["job_id"]).state == "running")  # type: ignore[union-attr]
    return reply.headers["Location"], call.body["webhook"].removeprefix(gateway.url)


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None, encoding: str = "hex") -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).digest()
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    return {"Tengrai-Timestamp": stamp, "Tengrai-Signature": text}


def test_the_doorbell_checks_who_rings(reached: tuple[GatewayServer, EmulatorServer]) -> None:
    gateway, emulator = reached
    _, path = _pending(gateway, emulator)
    body = b'{"status": "succeeded"}'
    good = signed(body)
    wrong: list[dict[str, str]] = [
        {}, signed(body, secret="another secret than the one configured"), signed(body, at=time.time() - 3600),
        signed(body, at=time.time() + 3600), {**good, "Tengrai-Timestamp": "soon"}, {**good, "Tengrai-Signature": "zz"},
        {**good, "Tengrai-Signature": ""}, signed(b"{}"), signed(body, encoding="base64"),
        {**good, "Tengrai-Timestamp": "9" * 400},
    ]  # fmt: skip
    for headers in wrong:
        assert gateway.call("POST", path, data=body, headers=headers).status_code == 401, headers
    assert gateway.call("POST", path + "x", data=body, headers=good).status_code == 404
    assert gateway.call("POST", path.replace("tengrai", "tuneforge"), data=body, headers=good).status_code == 404
    asked = len(emulator.emulator.calls("getArtwork"))
    assert gateway.call("POST", path, data=body, headers=good).status_code == 200
    eventually(lambda: len(emulator.emulator.calls("getArtwork")) == asked + 1)


def test_a_replayed_signature_is_refused_by_every_process(
    reached: tuple[GatewayServer, EmulatorServer], tmp_path: Path
) -> None:
    gateway, emulator = reached
    _, path = _pending(gateway, emulator)
    headers = signed(b"{}")
    statuses: list[int] = []
    environ = {"SPECLOOM_TENGRAI_WEBHOOK_SECRET": SECRET}
    with running(tmp_path, emulator, environ=environ) as second:
        assert second.call("POST", path, data=b"{}", headers=headers).status_code == 200
        for server in (second, gateway):
            threads = [
                threading.Thread(
                    target=lambda s=server: statuses.append(
                        s.call("POST", path, data=b"{}", headers=headers).status_code
                    )
                )
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert statuses == [401] * 8


def test_what_the_doorbell_says_is_not_believed(reached: tuple[GatewayServer, EmulatorServer]) -> None:
    gateway, emulator = reached
    location, path = _pending(gateway, emulator)
    lie = json.dumps({"id": "x", "status": "succeeded", "results": ["https://evil.example/x.png"]}).encode()
    assert gateway.call("POST", path, data=lie, headers=signed(lie)).status_code == 200
    time.sleep(0.3)
    result = gateway.call("GET", location, key=gateway.key("tengrai")).json()
    assert result["status"] == "running" and result["items"] == []


def test_base64_signatures_and_hex_secrets(tmp_path: Path) -> None:
    emulator = EmulatorServer(services().values(), polls=1000, job_seconds=60, callback_after=60).start()
    secret = bytes.fromhex(SECRET)
    environ = {
        "SPECLOOM_TENGRAI_WEBHOOK_SECRET": SECRET,
        "SPECLOOM_TENGRAI_WEBHOOK_SECRET_FORM": "hex",
        "SPECLOOM_TENGRAI_WEBHOOK_ENCODING": "base64",
        "SPECLOOM_TENGRAI_WEBHOOK_TOLERANCE": "60",
        "SPECLOOM_PUBLIC_URL": "https://gateway.example.com",
    }
    try:
        with running(tmp_path, emulator, environ=environ) as gateway:
            headers = {"Prefer": "respond-async"}
            gateway.run("tengrai", "createQuantumArtwork", {"prompt": "never ends"}, headers=headers)
            call = eventually(lambda: emulator.emulator.calls("createQuantumArtwork"))[-1]
            path = call.body["webhook"].removeprefix("https://gateway.example.com")
            stamp = str(int(time.time()))
            digest = base64.b64encode(hmac.new(secret, f"{stamp}.{{}}".encode(), "sha256").digest()).decode()
            told = {"Tengrai-Timestamp": stamp, "Tengrai-Signature": digest}
            assert gateway.call("POST", path, data=b"{}", headers=told).status_code == 200
            old = str(int(time.time()) - 100)
            digest = base64.b64encode(hmac.new(secret, f"{old}.{{}}".encode(), "sha256").digest()).decode()
            told = {"Tengrai-Timestamp": old, "Tengrai-Signature": digest}
            assert gateway.call("POST", path, data=b"{}", headers=told).status_code == 401
    finally:
        emulator.stop()

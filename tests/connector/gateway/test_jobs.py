"""Jobs: waiting, not waiting, callbacks, cancelling, time-outs, and another gateway taking over."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from msgspec.structs import replace

from specloom.connector.emulator import EmulatorServer
from specloom.connector.emulator.replies.failures import failure
from specloom.connector.jobs.store import JobStore
from specloom.connector.settings import variable
from tests.connector.gateway.harness import GatewayServer, check_result, eventually, running, services
from tests.support.emulated import Receiver


def settled(gateway: GatewayServer, location: str, key: str, wait: int = 10) -> dict[str, Any]:
    reply = gateway.call("GET", location, key=key, headers={"Prefer": f"wait={wait}"})
    result: dict[str, Any] = reply.json()
    check_result(result)
    return result


def test_respond_async_and_wait(gateway: GatewayServer) -> None:
    key = gateway.key("tuneforge")
    reply = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"}, headers={"Prefer": "respond-async"})
    assert reply.status_code == 202 and reply.json()["status"] in ("queued", "running")
    assert reply.headers["Preference-Applied"] == "respond-async"
    assert reply.json()["job_id"] and reply.headers["Location"] == f"/jobs/{reply.json()['job_id']}"
    result = settled(gateway, reply.headers["Location"], key)
    assert result["status"] == "succeeded" and result["job_id"] == reply.json()["job_id"]
    listed = gateway.call("GET", "/jobs?limit=5", key=key).json()["data"]
    assert listed[0]["id"] == result["job_id"] and listed[0]["status"] == "succeeded"


def test_wait_gives_up_in_time_and_the_job_goes_on(gateway: GatewayServer) -> None:
    began = time.monotonic()
    reply = gateway.run("tengrai", "createQuantumArtwork", {"prompt": "never ends"}, headers={"Prefer": "wait=1"})
    assert reply.status_code == 202 and 0.9 < time.monotonic() - began < 2.5
    assert reply.headers["Preference-Applied"] == "wait=1"
    canceled = gateway.call("POST", reply.headers["Location"] + "/cancel", key=gateway.key("tengrai"))
    assert canceled.json()["status"] == "canceled" and not canceled.json()["error"]["retryable"]
    check_result(canceled.json())
    again = gateway.call("POST", reply.headers["Location"] + "/cancel", key=gateway.key("tengrai"))
    assert again.json() == canceled.json()


@pytest.mark.parametrize(("word", "status"), [("fail", "failed"), ("cancel", "canceled")])
def test_a_job_that_ends_badly(gateway: GatewayServer, word: str, status: str) -> None:
    reply = gateway.run("tengrai", "createQuantumArtwork", {"prompt": word})
    assert reply.status_code == 502 and reply.json()["status"] == status and reply.json()["error"]["message"]


def test_any_operation_can_be_a_job(gateway: GatewayServer) -> None:
    reply = gateway.run("tuen", "generateImage", {"prompt": "x"}, headers={"Prefer": "respond-async"})
    assert reply.status_code == 202
    assert settled(gateway, reply.headers["Location"], gateway.key("tuen"))["image_url"]


def test_slow_synchronous_calls_are_jobs(gateway: GatewayServer) -> None:
    """A caller that cannot wait for the vendor's 46 seconds gets a job instead of a broken connection."""
    inputs = {"image_url": "https://cdn.example.com/object.jpg"}
    reply = gateway.run("mayanio", "generate3DModel", inputs, key="slow_2", headers={"Prefer": "wait=1"})
    assert reply.status_code == 202 and reply.json()["status"] == "queued"
    result = settled(gateway, reply.headers["Location"], "slow_2")
    assert result["status"] == "succeeded" and result["model_url"]
    assert len(gateway.emulator.emulator.calls("generate3DModel")) == 1  # type: ignore[union-attr]


def test_a_job_the_vendor_refuses(gateway: GatewayServer) -> None:
    reply = gateway.run("tuneforge", "generateMusic", {"prompt": "x"}, key="tf_error_402")
    assert reply.status_code == 402 and reply.json()["error"]["type"] == "insufficient_credits"
    assert "You need 5 credits" in reply.json()["error"]["message"]


def test_a_finished_job_is_told_to_the_callback(gateway: GatewayServer) -> None:
    receiver = Receiver()
    headers = {"Prefer": "respond-async", "Specloom-Callback": receiver.url}
    try:
        reply = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"}, headers=headers)
        assert receiver.arrived.acquire(timeout=10)
        sent = json.loads(receiver.posts[0][1])
        assert sent["job_id"] == reply.json()["job_id"] and sent["status"] == "succeeded" and sent["audio_url"]
    finally:
        receiver.stop()


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://10.0.0.1/x", "ftp://example.com", "nonsense"])
def test_a_callback_must_be_public(gateway: GatewayServer, url: str) -> None:
    headers = {"Prefer": "respond-async", "Specloom-Callback": url}
    reply = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"}, headers=headers)
    assert reply.status_code == 400 and "Specloom-Callback" in reply.json()["error"]["message"]


def test_audio_behind_a_key_is_served_by_a_link(gateway: GatewayServer) -> None:
    result = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"}).json()
    assert result["audio_url"].startswith(gateway.url + "/files/")
    sound = requests.get(result["audio_url"], timeout=10)
    assert sound.headers["Content-Type"] == "audio/wav" and sound.content.startswith(b"RIFF")
    assert requests.get(result["audio_url"].replace("signature=", "signature=0"), timeout=10).status_code == 403
    assert gateway.key("tuneforge") not in result["audio_url"]


# --- following


def test_a_job_that_never_ends_times_out(tmp_path: Path, emulator: EmulatorServer) -> None:
    hasty = {
        key: replace(
            s, operations=tuple(replace(o, job=replace(o.job, timeout=0.5)) if o.job else o for o in s.operations)
        )
        for key, s in services().items()
    }
    with running(tmp_path, emulator, known=hasty) as gateway:
        reply = gateway.run("tengrai", "createQuantumArtwork", {"prompt": "never ends"})
    assert reply.status_code == 504 and reply.json()["error"]["type"] == "timeout" and reply.json()["id"]


def test_the_next_start_takes_up_what_the_last_left(tmp_path: Path, emulator: EmulatorServer) -> None:
    environ = {variable("tengrai", "timeout"): "5"}
    with running(tmp_path, emulator, environ=environ) as first:
        headers = {"Prefer": "respond-async"}
        reply = first.run("tengrai", "createQuantumArtwork", {"prompt": "sea"}, headers=headers)
        eventually(lambda: emulator.emulator.calls("createQuantumArtwork"))
    with running(tmp_path, emulator, environ=environ) as second:
        result = settled(second, reply.headers["Location"], second.key("tengrai"))
    assert result["status"] == "succeeded" and len(emulator.emulator.calls("createQuantumArtwork")) == 1


def test_a_vendor_that_stumbles_while_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One poll that fails is no failed job."""
    emulator = EmulatorServer(services().values(), polls=3, job_seconds=60).start()
    try:
        with running(tmp_path, emulator) as gateway:
            real = emulator.emulator.vendors["tengrai"].answer
            stumbles = iter([True, False, True])

            def stumbling(call: Any, *rest: Any) -> Any:
                if call.operation.operation_id == "getArtwork" and next(stumbles, False):
                    return failure(
                        call.service if hasattr(call, "service") else services()["tengrai"], call.operation, 500
                    )
                return real(call, *rest)

            monkeypatch.setattr(emulator.emulator.vendors["tengrai"], "answer", stumbling)
            assert gateway.run("tengrai", "createQuantumArtwork", {"prompt": "sea"}).json()["status"] == "succeeded"
    finally:
        emulator.stop()


def test_a_page_of_jobs_reads_no_results(gateway: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten jobs of 15 MB each it needs a line."""
    gateway.run("tuen", "generateImage", {"prompt": "x"}, headers={"Prefer": "respond-async"})

    def loaded(*_: object) -> None:
        raise AssertionError("a stored job was loaded")

    monkeypatch.setattr(JobStore, "_job", loaded)
    assert gateway.call("GET", "/jobs?limit=100", key=gateway.key("tuen")).json()["data"]

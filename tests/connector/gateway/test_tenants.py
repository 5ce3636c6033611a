"""Who is who: gateway keys, vendors' keys, and that nobody sees what is another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.settings import variable
from tests.connector.gateway.harness import KEY_ONE, KEY_TWO, GatewayServer, check_result, running


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "api_key"): emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_API_KEYS": f"{KEY_ONE},acme={KEY_TWO}"}
    with running(tmp_path_factory.mktemp("keyed"), emulator, environ=environ) as server:
        yield server


def run(server: GatewayServer, path: str, inputs: Any, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(f"{server.url}/run/{path}", json=inputs, headers=named, timeout=20)


def test_a_gateway_key_stands_for_the_vendors(keyed: GatewayServer) -> None:
    emulator = keyed.emulator
    assert emulator is not None
    for headers in ({"Authorization": f"Bearer {KEY_ONE}"}, {"X_Specloom_Key": KEY_ONE}):
        assert run(keyed, "tuen/generateImage", {"prompt": "x"}, **headers).status_code == 200
    drop_in = keyed.call("POST", "/tuen/api/services/image_gen", key=KEY_ONE, json={"prompt": "x"})
    assert drop_in.status_code == 200
    for call in emulator.emulator.calls("generateImage"):
        assert call.headers["Authorization"] == f"Bearer {emulator.key('tuen')}"
        assert KEY_ONE not in str(call.headers)


def test_the_vendors_own_key_goes_before_the_kept_one(keyed: GatewayServer) -> None:
    headers = {"X_Specloom_Key": KEY_ONE, "Authorization": "Bearer tuen_sk_mine"}
    assert run(keyed, "tuen/generateImage", {"prompt": "x"}, **headers).status_code == 200
    assert keyed.emulator is not None
    call = keyed.emulator.emulator.calls("generateImage")[-1]
    assert call.owner == "tuen_sk_mine" and "X-Specloom-Key" not in call.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer tuen_sk_x"},
        {"Authorization": "Bearer slk_unknown_0123456789"},
        {"X-Specloom-Key": "slk_no"},
    ],
)
def test_without_a_known_gateway_key_nothing_goes(keyed: GatewayServer, headers: dict[str, str]) -> None:
    for method, path in (
        ("POST", "/run/tuen/generateImage"), ("POST", "/tuen/api/services/image_gen"), ("GET", "/jobs"),
        ("GET", "/jobs/job_x"), ("POST", "/files"), ("GET", "/files/file_x"), ("GET", "/hooks"), ("GET", "/events"),
        ("GET", "/deliveries"), ("POST", "/events"),
    ):  # fmt: skip
        reply = keyed.call(method, path, headers=headers, json={"prompt": "x", "target_url": "https://example.com"})
        assert reply.status_code == 401, path
    assert keyed.emulator is not None and keyed.emulator.emulator.calls() == []


def test_an_unknown_gateway_key_never_reaches_a_vendor(gateway: GatewayServer) -> None:
    reply = gateway.call("POST", "/tuen/api/services/image_gen", key="slk_of_another_gateway", json={"prompt": "x"})
    assert reply.status_code == 401
    assert gateway.emulator is not None and gateway.emulator.emulator.calls() == []


@pytest.mark.parametrize(
    ("server", "one", "two"),
    [("keyed", KEY_ONE, KEY_TWO), ("gateway", "tf_one", "tf_two")],
    ids=["gateway keys", "vendor keys"],
)
def test_nobody_sees_what_is_anothers(request: pytest.FixtureRequest, server: str, one: str, two: str) -> None:
    gateway: GatewayServer = request.getfixturevalue(server)
    made = gateway.call("POST", "/run/tuneforge/generateMusic", key=one, json={"prompt": "x"})
    check_result(made.json())
    job = made.headers["Location"]
    file = gateway.call("POST", "/files", key=one, data=b"mine", headers={"Content-Type": "text/plain"})
    hook = gateway.call(
        "POST",
        "/hooks",
        key=one,
        json={"target_url": "http://127.0.0.1:9/x", "events": ["*"], "services": ["tuneforge"]},
    )
    assert (file.status_code, hook.status_code) == (201, 201)
    paths = [job, f"/files/{file.json()['id']}", f"/hooks/{hook.json()['id']}"]
    events = gateway.call("GET", "/events", key=one).json()["data"]
    assert events
    paths.append(f"/events/{events[0]['id']}")
    for path in paths:
        assert gateway.call("GET", path, key=one).status_code == 200, path
        assert gateway.call("GET", path, key=two).status_code == 404, path
    for path in (f"/files/{file.json()['id']}", f"/hooks/{hook.json()['id']}"):
        assert gateway.call("DELETE", path, key=two).status_code == 404
    assert gateway.call("POST", job + "/cancel", key=two).status_code == 404
    for path in ("/jobs", "/hooks", "/events", "/deliveries"):
        assert gateway.call("GET", path, key=two).json()["data"] == [], path
    assert gateway.call("DELETE", f"/hooks/{hook.json()['id']}", key=one).status_code == 204


def test_two_keys_of_one_tenant(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    environ = {"SPECLOOM_API_KEYS": f"acme={KEY_ONE},acme={KEY_TWO}", "SPECLOOM_TUNEFORGE_API_KEY": "emulator"}
    with running(tmp_path_factory.mktemp("same"), emulator, environ=environ) as server:
        made = server.call("POST", "/run/tuneforge/generateMusic", key=KEY_ONE, json={"prompt": "x"})
        assert server.call("GET", made.headers["Location"], key=KEY_TWO).status_code == 200


def test_vendor_keys_alone_where_they_are_allowed(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environ = {"SPECLOOM_API_KEYS": KEY_ONE, "SPECLOOM_ALLOW_VENDOR_KEYS": "yes"}
    with running(tmp_path_factory.mktemp("open"), emulator, environ=environ) as server:
        reply = server.run("tuen", "generateImage", {"prompt": "x"})
        assert reply.status_code == 200


def test_a_vendors_key_does_not_count_at_another_vendor(gateway: GatewayServer) -> None:
    made = gateway.call("POST", "/run/tuneforge/generateMusic", key="tf_shared", json={"prompt": "x"})
    job_id = made.headers["Location"].removeprefix("/jobs/")
    job = gateway.process.shared.jobs.get(job_id)
    assert job is not None and job.work == {}  # neither inputs nor the key are kept once it is final
    callers = gateway.process.shared.callers
    slot = {("header", "Authorization"): "Bearer tf_shared"}
    assert callers.vendor_tenant("tuneforge", slot) == job.tenant != callers.vendor_tenant("tuen", slot)


def test_keys_are_not_in_the_ledger_in_the_clear(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("sealed")
    with running(data, emulator) as server:
        headers = {"Prefer": "respond-async", "Idempotency-Key": "k1"}
        server.run(
            "tengrai", "createQuantumArtwork", {"prompt": "never ends"}, key="a-very-secret-key", headers=headers
        )
        server.run("tuneforge", "generateMusic", {"prompt": "x"}, key="tf_a-very-secret-key")
    raw = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"never ends" not in raw and b"a-very-secret-key" not in raw
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600

"""Keys of the ledger, of tenants and of operators: what each may do, what each is shown, and what is written down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from specloom.connector.access import store
from specloom.connector.access.keyring import FRESH
from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger.key_tables import keys
from specloom.connector.settings import variable
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, eventually, running

OPERATOR, READER = "sok_operator_0123456789abcdef", "sok_reader_0123456789abcdef"
ZAPIER = "http://127.0.0.1:9/hooks/catch/123/very-secret/"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def keyed(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {variable(key, "api_key"): emulator.key(key) for key in emulator.emulator.vendors}
    environ |= {"SPECLOOM_API_KEYS": f"acme={KEY_ONE}"}
    environ |= {"SPECLOOM_OPERATOR_KEYS": f"ada={OPERATOR},bob:read-only={READER}"}
    with running(tmp_path_factory.mktemp("keys"), emulator, environ=environ) as server:
        yield server


def call(
    server: GatewayServer, method: str, path: str, key: str = OPERATOR, body: Any = None, tenant: str = "", **more: Any
) -> requests.Response:
    headers = {"X-Specloom-Key": key, **({"Specloom-Tenant": tenant} if tenant else {}), **more}
    return requests.request(method, server.url + path, json=body, headers=headers, timeout=20)


def made(server: GatewayServer, **fields: Any) -> Json:
    reply = call(server, "POST", "/keys", body=fields)
    assert reply.status_code == 201, reply.text
    key: Json = reply.json()
    return key


def run(server: GatewayServer, key: str, operation: str = "tuen/generateImage", **more: Any) -> requests.Response:
    return call(server, "POST", f"/run/{operation}", key, {"prompt": "a lighthouse"}, **more)


def test_a_key_is_made_used_and_revoked_without_a_restart(keyed: GatewayServer) -> None:
    key = made(keyed, name="shop", tenant="made")
    assert key["key"].startswith("slk_") and key["hint"] == f"{key['key'][:8]}…"
    assert run(keyed, key["key"]).status_code == 200
    assert call(keyed, "GET", "/events", tenant="made").json()["data"] == []
    used = lambda: call(keyed, "GET", f"/keys/{key['id']}").json()["last_used_at"]  # noqa: E731
    assert eventually(used)
    assert call(keyed, "DELETE", f"/keys/{key['id']}").status_code == 204
    assert run(keyed, key["key"]).status_code == 401
    shown = [k for k in call(keyed, "GET", "/keys?state=all").json()["data"] if k["id"] == key["id"]]
    assert shown[0]["state"] == "revoked" and key["key"] not in str(shown)
    assert key["id"] not in str(call(keyed, "GET", "/keys").json())


def test_another_process_revokes_a_key(keyed: GatewayServer) -> None:
    key = made(keyed, name="elsewhere")
    assert run(keyed, key["key"]).status_code == 200
    with keyed.process.shared.ledger.write() as connection:
        store.revoke(connection, store.find(connection, key["id"]))
    time.sleep(FRESH + 0.1)
    assert run(keyed, key["key"]).status_code == 401


def test_a_key_expires(keyed: GatewayServer) -> None:
    key = made(keyed, name="short", expires_at=datetime.fromtimestamp(time.time() + 1.5, UTC).isoformat())
    assert run(keyed, key["key"]).status_code == 200
    time.sleep(1.6)
    assert run(keyed, key["key"]).status_code == 401
    assert made(keyed, name="long ago", expires_at="2001-01-01T00:00:00Z")["state"] == "expired"


def test_a_key_is_for_some_services_and_operations(keyed: GatewayServer) -> None:
    service = made(keyed, name="one service", tenant="limited", services=["tuen"])["key"]
    operation = made(keyed, name="one operation", tenant="limited", operations=["tuen/listModels"])["key"]
    assert run(keyed, service).status_code == 200
    refused = run(keyed, service, "tuneforge/generateMusic")
    assert (
        refused.status_code == 403
        and "'one service' is not for tuneforge/generateMusic" in refused.json()["error"]["message"]
    )
    assert run(keyed, operation).status_code == 403
    drop_in = call(keyed, "POST", "/tuen/api/services/image_gen", operation, {"prompt": "x"})
    assert drop_in.status_code == 403


def test_keys_are_hashed_in_the_ledger(keyed: GatewayServer) -> None:
    key = made(keyed, name="hashed")["key"]
    with keyed.process.shared.ledger.read() as connection:
        rows = str([row._asdict() for row in connection.execute(select(keys))])
    assert key not in rows and key[8:] not in rows


def test_one_name_is_one_key_of_a_tenant(keyed: GatewayServer) -> None:
    made(keyed, name="same", tenant="a")
    assert call(keyed, "POST", "/keys", body={"name": "same", "tenant": "a"}).status_code == 409
    made(keyed, name="same", tenant="b")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": " x"},
        {"name": "a", "tenant": "a b"},
        {"name": "a", "role": "operator"},
        {"name": "a", "operations": ["tuen"]},
    ],
)
def test_no_operators_key_and_no_nonsense_over_http(keyed: GatewayServer, body: Json) -> None:
    assert call(keyed, "POST", "/keys", body=body).status_code == 400


@pytest.mark.parametrize("path", ["/keys", "/tenants", "/audit", "/quotas/acme", "/metrics"])
def test_only_operators_look_after_the_gateway(keyed: GatewayServer, path: str) -> None:
    assert call(keyed, "GET", path, KEY_ONE).status_code == 403
    assert requests.get(keyed.url + path, timeout=5).status_code == 401
    assert call(keyed, "GET", path, "sok_unknown_0123456789abcdef").status_code == 401
    assert call(keyed, "GET", path, READER).status_code == 200


# Operators ---------------------------------------------------------------------------------------------------


def test_an_operators_key_reaches_no_vendor(keyed: GatewayServer) -> None:
    assert keyed.emulator is not None
    for key in (OPERATOR, READER):
        for tenant in ("", "acme"):
            reply = call(keyed, "POST", "/tuen/api/services/image_gen", key, {"prompt": "x"}, tenant)
            assert reply.status_code == 403, reply.text
        assert run(keyed, key).status_code == 403
        assert requests.get(
            f"{keyed.url}/tuen/x", headers={"Authorization": f"Bearer {key}"}, timeout=5
        ).status_code in (403, 404)
    assert run(keyed, READER, tenant="acme").status_code == 403
    assert keyed.emulator.emulator.calls() == []


def test_what_an_operator_runs_it_runs_for_a_tenant_and_the_audit_says_so(keyed: GatewayServer) -> None:
    assert keyed.emulator is not None
    assert run(keyed, OPERATOR, tenant="nobody").status_code == 404
    assert run(keyed, OPERATOR, tenant="acme").status_code == 200
    (sent,) = keyed.emulator.emulator.calls("generateImage")
    assert OPERATOR not in str(sent.headers) and "Specloom-Tenant" not in sent.headers
    entry = call(keyed, "GET", "/audit?action=operator.ran").json()["data"][0]
    assert (entry["actor"], entry["role"], entry["tenant"]) == ("ada", "operator", "acme")
    assert entry["target"] == "POST /run/tuen/generateImage" and entry["client"] == "127.0.0.1"


def test_an_operator_sees_every_tenant_or_the_one_it_names(keyed: GatewayServer) -> None:
    other = made(keyed, name="other", tenant="other")["key"]
    hooks = [
        call(keyed, "POST", "/hooks", key, {"target_url": ZAPIER, "events": ["x.y"]}).json() for key in (KEY_ONE, other)
    ]
    seen = {hook["id"]: hook for hook in call(keyed, "GET", "/hooks").json()["data"]}
    assert [seen[hook["id"]]["tenant"] for hook in hooks] == ["acme", "other"]
    assert seen[hooks[0]["id"]]["target_url"] == ZAPIER
    named = call(keyed, "GET", "/hooks", tenant="other").json()["data"]
    assert [hook["id"] for hook in named] == [hooks[1]["id"]]
    assert "tenant" not in call(keyed, "GET", f"/hooks/{hooks[0]['id']}", KEY_ONE).json()
    assert call(keyed, "POST", "/hooks", OPERATOR, {"target_url": ZAPIER}).status_code == 400
    assert call(keyed, "PATCH", f"/hooks/{hooks[1]['id']}", OPERATOR, {"enabled": False}).json()["status"] == "disabled"
    for hook, key in zip(hooks, (KEY_ONE, other), strict=True):
        assert call(keyed, "DELETE", f"/hooks/{hook['id']}", key).status_code == 204
    trail = call(keyed, "GET", f"/audit?target={hooks[1]['id']}").json()["data"]
    assert [(e["action"], e["actor"]) for e in trail] == [
        ("hook.deleted", "other"),
        ("hook.changed", "ada"),
        ("hook.created", "other"),
    ]
    assert "very-secret" not in str(trail) and "http://127.0.0.1:9/…" in str(trail)


def test_a_read_only_operator_sees_no_inputs_results_or_addresses(keyed: GatewayServer) -> None:
    hook = call(keyed, "POST", "/hooks", KEY_ONE, {"target_url": ZAPIER, "events": ["*"]}).json()
    job = call(keyed, "POST", "/run/tuneforge/generateMusic", KEY_ONE, {"prompt": "very-secret"}).headers["Location"]
    whole = eventually(lambda: (r := call(keyed, "GET", job).json())["status"] == "succeeded" and r)
    assert whole["items"] and whole["raw"]
    event = call(keyed, "GET", "/events").json()["data"][0]
    assert event["payload"]
    delivery = call(keyed, "GET", "/deliveries").json()["data"][0]
    assert delivery["target_url"] == ZAPIER
    masked = call(keyed, "GET", job, READER).json()
    assert masked["status"] == "succeeded" and masked["items"] == [] and masked["raw"] is None
    urls = [item["url"] for item in whole["items"]]
    for path in (
        job,
        "/jobs",
        "/events",
        f"/events/{event['id']}",
        "/hooks",
        f"/hooks/{hook['id']}",
        "/deliveries",
        f"/deliveries/{delivery['id']}",
        "/audit",
        "/tenants",
        "/metrics",
    ):
        reply = call(keyed, "GET", path, READER)
        assert reply.status_code == 200, path
        assert "very-secret" not in reply.text and not any(url in reply.text for url in urls), path
    assert call(keyed, "GET", "/events/samples", READER).status_code == 403
    file = keyed.call("POST", "/files", key=KEY_ONE, data=b"mine").json()["id"]
    assert call(keyed, "GET", f"/files/{file}", READER, tenant="acme").status_code == 403
    for method, path in (
        ("DELETE", f"/hooks/{hook['id']}"),
        ("PATCH", f"/hooks/{hook['id']}"),
        ("POST", f"/hooks/{hook['id']}/test"),
        ("POST", f"/hooks/{hook['id']}/secret"),
        ("POST", f"/deliveries/{delivery['id']}/replay"),
        ("POST", "/deliveries/replay"),
        ("POST", f"{job}/cancel"),
        ("POST", "/keys"),
        ("PUT", "/quotas/acme"),
        ("POST", "/events"),
    ):
        assert call(keyed, method, path, READER, {}, tenant="acme").status_code == 403, path
    assert call(keyed, "DELETE", f"/hooks/{hook['id']}", KEY_ONE).status_code == 204


# The gateway without keys ------------------------------------------------------------------------------------


def test_the_first_key_closes_an_open_gateway_and_the_last_revoked_one_does_not_open_it(
    emulator: EmulatorServer, tmp_path: Path
) -> None:
    with running(tmp_path, emulator, environ={"SPECLOOM_OPERATOR_KEYS": OPERATOR}) as server:
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 200
        key = made(server, name="first")
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 401
        assert call(server, "DELETE", f"/keys/{key['id']}").status_code == 204
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 401

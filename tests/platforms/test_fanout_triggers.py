"""The trigger "New Result" that our own generator makes of the gateway's document: on n8n, Zapier and Make a result in
the gateway arrives, from the moment of subscribing to that of unsubscribing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.ledger.webhook_tables import hooks
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions, emitter
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests import ROOT
from tests.connector.gateway.harness import GatewayServer, services
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import World
from tests.platforms.conftest import Servers
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.n8n_nodes import workflow, write_package
from tests.platforms.zapier import Zapier

KEY = "slk_0123456789abcdef"
HEADERS = {"X-Specloom-Key": KEY}
DOCUMENT = ROOT / "schemas" / "gateway.openapi.yaml"


@pytest.fixture(scope="module")
def ours() -> Service:
    return load(DOCUMENT).service


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    emulator = EmulatorServer(services().values(), job_seconds=0).start()
    environ = {"SPECLOOM_API_KEYS": f"acme={KEY}", "SPECLOOM_HOOK_RETRIES": "0.5s,0.5s,1s,1s"}
    server = GatewayServer(tmp_path_factory.mktemp("gateway"), emulator, environ=environ).start()
    yield server
    server.stop()
    emulator.stop()


def make_a_picture(gateway: GatewayServer) -> dict[str, Any]:
    reply = gateway.run("tuen", "generateImage", {"prompt": "a lighthouse at dusk"}, headers=HEADERS)
    assert reply.status_code == 200, reply.text
    result: dict[str, Any] = reply.json()
    return result


def subscribed(gateway: GatewayServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{gateway.url}/hooks", headers=HEADERS, timeout=10).json()["data"]
    return found


def until(what: Any, seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_n8n(n8n: Servers, ours: Service, gateway: GatewayServer, tmp_path: Path) -> None:
    api = n8n(write_package(ours, tmp_path / "specloom")).api
    credential = api.create_credential("specloomSpecloomApi", {"apiKey": KEY, "baseUrl": gateway.url})
    node = {
        "parameters": {"event": "newResult"}, "name": "Trigger", "type": "n8n-nodes-specloom.specloomWebhookTrigger",
        "typeVersion": 1, "credentials": {"specloomSpecloomApi": {"id": credential, "name": "Test"}}, "webhookId": "new-result",
    }  # fmt: skip
    document = workflow(node)
    document |= {"nodes": document["nodes"][1:], "connections": {}}
    identifier = api.save_workflow(document)
    api.activate(identifier)
    (hook,) = until(lambda: subscribed(gateway))
    assert hook["target_url"].startswith(api.url)
    made = make_a_picture(gateway)
    (execution,) = api.wait_for_executions(identifier, 1)
    (runs,) = execution["data"]["resultData"]["runData"].values()
    (item,) = [entry["json"] for entry in runs[0]["data"]["main"][0]]
    assert (item["image_url"], item["raw"]) == (made["image_url"], None)
    path = hook["target_url"].partition("/webhook/")[2]
    forged = api.call_webhook(path, made, headers={"webhook-id": "evt_1", "webhook-timestamp": str(int(time.time()))})
    assert forged.status_code == 401
    api.deactivate(identifier)
    until(lambda: not subscribed(gateway))
    make_a_picture(gateway)
    time.sleep(1)
    assert len(api.executions(identifier)) == 1


def test_zapier(zapier: Zapier, ours: Service, gateway: GatewayServer, tmp_path: Path) -> None:
    write(tmp_path, emitter("zapier")(ours, EmitOptions()).files)
    trigger, auth = "triggers.newResult.operation", {"api_key": KEY, "base_url": gateway.url}
    with Sink() as sink:
        bundle = {"authData": auth, "inputData": {"events": ["image.*"]}, "targetUrl": sink.url("/zap")}
        data = zapier.run(tmp_path, f"{trigger}.performSubscribe", bundle).results
        assert [hook["events"] for hook in subscribed(gateway)] == [["image.*"]]
        made = make_a_picture(gateway)
        sink.wait_for(1, "/zap")
        heard = {"cleanedRequest": json.loads(sink.calls[0].body), "authData": auth}
        (result,) = zapier.run(tmp_path, f"{trigger}.perform", heard).results
        assert result["image_url"] == made["image_url"]
        listed = zapier.run(tmp_path, f"{trigger}.performList", {"authData": auth}).results
        assert listed and listed[0]["image_url"]
        zapier.run(tmp_path, f"{trigger}.performUnsubscribe", {"authData": auth, "subscribeData": data})
        assert subscribed(gateway) == []


def test_make(ours: Service, gateway: GatewayServer) -> None:
    app = MakeApp(emitter("make")(ours, EmitOptions()).files)
    app.connect({"apiKey": KEY, "baseUrl": gateway.url})
    with Sink() as sink:
        hook = app.attach("newResult", sink.url("/make"), {"events": ["*.succeeded"], "services": ["tuen"]})
        assert [found["id"] for found in subscribed(gateway)] == [hook["externalHookId"]]
        made = make_a_picture(gateway)
        sink.wait_for(1, "/make")
        (bundle,) = app.receive("newResult", json.loads(sink.calls[0].body))
        assert bundle["image_url"] == made["image_url"]
        app.detach("newResult", hook)
        assert subscribed(gateway) == []
    rows = World(gateway.process.shared.ledger).rows(hooks)
    assert {row.status for row in rows if row.tenant == "t:acme"} == {"deleted"}

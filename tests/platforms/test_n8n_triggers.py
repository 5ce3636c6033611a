"""The trigger nodes in a real n8n: lists that are watched, and webhooks that are called."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer, RecordedRequest
from specloom.schemas.load import load
from specloom.schemas.model import Service
from tests.platforms.conftest import Servers
from tests.platforms.n8n_nodes import SERVICES, Nodes, workflow, write_package

OFTEN = {"item": [{"mode": "custom", "cronExpression": f"{second} * * * * *"} for second in range(0, 60, 2)]}
"""n8n wants a minute between two polls of one schedule: so there are thirty of them."""
HOOKED = """
openapi: 3.1.0
info: {title: Hooked, version: "1", description: A service that calls.}
x-specloom:
  key: hooked
  connection: {operation: listHooks}
  webhook_signature: {algorithm: hmac-sha256, content: "{id}.{timestamp}.{body}", signature_header: webhook-signature,
    timestamp_header: webhook-timestamp, id_header: webhook-id, encoding: base64, prefix: "v1,", tolerance: 300}
servers: [{url: https://api.hooked.example.com}]
security: [{key: []}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Hook-Key}}}
paths:
  /hooks:
    get:
      operationId: listHooks
      tags: [Hook]
      summary: List hooks
      responses: {"200": {description: Hooks, content: {application/json: {example: {hooks: []}}}}}
    post:
      operationId: createHook
      tags: [Hook]
      summary: Subscribe
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [target_url]
              properties:
                target_url: {type: string, format: uri}
                topic: {type: string, enum: [all, images]}
            example: {target_url: https://n8n.example.com/hook, topic: images}
      responses:
        "201":
          description: Subscribed
          content: {application/json: {example: {id: hook_1}}}
          links: {unsubscribe: {operationId: deleteHook, parameters: {hook_id: $response.body#/id}}}
      callbacks:
        resultReady:
          "{$request.body#/target_url}":
            post:
              summary: New Result
              description: Triggers when a result is there.
              requestBody:
                content: {application/json: {schema: {type: object}, example: {id: evt_1, image_url: https://cdn.example.com/1.png}}}
              responses: {"200": {description: Fine}}
  /hooks/{hook_id}:
    delete:
      operationId: deleteHook
      tags: [Hook]
      summary: Unsubscribe
      parameters: [{name: hook_id, in: path, required: true, schema: {type: string}, example: hook_1}]
      responses: {"204": {description: Gone}}
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Service]:
    document = tmp_path_factory.mktemp("hooked") / "hooked.openapi.yaml"
    document.write_text(HOOKED)
    loaded = load(document).service
    assert loaded.problems == ()
    return {"tengrai": SERVICES["tengrai"], "mayanio": SERVICES["mayanio"], "hooked": loaded}


@pytest.fixture(scope="module")
def nodes(n8n: Servers, services: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("n8n")
    server = n8n(*(write_package(service, folder / key) for key, service in services.items()))
    emulated = EmulatorServer(services.values(), job_seconds=0, items=12).start()
    yield Nodes(server, emulated, services)
    emulated.stop()


class Active:
    """An active workflow that begins with a trigger."""

    def __init__(self, nodes: Nodes, node: dict[str, Any]) -> None:
        self.api = nodes.n8n.api
        document = workflow(node)
        document["nodes"] = document["nodes"][1:]
        document["connections"] = {}
        self.id = self.api.save_workflow(document)
        self.api.activate(self.id)

    def told(self, count: int, timeout: float = 20) -> list[dict[str, Any]]:
        """The items of the first `count` executions, oldest first."""
        found = self.api.wait_for_executions(self.id, count, timeout)
        return [item for execution in reversed(found) for item in items_of(execution)]

    def stop(self) -> None:
        self.api.deactivate(self.id)


def items_of(execution: dict[str, Any]) -> list[dict[str, Any]]:
    (runs,) = execution["data"]["resultData"]["runData"].values()
    return [item["json"] for item in runs[0]["data"]["main"][0]]


def trigger(nodes: Nodes, key: str, kind: str, **parameters: Any) -> dict[str, Any]:
    return {
        "parameters": parameters,
        "name": "Trigger",
        "type": f"n8n-nodes-{key}.{kind}",
        "typeVersion": 1,
        "credentials": nodes.credential(key),
        "webhookId": f"hook-{time.monotonic_ns()}",
    }


def polling(nodes: Nodes, key: str, event: str, **parameters: Any) -> dict[str, Any]:
    return trigger(nodes, key, f"{key}Trigger", event=event, pollTimes=OFTEN, **parameters)


def wait_for_calls(nodes: Nodes, operation_id: str, count: int = 1) -> list[RecordedRequest]:
    """n8n answers an activation before it has carried it out."""
    deadline = time.monotonic() + 20
    while len(found := nodes.emulator.emulator.calls(operation_id)) < count:
        assert time.monotonic() < deadline, f"{operation_id} was not called"
        time.sleep(0.05)
    return found


def wait_for_polls(nodes: Nodes, operation_id: str, count: int) -> None:
    wait_for_calls(nodes, operation_id, len(nodes.emulator.emulator.calls(operation_id)) + count)
    time.sleep(0.3)


def test_a_new_element_is_told_once_and_what_was_there_never(nodes: Nodes) -> None:
    active = Active(nodes, polling(nodes, "mayanio", "listProjects"))
    try:
        wait_for_polls(nodes, "listProjects", 2)
        added = [nodes.emulator.emulator.add_item("mayanio", "listProjects") for _ in range(2)]
        told = active.told(1)
        wait_for_polls(nodes, "listProjects", 2)
        assert active.told(1) == told, "told again"
        assert sorted(item["id"] for item in told) == sorted(item["id"] for item in added)
    finally:
        active.stop()


def test_only_elements_in_the_wanted_state_are_told_once_they_reach_it(nodes: Nodes) -> None:
    active = Active(nodes, polling(nodes, "tengrai", "listArtworks"))
    try:
        wait_for_polls(nodes, "listArtworks", 2)
        nodes.emulator.emulator.add_item("tengrai", "listArtworks", {"status": "processing", "id": "new-1"})
        wait_for_polls(nodes, "listArtworks", 2)
        assert active.api.executions(active.id) == []
        nodes.emulator.emulator.add_item("tengrai", "listArtworks", {"status": "succeeded", "id": "new-1"})
        (told,) = active.told(1)
        assert (told["id"], told["status"]) == ("new-1", "succeeded")
    finally:
        active.stop()


def test_a_restart_tells_nothing_twice_and_misses_nothing(nodes: Nodes) -> None:
    active = Active(nodes, polling(nodes, "mayanio", "listProjects"))
    try:
        wait_for_polls(nodes, "listProjects", 2)
        first = nodes.emulator.emulator.add_item("mayanio", "listProjects")
        assert [item["id"] for item in active.told(1)] == [first["id"]]
        nodes.n8n.stop()
        second = nodes.emulator.emulator.add_item("mayanio", "listProjects")
        nodes.n8n.start()
        wait_for_polls(nodes, "listProjects", 2)
        assert [item["id"] for item in active.told(2)] == [first["id"], second["id"]]
        wait_for_polls(nodes, "listProjects", 2)
        assert len(active.api.executions(active.id)) == 2
    finally:
        active.stop()


def test_an_element_that_comes_right_after_the_first_look_is_told(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    active = Active(nodes, polling(nodes, "mayanio", "listProjects"))
    try:
        wait_for_calls(nodes, "listProjects")
        time.sleep(0.2)
        added = nodes.emulator.emulator.add_item("mayanio", "listProjects")
        assert [item["id"] for item in active.told(1, timeout=10)] == [added["id"]]
    finally:
        active.stop()


def test_the_editor_shows_a_sample(nodes: Nodes) -> None:
    document = workflow(polling(nodes, "tengrai", "listArtworks"))
    document["nodes"] = document["nodes"][1:]
    document["connections"] = {}
    (item,) = nodes.n8n.run(document).json()
    assert item["status"] == "succeeded" and item["id"]


def test_the_filter_of_the_list_is_sent(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    active = Active(nodes, polling(nodes, "mayanio", "listProjects", additionalFields={"type": "videos"}))
    try:
        wait_for_polls(nodes, "listProjects", 1)
        assert {call.inputs["type"] for call in nodes.emulator.emulator.calls("listProjects")} == {"videos"}
    finally:
        active.stop()


def test_a_webhook_is_subscribed_called_and_unsubscribed(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    node = trigger(nodes, "hooked", "hookedWebhookTrigger", event="resultReady", additionalFields={"topic": "images"})
    node["credentials"] = nodes.credential("hooked", webhookSecret=nodes.emulator.emulator.settings.secret)
    active = Active(nodes, node)
    try:
        (call,) = wait_for_calls(nodes, "createHook")
        assert call.body["topic"] == "images" and call.body["target_url"].startswith(nodes.n8n.url)
        assert nodes.emulator.emulator.fire("hooked", "resultReady") == 1
        (told,) = active.told(1)
        assert told["image_url"]
        url = call.body["target_url"]
    finally:
        active.stop()
    assert len(wait_for_calls(nodes, "deleteHook")) == 1
    assert nodes.n8n.api.call_webhook(url.partition("/webhook/")[2], {}).status_code == 404


def test_a_wrong_signature_is_refused(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    node = trigger(nodes, "hooked", "hookedWebhookTrigger", event="resultReady")
    node["credentials"] = nodes.credential("hooked", webhookSecret="another secret")
    active = Active(nodes, node)
    try:
        url = wait_for_calls(nodes, "createHook")[0].body["target_url"].partition("/webhook/")[2]
        assert nodes.n8n.api.call_webhook(url, {"id": 1}).status_code == 401
        nodes.emulator.emulator.fire("hooked", "resultReady")
        time.sleep(1)
        assert active.api.executions(active.id) == []
        assert {d.status for d in nodes.emulator.emulator.deliveries} == {401}
    finally:
        active.stop()


def test_a_repeated_call_is_told_once(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    secret = nodes.emulator.emulator.settings.secret
    node = trigger(nodes, "hooked", "hookedWebhookTrigger", event="resultReady")
    node["credentials"] = nodes.credential("hooked", webhookSecret=secret)
    active = Active(nodes, node)
    try:
        url = wait_for_calls(nodes, "createHook")[0].body["target_url"]
        nodes.emulator.emulator.fire("hooked", "resultReady")
        active.told(1)
        # One that was refused before may be tried again meanwhile.
        (delivery,) = [d for d in nodes.emulator.emulator.deliveries if (d.url, d.status) == (url, 200)]
        path = url.partition("/webhook/")[2]
        again = nodes.n8n.api.call_webhook(path, json.loads(delivery.body), headers=dict(delivery.headers))
        assert again.status_code in (200, 401)  # the body is not the same byte by byte
        time.sleep(1)
        assert len(active.api.executions(active.id)) == 1
    finally:
        active.stop()


def test_the_packages_of_trigger_services_pass_the_official_tools(
    services: dict[str, Service], n8n_tools: Path, tmp_path: Path
) -> None:
    from tests.platforms import n8n_lint

    package = write_package(services["hooked"], tmp_path / "hooked")
    for outcome in (n8n_lint.lint(package), n8n_lint.build(package), n8n_lint.scan(package)):
        assert (outcome.errors, outcome.warnings) == ([], []), outcome.output

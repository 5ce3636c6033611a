"""Every operation of every service, drop-in and uniform: success, and every error its document knows."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from specloom.connector.gateway.routes.proxy import _with
from specloom.schemas.http.inputs import to_wire
from specloom.schemas.http.result import flat_field
from specloom.schemas.model import Operation
from tests.connector.gateway.harness import GatewayServer, example, services

ALL = [(key, o) for key, service in services().items() for o in service.operations]
ERRORS = [
    (key, operation, int(response.status))
    for key, operation in ALL
    for response in operation.errors
    if response.status.isdigit()
]
IDS = [f"{key}-{o.operation_id}" for key, o in ALL]
OURS = {400: 400, 401: 401, 402: 402, 403: 403, 404: 404, 422: 400, 429: 429, 500: 502, 504: 504}
"""A vendor's status to that of our reply, where its document says nothing else."""


def inputs_of(gateway: GatewayServer, key: str, operation: Operation) -> dict[str, Any]:
    """Inputs that exist at the vendor: a read asks for what was made just now."""
    inputs = example(operation)
    if operation.operation_id == "getMusicStatus":
        made = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"})
        return {"request_id": made.json()["id"]}
    if operation.operation_id == "downloadAudio":
        made = gateway.run("tuneforge", "generateMusic", {"prompt": "rain"})
        return {"file": made.json()["items"][0]["file_name"]}
    if operation.operation_id == "getArtwork":
        made = gateway.run("tengrai", "createQuantumArtwork", {"prompt": "rain"})
        return {"id": made.json()["id"]}
    if operation.operation_id == "revokeOrganizationApiKey":
        made = gateway.run("tengrai", "createOrganizationApiKey", example(_tengrai("createOrganizationApiKey")))
        return {**inputs, "keyId": made.json()["raw"]["keyId"]}
    return inputs


def _tengrai(operation_id: str) -> Operation:
    found = services()["tengrai"].operation(operation_id)
    assert found is not None
    return found


@pytest.mark.parametrize(("key", "operation"), ALL, ids=IDS)
def test_uniform_success(gateway: GatewayServer, key: str, operation: Operation) -> None:
    reply = gateway.run(key, operation.operation_id, inputs_of(gateway, key, operation))
    result = reply.json()
    assert reply.status_code == 200, result
    assert (result["status"], result["service"], result["operation"]) == ("succeeded", key, operation.operation_id)
    flat = flat_field(operation.output.type, result["items"])
    if operation.output.type != "none":
        assert flat is not None and result[flat[0]] == flat[1]


@pytest.mark.parametrize(("key", "operation"), ALL, ids=IDS)
def test_drop_in_success(gateway: GatewayServer, key: str, operation: Operation) -> None:
    """Only the host changes, and the answer is the vendor's to the byte, but for the flat fields."""
    emulator = gateway.emulator
    assert emulator is not None
    wire = to_wire(operation, inputs_of(gateway, key, operation))
    path = emulator.emulator.base_path(key) + wire.path
    headers = {"Authorization": f"Bearer {gateway.key(key)}"}
    body = wire.body if operation.media_type else None
    emulator.emulator.clear()
    through = requests.request(
        operation.method, gateway.url + path, params=list(wire.query), json=body, headers=headers, timeout=10
    )
    seen = emulator.emulator.calls()[-1]
    assert seen.path == path and through.status_code == seen.status
    if operation.output.binary:
        assert through.headers["Content-Type"] == "audio/wav" and through.content.startswith(b"RIFF")
        return
    reply = dict(through.json()) if isinstance(through.json(), dict) else through.json()
    if isinstance(reply, dict) and isinstance(seen.reply, dict):
        added = reply.keys() - seen.reply.keys()
        assert added <= {"image_url", "audio_url", "video_url", "model_url", "text"}
        assert {name: reply[name] for name in seen.reply} == seen.reply
    else:
        assert reply == seen.reply


@pytest.mark.parametrize(
    ("key", "operation", "status"), ERRORS, ids=[f"{k}-{o.operation_id}-{s}" for k, o, s in ERRORS]
)
def test_documented_error(gateway: GatewayServer, key: str, operation: Operation, status: int) -> None:
    service = services()[key]
    bad = f"{service.auth.key_prefix}error_{status}-{operation.operation_id}"
    inputs = example(operation)
    reply = gateway.run(key, operation.operation_id, inputs, key=bad)
    error = reply.json()["error"]
    kind = service.errors.types.get(str(status))
    assert error["status"] == status and error["message"] and not error["message"].startswith("HTTP ")
    assert kind is None or error["type"] == kind
    if kind is None:
        assert reply.status_code == OURS[status]
    drop_in = drop_in_call(gateway, key, operation, inputs, bad + "-drop-in")
    assert drop_in.status_code == status and error["message"] in flat_text(drop_in.json())


def drop_in_call(
    gateway: GatewayServer, key: str, operation: Operation, inputs: dict[str, Any], secret: str
) -> requests.Response:
    assert gateway.emulator is not None
    wire = to_wire(operation, inputs)
    return gateway.call(
        operation.method,
        gateway.emulator.emulator.base_path(key) + wire.path,
        key=secret,
        params=list(wire.query),
        json=wire.body if operation.media_type else None,
    )


def flat_text(body: Any) -> str:
    """All texts of an error body, joined as the normalized message joins them."""
    if isinstance(body, dict):
        return " | ".join(flat_text(value) for value in body.values())
    if isinstance(body, list):
        parts = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" if isinstance(e, dict) and "msg" in e else str(e)
            for e in body
        ]
        return "; ".join(parts)
    return str(body)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1.0}', b'{"a": 1.0,"image_url":"u"}'),
        (b"{ }\n", b'{ "image_url":"u"}\n'),
        (b"[]", b"[]"),
    ],
)
def test_fields_are_added_before_the_last_brace(data: bytes, expected: bytes) -> None:
    assert _with(data, {"image_url": "u"}) == expected

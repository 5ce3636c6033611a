"""Whatever is sent, the emulator answers as the vendor would: never with a fault of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specloom.connector.emulator import create_app, emulator_of
from specloom.connector.emulator.credentials import good_key
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Operation

SERVICES = {key: load(path).service for key, path in bundled().items()}
APP = create_app(SERVICES.values(), callback_delays=(), job_seconds=0.0)
OPERATIONS = [(key, operation) for key, service in SERVICES.items() for operation in service.operations]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def client() -> FlaskClient:
    return APP.test_client()


def send(client: FlaskClient, key: str, operation: Operation, path: str, query: Any, body: Any) -> int:
    url = emulator_of(APP).base_path(key) + path
    headers = {"Authorization": f"Bearer {good_key(SERVICES[key])}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if operation.media_type else None
    reply = client.open(url, method=operation.method, query_string=query, headers=headers, data=data)
    assert reply.status_code < 500, reply.get_data(as_text=True)
    if reply.is_json:
        json.loads(reply.get_data())
    return reply.status_code


@QUIET
@given(place=st.sampled_from(OPERATIONS), body=JSON)
def test_any_body(client: FlaskClient, place: tuple[str, Operation], body: Any) -> None:
    key, operation = place
    path = operation.path.replace("{", "").replace("}", "")
    status = send(client, key, operation, path, {}, body)
    if operation.media_type and not isinstance(body, dict):
        assert status == 400


@QUIET
@given(place=st.sampled_from(OPERATIONS), data=st.data())
def test_known_fields_with_any_values(client: FlaskClient, place: tuple[str, Operation], data: st.DataObject) -> None:
    key, operation = place
    sent = [f for f in operation.fields if f.location == "body" and f.name != "webhook"]
    body = {f.name: data.draw(JSON | st.sampled_from([c.value for c in f.choices] or ["x", 1])) for f in sent}
    query = {
        f.name: data.draw(st.text(max_size=5) | st.integers(-5, 500).map(str))
        for f in operation.fields
        if f.location == "query"
    }
    send(client, key, operation, operation.path.replace("{", "").replace("}", ""), query, body)


@QUIET
@given(
    key=st.sampled_from(sorted(SERVICES)), path=st.text(max_size=30), method=st.sampled_from(["GET", "PUT", "PATCH"])
)
def test_any_path(client: FlaskClient, key: str, path: str, method: str) -> None:
    reply = client.open(f"/{key}/{path}", method=method, headers={"Authorization": "Bearer x"})
    assert reply.status_code < 500


@QUIET
@given(header=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40))
def test_any_credential(client: FlaskClient, header: str) -> None:
    reply = client.get(emulator_of(APP).base_path("tuneforge") + "/account/me", headers={"Authorization": header})
    expected = {200, 401, 402, 429} if "error_" in header or "limit_" in header else {200, 401}
    assert reply.status_code in expected


@QUIET
@given(body=st.binary(max_size=60), kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data"]))
def test_any_bytes(client: FlaskClient, body: bytes, kind: str) -> None:
    headers = {"Authorization": "Bearer tuen_sk_x", "Content-Type": kind}
    reply = client.post("/tuen/api/services/image_gen", data=body, headers=headers)
    assert reply.status_code in (200, 400)
    told = json.loads(reply.get_data())
    assert "error" in told or told["success"]

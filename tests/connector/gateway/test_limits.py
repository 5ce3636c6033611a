"""Inputs are checked and rate limits kept before a vendor's call is spent."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests
from msgspec.structs import replace

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.model import RateLimit, Service
from tests.connector.gateway.harness import GatewayServer, check_result, running, services


def limited(requests_: int, seconds: int, *, headers: bool) -> dict[str, Service]:
    """MayanIO with another documented limit, with or without the headers that tell it."""
    service = services()["mayanio"]
    rate = service.rate_limit
    assert rate is not None
    rate = replace(rate, requests=requests_, seconds=seconds)
    rate = rate if headers else RateLimit(requests=requests_, seconds=seconds)
    return {**services(), "mayanio": replace(service, rate_limit=rate)}


def test_calls_wait_for_their_turn(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Five calls where two are allowed in two seconds: the rest come in the next windows."""
    began, statuses = time.monotonic(), []
    with running(tmp_path_factory.mktemp("turns"), emulator, known=limited(2, 2, headers=False)) as server:
        threads = [
            threading.Thread(
                target=lambda: statuses.append(server.run("mayanio", "generateImages", {"prompt": "x"}).status_code)
            )
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 5 and 3.5 < time.monotonic() - began < 9


def test_whoever_would_wait_too_long_is_told(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environ = {"SPECLOOM_PATIENCE": "0.3"}
    known = limited(1, 60, headers=False)
    with running(tmp_path_factory.mktemp("told"), emulator, environ=environ, known=known) as server:
        assert server.run("mayanio", "generateImages", {"prompt": "x"}).status_code == 200
        reply = server.run("mayanio", "generateImages", {"prompt": "x"})
        error = reply.json()["error"]
        assert reply.status_code == 429 and error["type"] == "rate_limited" and 50 < error["retry_after"] <= 60
        assert 50 < int(reply.headers["Retry-After"]) <= 61
        drop_in = server.call("POST", "/mayanio/api/v1/images", key="emulator", json={"prompt": "x"})
        assert drop_in.status_code == 429 and drop_in.json()["error"] and drop_in.headers["Retry-After"]
        # Another key has a limit of its own.
        assert server.run("mayanio", "generateImages", {"prompt": "x"}, key="another").status_code == 200
        assert server.run("mayanio", "generateImages", {"prompt": 3}, key="another").status_code == 400
    assert len(emulator.emulator.calls("generateImages")) == 2


def test_the_vendors_own_limit_replaces_the_documented_one(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Documented are 1 an hour; the first reply's headers tell of a larger plan."""
    environ = {"SPECLOOM_PATIENCE": "0"}
    known = limited(1, 3600, headers=True)
    with running(tmp_path_factory.mktemp("plan"), emulator, environ=environ, known=known) as server:
        for _ in range(5):
            assert server.run("mayanio", "generateImages", {"prompt": "x"}).status_code == 200


def test_what_is_left_is_learned(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A key with three calls left makes three: the fourth costs the vendor nothing."""
    with running(tmp_path_factory.mktemp("left"), emulator, environ={"SPECLOOM_PATIENCE": "0"}) as server:
        for _ in range(3):
            reply = server.run("mayanio", "generateImages", {"prompt": "x"}, key="limit_3-learned")
            assert reply.status_code == 200
        assert reply.json()["rate_limit"]["remaining"] == 0
        assert server.run("mayanio", "generateImages", {"prompt": "x"}, key="limit_3-learned").status_code == 429
    assert len(emulator.emulator.calls("generateImages")) == 3


def test_a_429_is_obeyed_by_the_next_process_too(
    emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("obeyed")
    for turn in range(2):
        with running(data, emulator, environ={"SPECLOOM_PATIENCE": "0"}) as server:
            reply = server.run("tuneforge", "getAccount", key="tf_limit_0-obeyed")
            assert reply.status_code == 429 and reply.json()["error"]["retry_after"] > 0, turn
            assert server.run("tuneforge", "getAccount", key="tf_limit_0-obeyed").status_code == 429
    assert len(emulator.emulator.calls("getAccount")) == 1


def test_the_limit_can_be_set(emulator: EmulatorServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    environ = {"SPECLOOM_PATIENCE": "0", "SPECLOOM_TUEN_RATE_LIMIT": "1/60"}
    with running(tmp_path_factory.mktemp("set"), emulator, environ=environ) as server:
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 200
        assert server.run("tuen", "generateImage", {"prompt": "x"}).status_code == 429


# --- inputs


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("tuen", "generateImage", {}, "prompt is required"),
    ("tuen", "generateImage", {"prompt": 5}, "prompt must be a string"),
    ("tuen", "textToSpeech", {"text": "x" * 501}, "text must have at most 500 characters"),
    ("tuen", "generateImage", {"prompt": "x", "style": "oil"}, "style must be one of: none, anime"),
    ("mayanio", "generateImages", {"prompt": "x", "num_images": 9}, "num_images must be at most 4"),
    ("mayanio", "generate3DModel", {}, "needs image_url or image_base64"),
    ("mayanio", "listProjects", {"page": "first"}, "page must be an integer"),
    ("tuneforge", "getMusicStatus", {}, "request_id is required"),
    ("tuneforge", "getMusicStatus", {"request_id": ".."}, "request_id may hold no part that is '.' or '..'"),
    ("tengrai", "createFaceSwapArtwork", {"sourceImage": "https://a.example/b.png"}, "targetImage is required"),
]


@pytest.mark.parametrize(("key", "operation", "inputs", "message"), WRONG)
def test_wrong_inputs_are_refused_and_cost_nothing(
    gateway: GatewayServer, key: str, operation: str, inputs: dict[str, Any], message: str
) -> None:
    reply = gateway.run(key, operation, inputs)
    assert reply.status_code == 400 and reply.json()["error"]["type"] == "invalid_request"
    assert message in reply.json()["error"]["message"]
    assert gateway.emulator is not None and gateway.emulator.emulator.calls() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/tuen/api/services/tts", {"text": "x" * 501}, "text must have at most 500 characters"),
        ("POST", "/mayanio/api/v1/images", {"prompt": "x", "num_images": "2"}, "num_images must be an integer"),
        ("GET", "/mayanio/api/v1/projects?limit=many", None, "limit must be an integer"),
        ("GET", "/tuneforge/api/v1/music/status/%2E%2E", None, "request_id may hold no part"),
        ("POST", "/tuneforge/api/v1/music/generate", None, "A JSON body is required"),
    ],
)
def test_wrong_drop_in_calls_are_refused_and_cost_nothing(
    gateway: GatewayServer, method: str, path: str, body: Any, message: str
) -> None:
    reply = gateway.call(method, path, key="tuen_sk_x", json=body)
    assert reply.status_code == 400 and reply.headers["Specloom-Error"] == "invalid_request"
    place = "detail" if "tuneforge" in path else "error"
    assert message in reply.json()[place]
    assert gateway.emulator is not None and gateway.emulator.emulator.calls() == []


def test_values_a_document_only_infers_pass_with_a_warning(gateway: GatewayServer) -> None:
    fields = {
        (key, o.operation_id): f
        for key, s in services().items()
        for o in s.operations
        for f in o.fields
        if f.choices and (f.open or f.inferred) and f.location == "body" and f.type == "string" and not f.when
    }
    (key, operation), field = next(iter(fields.items()))
    found = next(o for o in services()[key].operations if o.operation_id == operation)
    inputs = {**dict(found.request_examples[0].value), field.name: "something-new"}
    reply = requests.post(
        f"{gateway.url}/run/{key}/{operation}",
        json=inputs,
        headers={"Authorization": f"Bearer {gateway.key(key)}", "Prefer": "respond-async"},
        timeout=10,
    )
    check_result(reply.json())
    assert reply.status_code == 202, reply.text
    assert f"{field.name}: 'something-new' is not among the documented values" in reply.headers["Specloom-Warning"]


def test_unknown_inputs_are_said_and_not_sent(gateway: GatewayServer) -> None:
    reply = gateway.run("tuen", "generateImage", {"prompt": "x", "colour": "red"})
    assert reply.status_code == 200 and "'colour' is no input" in reply.headers["Specloom-Warning"]
    assert gateway.emulator is not None
    assert gateway.emulator.emulator.calls("generateImage")[-1].body == {"prompt": "x"}
    more = gateway.run("tuen", "generateImage", {"prompt": "x", "additionalBody": {"colour": "red"}})
    assert more.status_code == 200 and gateway.emulator.emulator.calls("generateImage")[-1].body["colour"] == "red"


@pytest.mark.parametrize(
    ("key", "operation", "secret", "kind", "words"),
    [
        ("tuen", "generateImage", "tuen_sk_error_429", "rate_limited", "Resets in ~3h"),
        ("tuen", "generateImage", "tuen_sk_error_402", "quota_exceeded", ""),
        ("aiops", "generateImage", "aiops_sk_error_402", "insufficient_credits", "Insufficient credits"),
        ("tuneforge", "generateMusic", "tf_error_402", "insufficient_credits", "You need 5 credits"),
        ("tuneforge", "generateMusic", "tf_error_422", "invalid_request", "prompt"),
        ("mayanio", "generateImages", "error_402", "insufficient_credits", ""),
        ("tengrai", "createQuantumArtwork", "error_400", "invalid_request", ""),
    ],
)
def test_vendors_errors_in_one_shape(
    gateway: GatewayServer, key: str, operation: str, secret: str, kind: str, words: str
) -> None:
    inputs = {"prompt": "x"}
    error = gateway.run(key, operation, inputs, key=f"{secret}-shape").json()["error"]
    assert error["type"] == kind and words in error["message"]
    if words.startswith("Resets"):
        assert error["retry_after"] == 3 * 3600 and error["retryable"]

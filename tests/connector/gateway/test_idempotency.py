"""Idempotency-Key: the second call finds the first one's answer, and the vendor is not asked again."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import requests

from specloom.connector.gateway.idempotency import KEPT_FOR
from specloom.connector.server.wiring import purge
from tests.connector.gateway.harness import GatewayServer, check_result

DROP_IN = "/tuen/api/services/image_gen"
RUN = "/run/tuen/generateImage"


def ask(
    gateway: GatewayServer, path: str, key: str, inputs: Any = None, secret: str = "tuen_sk_x", **headers: str
) -> requests.Response:
    body = {"prompt": "x"} if inputs is None else inputs
    return gateway.call("POST", path, key=secret, json=body, headers={"Idempotency-Key": key, **headers})


def made(gateway: GatewayServer) -> int:
    assert gateway.emulator is not None
    return len([call for call in gateway.emulator.emulator.calls() if call.method == "POST"])


@pytest.mark.parametrize("path", [RUN, DROP_IN])
def test_a_repeated_call_returns_the_first_answer(gateway: GatewayServer, path: str) -> None:
    first = ask(gateway, path, f"again {path}")
    again = ask(gateway, path, f"again {path}")
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert made(gateway) == 1


@pytest.mark.parametrize("path", [RUN, DROP_IN])
def test_another_body_under_the_same_key(gateway: GatewayServer, path: str) -> None:
    ask(gateway, path, f"other {path}")
    reply = ask(gateway, path, f"other {path}", {"prompt": "y"})
    assert reply.status_code == 422 and made(gateway) == 1
    if path == RUN:
        check_result(reply.json())


@pytest.mark.parametrize("path", [RUN, DROP_IN])
def test_a_call_that_is_under_way(gateway: GatewayServer, path: str) -> None:
    replies: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: replies.append(ask(gateway, path, f"busy {path}", secret="tuen_sk_slow_1")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200, 409, 409, 409, 409, 409] and made(gateway) == 1
    assert all(r.headers["Retry-After"] == "1" for r in replies if r.status_code == 409)


def test_keys_are_each_tenants_and_each_operations_own(gateway: GatewayServer) -> None:
    for path, secret, body in (
        (RUN, "tuen_sk_one", {"prompt": "x"}), (RUN, "tuen_sk_two", {"prompt": "x"}),
        (DROP_IN, "tuen_sk_one", {"prompt": "x"}), ("/run/tuen/textToSpeech", "tuen_sk_one", {"text": "x"}),
    ):  # fmt: skip
        assert "Idempotent-Replayed" not in ask(gateway, path, "mine", body, secret).headers
    assert made(gateway) == 4


@pytest.mark.parametrize(("secret", "calls"), [("tuen_sk_error_402", 2), ("tuen_sk_error_500", 1)])
def test_a_refusal_is_no_answer_to_keep(gateway: GatewayServer, secret: str, calls: int) -> None:
    """Who bought credits meanwhile may try again with the same key; what may have been done is not repeated."""
    key = f"refused {secret}"
    for _ in range(2):
        reply = ask(gateway, RUN, key, secret=f"{secret}-idempotent")
        check_result(reply.json())
    assert made(gateway) == calls


def test_inputs_that_are_refused_cost_no_key(gateway: GatewayServer) -> None:
    assert ask(gateway, RUN, "wrong first", {"prompt": 3}).status_code == 400
    assert ask(gateway, RUN, "wrong first", {"prompt": "3"}).status_code == 200


def test_a_job_is_found_again(gateway: GatewayServer) -> None:
    path, body = "/run/tuneforge/generateMusic", {"prompt": "rain"}
    first = ask(gateway, path, "song", body, "tf_x", Prefer="respond-async")
    again = ask(gateway, path, "song", body, "tf_x", Prefer="wait=10")
    assert first.status_code == 202 and again.status_code == 200
    assert first.headers["Location"] == again.headers["Location"] and again.json()["status"] == "succeeded"
    assert made(gateway) == 1


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_what_is_no_key(gateway: GatewayServer, key: str) -> None:
    assert ask(gateway, RUN, key).status_code == 400


def test_keys_are_forgotten_after_a_day(gateway: GatewayServer) -> None:
    ask(gateway, RUN, "old")
    purge(gateway.process.shared, time.time() + KEPT_FOR - 60)
    ask(gateway, RUN, "old")
    assert made(gateway) == 1
    purge(gateway.process.shared, time.time() + KEPT_FOR + 1)
    ask(gateway, RUN, "old")
    assert made(gateway) == 2


def test_a_secret_in_an_answer_is_not_kept(gateway: GatewayServer) -> None:
    path, body = (
        "/run/tengrai/createOrganizationApiKey",
        {"orgId": "org_1", "label": "x", "scope": "generator", "domains": ["*"]},
    )
    first = ask(gateway, path, "mint", body, "emulator")
    assert first.status_code == 200, first.text
    again = ask(gateway, path, "mint", body, "emulator")
    assert again.status_code == 409 and "too secret" in again.json()["error"]["message"] and made(gateway) == 1

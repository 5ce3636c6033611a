"""Callbacks: where they go, how they are signed, how often they are tried."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from tests.support.emulated import Receiver


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def make(*statuses: int) -> Receiver:
        made.append(Receiver(*statuses))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.mark.parametrize(("statuses", "attempts"), [((), 1), ((500, 302, 200), 3), ((500, 500, 500, 500), 3)])
def test_callbacks_are_signed_and_repeated(
    receiver: Callable[..., Receiver], statuses: tuple[int, ...], attempts: int
) -> None:
    heard = receiver(*statuses)
    server = EmulatorServer(["tengrai"], callback_delays=(0.05, 0.05), callback_after=0.01, secret="s3cret")
    with server:
        headers = {"Authorization": "Bearer any"}
        inputs = {"prompt": "ü", "webhook": heard.url}
        url = server.base_url("tengrai")
        made = requests.post(f"{url}/v2/artworks/quantum", json=inputs, headers=headers, timeout=5).json()
        for _ in range(attempts):
            assert heard.arrived.acquire(timeout=5)
        assert not heard.arrived.acquire(timeout=0.3)
        read = requests.get(f"{url}/v2/artworks/{made['id']}", headers=headers, timeout=5).json()
    for sent, body in heard.posts:
        content = sent["Tengrai-Timestamp"].encode() + b"." + body
        assert sent["Tengrai-Signature"] == hmac.new(b"s3cret", content, hashlib.sha256).hexdigest()
        assert json.loads(body) == read
    assert read["status"] == "succeeded" and read["parameters"] == inputs
    assert [delivery.attempt for delivery in server.emulator.deliveries] == list(range(1, attempts + 1))


def test_rotating_the_secret_changes_the_signature(receiver: Callable[..., Receiver]) -> None:
    heard = receiver()
    server = EmulatorServer(["tengrai"], callback_after=0.01)
    with server:
        headers = {"Authorization": "Bearer any"}
        url = server.base_url("tengrai") + "/v2"
        secret = requests.post(f"{url}/organizations/o1/webhook-secret", headers=headers, timeout=5).json()["secret"]
        requests.post(f"{url}/artworks/quantum", json={"webhook": heard.url}, headers=headers, timeout=5)
        assert heard.arrived.acquire(timeout=5)
    sent, body = heard.posts[0]
    content = sent["Tengrai-Timestamp"].encode() + b"." + body
    assert sent["Tengrai-Signature"] == hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def test_callbacks_only_go_where_the_vendor_would_go_if_asked() -> None:
    with EmulatorServer(["tengrai"], plain_callbacks=False) as url:
        reply = requests.post(
            f"{url}/tengrai/v2/artworks/quantum",
            json={"webhook": "http://127.0.0.1:1/x"},
            headers={"Authorization": "Bearer any"},
            timeout=5,
        )
    assert reply.status_code == 400 and "webhook" in reply.json()["message"]

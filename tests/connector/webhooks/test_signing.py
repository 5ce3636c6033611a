"""Signatures as Standard Webhooks has them, and a receiver that lets in nothing else."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks.webhooks import Webhook

from specloom.connector.webhooks.receiver import receiver
from specloom.connector.webhooks.signing import BadSignature, headers, new_secret, verify

SECRET, OLD = new_secret(), new_secret()
BODY = '{"image_url":"https://cdn.example.com/ü.webp"}'
Handled = list[tuple[str, str, bytes]]


@pytest.fixture
def handled() -> Handled:
    return []


@pytest.fixture
def client(handled: Handled) -> FlaskClient:
    app = Flask("receiver")
    app.register_blueprint(receiver([SECRET, OLD], lambda *event: handled.append(event)))
    return app.test_client()


def signed(secrets: list[str] | None = None, body: str = BODY, age: float = 0) -> dict[str, str]:
    return headers(secrets or [SECRET], "evt_1", body, now=time.time() - age)


def post(client: FlaskClient, given: dict[str, Any], body: str | bytes = BODY) -> int:
    return client.post("/", data=body.encode() if isinstance(body, str) else body, headers=given).status_code


def test_the_reference_library_accepts_ours() -> None:
    made = signed([SECRET, OLD])
    for secret in (SECRET, OLD):
        Webhook(secret).verify(BODY, made, json_parse=True)
    assert len(made["webhook-signature"].split(" ")) == 2
    assert "webhook-signature" not in headers([], "evt_1", BODY)


def test_secrets_are_long_and_whole() -> None:
    assert len(base64.b64decode(SECRET.removeprefix("whsec_"))) == 32
    for weak in ("whsec_", "whsec_YQ==", "whsec_" + base64.b64encode(b"x" * 65).decode(), "whsec_not base64!"):
        with pytest.raises(ValueError, match="signing secret"):
            headers([weak], "evt_1", BODY)


def test_a_delivery_is_handled_once(client: FlaskClient, handled: Handled) -> None:
    first, again = signed(age=10), signed()
    assert post(client, {**first, "Specloom-Event": "image.succeeded"}) == 204
    assert post(client, again) == 204
    assert handled == [("image.succeeded", "evt_1", BODY.encode())]


def test_either_secret_while_one_is_replaced(client: FlaskClient, handled: Handled) -> None:
    assert post(client, signed([new_secret(), OLD])) == 204
    assert len(handled) == 1


REFUSED: dict[str, Callable[[], dict[str, Any]]] = {
    "forged": lambda: signed([new_secret()]),
    "stale": lambda: signed(age=301),
    "from the future": lambda: signed(age=-301),
    "another body": lambda: signed(body=BODY + " "),
    "another id": lambda: {**signed(), "webhook-id": "evt_2"},
    "another time": lambda: {**signed(), "webhook-timestamp": str(int(time.time()) - 5)},
    "no headers": lambda: {},
    "no id": lambda: {**signed(), "webhook-id": ""},
    "no signature": lambda: {**signed(), "webhook-signature": ""},
    "no time": lambda: {**signed(), "webhook-timestamp": ""},
    "no number": lambda: {**signed(), "webhook-timestamp": "soon"},
    "not a number": lambda: {**signed(), "webhook-timestamp": "nan"},
    "no end": lambda: {**signed(), "webhook-timestamp": "1e999"},
    "no version": lambda: {**signed(), "webhook-signature": signed()["webhook-signature"].removeprefix("v1,")},
    "another version": lambda: {**signed(), "webhook-signature": signed()["webhook-signature"].replace("v1", "v2")},
    "too many commas": lambda: {**signed(), "webhook-signature": "v1,a,b"},
    "not base64": lambda: {**signed(), "webhook-signature": "v1,\xe9\xe9\xe9"},
    "half a base64": lambda: {**signed(), "webhook-signature": "v1,abc"},
    "cut": lambda: {**signed(), "webhook-signature": signed()["webhook-signature"][:-4]},
}


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED.keys())
def test_refused(client: FlaskClient, handled: Handled, made: Callable[[], dict[str, Any]]) -> None:
    assert post(client, made()) == 401
    assert handled == []


def test_a_replayed_call_is_refused(client: FlaskClient, handled: Handled) -> None:
    made = signed()
    assert post(client, made) == 204
    assert post(client, made) == 401
    assert post(client, {**made, "webhook-signature": "v1,AAAA " + made["webhook-signature"]}) == 401
    assert len(handled) == 1


def test_a_handler_that_fails_is_called_again(handled: Handled) -> None:
    def fail(*event: Any) -> None:
        handled.append(event)
        if len(handled) == 1:
            raise RuntimeError

    app = Flask("receiver")
    app.register_blueprint(receiver([SECRET], fail))
    assert post(app.test_client(), signed(age=10)) == 500
    assert post(app.test_client(), signed()) == 204
    assert len(handled) == 2


def test_ten_thousand_malformed_calls(client: FlaskClient, handled: Handled) -> None:
    chance = random.Random(7)
    letters = "v1,= \tAz09+/_-.:\xe9\x7f\xff" + "e" * 3

    def noise(given: str) -> str:
        kind = chance.randrange(5)
        place = chance.randrange(len(given) + 1)
        extra = "".join(chance.choice(letters) for _ in range(chance.randrange(1, 12)))
        if kind == 0:
            return given[:place]
        if kind == 1:
            return given[:place] + extra + given[place:]
        if kind == 2:
            return extra
        if kind == 3:
            return given * chance.randrange(2, 40)
        return "".join(chance.choice(letters) if chance.random() < 0.2 else letter for letter in given)

    statuses: dict[int, int] = {}
    for _ in range(10_000):
        made, body = signed(), BODY.encode()
        for name in chance.sample(
            ["webhook-id", "webhook-timestamp", "webhook-signature", "body"], chance.randrange(1, 4)
        ):
            if name == "body":
                body = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
            elif chance.random() < 0.1:
                del made[name]
            else:
                made[name] = noise(made[name]).strip("\r\n")
        try:
            verified = verify([SECRET], made, body)
        except BadSignature:
            verified = ""
        status = post(client, made, body)
        statuses[status] = statuses.get(status, 0) + 1
        assert status == 401 or (status == 204 and verified == "evt_1")
    assert statuses[401] > 9000

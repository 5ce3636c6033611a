"""One delivery on the wire: what is sent, and what counts as an answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from specloom.connector.network.ssrf import Guard
from specloom.connector.webhooks.delivery.model import Claim, Outcome
from specloom.connector.webhooks.delivery.sender import Sender, seconds_of
from specloom.connector.webhooks.signing import new_secret, verify
from tests.connector.gateway.harness import eventually
from tests.connector.webhooks.servers import free_port
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import LOCAL, QUICK

SECRETS = (new_secret(), new_secret())
CLAIM = Claim(
    delivery_id="dlv_1", event_id="evt_1", hook_id="hook_1", tenant="acme", kind="hook", event_type="image.succeeded",
    url="", body='{"id":"ü"}', sealed=SECRETS, attempts=0, lease="me", lease_until=0, healthy=True,
)  # fmt: skip


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def send(url: str, guard: Guard = LOCAL, **settings: Any) -> Outcome:
    return Sender(guard, str, replace(QUICK, timeout=1, **settings)).send(replace(CLAIM, url=url))


def test_what_is_sent(sink: Sink) -> None:
    outcome = send(sink.url("/ok?token=1"))
    assert outcome.delivered and (outcome.status, outcome.response) == (200, "thanks")
    call = sink.calls[0]
    assert call.path == "/ok?token=1" and json.loads(call.body) == {"id": "ü"}
    assert call.headers["content-type"] == "application/json"
    assert call.headers["specloom-event"] == "image.succeeded"
    for secret in SECRETS:
        assert verify([secret], call.headers, call.body) == "evt_1"


def test_each_attempt_has_its_own_time_and_the_same_id(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender(LOCAL, str, QUICK)
    sender.send(replace(CLAIM, url=sink.url()))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    sender.send(replace(CLAIM, url=sink.url()))
    one, two = (call.headers for call in sink.calls)
    assert one["webhook-id"] == two["webhook-id"]
    assert one["webhook-timestamp"] != two["webhook-timestamp"]
    assert one["webhook-signature"] != two["webhook-signature"]
    assert sink.connections == 1


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/fail", 500, "HTTP 500"),
        ("/missing", 404, "HTTP 404"),
        ("/gone", 410, "HTTP 410"),
        ("/redirect", 302, "HTTP 302: redirects are not followed"),
        ("/busy", 429, "HTTP 429"),
    ],
)
def test_failures(sink: Sink, path: str, status: int, error: str) -> None:
    outcome = send(sink.url(path))
    assert (outcome.status, outcome.error, outcome.gone) == (status, error, status == 410)
    assert outcome.retry_after == (7 if path == "/busy" else None)
    assert len(sink.calls) == 1


def test_no_answer_in_time(sink: Sink) -> None:
    began = time.monotonic()
    assert send(sink.url("/hang")).error == "no answer in time"
    assert time.monotonic() - began < 2


def test_an_answer_byte_by_byte_takes_no_longer(sink: Sink) -> None:
    began = time.monotonic()
    outcome = send(sink.url("/drip"))
    assert not outcome.delivered and outcome.error == "no answer in time"
    assert time.monotonic() - began < 2.5


def test_the_watch_over_the_time_ends_and_begins_again(sink: Sink) -> None:
    before = set(threading.enumerate())
    sender = Sender(LOCAL, str, replace(QUICK, timeout=1))
    for _ in range(2):
        assert sender.send(replace(CLAIM, url=sink.url("/drip"))).error == "no answer in time"
        eventually(lambda: not {t for t in set(threading.enumerate()) - before if t.name == "deadlines"})


def test_a_long_answer_is_cut(sink: Sink) -> None:
    sender = Sender(LOCAL, str, QUICK)
    for _ in range(2):
        outcome = sender.send(replace(CLAIM, url=sink.url("/long")))
        assert outcome.delivered and len(outcome.response) == QUICK.excerpt
    assert sink.connections == 2


def test_what_cannot_be_reached(sink: Sink) -> None:
    def nowhere(*_: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    assert send("https://gone.example.com/", Guard(resolver=nowhere)).error == "the host name does not resolve"
    assert send(f"http://127.0.0.1:{free_port()}/").error == "no connection"
    assert "not" in send("http://10.0.0.1/").error
    assert "not" in send("nonsense").error


def test_no_outcome_holds_the_url_or_a_secret(sink: Sink) -> None:
    for path in ("/hang", "/fail", "/drip"):
        outcome = send(sink.url(f"{path}?token=very-secret"))
        told = outcome.error + outcome.response
        assert "very-secret" not in told and not any(secret in told for secret in SECRETS)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("Thu, 01 Jan 1970 00:02:00 GMT", 20), ("soon", None), ("nan", None),
     ("", None), (None, None), ("Thu, 99 Jan 1970", None), ("1e999", None)],
)  # fmt: skip
def test_retry_after(header: str | None, expected: float | None) -> None:
    assert seconds_of(header, 100) == expected

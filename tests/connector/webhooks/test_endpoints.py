"""What endpoints answer, from the ledger over the wire and back: who is asked again, when, and who never more."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from specloom.connector.network.ssrf import Guard
from tests.connector.webhooks.sink import Sink
from tests.connector.webhooks.worlds import World, attempts, deliveries, hooks

PUBLIC = "93.184.216.34"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


class Names:
    """Stands in for the resolver: gives its answers one after the other, the last for ever; '' is no such name."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def __call__(self, host: str, port: Any, *_: Any) -> list[Any]:
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not address:
            raise socket.gaierror(-2, "Name or service not known")
        return list(socket.getaddrinfo(address, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST))


def test_gone_ends_a_subscription_and_missing_does_not(world: World, sink: Sink) -> None:
    gone, missing = world.hook(sink.url("/gone"), room=1), world.hook(sink.url("/missing"))
    dispatcher = world.dispatcher(retries=(0.1, 0.1), breaker=100)
    dispatcher.start()
    world.fill(2)
    world.until_done()
    world.fill(1, start=2)
    world.until_done()
    dispatcher.stop()
    assert {hook: world.rows(hooks, id=hook)[0].status for hook in (gone, missing)} == {
        gone: "gone", missing: "enabled",
    }  # fmt: skip
    assert [row.state for row in world.rows(deliveries, hook_id=gone)] == ["canceled", "canceled"]
    assert [(row.state, row.attempts) for row in world.rows(deliveries, hook_id=missing)] == [("dead", 3)] * 3
    assert len(sink.ids("/gone")) == 1 and len(sink.ids("/missing")) == 9


def test_a_pause_that_is_asked_for(world: World, sink: Sink) -> None:
    hook = world.hook(sink.url("/pausing"), room=1)
    dispatcher = world.dispatcher(retries=(0.05, 0.05))
    dispatcher.start()
    world.fill(2)
    sink.wait_for(1)
    sink.healed = True
    assert world.until_done() == {"delivered": 2}
    dispatcher.stop()
    first, *later = [call.at for call in sink.calls]
    assert len(later) == 2 and min(later) - first >= 0.95
    assert world.rows(hooks, id=hook)[0].failures == 0


def test_a_name_that_does_not_resolve_yet(world: World, sink: Sink) -> None:
    world.hook(f"http://soon.example.com:{sink.port}/ok")
    world.fill(1)
    guard = Guard(allow=("soon.example.com",), resolver=Names("", "", "127.0.0.1"))
    dispatcher = world.dispatcher(guard, retries=(0.1,) * 3)
    dispatcher.start()
    assert world.until_done() == {"delivered": 1}
    dispatcher.stop()
    unresolved = (None, "the host name does not resolve")
    assert [(row.http_status, row.error) for row in world.rows(attempts)] == [unresolved, unresolved, (200, "")]


def test_a_name_that_turned_inside_after_the_subscription(world: World, sink: Sink) -> None:
    """DNS rebinding: public when it was subscribed, loopback when it is dialled."""
    url = f"http://evil.example.com:{sink.port}/ok"
    guard = Guard(allow=(f"{PUBLIC}:{sink.port}",), allow_http=True, resolver=Names(PUBLIC, "127.0.0.1"))
    guard.check(url)
    world.hook(url)
    world.fill(1)
    dispatcher = world.dispatcher(guard, retries=(0.1,))
    dispatcher.start()
    assert world.until_done() == {"dead": 1}
    dispatcher.stop()
    assert {row.error for row in world.rows(attempts)} == {"the URL leads to an address that is not allowed"}
    assert sink.connections == 0


def test_the_others_are_told_of_a_hook_that_only_failed(world: World, sink: Sink) -> None:
    failing = world.hook(sink.url("/fail"), events='["image.*"]')
    world.hook(sink.url("/told"), events='["hook.*"]')
    world.hook(sink.url("/stranger"), tenant="other")
    dispatcher = world.dispatcher(retries=(0.1,) * 50, breaker_waits=(0.1,), disable_after=0.5)
    dispatcher.start()
    world.fill(1)
    sink.wait_for(1, "/told")
    world.until_done()
    dispatcher.stop()
    told = json.loads(next(call.body for call in sink.calls if call.path == "/told"))
    assert told["hook_id"] == failing and told["reason"].startswith("nothing but failures")
    assert world.rows(hooks, id=failing)[0].status == "disabled"
    assert [row.state for row in world.rows(deliveries, hook_id=failing)] == ["dead"]
    assert sink.ids("/stranger") == []

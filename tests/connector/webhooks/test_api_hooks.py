"""Hooks over HTTP: their life, their keys and secrets, and what they may not be."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from specloom.connector.ledger.webhook_tables import hooks as hook_table
from specloom.connector.network.ssrf import Guard
from specloom.connector.webhooks.signing import BadSignature, verify
from specloom.connector.webhooks.subscriptions import MOST_HOOKS, refused
from tests.connector.gateway.harness import GatewayServer
from tests.connector.webhooks.api import ONE, TWO, Api, Json
from tests.connector.webhooks.worlds import RESULT, World


def test_the_life_of_a_hook(api: Api) -> None:
    hook = api.hook(events=["image.*"], services=["tuen"], description="mine")
    shown = api("GET", f"/hooks/{hook['id']}").json()
    assert shown == {name: value for name, value in hook.items() if name != "secret"}
    assert (shown["status"], shown["services"], shown["rate_limit"]) == ("enabled", ["tuen"], None)
    assert [entry["id"] for entry in api("GET", "/hooks").json()["data"]] == [hook["id"]]
    changed = api("PATCH", f"/hooks/{hook['id']}", {"events": ["*.failed"], "rate_limit": 5}).json()
    assert (changed["events"], changed["rate_limit"], changed["description"]) == (["*.failed"], 5, "mine")
    assert api("DELETE", f"/hooks/{hook['id']}").status_code == 204
    for method in ("GET", "DELETE"):
        assert api(method, f"/hooks/{hook['id']}").status_code == 404


def test_only_what_a_hook_needs(api: Api) -> None:
    made = api("POST", "/hooks", {"target_url": api.sink.url()}).json()
    assert made["events"] == ["*.succeeded"]
    zapier = api("POST", "/hooks", {"target_url": "https://hooks.zapier.com/hooks/standard/1/x/"}).json()
    assert zapier["rate_limit"] == 30


WRONG: list[tuple[Any, str]] = [
    ({}, "'target_url' is missing"),
    ({"target_url": None}, "'target_url' is missing"),
    ({"target_url": 5}, "'target_url' must be a text"),
    ({"target_url": "https://10.0.0.1/"}, "'target_url' is refused"),
    ({"target_url": "http://example.com/"}, "https://"),
    ({"target_url": "https://example.com/" + "a" * 3000}, "'target_url' must be a text of at most"),
    ({"target_url": "https://example.com/", "events": []}, "'events' must list"),
    ({"target_url": "https://example.com/", "events": ["image"]}, "'events' must list"),
    ({"target_url": "https://example.com/", "events": ["*"] * 51}, "at most 50"),
    ({"target_url": "https://example.com/", "events": [{}]}, "'events'"),
    ({"target_url": "https://example.com/", "services": "tuen"}, "'services' must be a list"),
    ({"target_url": "https://example.com/", "description": "a\0"}, "'description'"),
    ({"target_url": "https://example.com/", "description": "\ud800"}, "'description'"),
    ({"target_url": "https://example.com/", "rate_limit": 0}, "'rate_limit' must be a number"),
    ({"target_url": "https://example.com/", "rate_limit": True}, "'rate_limit'"),
    ({"target_url": "https://example.com/", "include_raw": 1}, "'include_raw' must be true or false"),
    ({"target_url": "https://example.com/", "secret": "mine"}, "Unknown field 'secret'"),
    ([], "must be a JSON object"),
]


@pytest.mark.parametrize(("body", "message"), WRONG)
def test_what_a_hook_may_not_be(api: Api, body: Any, message: str) -> None:
    refused = api("POST", "/hooks", body)
    assert refused.status_code == 400 and message in refused.json()["error"]["message"]
    assert refused.json()["error"]["type"] == "invalid_request"


def test_few_tests_at_once(api: Api) -> None:
    hook = api.hook("/hang")
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: api("POST", f"/hooks/{hook['id']}/test", {}).status_code, range(12)))
    assert replies.count(429) == 4 and replies.count(200) == 8


def test_keys(api: Api) -> None:
    hook = api.hook()
    paths = ["/hooks", f"/hooks/{hook['id']}", "/events", "/deliveries", "/events/samples"]
    for path in paths:
        assert api("GET", path, key=None).status_code == 401
        assert api("GET", path, key="slk_unknown_0123456789").status_code == 401
    assert api("GET", "/hooks", key=None, headers={"Authorization": f"Bearer {ONE}"}).status_code == 200


def test_one_tenant_never_sees_another(api: Api) -> None:
    hook, theirs = api.hook(), api.hook("/theirs", key=TWO)
    event = api.emit(id="tenants")
    delivery = api.until("delivered")[0]
    assert api.sink.ids("/theirs") == []
    for path in (f"/hooks/{hook['id']}", f"/events/{event['id']}", f"/deliveries/{delivery['id']}"):
        assert api("GET", path).status_code == 200
        assert api("GET", path, key=TWO).status_code == 404
    for method, path, body in [
        ("PATCH", f"/hooks/{hook['id']}", {"enabled": False}),
        ("DELETE", f"/hooks/{hook['id']}", None),
        ("POST", f"/hooks/{hook['id']}/test", {}),
        ("POST", f"/hooks/{hook['id']}/secret", {}),
        ("POST", f"/hooks/{hook['id']}/replay", {}),
        ("POST", f"/deliveries/{delivery['id']}/replay", None),
    ]:
        assert api(method, path, body, key=TWO).status_code == 404
    assert api.deliveries(key=TWO) == [] and api("GET", "/events", key=TWO).json()["data"] == []
    wanted = {"hook_id": hook["id"], "state": "delivered"}
    assert api("POST", "/deliveries/replay", wanted, key=TWO).json() == {"replayed": 0}
    assert [entry["id"] for entry in api("GET", "/hooks", key=TWO).json()["data"]] == [theirs["id"]]


def test_with_a_vendors_key_a_hook_belongs_to_it(api: Api) -> None:
    mine = {"Authorization": "Bearer a-vendor-key"}
    body: Json = {"target_url": api.sink.url()}
    refused = api("POST", "/hooks", body, key=None, headers=mine)
    assert refused.status_code == 400 and "Name one service" in refused.json()["error"]["message"]
    hook = api("POST", "/hooks", {**body, "services": ["tuen"]}, key=None, headers=mine).json()
    assert api("GET", f"/hooks/{hook['id']}", key=None, headers=mine).status_code == 200
    other = {"Authorization": "Bearer another-vendor-key"}
    assert api("GET", f"/hooks/{hook['id']}", key=None, headers=other).status_code == 404
    assert api("POST", "/events", {"type": "a.b", "data": {}}, key=None, headers=mine).status_code == 401
    assert api("DELETE", f"/hooks/{hook['id']}", key=None, headers=mine).status_code == 204


def test_a_test_delivery(api: Api) -> None:
    hook = api.hook(events=["audio.*"])
    told = api("POST", f"/hooks/{hook['id']}/test", {}).json()
    assert (told["delivered"], told["event"], told["response"]) == (True, "audio.succeeded", "thanks")
    assert verify([hook["secret"]], api.sink.calls[0].headers, api.sink.calls[0].body)
    failing = api.hook("/fail")
    told = api("POST", f"/hooks/{failing['id']}/test", {"event": "order.paid"}).json()
    assert (told["delivered"], told["http_status"], told["error"]) == (False, 500, "HTTP 500")
    assert api("GET", "/deliveries?hook_id=" + failing["id"]).json()["data"] == []


def test_a_secret_is_replaced_with_an_overlap(api: Api) -> None:
    hook = api.hook()
    new = api("POST", f"/hooks/{hook['id']}/secret", {"overlap": 60}).json()["secret"]
    api.emit()
    api.until("delivered", query=f"&hook_id={hook['id']}")
    call = api.sink.calls[0]
    for secret in (hook["secret"], new):
        verify([secret], call.headers, call.body)
    last = api("POST", f"/hooks/{hook['id']}/secret", {"overlap": 0}).json()["secret"]
    api.emit(2)
    api.until("delivered", 2, f"&hook_id={hook['id']}")
    assert len(api.sink.calls[1].headers["webhook-signature"].split(" ")) == 1
    verify([last], api.sink.calls[1].headers, api.sink.calls[1].body)


def test_a_test_delivery_bears_both_signatures_while_a_secret_is_replaced(api: Api) -> None:
    hook = api.hook()
    new = api("POST", f"/hooks/{hook['id']}/secret", {"overlap": 60}).json()["secret"]
    assert api("POST", f"/hooks/{hook['id']}/test", {}).json()["delivered"]
    for secret in (hook["secret"], new):
        verify([secret], api.sink.calls[0].headers, api.sink.calls[0].body)


def test_callbacks_are_signed_with_a_secret_of_the_tenant(api: Api, server: GatewayServer) -> None:
    def told(path: str) -> Any:
        """The delivery to a URL that was never told before."""
        result: Any = {**RESULT, "id": path}
        assert server.process.shared.publisher.tell("t:one", result, api.sink.url(path)) == {}
        api.sink.wait_for(1, path)
        return next(call for call in api.sink.calls if call.path == path)

    assert "webhook-signature" in told("/before").headers
    first = api("POST", "/hooks/callbacks/secret", {}).json()["secret"]
    other = api("POST", "/hooks/callbacks/secret", {}, key=TWO).json()["secret"]
    call = told("/one")
    verify([first], call.headers, call.body)
    with pytest.raises(BadSignature):
        verify([other], call.headers, call.body)
    second = api("POST", "/hooks/callbacks/secret", {"overlap": 60}).json()["secret"]
    call = told("/two")
    for secret in (first, second):
        verify([secret], call.headers, call.body)
    last = api("POST", "/hooks/callbacks/secret", {"overlap": 0}).json()["secret"]
    call = told("/three")
    verify([last], call.headers, call.body)
    with pytest.raises(BadSignature):
        verify([second], call.headers, call.body)


def test_hooks_that_may_be_called_no_more_are_found(api: Api, server: GatewayServer) -> None:
    """The allow-list has changed since they were made; their addresses, which are secrets, are not told."""
    hook = api.hook("/secret-path")
    with server.process.shared.ledger.read() as connection:
        assert hook["id"] not in dict(refused(connection, Guard(allow=("127.0.0.1",))))
        reason = dict(refused(connection, Guard()))[hook["id"]]
    assert reason and "secret-path" not in reason


def test_no_secret_is_shown_again_logged_or_stored_in_the_clear(
    api: Api, server: GatewayServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hook = api.hook("/fail?token=abc")
    secrets = [hook["secret"], api("POST", f"/hooks/{hook['id']}/secret", {}).json()["secret"]]
    api.emit()
    api.until("dead", query=f"&hook_id={hook['id']}")
    replies = [api("GET", path).text for path in ("/hooks", f"/hooks/{hook['id']}", "/deliveries", "/events")]
    replies.append(api("PATCH", f"/hooks/{hook['id']}", {"description": "x"}).text)
    row = World(server.process.shared.ledger).rows(hook_table, id=hook["id"])[0]
    for secret in secrets:
        key = secret.removeprefix("whsec_")
        assert not any(key in text for text in (*replies, caplog.text, str(tuple(row))))


def test_no_more_hooks_than_a_tenant_needs(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specloom.connector.webhooks.subscriptions.MOST_HOOKS", 2)
    api.hook(), api.hook()
    assert api("POST", "/hooks", {"target_url": api.sink.url()}).status_code == 409
    assert MOST_HOOKS >= 100

"""/hooks, /events and /deliveries over HTTP: what they do, and that every reply is as the document has it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from connector.events.samples import SAMPLES
from connector.hooks.blueprint import ROUTES
from connector.hooks.signing import verify
from connector.hooks.store import MOST_HOOKS
from connector.ledger.hook_tables import hooks as hook_table
from tests.fanout.sink import Sink
from tests.fanout.worlds import RESULT, World
from tests.gateway.harness import GatewayServer, check_result

ONE, TWO = "slk_one_0123456789abcdef", "slk_two_0123456789abcdef"
DOCUMENT = Path(__file__).parent.parent / "schemas" / "gateway.openapi.yaml"
Json = dict[str, Any]


@cache
def document() -> Json:
    loaded: Json = yaml.safe_load(DOCUMENT.read_text())
    return loaded


@cache
def registry() -> Registry[Any]:
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    empty: Registry[Any] = Registry()
    known: Registry[Any] = empty.with_resource("urn:document", resource)
    return known


def resolved(value: Json, pointer: str) -> tuple[Json, str]:
    while "$ref" in value:
        pointer = value["$ref"].removeprefix("#")
        value = document()
        for token in pointer.split("/")[1:]:
            value = value[token]
    return value, pointer


def check_reply(method: str, path: str, reply: requests.Response) -> None:
    """The reply's status is documented, and its body fits."""
    rule = next(r for m, r, _ in ROUTES if m == method and re.fullmatch(re.sub(r"<\w+>", "[^/]+", r), path))
    rule = re.sub(r"<(\w+)>", r"{\1}", rule)
    pointer = f"/paths/{rule.replace('/', '~1')}/{method.lower()}/responses/{reply.status_code}"
    found = document()["paths"][rule][method.lower()]["responses"].get(str(reply.status_code))
    assert found is not None, f"{method} {rule}: {reply.status_code} is not documented: {reply.text[:300]}"
    response, pointer = resolved(found, pointer)
    if "content" not in response:
        assert reply.content == b""
        return
    schema = {"$ref": f"urn:document#{quote(pointer)}/content/application~1json/schema"}
    validator = Draft202012Validator(schema, registry=registry(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(reply.json())] == []


class Api:
    """One gateway, called with a key."""

    def __init__(self, server: GatewayServer, sink: Sink) -> None:
        self.server, self.sink = server, sink

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str | None = ONE, headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:  # fmt: skip
        given = {**({"X-Specloom-Key": key} if key else {}), **(headers or {})}
        reply = requests.request(
            method, self.server.url + path, json=body, headers=given, timeout=20, **options
        )  # fmt: skip
        check_reply(method, path.split("?")[0], reply)
        return reply

    def hook(self, path: str = "/ok", key: str = ONE, **fields: Any) -> Json:
        made = self("POST", "/hooks", {"target_url": self.sink.url(path), "events": ["*"], **fields}, key=key)
        assert made.status_code == 201, made.text
        hook: Json = made.json()
        return hook

    def emit(self, number: int = 1, key: str = ONE, **fields: Any) -> Json:
        body = {"type": "order.paid", "data": {"number": number}, **fields}
        reply = self("POST", "/events", body, key=key)
        assert reply.status_code in (200, 202), reply.text
        event: Json = reply.json()
        return event

    def deliveries(self, query: str = "", key: str = ONE) -> list[Json]:
        found: list[Json] = self("GET", f"/deliveries?limit=100{query}", key=key).json()["data"]
        return found

    def until(self, state: str, count: int = 1, query: str = "") -> list[Json]:
        until = time.monotonic() + 10
        while len(found := self.deliveries(f"&state={state}{query}")) < count:
            assert time.monotonic() < until, self.deliveries()
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    environ = {
        "SPECLOOM_API_KEYS": f"one={ONE},two={TWO}",
        "SPECLOOM_ALLOW_VENDOR_KEYS": "yes",
        "SPECLOOM_HOOK_RETRIES": "0.1s",
        "SPECLOOM_HOOK_TIMEOUT": "1",
    }
    running = GatewayServer(tmp_path_factory.mktemp("hooks"), environ=environ).start()
    yield running
    running.stop()


@pytest.fixture
def api(server: GatewayServer, sink: Sink) -> Iterator[Api]:
    made = Api(server, sink)
    sink.calls.clear()
    yield made
    for key in (ONE, TWO):
        for hook in made("GET", "/hooks", key=key).json()["data"]:
            assert made("DELETE", f"/hooks/{hook['id']}", key=key).status_code == 204


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


@pytest.mark.parametrize("odd", ["%00", "hook_%ED%A0%80", "hook_" + "0" * 28, "x" * 500, "..%2f"])
def test_ids_that_are_none(api: Api, odd: str) -> None:
    for path in (f"/hooks/{odd}", f"/events/{odd}", f"/deliveries/{odd}"):
        reply = requests.get(api.server.url + path, headers={"X-Specloom-Key": ONE}, timeout=10)
        assert reply.status_code == 404


def test_few_tests_at_once(api: Api) -> None:
    hook = api.hook("/hang")
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: api("POST", f"/hooks/{hook['id']}/test", {}).status_code, range(12)))
    assert replies.count(429) == 4 and replies.count(200) == 8


def test_no_json_and_too_much_of_it(api: Api, server: GatewayServer) -> None:
    url, headers = f"{server.url}/events", {"X-Specloom-Key": ONE}
    for data, status in [(b"{", 400), (b"", 400), (b"[" * 100_000, 400), (b'{"a":"' + b"x" * 1_000_000 + b'"}', 413)]:
        reply = requests.post(url, data=data, headers=headers, timeout=20)
        check_reply("POST", "/events", reply)
        assert reply.status_code == status


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


def test_events_of_others(api: Api) -> None:
    hook = api.hook(events=["order.*"])
    emitted = api.emit(7, id="order-7", service="shop")
    assert (emitted["deliveries"], emitted["duplicate"]) == (1, False)
    assert api.emit(7, id="order-7", service="shop") == {"id": emitted["id"], "deliveries": 0, "duplicate": True}
    api.until("delivered", query=f"&event_id={emitted['id']}")
    call = api.sink.calls[0]
    assert (call.body, call.id) == (b'{"number":7}', emitted["id"])
    assert verify([hook["secret"]], call.headers, call.body)
    shown = api("GET", f"/events/{emitted['id']}").json()
    assert (shown["type"], shown["service"], shown["payload"]) == ("order.paid", "shop", {"number": 7})
    for body in ({"type": "order"}, {"type": "a.b", "data": []}, {"type": "a.b", "data": {}, "service": "specloom"}):
        assert api("POST", "/events", body).status_code == 400


def test_the_log_and_its_pages(api: Api) -> None:
    api.hook()
    began = time.time()
    ids = [api.emit(number)["id"] for number in range(5)]
    api.until("delivered", 5, f"&since={began - 0.01}")
    first = api("GET", "/events?limit=3").json()["data"]
    rest = api("GET", f"/events?limit=2&before={first[-1]['id']}").json()["data"]
    assert sorted(entry["id"] for entry in first + rest) == sorted(ids)
    assert api("GET", f"/events?until={began - 1}&type=order.paid&limit=1").status_code == 200
    newest = api("GET", "/deliveries?limit=2").json()["data"]
    older = api("GET", f"/deliveries?limit=2&before={newest[-1]['id']}").json()["data"]
    assert not {entry["id"] for entry in newest} & {entry["id"] for entry in older}
    one = api("GET", f"/deliveries/{newest[0]['id']}").json()
    assert [(entry["http_status"], entry["response"]) for entry in one["attempt_log"]] == [(200, "thanks")]
    for query in ("limit=0", "limit=x", "state=odd", "since=soon", "since=nan"):
        assert api("GET", f"/deliveries?{query}").status_code == 400


def test_dead_letters_replayed_one_by_one_by_hook_and_by_time(api: Api) -> None:
    api.sink.healed = False
    hook, other = api.hook("/flaky1"), api.hook("/flaky2")
    began = time.time()
    for number in range(2):
        api.emit(number)
    dead = api.until("dead", 4)
    assert {entry["error"] for entry in dead} == {"HTTP 500"} and {entry["attempts"] for entry in dead} == {2}
    api.sink.healed = True
    one = next(entry for entry in dead if entry["hook_id"] == hook["id"])
    assert api("POST", f"/deliveries/{one['id']}/replay").json()["state"] == "pending"
    api.until("delivered", 1, f"&hook_id={hook['id']}")
    assert api("POST", f"/hooks/{hook['id']}/replay", {}).json() == {"replayed": 1}
    assert api("POST", "/deliveries/replay", {"until": began - 5}).json() == {"replayed": 0}
    assert api("POST", "/deliveries/replay", {"since": began - 1}).json() == {"replayed": 2}
    api.until("delivered", 2, f"&hook_id={other['id']}")
    attempts = [call.id for call in api.sink.calls if call.path == "/flaky1"]
    assert len(set(attempts)) == 2 and len(attempts) == 6
    api("PATCH", f"/hooks/{hook['id']}", {"enabled": False})
    assert api("POST", f"/hooks/{hook['id']}/replay", {}).status_code == 409
    assert api("POST", f"/deliveries/{one['id']}/replay").status_code == 409


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


def test_samples(api: Api, server: GatewayServer) -> None:
    found = api("GET", "/events/samples?events=image.*,audio.succeeded&limit=9&services=tuen", key=TWO).json()
    assert [(entry["type"], entry["status"]) for entry in found] == [
        ("image", "succeeded"), ("image", "failed"), ("image", "canceled"), ("audio", "succeeded"),
    ]  # fmt: skip
    assert {entry["service"] for entry in found} == {"tuen"}
    for payload in (sample for name, sample in SAMPLES.items() if name != "hook.disabled"):
        check_result(payload)
    World(server.process.shared.ledger, "t:two").record("mine")
    assert [entry["id"] for entry in api("GET", "/events/samples?events=image.*", key=TWO).json()] == ["mine"]
    assert api("GET", "/events/samples?events=image", key=TWO).status_code == 400


def test_a_result_with_and_without_raw(api: Api, server: GatewayServer) -> None:
    api.hook("/plain")
    api.hook("/raw", include_raw=True)
    World(server.process.shared.ledger, "t:one").record("raw-1", callback=api.sink.url("/callback"))
    api.sink.wait_for(1, "/plain"), api.sink.wait_for(1, "/raw"), api.sink.wait_for(1, "/callback")
    bodies = {call.path: yaml.safe_load(call.body) for call in api.sink.calls}
    assert bodies["/plain"] == bodies["/callback"] == {**RESULT, "id": "raw-1", "raw": None}
    assert bodies["/raw"] == {**RESULT, "id": "raw-1"}
    check_result(bodies["/plain"])
    assert "webhook-signature" not in next(call.headers for call in api.sink.calls if call.path == "/callback")


def test_no_more_hooks_than_a_tenant_needs(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.hooks.store.MOST_HOOKS", 2)
    api.hook(), api.hook()
    assert api("POST", "/hooks", {"target_url": api.sink.url()}).status_code == 409
    assert MOST_HOOKS >= 100


def test_a_ledger_that_cannot_be_written(api: Api, server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def full(*_: Any) -> Any:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(server.process.shared.ledger, "write", full)
    for path, body in [("/events", {"type": "a.b", "data": {}}), ("/hooks", {"target_url": api.sink.url()})]:
        refused = api("POST", path, body)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_every_route_is_documented_and_the_other_way_round() -> None:
    ours = {method + " " + re.sub(r"<(\w+)>", r"{\1}", rule) for method, rule, _ in ROUTES}
    tags = ("Hooks", "Events", "Deliveries")
    documented = {
        f"{method.upper()} {path}"
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and operation.get("tags", [""])[0] in tags
    }
    assert ours == documented


def test_the_documents_result_is_the_results_schema() -> None:
    for example in ("Image", "Audio", "Failed"):
        check_result(document()["components"]["examples"][example]["value"])
    schema = {"$ref": "urn:document#/components/schemas/Result"}
    for payload in (sample for name, sample in SAMPLES.items() if name != "hook.disabled"):
        assert not list(Draft202012Validator(schema, registry=registry()).iter_errors(payload))

"""Events and deliveries over HTTP: recorded, listed, replayed; and that the document tells all of it."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator
from sqlalchemy import update

from specloom.connector.ledger.webhook_tables import hooks as hook_table
from specloom.connector.webhooks.api.routes import ROUTES
from specloom.connector.webhooks.api.samples import SAMPLES
from specloom.connector.webhooks.signing import verify
from specloom.schemas.durations import iso
from tests.connector.gateway.harness import GatewayServer, check_result
from tests.connector.webhooks.api import ONE, TWO, Api, check_reply, document, registry
from tests.connector.webhooks.worlds import RESULT, World


@pytest.mark.parametrize("odd", ["%00", "hook_%ED%A0%80", "hook_" + "0" * 28, "x" * 500, "..%2f"])
def test_ids_that_are_none(api: Api, odd: str) -> None:
    for path in (f"/hooks/{odd}", f"/events/{odd}", f"/deliveries/{odd}"):
        reply = requests.get(api.server.url + path, headers={"X-Specloom-Key": ONE}, timeout=10)
        assert reply.status_code == (400 if odd == "%00" else 404)


def test_no_json_and_too_much_of_it(api: Api, server: GatewayServer) -> None:
    url, headers = f"{server.url}/events", {"X-Specloom-Key": ONE}
    for data, status in [(b"{", 400), (b"", 400), (b"[" * 100_000, 400), (b'{"a":"' + b"x" * 1_000_000 + b'"}', 413)]:
        reply = requests.post(url, data=data, headers=headers, timeout=20)
        check_reply("POST", "/events", reply)
        assert reply.status_code == status


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
    api.until("delivered", 5, f"&since={iso(began - 0.01)}")
    first = api("GET", "/events?limit=3").json()["data"]
    rest = api("GET", f"/events?limit=2&before={first[-1]['id']}").json()["data"]
    assert sorted(entry["id"] for entry in first + rest) == sorted(ids)
    assert api("GET", f"/events?until={iso(began - 1)}&type=order.paid&limit=1").status_code == 200
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
    assert api("POST", "/deliveries/replay", {"until": iso(began - 5)}).json() == {"replayed": 0}
    assert api("POST", "/deliveries/replay", {"since": iso(began - 1)}).json() == {"replayed": 2}
    api.until("delivered", 2, f"&hook_id={other['id']}")
    attempts = [call.id for call in api.sink.calls if call.path == "/flaky1"]
    assert len(set(attempts)) == 2 and len(attempts) == 6
    api("PATCH", f"/hooks/{hook['id']}", {"enabled": False})
    assert api("POST", f"/hooks/{hook['id']}/replay", {}).status_code == 409
    assert api("POST", f"/deliveries/{one['id']}/replay").status_code == 409


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


def test_a_waiting_delivery_can_be_pushed(api: Api, server: GatewayServer) -> None:
    """Its hook rests after failures; whoever has mended it need not wait for that."""
    hook = api.hook()
    with server.process.shared.ledger.write() as connection:
        connection.execute(update(hook_table).where(hook_table.c.id == hook["id"]).values(open_until=4e9))
    api.emit()
    [waiting] = api.until("pending", 1, f"&hook_id={hook['id']}")
    assert api("POST", f"/deliveries/{waiting['id']}/replay").status_code == 202
    api.until("delivered", 1, f"&hook_id={hook['id']}")
    assert len(api.sink.calls) == 1


def test_failed_deliveries_are_logged_and_counted(
    api: Api, server: GatewayServer, caplog: pytest.LogCaptureFixture
) -> None:
    hook = api.hook("/fail?token=secret")
    caplog.set_level(logging.WARNING)
    api.emit()
    api.until("dead", 1, f"&hook_id={hook['id']}")
    told = [record for record in caplog.records if record.message == "A delivery failed: HTTP 500"]
    assert len(told) == 2 and "secret" not in caplog.text
    assert [record.__dict__["fields"]["attempt"] for record in told] == [1, 2]
    assert 'specloom_deliveries_total{outcome="failed"} ' in server.process.shared.metrics.text().decode()


def test_a_result_with_and_without_raw(api: Api, server: GatewayServer) -> None:
    api.hook("/plain")
    api.hook("/raw", include_raw=True)
    World(server.process.shared.ledger, "t:one").record("raw-1", callback=api.sink.url("/callback"))
    api.sink.wait_for(1, "/plain"), api.sink.wait_for(1, "/raw"), api.sink.wait_for(1, "/callback")
    bodies = {call.path: yaml.safe_load(call.body) for call in api.sink.calls}
    assert bodies["/plain"] == bodies["/callback"] == {**RESULT, "id": "raw-1", "raw": None}
    assert bodies["/raw"] == {**RESULT, "id": "raw-1"}
    check_result(bodies["/plain"])


def test_a_ledger_that_cannot_be_written(api: Api, server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def full(*_: Any) -> Any:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(server.process.shared.ledger, "write", full)
    for path, body in [("/events", {"type": "a.b", "data": {}}), ("/hooks", {"target_url": api.sink.url()})]:
        refused = api("POST", path, body)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_every_route_is_documented_and_the_other_way_round() -> None:
    ours = {method + " " + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for method, rule, _ in ROUTES}
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

"""Every module of every generated Make app, run by the stand-in for Make against the emulated services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from specloom.generator.make.communication.errors import of_status
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import normalize
from specloom.schemas.http.values.conditions import is_constant
from specloom.schemas.steps.output import StepOutputs, made
from tests.platforms.make_apps import Apps, filled, modules, natural_inputs, operation_of
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.make_emulator.errors import FormError, MakeError
from tests.support.make_services import KEYS, service

ODD = "ünï/ çødé?&#%+ 🎨 {{connection.apiKey}} ${x} \"q\" 'q' `t` <b> \\ end"
ACTIONS = [(key, name) for key, name in modules("action") if name != "getResult"]
SENSITIVE = [(key, name) for key, name in ACTIONS if operation_of(key, name).sensitive]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    apps = Apps()
    yield apps
    apps.stop()


def prepared(apps: Apps, app: MakeApp, key: str, name: str) -> dict[str, Any]:
    """A form that can succeed: what is asked for by ID is made first."""
    form = filled(operation_of(key, name))
    if name == "revokeOrganizationApiKey":
        made = app.run("createOrganizationApiKey", filled(operation_of(key, "createOrganizationApiKey")))
        form["keyId"] = made["keyId"]
    return form


@pytest.mark.parametrize(("key", "name"), ACTIONS)
def test_actions_give_what_was_made_or_the_record(apps: Apps, key: str, name: str) -> None:
    operation, app = operation_of(key, name), apps.connected(key)
    result = app.run(name, prepared(apps, app, key, name))
    gives = StepOutputs(service(key)).of(operation)
    if gives.kind == "file":
        assert list(result) == ["status", "content_type", "file_name", "data"] and result["data"]
    elif gives.kind == "result":
        assert result["status"] == "succeeded" and list(result)[0] == gives.names[0]
        assert gives.more is ("raw" in result) and (not gives.more or list(result)[-1] == "raw")
        if gives.more:
            reply = Exchange(status=200, body=result["raw"])
            expected = made(normalize(service(key), operation, reply, base_url=apps.server.base_url(key)))
            assert {k: v for k, v in result.items() if k != "raw"} == {**expected, **remaining(result)}
    else:
        assert not {"service", "operation", "raw"} & result.keys() and result


def remaining(result: dict[str, Any]) -> dict[str, Any]:
    """What only a header tells."""
    return {"usage": result["usage"]} if "usage" in result else {}


@pytest.mark.parametrize(("key", "name"), ACTIONS)
def test_what_is_sent_is_what_was_filled_in(apps: Apps, key: str, name: str) -> None:
    operation, app = operation_of(key, name), apps.connected(key)
    form = prepared(apps, app, key, name)
    apps.server.emulator.clear()
    app.run(name, form)
    call = apps.calls(key, name)[0]
    expected = {**natural_inputs(operation), **({"keyId": form["keyId"]} if "keyId" in form else {})}
    selectors = {field.name for field in operation.fields if field.location == "selector"}
    sent = {k: v for k, v in call.inputs.items() if k not in selectors}
    files = {field.name for field in operation.fields if field.file == "binary"}
    comparable = {k: v for k, v in expected.items() if k not in selectors | files}
    for name in files:
        assert str(expected[name]).encode() in call.raw
    assert {k: v for k, v in sent.items() if k in comparable} == comparable
    constants = {field.name for field in operation.fields if is_constant(field)}
    assert sent.keys() == {k for k in expected if k not in selectors} | constants


@pytest.mark.parametrize(("key", "name"), ACTIONS)
def test_the_interface_and_the_sample_hold(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    result = app.run(name, prepared(apps, app, key, name))
    interface = {line["name"]: line for line in app.code("module", name, "interface")}
    assert result.keys() - {"items"} <= interface.keys()
    sample = app.code("module", name, "samples")
    for field in [n for n in sample if n.endswith("_url") or n in ("text", "status", "success", "id")]:
        assert type(result[field]) is type(sample[field]), field


@pytest.mark.parametrize(("key", "name"), ACTIONS)
@pytest.mark.parametrize("status", [400, 402, 403, 404, 429, 500])
def test_failures_have_the_vendors_words_and_makes_types(apps: Apps, key: str, name: str, status: int) -> None:
    app = apps.special(key, f"error_{status}")
    apps.server.emulator.clear()
    with pytest.raises(MakeError) as caught:
        app.run(name, filled(operation_of(key, name)))
    assert caught.value.type == of_status(service(key), status)
    answer = apps.calls(key, name)[0].reply
    rule = service(key).errors.message
    told = normalize(service(key), operation_of(key, name), Exchange(status=status, body=answer))["error"]["message"]
    assert rule is not None and str(caught.value) == f"[{status}] {told}"


@pytest.mark.parametrize("key", KEYS)
def test_a_bad_key(apps: Apps, key: str) -> None:
    """Refused when the connection is made, where the service has a free call; else by the first step."""
    bad = service(key).auth.key_prefix + "invalid"
    rules = service(key).connection
    if rules is not None and not rules.raw_body:
        with pytest.raises(MakeError) as caught:
            apps.connected(key, api_key=bad)
        assert caught.value.type == "InvalidAccessTokenError"
    name = next(name for k, name in ACTIONS if k == key)
    with pytest.raises(MakeError) as caught:
        apps.special(key, "invalid").run(name, filled(operation_of(key, name)))
    assert caught.value.type == "InvalidAccessTokenError" and str(caught.value).startswith("[401]")


@pytest.mark.parametrize("key", ["tuen", "aiops"])
def test_where_the_service_cannot_be_asked_the_key_has_its_shape(apps: Apps, key: str) -> None:
    """These have no free read; the call that would tell is refused to tell, and Make takes a refusal for a failure."""
    prefix = service(key).auth.key_prefix
    apps.server.emulator.clear()
    with pytest.raises(MakeError, match=f"begins with {prefix}") as caught:
        apps.connected(key, api_key="sk-of-another-service")
    assert caught.value.type == "InvalidAccessTokenError"
    apps.connected(key)
    assert apps.server.emulator.requests == type(apps.server.emulator.requests)()


def test_a_good_key_that_may_not_make_the_test_call(apps: Apps) -> None:
    key = service("tengrai").auth.key_prefix + "error_403"
    with pytest.raises(MakeError):
        apps.connected("tengrai", api_key=key)
    assert apps.connected("tengrai", api_key=key, checkKey=False).connection["apiKey"] == key


def test_the_connection_is_named_after_the_account(apps: Apps) -> None:
    assert apps.connected("tuneforge").label == "ada@example.com"


@pytest.mark.parametrize(("key", "name"), [(k, n) for k, n in ACTIONS if operation_of(k, n).field("prompt")])
def test_odd_texts_arrive_as_they_were_written(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    apps.server.emulator.clear()
    app.run(name, {**filled(operation_of(key, name)), "prompt": ODD})
    assert apps.calls(key, name)[0].inputs["prompt"] == ODD


@pytest.mark.parametrize(
    ("key", "name"), [(k, n) for k, n in ACTIONS if operation_of(k, n).media_type == "application/json"]
)
def test_the_escape_hatch(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    form = prepared(apps, app, key, name)
    apps.server.emulator.clear()
    app.run(name, {**form, "additionalBody": '{"zz_new": {"a": [1]}}', "additionalQuery": '{"zz_q": "1"}'})
    call = apps.calls(key, name)[0]
    assert call.body["zz_new"] == {"a": [1]} and ("zz_q", "1") in call.query


# --- what must not happen


@pytest.mark.parametrize(("key", "name"), SENSITIVE)
@pytest.mark.parametrize("static_valid", [True, False])
def test_sensitive_steps_need_a_yes(apps: Apps, key: str, name: str, static_valid: bool) -> None:
    """Nothing is sent, whether or not Make heeds `valid` in a request without an address."""
    app = apps.connected(key, static_valid=static_valid)
    apps.server.emulator.clear()
    form = {**filled(operation_of(key, name)), "confirm": False}
    if static_valid:
        with pytest.raises(MakeError, match="Nothing was sent. Turn on Confirm"):
            app.run(name, form)
    else:
        assert "Nothing was sent" in app.run(name, form)["error"]["message"]
    assert apps.calls(key, name) == []


@pytest.mark.parametrize(("key", "name"), ACTIONS)
def test_the_logs_hold_neither_key_nor_secret(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    result = app.run(name, prepared(apps, app, key, name))
    assert app.last is not None
    logged = "".join(entry.log for entry in app.last.log)
    assert apps.server.key(key) not in logged
    for secret in ("apiKey", "secret"):
        assert str(result.get(secret, "\0")) not in logged


@pytest.mark.parametrize(("key", "name"), ACTIONS)
def test_required_inputs_are_asked_for(apps: Apps, key: str, name: str) -> None:
    required = [f for f in operation_of(key, name).fields if f.required and not f.when and f.default is None]
    app = apps.connected(key)
    apps.server.emulator.clear()
    for field in required:
        form = filled(operation_of(key, name))
        del form[field.name]
        with pytest.raises(FormError):
            app.run(name, form)
    assert apps.calls(key, name) == []


# --- the universal module


@pytest.mark.parametrize("key", KEYS)
def test_make_an_api_call(apps: Apps, key: str) -> None:
    operation = next(
        (o for o in service(key).operations if o.method == "GET" and "{" not in o.path and o.path != "/"), None
    )
    app = apps.connected(key)
    if operation is None:
        operation = service(key).operations[0]
        body = json.dumps(natural_inputs(operation))
        answer = app.run("makeApiCall", {"url": operation.path, "method": "POST", "body": body})
    else:
        answer = app.run(
            "makeApiCall", {"url": operation.path.removeprefix("/"), "qs": [{"key": "limit", "value": "2"}]}
        )
    assert answer["statusCode"] == 200 and answer["body"]
    assert apps.calls(key, operation.operation_id)[-1].owner == apps.server.key(key)


@pytest.mark.parametrize(
    "url", ["https://evil.example.com/x", "//evil.example.com/x", "@evil.example.com/", ".evil.example.com"]
)
def test_an_api_call_cannot_leave_the_base_url(apps: Apps, url: str) -> None:
    app = apps.connected("tuneforge")
    with pytest.raises(MakeError):
        app.run("makeApiCall", {"url": url, "method": "GET"})
    assert app.last is not None
    assert all(entry.url.startswith(apps.server.base_url("tuneforge") + "/") for entry in app.last.log)

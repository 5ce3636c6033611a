"""Connection test, keys, choices, events, labels, limits, secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.expressions import parse
from specloom.schemas.infer import applied, certain, propose
from tests.schemas.infer.documents import KEY, NUMBER, TEXT, THING, block, listed, obj, operation, path, proposed, read

SECURE: dict[str, Any] = {"components": KEY, "security": [{"key": []}]}


def test_the_connection_test_is_about_whoever_the_key_belongs_to(tmp_path: Path) -> None:
    paths = {
        "/things": {"get": operation(listed(THING))},
        "/users/me": {"get": operation(obj(id=TEXT, email=TEXT), operationId="me")},
        "/account": {"get": operation(obj(id=TEXT))},
    }
    found = proposed(tmp_path, paths, "connection", **SECURE)
    assert block(found, "connection") == {"operation": "me", "label": "$response.body#/email"} and found[0].certain
    del paths["/users/me"]
    assert proposed(tmp_path, paths, "connection", **SECURE)[0].certain
    del paths["/account"]
    assert not proposed(tmp_path, paths, "connection", **SECURE)[0].certain
    assert proposed(tmp_path, paths, "connection") == [], "no key, no test"


TESTS = {
    "a report": ("/users/usage", obj(used=NUMBER), False),
    "an administrator's": ("/admin/me", obj(id=TEXT), False),
    "a player's": ("/player/profile", obj(id=TEXT), False),
    "an account of something else": ("/email/account", obj(id=TEXT), False),
    "a list of articles": ("/articles/me", listed(THING), False),
    "what is left": ("/v1/balance", obj(balance=NUMBER), True),
    "the account below its user": ("/api/v2/user/account", obj(id=TEXT), True),
    "who it is": ("/whoami", obj(id=TEXT), True),
}


@pytest.mark.parametrize("name", TESTS)
def test_the_own_account_is_a_test_and_what_only_looks_like_it_is_none(name: str, tmp_path: Path) -> None:
    where, reply, certain_ = TESTS[name]
    found = proposed(tmp_path, {where: {"get": operation(reply)}}, "connection", **SECURE)
    assert [p.certain for p in found if p.certain] == ([True] if certain_ else [])


REFUSED = {"401": {"description": "bad key"}}
READS = {
    "the only short list": (["/v1/models", "/v1/things", "/usage/daily"], "/v1/models"),
    "the only list": (["/v1/things", "/usage/daily"], "/v1/things"),
    "one of two lists": (["/v1/things", "/v1/stuff"], ""),
    "a report": (["/usage/daily"], ""),
    "what does something": (["/things/append"], ""),
    "the root": (["/"], ""),
    "a ping that takes the key": (["/v1/things", "/v1/stuff", "/util/ping"], "/util/ping"),
}


@pytest.mark.parametrize("name", READS)
def test_without_an_account_only_a_list_without_rivals_is_read(name: str, tmp_path: Path) -> None:
    wheres, expected = READS[name]
    paths = {where: {"get": operation(listed(THING), operationId=where)} for where in wheres}
    for item in paths.values():
        item["get"]["responses"] |= REFUSED
    loaded = read(tmp_path, paths, **SECURE)
    known = loaded.service.connection
    assert (
        {o.operation_id: o.path for o in loaded.service.operations}[known.operation_id] if known else ""
    ) == expected


def test_a_list_of_which_no_refusal_is_documented_is_no_test(tmp_path: Path) -> None:
    loaded = read(tmp_path, {"/v1/things": {"get": operation(listed(THING))}}, **SECURE)
    assert loaded.service.connection is None


def test_never_a_call_that_could_succeed_and_cost(tmp_path: Path) -> None:
    post = operation(obj(id=TEXT), body=obj(("prompt",), prompt=TEXT), operationId="make")
    paths = {"/make": {"post": post}, "/things/{id}": {"get": operation(THING, parameters=[path("id")])}}
    assert proposed(tmp_path, paths, "connection", **SECURE) == [], "nothing says that it would be refused"
    post["responses"] |= {"401": {"description": "bad key"}, "422": {"description": "bad body"}}
    found = proposed(tmp_path, paths, "connection", **SECURE)
    assert block(found, "connection") == {
        "operation": "make",
        "body": {},
        "valid": ["2XX", 400, 422],
        "invalid": [401, 403],
    }
    assert not found[0].certain
    post["requestBody"]["content"]["application/json"]["schema"].pop("required")
    assert proposed(tmp_path, paths, "connection", **SECURE) == []


def test_a_key_that_is_a_parameter(tmp_path: Path) -> None:
    header = {"name": "X-API-Key", "in": "header", "description": "Your key", "schema": TEXT}
    found = proposed(tmp_path, {"/a": {"get": operation(THING, parameters=[header])}}, "credential")
    assert found[0].certain and found[0].changes[0].update == {
        "components": {"securitySchemes": {"X-API-Key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Your key"}}},
        "security": [{"X-API-Key": []}],
    }  # fmt: skip
    (query,) = proposed(tmp_path, {"/a": {"get": operation(THING, inputs={"api_key": TEXT})}}, "credential")
    assert query.changes[0].update["components"]["securitySchemes"]["apikey"]["in"] == "query" and not query.certain


def test_choices_come_from_the_list_next_door(tmp_path: Path) -> None:
    paths = {
        "/voices": {"get": operation(obj(voices=listed(obj(voice_id=TEXT, name=TEXT))), operationId="voices")},
        "/voices/{voice_id}": {"delete": operation(parameters=[path("voice_id")], operationId="remove")},
        "/speak": {"post": operation(body=obj(voiceId=TEXT, text=TEXT), operationId="speak")},
    }
    found = {p.operation_id: p for p in proposed(tmp_path, paths, "options")}
    told = {
        "operation": "voices",
        "items": "$response.body#/voices",
        "value": "$item#/voice_id",
        "label": "$item#/name",
    }
    assert [found[name].block["options"] for name in ("remove", "speak")] == [told, told]
    assert found["remove"].certain and found["speak"].certain


def test_one_shared_input_is_proposed_once_and_takes_effect_everywhere(tmp_path: Path) -> None:
    body = {"$ref": "#/components/schemas/Speech"}
    paths = {
        "/voices": {"get": operation(listed(obj(voice_id=TEXT, name=TEXT)), operationId="voices")},
        "/speak": {"post": operation(body=body, operationId="speak")},
        "/shout": {"post": operation(body=body, operationId="shout")},
    }
    loaded = read(tmp_path, paths, components={"schemas": {"Speech": obj(voice_id=TEXT)}})
    (found,) = [p for p in propose(loaded) if p.kind == "options"]
    assert found.changes[0].pointer == "/components/schemas/Speech/properties/voice_id"
    assert found.fields == (("speak", "voice_id"), ("shout", "voice_id"))
    service = applied(loaded.service, [found])
    assert all(o.fields[0].options for o in service.operations if o.operation_id in ("speak", "shout"))


NO_OPTIONS: dict[str, Any] = {
    "another type": ({"get": operation(listed(obj(id=NUMBER, name=TEXT)))}, TEXT),
    "a list that asks": ({"get": operation(listed(THING), parameters=[{"name": "q", "in": "query", "required": True, "schema": TEXT}])}, TEXT),
    "no id": ({"get": operation(listed(obj(name=TEXT)))}, TEXT),
    "an enum": ({"get": operation(listed(THING))}, {"type": "string", "enum": ["a", "b"]}),
}  # fmt: skip


def test_a_watched_list_that_comes_as_a_whole_says_where_it_stands(tmp_path: Path) -> None:
    get = operation(obj(things=listed(THING)), operationId="things")
    get["description"] = "The newest first."
    found = proposed(tmp_path, {"/things": {"get": get}}, "trigger")
    assert block(found, "pagination") == {"style": "link", "items": "$response.body#/things"} and found[0].certain
    service = applied(read(tmp_path, {"/things": {"get": get}}).service, found)
    watched = service.operation(service.triggers[0].operation_id)
    assert watched and watched.pagination and watched.pagination.items == parse("$response.body#/things")
    whole = {"/things": {"get": operation(listed(THING), operationId="things")}}
    assert "pagination" not in proposed(tmp_path, whole, "trigger")[0].block


@pytest.mark.parametrize("name", NO_OPTIONS)
def test_no_choices(name: str, tmp_path: Path) -> None:
    item, schema = NO_OPTIONS[name]
    paths = {"/things": item, "/use": {"post": operation(body=obj(thing_id=schema))}}
    assert proposed(tmp_path, paths, "options") == []


def test_a_list_is_watched_where_the_newest_come_first(tmp_path: Path) -> None:
    order: dict[str, Any] = {"type": "string", "enum": ["asc", "desc"], "default": "desc"}
    get = operation(listed(THING), inputs={"page": NUMBER, "direction": order}, operationId="things")
    found = proposed(tmp_path, {"/things": {"get": get}}, "trigger")
    assert block(found, "trigger") == {"event": "New Thing", "dedupe": "id", "order": "created_at"} and found[0].certain
    order["default"] = "asc"
    assert not proposed(tmp_path, {"/things": {"get": get}}, "trigger")[0].certain
    get["description"] = "Things, with the most recent ones appearing first."
    del order["default"]
    assert proposed(tmp_path, {"/things": {"get": get}}, "trigger")[0].certain
    get["parameters"].append({"name": "sort", "in": "query", "schema": {"type": "string", "default": "name"}})
    assert not proposed(tmp_path, {"/things": {"get": get}}, "trigger")[0].certain
    assert proposed(tmp_path, {"/things": {"get": operation(listed(obj(id=TEXT)))}}, "trigger") == []


def test_hooks_that_a_call_subscribes(tmp_path: Path) -> None:
    paths = {
        "/webhooks": {"post": operation(obj(id=TEXT), status="201", body=obj(url=TEXT), operationId="hook")},
        "/webhooks/{hook_id}": {"delete": operation(status="204", parameters=[path("hook_id")], operationId="unhook")},
    }
    loaded = read(tmp_path, paths)
    (found,) = [p for p in propose(loaded) if p.kind == "subscription"]
    link = {"operationId": "unhook", "parameters": {"hook_id": "$response.body#/id"}}
    assert found.changes[0].update["responses"] == {"201": {"links": {"unsubscribe": link}}}
    assert "{$request.body#/url}" in found.changes[0].update["callbacks"]["event"] and not found.certain


def test_values_are_named_where_the_description_names_them(tmp_path: Path) -> None:
    lines = "How it is sent:\n- `0`: By post\n- `1`: By e-mail, at once\n"
    kind: dict[str, Any] = {"type": "integer", "enum": [0, 1], "description": lines}
    found = proposed(tmp_path, {"/send": {"post": operation(body=obj(kind=kind))}}, "labels")
    assert block(found, "choices") == {"0": "By Post", "1": "By e-mail, at once"} and found[0].certain
    kind["description"] = "0 = post, 1 = mail"
    assert proposed(tmp_path, {"/send": {"post": operation(body=obj(kind=kind))}}, "labels")[0].confidence == 0.8
    kind["description"] = "- `0`: By post"
    assert proposed(tmp_path, {"/send": {"post": operation(body=obj(kind=kind))}}, "labels") == []


def test_limits_and_secrets(tmp_path: Path) -> None:
    get = operation(THING)
    headers: dict[str, Any] = {
        "X-RateLimit-Limit": {"schema": NUMBER},
        "X-RateLimit-Remaining": {"schema": NUMBER},
        "X-RateLimit-Reset": {"schema": NUMBER},
    }
    get["responses"]["200"]["headers"] = headers
    paths = {
        "/things/{id}": {"get": get, "delete": operation(status="204", operationId="remove")},
        "/keys/rotate": {"post": operation(obj(secret=TEXT), operationId="rotate")},
        "/tokens": {"post": operation(obj(token=TEXT), operationId="mint")},
    }
    found = {p.operation_id or p.kind: p for p in proposed(tmp_path, paths)}
    told = {"limit": "$response.header.X-RateLimit-Limit", "remaining": "$response.header.X-RateLimit-Remaining"}
    assert found["rate limit"].block["rate_limit"] == told, "seconds to go and a time of day look alike"
    assert (found["rotate"].certain, found["mint"].certain, found["remove"].certain) == (True, False, False)
    headers["X-RateLimit-Reset"]["description"] = "Unix time"
    assert "reset" in proposed(tmp_path, paths, "rate limit")[0].block["rate_limit"]


def test_microsoft_s_dynamic_values_and_test(tmp_path: Path) -> None:
    dynamic = {"operationId": "boards", "value-collection": "value", "value-path": "id", "value-title": "title"}
    parameter = {**path("board"), "x-ms-dynamic-values": dynamic}
    paths = {
        "/boards": {"get": operation(obj(value=listed(THING)), operationId="boards") | {"x-ms-trigger": "batch"}},
        "/b/{board}": {"get": operation(THING, parameters=[parameter], operationId="board")},
    }
    root = {**SECURE, "x-ms-capabilities": {"testConnection": {"operationId": "boards"}}}
    found = {(p.kind, p.operation_id): p for p in proposed(tmp_path, paths, **root)}
    told = {"operation": "boards", "items": "$response.body#/value", "value": "$item#/id", "label": "$item#/title"}
    assert found["options", "board"].block["options"] == told and found["options", "board"].confidence == 1
    assert found["trigger", "boards"].block["trigger"] == {"dedupe": "id"}
    assert found["connection", ""].block["connection"] == {"operation": "boards"}


def test_certain_is_what_build_applies(tmp_path: Path) -> None:
    found = proposed(tmp_path, {"/things/{id}": {"delete": operation(parameters=[path("id")])}})
    assert [p.kind for p in found] == ["sensitive"] and certain(found) == ()


def test_of_two_versions_of_a_list_one_is_offered(tmp_path: Path) -> None:
    styles = operation(obj(styles=listed(obj(style_id=TEXT, name=TEXT))))
    more = operation(obj(styles=listed(obj(style_id=TEXT, name=TEXT))))
    draw = operation(obj(), operationId="draw", parameters=[path("style_id")])
    paths = {"/v1/styles": {"get": styles}, "/v2/styles": {"get": more}, "/draw/{style_id}": {"post": draw}}
    found = [p for p in proposed(tmp_path, paths, "options") if p.operation_id == "draw"]
    assert [p.block["options"]["value"] for p in found] == ["$item#/style_id"] and found[0].certain

"""Ways to sign in, and what a connection must never do: show its key elsewhere, or fail without a word."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from msgspec.structs import replace

from specloom.schemas.model import Auth, Choice, Service
from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_apps import write_app
from tests.platforms.zapier_workshop import StandIn, auth

pytest_plugins = ["tests.platforms.zapier_fixtures"]

AUTHS = {
    "header": (Auth(id="key", kind="apiKey", name="X-Key"), {"x-key": "the-key-0123456789"}, ""),
    "bearer": (
        Auth(id="key", kind="apiKey", name="Authorization", value_prefix="Bearer "),
        {"authorization": "Bearer the-key-0123456789"},
        "",
    ),
    "query": (Auth(id="key", kind="apiKey", location="query", name="api key"), {}, "?api%20key=the-key-0123456789"),
    "cookie": (Auth(id="key", kind="apiKey", location="cookie", name="sid"), {"cookie": "sid=the-key-0123456789"}, ""),
    "basic": (
        Auth(id="key", kind="http", scheme="basic"),
        {"authorization": "Basic " + base64.b64encode("ädä:p:w".encode()).decode()},
        "",
    ),
}


@pytest.mark.parametrize("kind", AUTHS)
def test_ways_to_sign_in(kind: str, zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme, headers, query = AUTHS[kind]
    app = write_app(replace(workshop, auth=scheme), tmp_path / kind)
    assert zapier.schema_errors(app) == []
    stand_in.json("GET /me", {"name": "Ada"})
    given = auth(stand_in, username="ädä", password="p:w")
    tested = zapier.run(app, "authentication.test", {"authData": given}).results
    (call,) = stand_in.calls
    assert headers.items() <= call["headers"].items() and call["path"] == "/me" + query
    assert tested["label"] == "Ada"
    named = zapier.run(app, "authentication.connectionLabel", {"authData": given, "inputData": tested}).results
    assert named == "Ada"
    stand_in.json("GET /me", {"error": "who are you?"}, 401)
    with pytest.raises(AppError, match="who are you"):
        zapier.run(app, "authentication.test", {"authData": given})


def test_oauth_2_with_refresh(zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme = Auth(
        id="key", kind="oauth2", flow="authorizationCode", authorization_url="https://api.example.com/authorize?x=1",
        token_url=f"{stand_in.url}/token", scopes=(Choice(value="read", label="Read"), Choice(value="write", label="Write")),
    )  # fmt: skip
    operations = tuple(replace(o, security=({"key": ("read", "write")},)) for o in workshop.operations)
    app = write_app(replace(workshop, auth=scheme, operations=operations), tmp_path / "oauth")
    assert zapier.schema_errors(app) == []
    place = "authentication.oauth2Config"
    asked = {"inputData": {"redirect_uri": "https://zapier.com/return", "state": "s&1"}}
    url = zapier.run(app, f"{place}.authorizeUrl", asked).results
    assert "&response_type=code&" in url and "scope=read%20write" in url and "state=s%261" in url
    stand_in.json("POST /token", {"access_token": "first", "refresh_token": "again", "expires_in": 60})
    exchange = {"inputData": {"code": "c", "redirect_uri": "https://zapier.com/return", "code_verifier": "v"}}
    assert zapier.run(app, f"{place}.getAccessToken", exchange).results["refresh_token"] == "again"
    assert b"code_verifier=v" in stand_in.calls[0]["body"]
    stand_in.json("POST /token", {"access_token": "second"})
    refreshed = zapier.run(app, f"{place}.refreshAccessToken", {"authData": {"refresh_token": "again"}}).results
    assert refreshed == {"access_token": "second", "refresh_token": "again"}
    stand_in.json("GET /me", {"error": "expired"}, 401)
    with pytest.raises(AppError) as raised:
        zapier.run(
            app, "searches.getMe.operation.perform", {"authData": {"base_url": stand_in.url, "access_token": "second"}}
        )
    assert raised.value.name == "RefreshAuthError"
    assert stand_in.calls[-1]["headers"]["authorization"] == "Bearer second"


def test_tokens_without_a_person(zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme = Auth(id="key", kind="oauth2", flow="clientCredentials", token_url=f"{stand_in.url}/token")
    app = write_app(replace(workshop, auth=scheme), tmp_path / "session")
    assert zapier.schema_errors(app) == []
    stand_in.json("POST /token", {"access_token": "made"})
    given = {"client_id": "i", "client_secret": "s"}
    made = zapier.run(app, "authentication.sessionConfig.perform", {"authData": given}).results
    assert made["access_token"] == "made" and b"grant_type=client_credentials" in stand_in.calls[0]["body"]


def test_no_credential_and_no_address_to_ask_for(zapier: Zapier, workshop: Service, tmp_path: Path) -> None:
    app = write_app(replace(workshop, auth=Auth()), tmp_path / "open")
    assert zapier.schema_errors(app) == []


ERRORS = [
    (402, {}, "Error", "InsufficientCredits"), (403, {}, "Error", "Forbidden"), (400, {}, "Error", "InvalidRequest"),
    (404, {}, "Error", "NotFound"), (500, {}, "Error", "Try again later"), (503, {}, "Error", "Try again later"),
    (401, {}, "ExpiredAuthError", "told why"), (429, {"retry-after": "7"}, "ThrottledError", '"delay":7'),
    (429, {}, "ThrottledError", '"delay":60'),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "name", "text"), ERRORS)
def test_errors_say_what_zapier_acts_on(
    zapier: Zapier, workshop_app: Path, stand_in: StandIn, status: int, headers: dict[str, str], name: str, text: str
) -> None:
    stand_in.json("PUT /orders/1/lines", {"error": "told why"}, status, **headers)
    with pytest.raises(AppError, match="told why") as raised:
        zapier.run(
            workshop_app,
            "creates.putLines.operation.perform",
            {"authData": auth(stand_in), "inputData": {"order_id": "1"}},
        )
    assert name in raised.value.name and text in raised.value.message


def test_nobody_there(zapier: Zapier, workshop_app: Path, stand_in: StandIn) -> None:
    bundle = {"authData": {**auth(stand_in), "base_url": "http://127.0.0.1:9"}, "inputData": {"order_id": "1"}}
    with pytest.raises(AppError, match="cannot be reached"):
        zapier.run(workshop_app, "creates.putLines.operation.perform", bundle)
    bundle["authData"]["base_url"] = "ftp://127.0.0.1"
    with pytest.raises(AppError, match="look at the address in the connection"):
        zapier.run(workshop_app, "creates.putLines.operation.perform", bundle)


@pytest.mark.parametrize("status", [302, 307])
def test_the_key_never_crosses_a_redirect(zapier: Zapier, workshop_app: Path, stand_in: StandIn, status: int) -> None:
    other = StandIn()
    try:
        stand_in.answers["GET /me"] = (status, {"location": f"{other.url}/me"}, b"")
        other.json("GET /me", {"name": "Eve"})
        (found,) = zapier.run(workshop_app, "searches.getMe.operation.perform", {"authData": auth(stand_in)}).results
        assert found == {"name": "Eve"}
        (call,) = other.calls
        assert "the-key" not in str(call)
        stand_in.answers["GET /me"] = (status, {"location": "/you"}, b"")
        stand_in.json("GET /you", {"name": "Ada"})
        (found,) = zapier.run(workshop_app, "searches.getMe.operation.perform", {"authData": auth(stand_in)}).results
        assert found == {"name": "Ada"}
    finally:
        other.stop()

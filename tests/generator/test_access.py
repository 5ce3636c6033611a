"""What a connection asks for, on each platform: all secrets that go together, only scopes in use, nothing in the clear."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.platforms import EMITTERS, EmitOptions, emitter
from specloom.schemas.load import load
from specloom.schemas.model import Service

OK = "responses: {'200': {description: ok, content: {application/json: {schema: {type: object}}}}}"
Read = Callable[[str], Service]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(text: str) -> Service:
        path = tmp_path / "document.yaml"
        head = "openapi: 3.1.0\ninfo: {title: Access, version: '1'}\nservers: [{url: 'https://api.example.com'}]\n"
        path.write_text(head + text)
        return load(path).service

    return _read


def files(service: Service, platform: str) -> dict[str, str]:
    return {name: content.decode() for name, content in emitter(platform)(service, EmitOptions()).files.items()}


TWO = f"""
security: [{{appId: [], appKey: []}}]
components: {{securitySchemes: {{appId: {{type: apiKey, in: header, name: X-App-Id}}, appKey: {{type: apiKey, in: query, name: app_key}}}}}}
paths: {{/me: {{get: {{operationId: getMe, {OK}}}}}}}
"""


def test_secrets_that_go_together_are_one_connection_and_no_input(read: Read) -> None:
    service = read(TWO)
    assert [auth.ids for auth in service.connections] == [("appId", "appKey")]
    assert service.operations[0].fields == ()
    made = files(service, "make")
    asked = json.loads(next(text for name, text in made.items() if name.endswith(".params.iml.json")))
    secret = {field["name"]: field["type"] for field in asked}
    assert secret["apiKey"] == secret["appKey"] == "password"
    base = json.loads(made["general/base.iml.json"])
    assert {"request.headers.`x-app-id`", "request.qs.app_key"} <= set(base["log"]["sanitize"])
    app = json.loads(files(service, "zapier")["app.json"])
    fields = {field["key"]: field["type"] for field in app["definition"]["authentication"]["fields"]}
    assert fields["api_key"] == fields["appKey"] == "password"
    n8n = next(text for name, text in files(service, "n8n").items() if name.endswith("credentials.ts"))
    assert n8n.count("password: true") == 3  # both, and the gateway's


MIXED = f"""
security: [{{hk: []}}]
components: {{securitySchemes: {{hk: {{type: apiKey, in: header, name: X-Key}}, ck: {{type: apiKey, in: cookie, name: SID}}}}}}
paths:
  /a: {{get: {{operationId: getA, parameters: [{{name: q, in: query, required: true, schema: {{type: string}}}}], {OK}}}}}
  /public: {{get: {{operationId: getPublic, security: [], {OK}}}}}
  /session: {{get: {{operationId: getSession, security: [{{ck: []}}], {OK}}}}}
"""


@pytest.mark.parametrize("platform", ["zapier", "make"])
def test_what_the_connection_cannot_sign_is_left_out_with_the_reason(read: Read, platform: str) -> None:
    service = read(MIXED)
    assert service.connection is None, "the one call without an input that takes a key takes another one"
    emission = emitter(platform)(service, EmitOptions())
    (left,) = [entry for entry in emission.written if entry.kind == "left out"]
    assert left.source == "getSession" and "it needs ck" in left.reason
    assert any("it needs ck" in problem.message for problem in emission.problems)


def test_each_credential_of_n8n_is_tested_by_a_call_that_takes_it(read: Read) -> None:
    made = [text for name, text in files(read(MIXED), "n8n").items() if name.endswith("credentials.ts")]
    assert len(made) == 2
    assert ["/session" in text for text in made].count(True) == 1, "only the cookie's credential may ask there"
    assert not any("/public" in text for text in made)


def oauth(flow: str, more: str = "") -> str:
    scopes = "scopes: {profile: Read the profile, files.write: Write files, admin: Everything}"
    return f"""
security: [{{oa: [profile]}}]
components: {{securitySchemes: {{oa: {{type: oauth2, flows: {{{flow}: {{tokenUrl: 'https://api.example.com/token', {more}{scopes}}}}}}}}}}}
paths:
  /me: {{get: {{operationId: getMe, {OK}}}}}
  /files: {{post: {{operationId: createFile, security: [{{oa: [files.write]}}], {OK}}}}}
"""


def test_only_scopes_that_an_operation_needs_are_asked_for(read: Read) -> None:
    service = read(oauth("authorizationCode", "authorizationUrl: 'https://api.example.com/authorize', "))
    connection = json.loads(files(service, "zapier")["app.json"])["connection"]
    assert connection["oauth"]["scope"] == "profile files.write"
    n8n = next(text for name, text in files(service, "n8n").items() if name.endswith("credentials.ts"))
    assert '"profile files.write"' in n8n and "admin" not in n8n and '"pkce"' in n8n
    listed: Any = next(json.loads(t) for n, t in files(service, "make").items() if n.endswith("scope-list.iml.json"))
    assert listed == {"profile": "Read the profile", "files.write": "Write files"}


def test_n8n_signs_in_with_a_name_and_a_password(read: Read) -> None:
    service = read(oauth("password"))
    made = files(service, "n8n")
    credential = next(text for name, text in made.items() if name.endswith("credentials.ts"))
    assert "preAuthentication" in credential and "https://api.example.com/token" in credential
    plan = json.loads(next(text for name, text in made.items() if name.endswith("operations.json")))
    assert plan["credentials"][0]["renews"] is True and "oauth2" not in plan["credentials"][0]


def test_a_user_name_that_is_the_key_is_a_secret(read: Read) -> None:
    basic = "basic: {type: http, scheme: basic, description: The API key is the user name; leave the password empty}"
    service = read(
        f"security: [{{basic: []}}]\ncomponents: {{securitySchemes: {{{basic}}}}}\npaths: {{/b: {{get: {{operationId: getB, {OK}}}}}}}\n"
    )
    assert service.auth.user_is_secret
    app = json.loads(files(service, "zapier")["app.json"])
    fields = {field["key"]: field["type"] for field in app["definition"]["authentication"]["fields"]}
    assert fields["username"] == "password"


@pytest.mark.parametrize("platform", EMITTERS)
def test_schemes_for_the_same_place_are_one(read: Read, platform: str) -> None:
    """Google's documents ask for two OAuth2 schemes together, which are two ways to get the same token."""
    flow = "flows: {implicit: {authorizationUrl: 'https://a.example/a', scopes: {}}}"
    code = "flows: {authorizationCode: {authorizationUrl: 'https://a.example/a', tokenUrl: 'https://a.example/t', scopes: {}}}"
    schemes = f"one: {{type: oauth2, {flow}}}, two: {{type: oauth2, {code}}}"
    service = read(
        f"security: [{{one: [], two: []}}]\ncomponents: {{securitySchemes: {{{schemes}}}}}\npaths: {{/b: {{get: {{operationId: getB, {OK}}}}}}}\n"
    )
    assert [auth.ids for auth in service.connections] == [("two",)]
    assert files(service, platform)

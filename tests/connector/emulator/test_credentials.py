"""Credentials of every kind the model knows, and an OAuth2 server that hands out tokens."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.load import load

HEAD = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.0.0}\n"
KEYED = """\
x-specloom: {{key: keyed}}
servers: [{{url: "https://api.example.com"}}]
security: [{{key: []}}]
components:
  securitySchemes:
    key: {scheme}
paths:
  /things:
    get:
      operationId: things
      tags: [Thing]
      responses: {{"200": {{description: ok, content: {{application/json: {{example: {{ok: true}}}}}}}}}}
"""


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [
        ("{type: apiKey, in: header, name: X-Api-Key}", {"headers": {"X-Api-Key": "k"}}, {"headers": {"X-Key": "k"}}),
        ("{type: apiKey, in: query, name: api_key}", {"params": {"api_key": "k"}}, {"params": {"api_key": "invalid"}}),
        ("{type: apiKey, in: cookie, name: sid}", {"cookies": {"sid": "k"}}, {"cookies": {"sid": ""}}),
        (
            "{type: oauth2, flows: {clientCredentials: {tokenUrl: https://api.example.com/token, scopes: {}}}}",
            {"headers": {"Authorization": "Bearer k"}},
            {"headers": {"Authorization": "Bearer expired"}},
        ),
    ],
)
def test_other_credentials(tmp_path: Path, scheme: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    path = tmp_path / "keyed.yaml"
    path.write_text(HEAD + KEYED.format(scheme=scheme), "utf-8")
    with EmulatorServer([load(path).service]) as url:
        assert requests.get(f"{url}/keyed/things", timeout=5, **good).status_code == 200
        assert requests.get(f"{url}/keyed/things", timeout=5, **bad).status_code == 401
        assert requests.get(f"{url}/keyed/things", timeout=5).status_code == 401


def test_oauth_tokens(tmp_path: Path) -> None:
    flow = (
        "{type: oauth2, flows: {authorizationCode: {authorizationUrl: https://api.example.com/auth, "
        "tokenUrl: https://api.example.com/token, scopes: {read: Read}}}}"
    )
    path = tmp_path / "keyed.yaml"
    path.write_text(HEAD + KEYED.format(scheme=flow), "utf-8")
    with EmulatorServer([path]) as url:
        base = f"{url}/keyed"

        def token(**form: str) -> requests.Response:
            return requests.post(
                f"{base}/oauth/token", data={"client_id": "c", "client_secret": "s", **form}, timeout=5
            )

        target = {"redirect_uri": "http://127.0.0.1:1/back?x=1", "state": "s t"}
        consent = requests.get(f"{base}/auth", params=target, allow_redirects=False, timeout=5)
        assert consent.status_code == 302 and consent.headers["Location"].startswith(
            "http://127.0.0.1:1/back?x=1&code="
        )
        given = token(grant_type="authorization_code", code="abc").json()
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        assert requests.get(f"{base}/things", headers=headers, timeout=5).json() == {"ok": True}
        assert token(grant_type="refresh_token", refresh_token=given["refresh_token"]).json()["expires_in"] == 3600
        assert token(grant_type="authorization_code", code="invalid").json() == {"error": "invalid_grant"}
        assert token(grant_type="client_credentials", client_secret="invalid").status_code == 401
        assert token(grant_type="magic").json() == {"error": "unsupported_grant_type"}
        assert token(grant_type="authorization_code", code="expired").json()["access_token"] == "expired"
        basic = {"Authorization": "Basic " + base64.b64encode(b"c:s").decode()}
        form = {"grant_type": "client_credentials"}
        assert requests.post(f"{base}/token", data=form, headers=basic, timeout=5).status_code == 200

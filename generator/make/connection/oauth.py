"""OAuth 2 connections: the requests Make makes to get, keep and renew a token."""

from __future__ import annotations

from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.communication.requests import literal_path, server_url
from specloom.schemas.model import Auth, Service

_CLIENT = {
    "client_id": "{{ifempty(parameters.clientId, common.clientId)}}",
    "client_secret": "{{ifempty(parameters.clientSecret, common.clientSecret)}}",
}


def supported(auth: Auth) -> bool:
    """Whether the document gives the addresses the flow needs."""
    needed = [auth.token_url, *([auth.authorization_url] if auth.flow == "authorizationCode" else [])]
    try:
        return bool(auth.flow) and all(server_url(url) for url in needed)
    except iml.Inexpressible:
        return False


def parameters(auth: Auth) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    if auth.flow == "password":
        asked += [
            {"name": "username", "type": "text", "label": "Username", "required": True, "editable": True},
            {"name": "password", "type": "password", "label": "Password", "required": True, "editable": True},
        ]
    needed = {"required": True} if auth.flow == "clientCredentials" else {"advanced": True}
    return [
        *asked,
        {"name": "clientId", "type": "text", "label": "Client ID", "editable": True, **needed},
        {"name": "clientSecret", "type": "password", "label": "Client secret", "editable": True, **needed},
    ]


def communication(service: Service) -> dict[str, Any]:
    """The connection's requests; only for an Auth that is `supported`."""
    auth = service.auth
    token = {
        "url": _url(auth.token_url),
        "method": "POST",
        "type": "urlencoded",
        "body": {**_grant(auth), **_CLIENT},
        "response": _token_reply(bool(auth.refresh_url or auth.flow == "authorizationCode")),
        "log": _log(),
    }
    written: dict[str, Any] = {"token": token}
    if auth.flow == "authorizationCode":
        written["authorize"] = {
            "url": _url(auth.authorization_url),
            "qs": {
                "response_type": "code",
                "client_id": _CLIENT["client_id"],
                "redirect_uri": "{{oauth.redirectUri}}",
                "scope": "{{join(oauth.scope, ' ')}}",
            },
            "response": {"temp": {"code": "{{query.code}}"}},
        }
        written["refresh"] = {
            "url": _url(auth.refresh_url or auth.token_url),
            "method": "POST",
            "type": "urlencoded",
            "condition": "{{data.refreshToken}}",
            "body": {"grant_type": "refresh_token", "refresh_token": "{{data.refreshToken}}", **_CLIENT},
            "response": _token_reply(True),
            "log": _log(),
        }
    return written


def _grant(auth: Auth) -> dict[str, str]:
    if auth.flow == "authorizationCode":
        return {"grant_type": "authorization_code", "code": "{{temp.code}}", "redirect_uri": "{{oauth.redirectUri}}"}
    if auth.flow == "password":
        return {
            "grant_type": "password", "username": "{{parameters.username}}", "password": "{{parameters.password}}",
        }  # fmt: skip
    return {"grant_type": "client_credentials", "scope": "{{join(oauth.scope, ' ')}}"}


def _token_reply(renewable: bool) -> dict[str, Any]:
    data = {"accessToken": "{{body.access_token}}"}
    reply: dict[str, Any] = {
        "data": data,
        "expires": "{{if(body.expires_in, addSeconds(now, ifempty(body.expires_in, 0)), undefined)}}",
        "error": {"message": "[{{statusCode}}] {{ifempty(body.error_description, body.error)}}"},
    }
    if renewable:
        data["refreshToken"] = "{{ifempty(body.refresh_token, data.refreshToken)}}"
    return reply


def _log() -> dict[str, Any]:
    return {
        "sanitize": [
            "request.body.client_secret", "request.body.code", "request.body.refresh_token", "request.body.password",
            "response.body.access_token", "response.body.refresh_token",
        ]
    }  # fmt: skip


def _url(url: str) -> str:
    address, question, query = url.partition("?")
    return server_url(address) + (f"?{literal_path(query)}" if question else "")

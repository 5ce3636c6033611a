"""An OAuth2 server that hands out tokens to whoever asks properly."""

from __future__ import annotations

import base64
import binascii
import uuid
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request

from specloom.connector.emulator.credentials import BAD, EXPIRED
from specloom.connector.emulator.replies.replies import EmulatedReply
from specloom.schemas.model import Service

TOKEN_PATH = "/oauth/token"
AUTHORIZE_PATH = "/oauth/authorize"
LIFETIME = 3600
_GRANTS = {"authorization_code": "code", "refresh_token": "refresh_token", "password": "username"}


def answer(service: Service, path: str, request: Request) -> EmulatedReply | None:
    """The reply where the path is an OAuth2 one of a service that uses OAuth2; None elsewhere."""
    auth = next((a for a in service.connections if a.kind == "oauth2"), None)
    if auth is None:
        return None
    token_paths = {TOKEN_PATH, *(urlsplit(url).path for url in (auth.token_url, auth.refresh_url) if url)}
    if path in token_paths and request.method == "POST":
        return _token(request)
    authorize_paths = {AUTHORIZE_PATH, *(urlsplit(url).path for url in (auth.authorization_url,) if url)}
    return _authorize(request) if path in authorize_paths and request.method == "GET" else None


def _authorize(request: Request) -> EmulatedReply:
    """Consent is given at once."""
    target = request.args.get("redirect_uri", "")
    if not target.startswith(("http://", "https://")):
        return EmulatedReply(400, {"error": "invalid_request", "error_description": "redirect_uri is required"})
    pairs = {"code": f"code_{uuid.uuid4().hex}", "state": request.args.get("state", "")}
    return EmulatedReply(302, None, {"Location": f"{target}{'&' if '?' in target else '?'}{urlencode(pairs)}"})


def _token(request: Request) -> EmulatedReply:
    grant = request.form.get("grant_type", "")
    client, secret = _client(request)
    if grant not in _GRANTS and grant != "client_credentials":
        return EmulatedReply(400, {"error": "unsupported_grant_type"})
    if not client or BAD in (client, secret):
        return EmulatedReply(401, {"error": "invalid_client"})
    proof = request.form.get(_GRANTS.get(grant, ""), "") if grant in _GRANTS else "granted"
    if not proof or proof == BAD:
        return EmulatedReply(400, {"error": "invalid_grant"})
    # A client or code that is named after a failure gets a token that fails in this way.
    special = next((s for s in (proof, client) if s.startswith(("error_", "limit_", "slow_")) or s == EXPIRED), "")
    body = {
        "access_token": special or f"token_{uuid.uuid4().hex}",
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    }
    if grant != "client_credentials":
        body["refresh_token"] = f"refresh_{uuid.uuid4().hex}"
    return EmulatedReply(200, body, {"Cache-Control": "no-store"})


def _client(request: Request) -> tuple[str, str]:
    header = request.headers.get("Authorization", "")
    if header.startswith("Basic "):
        try:
            client, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
            return client, secret
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")

"""Whether a request carries a good credential, by what the document says of it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from werkzeug.wrappers import Request

from specloom.schemas.model import Auth, Operation, Service

BAD = "invalid"
EXPIRED = "expired"
_SPECIAL = re.compile(r"(error|limit|slow)_([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """`owner` tells accounts apart. `error` is a status, or what happens to the connection (html, reset, cut)."""

    owner: str
    error: str = ""
    allowance: int | None = None
    delay: float = 0.0


ANONYMOUS = PresentedCredential("")


def credential_of(service: Service, operation: Operation, request: Request) -> PresentedCredential | None:
    """Who is calling; None where a credential is missing or bad."""
    if service.auth.kind == "none":
        return ANONYMOUS
    schemes = {scheme.id: scheme for way in service.connections for scheme in way.schemes}
    given = {name: text for name, scheme in schemes.items() if (text := _given(scheme, request)) is not None}
    if operation.security is None:
        wanted = next((way.ids for way in service.connections if all(name in given for name in way.ids)), None)
    else:
        wanted = operation.signed_by(list(given))
    if not wanted:
        return ANONYMOUS if operation.anonymous else None
    judged = [_judged(schemes[name], given[name]) for name in wanted]
    return judged[0] if None not in judged else None


def _given(auth: Auth, request: Request) -> str | None:
    if auth.kind == "http" and auth.scheme.lower() == "basic":
        return _basic(request)
    if auth.kind == "oauth2":
        return _without(request.headers.get("Authorization"), "Bearer ")
    if auth.kind != "apiKey":
        return _without(request.headers.get("Authorization"), auth.value_prefix or "Bearer ")
    if auth.location == "query":
        return _without(request.args.get(auth.name), auth.value_prefix)
    if auth.location == "cookie":
        return _without(request.cookies.get(auth.name), auth.value_prefix)
    return _without(request.headers.get(auth.name), auth.value_prefix)


def _without(value: str | None, prefix: str) -> str | None:
    """The value behind `prefix`, which is compared without regard to case; None where there is none."""
    if value is None or value[: len(prefix)].lower() != prefix.lower():
        return None
    return value[len(prefix) :].strip()


def _basic(request: Request) -> str | None:
    encoded = _without(request.headers.get("Authorization"), "Basic ")
    if encoded is None:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _judged(auth: Auth, given: str) -> PresentedCredential | None:
    parts = given.split(":", 1) if auth.kind == "http" else [given]
    secrets = [part.removeprefix(auth.key_prefix) for part in parts]
    if not given.strip(":") or any(secret in (BAD, EXPIRED) for secret in secrets):
        return None
    if auth.kind != "oauth2" and auth.key_prefix and not any(part.startswith(auth.key_prefix) for part in parts):
        return None
    if not any(secrets):
        return None
    for secret in secrets:
        if match := _SPECIAL.match(secret):
            return _special(given, match.group(1), match.group(2))
    return PresentedCredential(given)


def _special(owner: str, kind: str, value: str) -> PresentedCredential:
    if kind == "error":
        return PresentedCredential(owner, error=value)
    if kind == "limit" and value.isdigit():
        return PresentedCredential(owner, allowance=int(value))
    return PresentedCredential(owner, delay=float(value) if value.isdigit() else 0.0)


def good_key(service: Service) -> str:
    """A key that works, to print for people."""
    return f"{service.auth.key_prefix}emulator"

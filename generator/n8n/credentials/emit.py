"""The credential types: what is asked for, how it is put on requests, how a good key is told from a bad one."""

from __future__ import annotations

import re

from msgspec import Struct

from specloom.generator.n8n.credentials.credential_test import test_request
from specloom.generator.n8n.credentials.servers import Address, address
from specloom.generator.n8n.fields.scalars import Property
from specloom.generator.n8n.names import class_name, node_name, parameter_name
from specloom.generator.n8n.text import help_text, label, plain, quiet, title_case
from specloom.schemas.model import Auth, Service
from specloom.schemas.problems import Location, Problem

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_|~-]{1,200}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,200}")
_PREFIX = re.compile(r"[A-Za-z0-9 _.:=-]{0,100}")
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}]{1,1000}")


class Credential(Struct, frozen=True, kw_only=True):
    """One credential type. `choice` is its value of the node's Authentication parameter, `label` its name there."""

    name: str
    class_name: str
    display_name: str
    choice: str
    label: str
    properties: tuple[Property, ...]
    authenticate: Property | None
    test: Property | None
    extends: tuple[str, ...] = ()
    optional: bool = False
    """It only says where the service is, and there is a usual place."""

    @property
    def oauth2(self) -> bool:
        return bool(self.extends)


def credentials(service: Service) -> tuple[tuple[Credential, ...], tuple[Problem, ...]]:
    """The credential types of a service, the usual one first, and what of its security could not be expressed."""
    where = address(service)
    problems: list[Problem] = []
    found: list[Credential] = []
    for auth in (service.auth, *service.other_auths):
        if problem := _unsupported(auth):
            problems.append(problem)
        elif auth.kind != "none":
            found.append(_credential(service, auth, where, taken={c.name for c in found}))
    if not found and (where.required or len(where.properties) > 1):  # nothing to prove, but an address to choose
        found.append(_credential(service, Auth(kind="none"), where, taken=set()))
    return tuple(found), tuple(problems)


def _unsupported(auth: Auth) -> Problem | None:
    reason = ""
    if auth.kind == "http" and auth.scheme != "basic":
        reason = f"HTTP authentication scheme {auth.scheme!r}"
    if auth.kind == "oauth2" and auth.flow not in ("authorizationCode", "clientCredentials"):
        reason = f"OAuth2 flow {auth.flow or 'implicit'!r}"
    elif auth.kind == "oauth2" and not all(_ADDRESS.fullmatch(url) for url in _addresses(auth)):
        reason = "OAuth2 addresses, which are no http(s) URLs"
    if auth.kind == "apiKey":
        names = _HEADER_NAME if auth.location == "header" else _PLAIN_NAME
        if not names.fullmatch(auth.name) or not _PREFIX.fullmatch(auth.value_prefix):
            reason = f"{auth.location} name {plain(auth.name, 60)!r}"
    if not reason:
        return None
    hint = "Send it with the escape hatch, or describe another security scheme"
    return Problem("warning", "n8n-auth", f"n8n cannot express the {reason}", hint, Location())


def _addresses(auth: Auth) -> list[str]:
    return [auth.token_url, auth.authorization_url] if auth.flow == "authorizationCode" else [auth.token_url]


def _credential(service: Service, auth: Auth, where: Address, taken: set[str]) -> Credential:
    suffix = "OAuth2Api" if auth.kind == "oauth2" else "Api"
    base, title = node_name(service.key), title_case(quiet(service.title, 60) or service.key)
    name = f"{base}{suffix}"
    if name in taken:
        extra = parameter_name(auth.id or auth.location).strip("_")
        name = f"{base}{extra[:1].upper()}{extra[1:]}{suffix}"
        title = f"{title} {label(auth.id or auth.location)}"
    oauth2 = auth.kind == "oauth2"
    return Credential(
        name=name,
        class_name=class_name(service.key) + name[len(base) :],
        display_name=f"{title} {'OAuth2 API' if oauth2 else 'API'}",
        choice=parameter_name(auth.id or auth.kind),
        label="OAuth2" if oauth2 else "Basic Auth" if auth.kind == "http" else label(auth.id, "API Key"),
        properties=(*_secrets(service, auth), *where.properties, *_signing(service), *_gateway()),
        authenticate=None if oauth2 else _authenticate(auth),
        test=None if oauth2 else test_request(service, where),
        extends=("oAuth2Api",) if oauth2 else (),
        optional=auth.kind == "none" and not where.required,
    )


def _secrets(service: Service, auth: Auth) -> list[Property]:
    if auth.kind == "oauth2":
        return _oauth2(auth)
    if auth.kind == "http":
        return [
            {"displayName": "Username", "name": "username", "type": "string", "default": "",
             **_described(auth.description)},
            {"displayName": "Password", "name": "password", "type": "string",
             "typeOptions": {"password": True}, "default": ""},
        ]  # fmt: skip
    if auth.kind != "apiKey":
        return []
    starts = f"It starts with {auth.key_prefix}" if auth.key_prefix else ""
    text = auth.description if starts and auth.key_prefix in auth.description else f"{auth.description} {starts}"
    found: Property = {
        "displayName": "API Key",
        "name": "apiKey",
        "type": "string",
        "typeOptions": {"password": True},
        "required": True,
        "default": "",
    }
    if sample := plain(auth.placeholder, 60).lstrip("="):
        found["placeholder"] = sample
    return [{**found, **_described(text)}]


def _described(text: str) -> Property:
    found = help_text(text)
    return {"description": found} if found else {}


def _oauth2(auth: Auth) -> list[Property]:
    authorization = auth.flow == "authorizationCode"
    hidden: dict[str, tuple[str, str]] = {
        "grantType": ("Grant Type", auth.flow),
        "authUrl": ("Authorization URL", auth.authorization_url if authorization else ""),
        "accessTokenUrl": ("Access Token URL", auth.token_url),
        "scope": ("Scope", plain(" ".join(str(scope.value) for scope in auth.scopes), 5000)),
        "authQueryParameters": ("Auth URI Query Parameters", ""),
        "authentication": ("Authentication", "header"),
    }
    return [
        {"displayName": display, "name": name, "type": "hidden", "default": value.lstrip("=").strip()}
        for name, (display, value) in hidden.items()
    ]


def _signing(service: Service) -> list[Property]:
    """With webhooks that are signed: the secret that proves them, where no subscription hands it over."""
    if not any(t.delivery == "webhook" and t.signature for t in service.triggers):
        return []
    return [{
        "displayName": "Webhook Signing Secret",
        "name": "webhookSecret",
        "type": "string",
        "typeOptions": {"password": True},
        "default": "",
        "description": "What the service signs its webhooks with. Calls with a wrong signature are refused. "
                       "Leave empty where the service hands the secret over when a workflow is activated.",
    }]  # fmt: skip


def _gateway() -> list[Property]:
    """Optional: a Specloom gateway through which slow steps run."""
    return [
        {
            "displayName": "Gateway URL",
            "name": "gatewayUrl",
            "type": "string",
            "default": "",
            "placeholder": "e.g. https://gateway.example.com",
            "description": "Address of a Specloom gateway, if you run one. Slow steps then run through it.",
        },
        {
            "displayName": "Gateway Key",
            "name": "gatewayApiKey",
            "type": "string",
            "typeOptions": {"password": True},
            "default": "",
            "description": "Key of the gateway, if it wants one",
        },
    ]


def _authenticate(auth: Auth) -> Property | None:
    """How n8n puts the credential on a request. Names and prefix hold harmless characters only."""
    if auth.kind == "http":
        basic = {"username": "={{$credentials.username}}", "password": "={{$credentials.password}}"}
        return {"type": "generic", "properties": {"auth": basic}}
    if auth.kind != "apiKey":
        return None
    key = "{{$credentials.apiKey}}"
    if auth.location == "cookie":
        return {"type": "generic", "properties": {"headers": {"Cookie": f"={auth.name}={key}"}}}
    place = "qs" if auth.location == "query" else "headers"
    return {"type": "generic", "properties": {place: {auth.name: f"={auth.value_prefix}{key}"}}}

"""The credential types: what is asked for, how it is put on requests, how a good key is told from a bad one."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
AFFIX = "Specloom"
"""In the name of every type. The names hold for a whole n8n, and none of its own has this word: what is generated for
a service never takes the place of the credential that n8n has for it."""
TOKEN = "sessionToken"
_OWN = frozenset("apiKey username password baseUrl server webhookSecret gatewayUrl gatewayApiKey clientId".split())
"""Names of other properties."""
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
    secrets: Mapping[str, str] = {}
    """Its schemes, to the property that holds the key or the token of each."""
    token: Property | None = None
    """Where and with which scope it fetches a token; None where it is given one."""
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
    for auth in service.connections:
        refused = [problem for scheme in auth.schemes if (problem := _unsupported(scheme))]
        problems += refused
        if not refused:
            found.append(_credential(service, auth, where, taken={c.name for c in found}))
    if not found:  # nothing to prove, but an address to choose
        found.append(_credential(service, Auth(kind="none"), where, taken=set()))
        problems += _silent(service)
    return tuple(found), tuple(problems)


def _silent(service: Service) -> list[Problem]:
    """A warning where the document does not say whether the service wants a key."""
    if service.connections or any(operation.security is not None for operation in service.operations):
        return []
    message = "The document says nothing of keys: the credential holds the Base URL only"
    hint = "If the service wants a key, describe it under components.securitySchemes and name it under security"
    return [Problem("warning", "n8n-auth", message, hint, Location())]


def _unsupported(auth: Auth) -> Problem | None:
    reason = ""
    if auth.kind == "http" and auth.scheme != "basic":
        reason = f"HTTP authentication scheme {auth.scheme!r}"
    if auth.kind == "oauth2" and auth.flow not in ("authorizationCode", "clientCredentials", "password"):
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
    name = f"{base}{AFFIX}{suffix}"
    if name in taken:
        extra = parameter_name("_".join(auth.ids) or auth.location).strip("_")
        name = f"{base}{AFFIX}{extra[:1].upper()}{extra[1:]}{suffix}"
        title = f"{title} {label(auth.id or auth.location)}"
    oauth2 = auth.kind == "oauth2" and auth.flow != "password"
    secrets = _keys(auth)
    return Credential(
        name=name,
        class_name=class_name(service.key) + name[len(base) :],
        display_name=f"{title} {'OAuth2 API' if oauth2 else 'API'}",
        choice=parameter_name("_".join(auth.ids) or auth.kind),
        label=_label(auth),
        properties=(
            *(p for scheme in auth.schemes for p in _secrets(service, scheme, auth, secrets[scheme.id])),
            *where.properties,
            *_signing(service),
            *_gateway(),
        ),
        authenticate=None if oauth2 else _authenticate(auth, secrets),
        test=None if oauth2 else test_request(service, where, auth),
        extends=("oAuth2Api",) if oauth2 else (),
        secrets=secrets if auth.kind != "none" else {},
        token={"url": auth.token_url, "scope": _scope(service, auth)} if auth.flow == "password" else None,
        optional=auth.kind == "none" and not where.required,
    )


def _keys(auth: Auth) -> dict[str, str]:
    """The property that holds the key or the token of each scheme. Those of further schemes bear the schemes' names."""
    found: dict[str, str] = {}
    for scheme in auth.schemes:
        usual = {"oauth2": TOKEN, "http": "username"}.get(scheme.kind, "apiKey")
        name = parameter_name(scheme.id) if scheme.kind == "apiKey" and found else usual
        while name in found.values() or (found and name in _OWN):
            name += "Key"
        found[scheme.id] = name
    return found


def _label(auth: Auth) -> str:
    names = [
        "OAuth2" if scheme.kind == "oauth2" else "Basic Auth" if scheme.kind == "http" else label(scheme.id, "API Key")
        for scheme in auth.schemes
    ]
    return " and ".join(names)


def _secrets(service: Service, auth: Auth, whole: Auth, key: str) -> list[Property]:
    """What a person fills in for one scheme of the connection `whole`."""
    if auth.kind == "oauth2":
        return _password() if auth.flow == "password" else _oauth2(service, auth)
    if auth.kind == "http":
        user = {"typeOptions": {"password": True}} if auth.user_is_secret else {}
        return [
            {"displayName": "Username", "name": "username", "type": "string", **user, "default": "",
             **_described(auth.description)},
            {"displayName": "Password", "name": "password", "type": "string",
             "typeOptions": {"password": True}, "default": ""},
        ]  # fmt: skip
    if auth.kind != "apiKey":
        return []
    starts = f"It starts with {auth.key_prefix}" if auth.key_prefix else ""
    text = auth.description if starts and auth.key_prefix in auth.description else f"{auth.description} {starts}"
    found: Property = {
        "displayName": label(auth.id, "API Key") if whole.also else "API Key",
        "name": key,
        "type": "string",
        "typeOptions": {"password": True},
        **({} if whole.also and auth.optional else {"required": True}),
        "default": "",
    }
    if sample := plain(auth.placeholder, 60).lstrip("="):
        found["placeholder"] = sample
    return [{**found, **_described(text)}]


def _described(text: str) -> Property:
    found = help_text(text)
    return {"description": found} if found else {}


def _password() -> list[Property]:
    """Of a credential that fetches its token with a name and a password; n8n empties the token when it is refused."""
    secret = {"type": "string", "typeOptions": {"password": True}, "default": ""}
    client = "Of the OAuth client, if the service wants one"
    return [
        {"displayName": "Session Token", "name": TOKEN, "type": "hidden",
         "typeOptions": {"expirable": True, "password": True}, "default": ""},
        {"displayName": "Username", "name": "username", "type": "string", "default": ""},
        {"displayName": "Password", "name": "password", **secret},
        {"displayName": "Client ID", "name": "clientId", "type": "string", "default": "", "description": client},
        {"displayName": "Client Secret", "name": "clientSecret", **secret, "description": client},
    ]  # fmt: skip


def _scope(service: Service, auth: Auth) -> str:
    return plain(" ".join(str(scope.value) for scope in service.scopes_of(auth)), 5000)


def _oauth2(service: Service, auth: Auth) -> list[Property]:
    authorization = auth.flow == "authorizationCode"
    hidden: dict[str, tuple[str, str]] = {
        # With proof of possession (RFC 7636), which RFC 9700 asks of every client and other servers ignore.
        "grantType": ("Grant Type", "pkce" if authorization else auth.flow),
        "authUrl": ("Authorization URL", auth.authorization_url if authorization else ""),
        "accessTokenUrl": ("Access Token URL", auth.token_url),
        "scope": ("Scope", _scope(service, auth)),
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


def _bare(prefix: str, key: str) -> str:
    """The secret without the prefix that people copy along with it from the vendor's page."""
    return f'({key} || "").replace(/^{prefix}/i, "")' if re.fullmatch(r"[\w-]+ ", prefix) else key


def _authenticate(auth: Auth, secrets: Mapping[str, str]) -> Property | None:
    """How n8n puts the secrets of all schemes on a request. Names and prefixes hold harmless characters only."""
    properties: dict[str, Property] = {}
    for scheme in auth.schemes:
        key = f"$credentials.{secrets[scheme.id]}"
        if scheme.kind == "http":
            properties["auth"] = {
                "username": "={{$credentials.username}}", "password": "={{$credentials.password}}",
            }  # fmt: skip
        elif scheme.kind == "oauth2":
            properties.setdefault("headers", {})["Authorization"] = f"=Bearer {{{{{key}}}}}"
        elif scheme.kind == "apiKey" and scheme.location == "cookie":
            headers = properties.setdefault("headers", {})
            before = f"{headers['Cookie']}; " if "Cookie" in headers else "="
            headers["Cookie"] = f"{before}{scheme.name}={{{{{key}}}}}"
        elif scheme.kind == "apiKey":
            place = "qs" if scheme.location == "query" else "headers"
            properties.setdefault(place, {})[scheme.name] = (
                f"={scheme.value_prefix}{{{{{_bare(scheme.value_prefix, key)}}}}}"
            )
    return {"type": "generic", "properties": properties} if properties else None

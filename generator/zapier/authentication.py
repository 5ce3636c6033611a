"""The connection: which fields a person fills in, and what the runtime needs to sign calls with them."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from specloom.generator.output.json_text import Json
from specloom.generator.runtime.wire import expression
from specloom.generator.zapier.fields.form import FUNCTION
from specloom.generator.zapier.keys import Keys, field_key
from specloom.generator.zapier.plan import is_slow
from specloom.generator.zapier.text import help_text, label, plain, shorten
from specloom.schemas.model import Auth, ServerVariable, Service
from specloom.schemas.text import brief, humanize

_SECRET_WORDS = ("token", "secret", "auth", "password", "passwd", "api_key", "apikey", "jwt", "signature", "cookie")
"""Parts of keys that Zapier takes for secrets whatever the field says."""


class ZapierConnection(Struct, frozen=True):
    """What a service's connection is on Zapier."""

    authentication: Json | None
    """Zapier's own part; None where nothing need be asked."""
    runtime: Json
    """What the runtime needs to sign calls."""
    bindings: list[Json]
    """Which of the runtime's functions stands where."""


def asks_for_gateway(service: Service, wanted: str) -> bool:
    """`wanted` is EmitOptions.gateway."""
    if wanted != "auto":
        return wanted == "always"
    return any(is_slow(operation) for operation in service.operations if not operation.deprecated)


def authentication(service: Service, *, gateway: bool) -> ZapierConnection:
    fields, server = _address_fields(service)
    runtime: Json = {"server": server}
    if gateway:
        runtime["gateway"] = True
        fields += _gateway_fields()
    if service.auth.key_prefix:
        runtime["keyPrefix"] = service.auth.key_prefix
    secrets, runtime["secrets"] = _credential_fields(service)
    runtime |= {"test": _test(service), "oauth": _oauth(service)}
    runtime = {key: value for key, value in runtime.items() if value}
    if service.auth.kind == "none" and not fields:
        return ZapierConnection(None, runtime, [])
    kind, config, bindings = _kind(service.auth)
    found: Json = {"type": kind, **config, "test": FUNCTION, "fields": [*secrets, *fields], "connectionLabel": FUNCTION}
    for place, run in ((["test"], "test"), (["connectionLabel"], "label")):
        bindings.append({"path": ["authentication", *place], "run": run})
    return ZapierConnection(found, runtime, bindings)


def _kind(auth: Auth) -> tuple[str, Json, list[Json]]:
    if auth.kind != "oauth2":
        # Basic as well: Zapier's own 'basic' would add the password to every request, also to those that fetch
        # files from elsewhere.
        return "custom", {}, []
    name, functions = "sessionConfig", {"perform": "session"}
    kind: str = "session"
    config: Json = {}
    if auth.flow == "authorizationCode":
        kind, name = "oauth2", "oauth2Config"
        functions = {run: run for run in ("authorizeUrl", "getAccessToken", "refreshAccessToken")}
        config = {"autoRefresh": True, "enablePkce": True}
    config |= {place: FUNCTION for place in functions}
    bindings = [{"path": ["authentication", name, place], "run": run} for place, run in functions.items()]
    return kind, {name: config}, bindings


def _credential_fields(service: Service) -> tuple[list[Json], list[Json]]:
    """The fields of all schemes that are needed together, and where the runtime finds the secret of each."""
    keys = Keys(_OWN_KEYS)
    fields: list[Json] = []
    secrets: list[Json] = []
    schemes = service.auth.schemes if service.auth.kind != "none" else ()
    for auth in schemes:
        key = {"oauth2": "access_token", "http": "username"}.get(auth.kind, "api_key")
        if auth.kind == "apiKey" and auth is not schemes[0]:
            key = keys.unique(field_key(auth.id))
        name = "API Key" if len(schemes) == 1 else label(humanize(auth.id), key)
        fields += _scheme_fields(service, auth, key, name)
        secrets.append({"scheme": auth.id, "key": key})
    return fields, secrets


def _scheme_fields(service: Service, auth: Auth, key: str, name: str) -> list[Json]:
    required = {} if not auth.optional else {"required": False}
    if auth.kind == "apiKey":
        begins = f"It begins with `{plain(auth.key_prefix).replace('`', '')}`" if auth.key_prefix else ""
        told = begins if plain(auth.key_prefix) not in plain(auth.description) else ""
        where = auth.description or f"Your {_lower(name)} of {service.title}"
        return [_secret(key, name, help_text(where, told, _docs(service)), auth.placeholder) | required]
    if auth.kind == "http":
        kind = "password" if auth.user_is_secret else "string"
        user: Json = {"key": "username", "label": "Username", "type": kind, "required": True} | required
        if note := help_text(auth.description):
            user["helpText"] = note
        return [user, _secret("password", "Password", "", "") | {"required": False}]
    if auth.kind == "oauth2" and auth.flow != "authorizationCode":
        of = f"Of the OAuth client registered with {service.title}"
        found = [_secret(client, shown, help_text(of), "") for client, shown in _CLIENT]
        found[0]["type"] = "string"
        if auth.flow != "password":
            return found
        return [*(one | {"required": False} for one in found), *_USER]  # many servers know no client here
    return []


def _lower(name: str) -> str:
    return "API key" if name == "API Key" else name


_OWN_KEYS = (
    "api_key", "username", "password", "access_token", "refresh_token", "client_id", "client_secret", "base_url",
    "server", "gateway_url", "gateway_key",
)  # fmt: skip
_CLIENT = (("client_id", "Client ID"), ("client_secret", "Client Secret"))
_USER: list[Json] = [
    {"key": "username", "label": "Username", "type": "string", "required": True},
    {"key": "password", "label": "Password", "type": "password", "required": True},
]


def _docs(service: Service) -> str:
    """A link where one is known: people should not have to search for the page that holds their key."""
    if not re.fullmatch(r"https://[^\s()<>\"'`\\]+", service.docs_url):
        return ""
    title = re.sub(r"[\[\]`]", "", plain(service.title))
    return f"See [the documentation of {shorten(title, 60)}]({service.docs_url})"


def _secret(key: str, name: str, help_: str, placeholder: str) -> Json:
    found: Json = {"key": key, "label": name, "type": "password", "required": True}
    if help_:
        found["helpText"] = help_
    if "{{" not in placeholder and plain(placeholder):
        found["placeholder"] = plain(placeholder)
    return found


def _address_fields(service: Service) -> tuple[list[Json], Json]:
    """Fields for the server's variables and for the base URL as a whole; the second value fills them in later."""
    secrets, _ = _credential_fields(service)
    keys = Keys((*_OWN_KEYS, *(field["key"] for field in secrets)))
    servers = service.servers
    if not servers:
        return [_base_url(service, "", required=True)], {}
    first = servers[0]
    fields: list[Json] = []
    variables: list[Json] = []
    for variable in first.variables:
        key = keys.unique(field_key(variable.name))
        fields.append(_variable(variable, key))
        variables.append(
            {"name": variable.name, "key": key, **({"default": variable.default} if variable.default else {})}
        )
    choices = [s for s in servers if s.base_url] if len(servers) > 1 else []
    if choices and not first.variables:
        fields.append(_server_choice(choices))
    absolute = "://" in first.url
    fields.append(_base_url(service, service.base_url or first.url, required=not absolute))
    return fields, {"url": first.url, "variables": variables} if absolute else {}


def _variable(variable: ServerVariable, key: str) -> Json:
    found: Json = {"key": key, "label": label(variable.name.replace("_", " ").title(), key), "type": "string"}
    found["required"] = not variable.default
    if help_ := help_text(brief(variable.description)):
        found["helpText"] = help_
    if variable.choices:
        found["choices"] = [
            {"value": c, "sample": c, "label": plain(c)} for c in variable.choices if c and "{{" not in c
        ]
    if variable.default and "{{" not in variable.default:
        found["default"] = variable.default
    return _public(found)


def _server_choice(servers: list[Any]) -> Json:
    choices = [
        {"value": s.base_url, "sample": s.base_url, "label": label(s.description, s.base_url, 100)} for s in servers
    ]
    found: Json = {"key": "server", "label": "Server", "type": "string", "required": True, "choices": choices}
    return _public({**found, "default": servers[0].base_url, "helpText": "Which of the service's servers to call."})


def _base_url(service: Service, url: str, *, required: bool) -> Json:
    known = not required and re.fullmatch(r"[\w.:/{}~%-]+", plain(url))
    usual = f"Leave it empty for `{plain(url)}`" if known else ""
    help_ = help_text(
        f"Where the API of {service.title} is", usual, "A gateway or a proxy in front of it goes here too"
    )
    return _public({"key": "base_url", "label": "Base URL", "type": "string", "required": required, "helpText": help_})


def _gateway_fields() -> list[Json]:
    url = "Optional: public address of a Specloom gateway, for steps that take longer than Zapier waits."
    return [
        _public({"key": "gateway_url", "label": "Gateway URL", "type": "string", "required": False, "helpText": url}),
        _secret("gateway_key", "Gateway Key", "The key your gateway gave you, if it asks for one.", "slk_…")
        | {"required": False},
    ]


def _public(field: Json) -> Json:
    """Zapier shows and keeps such a field in the clear, unless its key sounds like a secret."""
    secret = any(word in field["key"].lower() for word in _SECRET_WORDS)
    return field if secret else {**field, "isNoSecret": True}


def _test(service: Service) -> Json:
    test = service.connection
    if test is None or service.operation(test.operation_id) is None:
        return {}
    found: Json = {"operation": test.operation_id, "valid": list(test.valid), "invalid": list(test.invalid)}
    if test.inputs:
        found["inputs"] = dict(test.inputs)
    if test.raw_body or test.body is not None:
        found["body"] = test.body
    if test.label is not None:
        found["label"] = expression(test.label)
    return found


def _oauth(service: Service) -> Json:
    auth = service.auth
    if auth.kind != "oauth2":
        return {}
    found = {
        "flow": auth.flow, "authorizationUrl": auth.authorization_url, "tokenUrl": auth.token_url,
        "refreshUrl": auth.refresh_url, "scope": " ".join(str(scope.value) for scope in service.scopes_of(auth)),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}

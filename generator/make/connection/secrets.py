"""The secrets of a connection: what is asked for, how each travels, and where Make must blot them out."""

from __future__ import annotations

import re
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.components import names
from specloom.generator.make.connection import oauth
from specloom.schemas.model import Auth, Operation, Service
from specloom.schemas.text import humanize, sentence_case, with_notes

GATEWAY_KEY_HEADER = "X-Specloom-Key"
CarriedSecrets = tuple[dict[str, str], dict[str, str]]
"""Headers and query parameters."""
_OWN = frozenset("apikey username password clientid clientsecret baseurl gatewayurl gatewaykey checkkey".split())
"""Names of other parameters, in small letters."""


def keys(auth: Auth) -> dict[str, str]:
    """The parameter that holds the key of each scheme. Those of further schemes bear the schemes' names."""
    found: dict[str, str] = {}
    for scheme in auth.schemes:
        name = "apiKey"
        if found:
            name = names.parameter(scheme.id)
            while name.lower() in _OWN or name in found.values():
                name += "Key"
        found[scheme.id] = name
    return found


def parameters(service: Service) -> list[dict[str, Any]]:
    auth = service.auth
    if auth.kind == "none":
        return []
    known = keys(auth)
    return [asked for scheme in auth.schemes for asked in _asked(scheme, known[scheme.id], bool(auth.also))]


def _asked(auth: Auth, name: str, one_of_several: bool) -> list[dict[str, Any]]:
    if auth.kind == "oauth2":
        return oauth.parameters(auth)
    needed = {"required": not auth.optional}
    if auth.kind == "http":
        user = "password" if auth.user_is_secret else "text"
        return [
            {"name": "username", "type": user, "label": "Username", **needed, "editable": True},
            {"name": "password", "type": "password", "label": "Password",
             "required": needed["required"] and not auth.user_is_secret, "editable": True},
        ]  # fmt: skip
    label = iml.line(sentence_case(humanize(auth.id)), 256) if one_of_several else ""
    key: dict[str, Any] = {"name": name, "type": "password", "label": label or "API key", **needed, "editable": True}
    notes = [f"It looks like {auth.placeholder}"] if auth.placeholder else []
    text = iml.line(with_notes(iml.plain(auth.description), notes), 1000)
    if text:
        key["help"] = text + "."
    return [key]


def credential(auth: Auth, variables: str, only: tuple[str, ...] | None = None) -> CarriedSecrets:
    """What carries the secrets: of all schemes, or of those named in `only`."""
    known = keys(auth)
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    for scheme in auth.schemes if auth.kind != "none" else ():
        if only is None or scheme.id in only:
            _carry(scheme, f"{variables}.{known[scheme.id]}", variables, headers, query)
    return headers, query


def _carry(auth: Auth, key: str, variables: str, headers: dict[str, str], query: dict[str, str]) -> None:
    if auth.kind == "oauth2":
        headers["Authorization"] = f"Bearer {{{{{variables}.accessToken}}}}"
        return
    if auth.kind == "http":
        user, password = f"{variables}.username", f"ifempty({variables}.password, '')"
        text = f"'Basic ' + base64(ifempty({user}, '') + ':' + {password})"
        headers["Authorization"] = iml.wrap(f"if({user}, {text}, {iml.UNDEFINED})") if auth.optional else iml.wrap(text)
        return
    if not iml.is_constant([auth.name, auth.value_prefix]):
        return
    value = _prefixed(auth.value_prefix, key)
    if auth.location == "cookie":
        pair = f"{auth.name}={value}"
        headers["Cookie"] = f"{headers['Cookie']}; {pair}" if "Cookie" in headers else pair
        return
    if auth.optional:
        value = iml.wrap(
            f"if({key}, {iml.quote(auth.value_prefix)} + {_bare(auth.value_prefix, key)}, {iml.UNDEFINED})"
        )
    (query if auth.location == "query" else headers)[auth.name] = value


def _prefixed(prefix: str, key: str) -> str:
    return f"{prefix}{{{{{_bare(prefix, key)}}}}}"


def _bare(prefix: str, key: str) -> str:
    """The key without the prefix that people copy along with it from the vendor's page."""
    if not re.fullmatch(r"[\w-]+ ", prefix):
        return key
    return f"replace({key}, {iml.quote(f'/^{prefix}/i')}, '')"


def taken(operation: Operation, auth: Auth) -> tuple[str, ...] | None:
    """The schemes that go along with the call; None where all of them do."""
    found = operation.signed_by(auth.ids)
    return None if found is None or set(found) == set(auth.ids) else found


def sanitized(service: Service, gateway: bool) -> list[str]:
    """Paths Make must blot out in its logs: wherever the credential travels, and the key of a `gateway`."""
    headers, query = credential(service.auth, "connection")
    paths = [
        *(("headers", name) for name in (*headers, *((GATEWAY_KEY_HEADER,) if gateway else ()))),
        *(("qs", name) for name in query),
    ]
    told = (f"request.{place}.{_path_part(name.lower() if place == 'headers' else name)}" for place, name in paths)
    # Where there is no credential, a person may still put one into the headers of the universal module.
    return list(dict.fromkeys(told)) or ["request.headers.authorization"]


def _path_part(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else f"`{name}`"

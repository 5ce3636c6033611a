"""Security schemes to the one credential a person fills in."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urljoin

from specloom.schemas.document.extension import extension
from specloom.schemas.document.node import Node
from specloom.schemas.document.refs import Refs
from specloom.schemas.document.reporter import Reporter
from specloom.schemas.load.access.requirements import METHODS, Requirements, connections
from specloom.schemas.load.service import servers_of
from specloom.schemas.model import Auth, Choice
from specloom.schemas.text import clean, one_line

_FLOWS = ("authorizationCode", "clientCredentials", "password", "implicit", "deviceAuthorization")
_BY_HAND = {"implicit": "implicit", "deviceAuthorization": "device"}
"""Flows that no platform runs: their tokens are pasted."""
KEY_HEADERS = frozenset(
    "authorization x-api-key api-key apikey x-apikey x-auth-token x-access-token x-token xi-api-key "
    "ocp-apim-subscription-key".split()
)
"""Header parameters that are credentials, whatever else the document says."""


def auths(root: Node, refs: Refs, report: Reporter) -> tuple[tuple[Auth, ...], Requirements]:
    """The ways to sign in, the usual one first, and what the document asks of its operations."""
    schemes = root.at("components", "securitySchemes")
    found: dict[str, Auth] = {}
    for name, node in schemes.items():
        auth = _auth(name, refs.follow(node), root, report)
        if auth is not None:
            found[name] = auth
    asked = Requirements(root, found, frozenset(name for name, _ in schemes.items()))
    if not found:
        lifted = _from_parameters(root, refs, report)
        if lifted.kind == "none":
            return (), asked
        return (lifted,), Requirements(root, {lifted.id: lifted}, frozenset({lifted.id}), ({lifted.id: ()},))
    ways = connections(asked, refs)
    if ways and refs.follow(schemes.get(ways[0].id)).get("deprecated").value is True:
        told = "every usable security scheme is deprecated"
        report.warn(schemes.get(ways[0].id), "auth", told, "declare its successor")
    return ways, asked


def _auth(name: str, node: Node, root: Node, report: Reporter) -> Auth | None:
    kind, scheme = node.text("type"), node.text("scheme").lower()
    block = extension(node, "security_scheme", report)
    common: dict[str, Any] = {
        "id": name,
        "description": clean(node.text("description")),
        "key_prefix": block.get("prefix", ""),
        "placeholder": block.get("placeholder", ""),
    }
    if kind == "apiKey":
        location: Any = node.text("in") if node.text("in") in ("header", "query", "cookie") else "header"
        return Auth(kind="apiKey", location=location, name=one_line(node.text("name")) or "X-API-Key", **common)
    if kind == "http" and scheme == "basic":
        return Auth(kind="http", scheme="basic", **common)
    if kind == "oauth2":
        return _oauth2(node, common, root, report)
    if kind == "openIdConnect":
        report.warn(node, "auth", "OpenID Connect is offered as a bearer token", "give OAuth2 flows to get a sign-in")
    elif kind != "http":
        report.error(
            node,
            "auth",
            f"security scheme {name!r} of type {kind or 'none'!r} cannot be used",
            "use apiKey, http or oauth2",
        )
        return None
    elif scheme != "bearer":
        report.warn(node, "auth", f"HTTP scheme {scheme!r} is sent as the text the user gives", "")
        return Auth(kind="apiKey", value_prefix=f"{one_line(node.text('scheme'))} " if scheme else "", **common)
    return Auth(kind="apiKey", scheme="bearer", value_prefix="Bearer ", **common)


def _oauth2(node: Node, common: dict[str, Any], root: Node, report: Reporter) -> Auth | None:
    flows = node.get("flows")
    flow = next((name for name in _FLOWS if isinstance(flows.get(name).value, dict)), "")
    if not flow:
        report.error(node, "auth", "OAuth2 without a flow", "add authorizationCode or clientCredentials")
        return None
    chosen = flows.get(flow)
    if node.text("oauth2MetadataUrl"):
        told = "oauth2MetadataUrl is not fetched: the flows are used as they stand"
        report.warn(node.get("oauth2MetadataUrl"), "auth", told, "give the URLs in the flows")
    if flow in _BY_HAND:
        told = f"the {_BY_HAND[flow]} flow is offered as a bearer token"
        report.warn(chosen, "auth", told, "add the authorizationCode flow")
        return Auth(kind="apiKey", scheme="bearer", value_prefix="Bearer ", **common)
    scopes = tuple(
        Choice(value=scope, label=scope, description=clean(text.value, 500))
        for scope, text in chosen.get("scopes").items()
        if scope.strip()  # a few write ' ' for none
    )
    return Auth(
        kind="oauth2",
        flow=flow,  # type: ignore[arg-type]
        value_prefix="Bearer ",
        authorization_url=_url(chosen, "authorizationUrl", root, report),
        token_url=_url(chosen, "tokenUrl", root, report),
        refresh_url=_url(chosen, "refreshUrl", root, report),
        scopes=scopes,
        **common,
    )


def _url(flow: Node, key: str, root: Node, report: Reporter) -> str:
    """A relative one lies below the first server."""
    url = one_line(flow.text(key), 2000)
    if not url or "://" in url or "{" in url:
        return url
    base = next((server.base_url for server in servers_of(root, report) if server.base_url), "")
    if not base:
        report.error(flow.get(key), "auth", f"{key} {url[:80]!r} is no whole URL", "begin it with https://")
        return url
    return urljoin(f"{base}/", url)


def _from_parameters(root: Node, refs: Refs, report: Reporter) -> Auth:
    """Many documents give the key as a plain header parameter of every operation."""
    count: Counter[str] = Counter()
    first: dict[str, Node] = {}
    for _, path in root.get("paths").items():
        path = refs.follow(path)
        for holder in (path, *(node for method, node in path.items() if method in METHODS)):
            for parameter in map(refs.follow, holder.get("parameters").elements()):
                name = parameter.text("name")
                if parameter.text("in") == "header" and name.lower() in KEY_HEADERS:
                    count[name] += 1
                    first.setdefault(name, parameter)
    if not count:
        return Auth()
    name = count.most_common(1)[0][0]
    node = first[name]
    report.warn(
        node,
        "auth-lifted",
        f"header parameter {name!r} is used as the credential",
        "declare it under securitySchemes",
    )
    return Auth(id=name, kind="apiKey", name=name, description=clean(node.text("description")))

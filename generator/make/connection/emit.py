"""The connection and the base: where the service is, how a key travels, and how Make finds out whether it is good."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from specloom.generator.make import iml
from specloom.generator.make.communication import errors, reply_types
from specloom.generator.make.communication.requests import literal_path, request, server_url
from specloom.generator.make.components import names
from specloom.generator.make.connection import oauth, secrets
from specloom.generator.make.fields.values import Inputs
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Field, Server, ServerVariable, Service
from specloom.schemas.text import brief

_VARIABLE = re.compile(r"\{([^{}]*)\}")


class Connection(Struct, frozen=True, kw_only=True):
    """What becomes of the credential: Make's connection and the part of the base that depends on it."""

    name: str
    type: str
    """basic or oauth"""
    communication: dict[str, Any]
    parameters: list[dict[str, Any]]
    tested: bool
    untested_because: str = ""


def connection(service: Service, *, gateway: bool = False) -> Connection:
    """Raises nothing: a test that Make cannot run is left out, and `untested_because` says so. With `gateway` it asks
    for one, last."""
    name = connection_name(service)
    asked = [*secrets.parameters(service), *_place_parameters(service)]
    last = _gateway_parameters() if gateway else []
    by_oauth = service.auth.kind == "oauth2" and oauth.supported(service.auth)
    test, why = _test(service, "connection" if by_oauth else "parameters", gateway)
    if by_oauth:
        told = oauth.communication(service)
        if test and "condition" not in test:
            told["info"] = test
        return Connection(name=name, type="oauth", communication=told, parameters=[*asked, *last], tested=True)
    if why:
        test = _shape_of_key(service)
    if test.get("condition"):
        asked.append(_check_parameter(service))
    return Connection(
        name=name, type="basic", communication=test, parameters=[*asked, *last], tested=not why, untested_because=why
    )


def connection_name(service: Service) -> str:
    return names.component(service.key)


def base_url(service: Service, variables: str = "connection") -> str:
    """The address of the service as an IML expression; `variables` is where the connection's parameters are."""
    own = f"{variables}.baseUrl"
    server = service.servers[0] if service.servers else None
    if server is None:
        return own
    try:
        text = _server_expression(server, variables)
    except iml.Inexpressible:
        return own
    return f"ifempty({own}, {text})"


def _server_expression(server: Server, variables: str) -> str:
    """`'https://' + connection.host + '/v1'`. Raises Inexpressible for anything but an absolute http address."""
    probe = _VARIABLE.sub("x", server.url)
    server_url(probe)
    known = {variable.name: names.parameter(variable.name) for variable in server.variables}
    parts: list[str] = []
    rest = server.url.rstrip("/")
    while rest:
        match = _VARIABLE.search(rest)
        before = rest[: match.start()] if match else rest
        if before:
            parts.append(iml.quote(literal_path(before)))
        if not match:
            break
        if match.group(1) not in known:
            raise iml.Inexpressible(f"the server address has no variable {match.group(1)!r}")
        parts.append(f"{variables}.{known[match.group(1)]}")
        rest = rest[match.end() :]
    return " + ".join(parts)


def base(service: Service, signs: bool, sanitized: list[str]) -> dict[str, Any]:
    """general/base: what every module and RPC inherits; with the credential where it `signs` for them all, and the
    `sanitized` paths blotted out."""
    headers, query = secrets.credential(service.auth, "connection") if signs else ({}, {})
    written: dict[str, Any] = {"baseUrl": iml.wrap(base_url(service)), "headers": headers}
    if query:
        written["qs"] = query
    written["response"] = {"type": reply_types.JSON, "error": errors.error_rules(service)}
    written["log"] = {"sanitize": sanitized}
    return written


def _place_parameters(service: Service) -> list[dict[str, Any]]:
    """Server variables, and the base URL itself for whoever runs the service elsewhere."""
    server = service.servers[0] if service.servers else None
    asked = [_variable(variable) for variable in (server.variables if server else ())]
    known = "ifempty(" in base_url(service)
    own: dict[str, Any] = {"name": "baseUrl", "type": "url", "label": "Base URL", "editable": True}
    if known:
        own.update(advanced=True, help="Only when the service answers elsewhere, without a slash at its end.")
    else:
        own.update(required=True, help="Address of the service, without a slash at its end.")
    return [*asked, own]


def _variable(variable: ServerVariable) -> dict[str, Any]:
    name = names.parameter(variable.name)
    asked: dict[str, Any] = {"name": name, "type": "text", "label": names.words(name), "editable": True}
    options = [
        {"label": iml.line(choice, 256) or "(empty)", "value": choice}
        for choice in variable.choices
        if iml.is_constant(choice)
    ]
    if options:
        asked.update(type="select", options=options)
    text = iml.line(brief(iml.plain(variable.description)), 1000)
    if text:
        asked["help"] = text + "."
    asked["required"] = True
    if variable.default and iml.is_constant(variable.default):
        asked["default"] = variable.default
    return asked


def _gateway_parameters() -> list[dict[str, Any]]:
    return [
        {
            "name": "gatewayUrl",
            "type": "url",
            "label": "Gateway URL",
            "help": "Optional: address of a Specloom gateway, for steps that take longer than Make waits.",
            "advanced": True,
            "editable": True,
        },
        {
            "name": "gatewayKey",
            "type": "password",
            "label": "Gateway key",
            "help": "Optional: your key for the gateway.",
            "advanced": True,
            "editable": True,
        },
    ]


def _check_parameter(service: Service) -> dict[str, Any]:
    told = ", ".join(s for s in service.connection.valid if s[:1] == "4") if service.connection else ""
    return {
        "name": "checkKey",
        "type": "boolean",
        "label": "Check the key",
        "help": f"Turn it off for a good key that may not make the call that checks it (status {told}).",
        "default": True,
        "advanced": True,
        "editable": True,
    }


def _test(service: Service, variables: str, gateway: bool) -> tuple[dict[str, Any], str]:
    """The request that tells a good key from a bad one, or why Make cannot make one. `variables` is where the
    connection's parameters and tokens are."""
    rules = service.connection
    operation = service.operation(rules.operation_id) if rules else None
    if rules is None or operation is None:
        return {}, "the document names no call that tells a good key from a bad one"
    if rules.raw_body:
        return {}, "it would have to be refused to succeed, and Make takes every status from 400 on for a failure"
    inputs = Inputs({}, frozenset(rules.inputs))
    try:
        for name, given in rules.inputs.items():
            inputs.refs = {**inputs.refs, name: iml.literal(given)}
        written = request(operation, inputs, _refuse)
    except iml.Inexpressible as error:
        return {}, str(error)
    path = written["url"]
    written["url"] = path if "://" in path else f"{iml.wrap(base_url(service, 'parameters'))}{path}"
    headers, query = secrets.credential(service.auth, variables, secrets.taken(operation, service.auth))
    written["headers"] = {**headers, **written.get("headers", {})}
    if query:
        written["qs"] = {**query, **written.get("qs", {})}
    reply: dict[str, Any] = {"error": errors.error_rules(service)}
    if rules.label is not None:
        reply.update(_metadata(rules.label))
    if any(status[:1] == "4" for status in rules.valid):
        written["condition"] = "{{parameters.checkKey != false}}"
    return {**written, "response": reply, "log": {"sanitize": secrets.sanitized(service, gateway)}}, ""


def _shape_of_key(service: Service) -> dict[str, Any]:
    """Where the service cannot be asked, at least the key must begin as its keys do."""
    prefix = service.auth.key_prefix if service.auth.kind == "apiKey" else ""
    try:
        begins = iml.quote(prefix) if prefix else ""
    except iml.Inexpressible:
        return {}
    if not begins:
        return {}
    told = iml.line(f"An API key of {service.title} begins with {prefix}", 500)
    condition = iml.wrap(f"indexOf(parameters.apiKey, {begins}) = 0")
    return {"response": {"valid": {"condition": condition, "message": told, "type": "InvalidAccessTokenError"}}}


def _refuse(field: Field, error: iml.Inexpressible) -> None:
    raise error


def _metadata(rule: Expression) -> dict[str, Any]:
    try:
        label = translate(rule, BODY)
    except iml.Inexpressible:
        return {}
    return {"metadata": {"type": "email" if label.endswith("email") else "text", "value": iml.wrap(label)}}

"""A service as a Make app. Pure: the same service gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.components.parts import Component
from specloom.generator.make.connection.emit import connection
from specloom.generator.make.modules.actions import action
from specloom.generator.make.modules.gateway import LIMIT, routes
from specloom.generator.make.modules.get_result import get_result
from specloom.generator.make.modules.rpcs import dynamic_options
from specloom.generator.make.modules.searches import is_list, search
from specloom.generator.make.modules.triggers import trigger
from specloom.generator.make.modules.universal import universal
from specloom.generator.make.project.files import project
from specloom.generator.platforms import Emission, EmitOptions, Placement, unsigned
from specloom.schemas.model import Operation, Service

SUPPORTS: Mapping[str, str] = {
    "operations": "actions, and search modules for lists",
    "auth": "API key (header, query, cookie), HTTP Basic, OAuth 2 (authorization code, client credentials, password)",
    "inputs": "all types, nested collections, arrays, dependent fields, files, dynamic options",
    "bodies": "JSON, form, multipart, text, binary",
    "pagination": "page, offset, cursor, link",
    "jobs": "polled for 30 s, then Get a result; or through the gateway",
    "triggers": "polling with an epoch; webhooks that subscribe, without signature check",
    "output": "the normalized result, files as buffers",
}
"""What of a document comes across; everything else is a problem of the emission."""


def emit(service: Service, options: EmitOptions) -> Emission:
    """Every operation and trigger becomes a component, or a Problem and a `left out` entry that says why."""
    app = App(service, gateway=_asks_for_gateway(service, options))
    _connection(app)
    dynamic_options(app)
    kept = [operation for operation in service.operations if _operation(app, operation)]
    for found in service.triggers:
        source = f"trigger:{found.event}"
        _try(app, source, app.operation(found.operation_id), partial(trigger, app, found))
    _extra(app, kept)
    files = project(app, options)
    for complaint in sorted(app.complaints):
        app.problem("make-lint", complaint)
    return Emission(files=files, problems=tuple(app.problems), written=tuple(app.written))


def _asks_for_gateway(service: Service, options: EmitOptions) -> bool:
    """By itself only where a step may outlast Make's time."""
    if options.gateway != "auto":
        return options.gateway == "always"
    return any(routes(operation) for operation in service.operations if not operation.deprecated)


def _connection(app: App) -> None:
    service = app.service
    made = connection(service, gateway=app.gateway)
    app.oauth = made.type == "oauth"
    scopes = {c.value: c.description or c.label or c.value for c in service.scopes_of(service.auth)}
    known = {key: iml.line(text, 512) for key, text in scopes.items() if key and iml.is_constant(key)}
    app.add(
        Component(
            name=made.name,
            kind="connection",
            meta={"label": iml.line(service.title, 128) or service.key, "connectionType": made.type},
            codes={
                "communication": made.communication,
                "params": made.parameters,
                "common": {"clientId": "", "clientSecret": ""} if made.type == "oauth" else {},
                "scopeList": known,
                "defaultScope": [],
            },
        )
    )
    test = service.connection
    if not made.tested:
        message = f"The connection is saved without asking the service about the key: {made.untested_because}"
        app.problem("make-untested", message, service.operation(test.operation_id) if test else None)
    elif test is not None:
        app.written.append(Placement(source=test.operation_id, kind="credential test", name=made.name))
    for other in service.other_auths:
        told = " with ".join(other.ids)
        app.problem("make-auth", f"Only the first way to authenticate is used; {told!r} is not")
    if service.auth.kind == "oauth2" and made.type != "oauth":
        app.problem("make-auth", "The document lacks the addresses that OAuth 2 needs")


def _operation(app: App, operation: Operation) -> bool:
    """Whether it became a module."""
    if operation.deprecated:
        app.written.append(Placement(source=operation.operation_id, kind="left out", reason="deprecated"))
        return False
    if reason := unsigned(operation, app.service.auth):
        app.problem("make-auth", f"It is left out: {reason}", operation)
        app.written.append(Placement(source=operation.operation_id, kind="left out", reason=reason))
        return False
    if not app.gateway and operation.job is None and (operation.duration or 0) > LIMIT:
        reason = f"a call takes about {operation.duration:g} s, and Make ends a step after {LIMIT:g}"
        app.problem("make-slow", f"It is left out: {reason}", operation, "--gateway auto lets a gateway wait for it")
        app.written.append(Placement(source=operation.operation_id, kind="left out", reason=reason))
        return False
    for field in app.losing_choices.within(operation.fields):
        message = f"Some choices of {field.name!r} would be read as expressions and are not offered"
        app.problem("make-choices", message, operation)
    make = search if is_list(operation) else action
    return _try(app, operation.operation_id, operation, partial(make, app, operation))


def _try(app: App, source: str, operation: Operation | None, add: Callable[[], None]) -> bool:
    try:
        add()
    except iml.Inexpressible as error:
        reason = f"Make cannot express it: {error}"
        app.problem("make-left-out", reason, operation)
        app.written.append(Placement(source=source, kind="left out", reason=reason))
        return False
    return True


def _extra(app: App, kept: list[Operation]) -> None:
    try:
        get_result(app, kept)
    except iml.Inexpressible as error:
        app.problem("make-get-result", f"There is no Get Result module: {error}")
    universal(app)

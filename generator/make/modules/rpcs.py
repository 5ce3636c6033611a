"""Remote procedures: choices that come from a call to the service."""

from __future__ import annotations

from specloom.generator.make import iml
from specloom.generator.make.app import App, options_key
from specloom.generator.make.communication.requests import request
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields.schemas import Search
from specloom.generator.make.fields.values import Inputs
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.generator.make.modules.paging import page_size, paginate
from specloom.generator.platforms import Placement
from specloom.schemas.model import Field

MOST = 500
"""Choices that are fetched at most; who wants another maps its ID."""


def dynamic_options(app: App) -> None:
    """Adds one RPC for every way options are fetched; fields whose options Make cannot fetch stay open inputs."""
    search = Search(lambda field: field.options is not None)
    for operation in app.service.operations:
        for asked in search.within(operation.fields):
            if options_key(asked) in app.rpcs:
                continue
            try:
                _rpc(app, asked)
            except iml.Inexpressible as error:
                app.problem("make-options", f"The choices of {asked.name!r} cannot be fetched: {error}", operation)


def _rpc(app: App, asked: Field) -> None:
    options = asked.options
    operation = app.operation(options.operation_id) if options else None
    if options is None or operation is None:
        raise iml.Inexpressible("the operation that lists them is missing")
    if any(field.required and field.default is None for field in operation.fields if not field.when):
        raise iml.Inexpressible(f"{operation.operation_id} needs inputs of its own")
    sizes = operation.pagination.size_parameter if operation.pagination else ""
    inputs = app.signed(Inputs({}, frozenset({sizes})))
    if size := page_size(operation):
        inputs.refs = {sizes: size}
    written = request(operation, inputs, app.field_report(operation))
    value, shown = translate(options.value, BODY), translate(options.label, BODY)
    written["response"] = {
        "limit": MOST,
        "iterate": iml.wrap(translate(options.items, BODY)),
        "output": {"label": iml.wrap(f"ifempty({shown}, {value})"), "value": iml.wrap(value)},
    }
    written["log"] = app.log
    if operation.pagination is not None and operation.pagination.items == options.items:
        paginate(app, operation, written, translate(options.items, BODY))
    name = app.name(f"options {operation.operation_id}", "rpc")
    app.add(
        Component(
            name=name,
            kind="rpc",
            meta={"label": iml.line(operation.name, 256), "connection": app.connection},
            codes={"communication": written, "params": []},
        )
    )
    app.rpcs[options_key(asked)] = name
    app.written.append(Placement(source=operation.operation_id, kind="options", name=name))

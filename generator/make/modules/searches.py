"""Lists: search modules that page through them up to a limit, and the triggers that watch them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication.elements import element as element_output
from specloom.generator.make.communication.reply_types import read_as, reply_type
from specloom.generator.make.communication.requests import EXTRA_QUERY, MakeRequest, request
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields import interface
from specloom.generator.make.fields.forms import Parameter, form_names
from specloom.generator.make.fields.parameters import parameters
from specloom.generator.make.iml.expressions import BODY, ImlScope, translate
from specloom.generator.make.modules.actions import description, extra_parameters, label, log, meaning, scope
from specloom.generator.make.modules.paging import page_size, paginate
from specloom.generator.platforms import Placement
from specloom.schemas.expressions import Expression, parse
from specloom.schemas.model import Field, Operation
from specloom.schemas.steps.output import has_scalars, listed

LIMIT = "limit"
LIMITED: Parameter = {
    "name": LIMIT,
    "type": "uinteger",
    "label": "Limit",
    "help": "The most results to return. Leave it empty for all of them.",
    "default": 10,
}
SEARCH = 1
_BODY_LIST = parse("$response.body#")


def is_list(operation: Operation) -> bool:
    """Whether the operation reads a list whose elements are bundles of their own."""
    return listed(operation) is not None


def list_items(operation: Operation) -> Expression:
    return listed(operation) or _BODY_LIST


def list_element(app: App, operation: Operation) -> Any:
    """What one element of a list becomes."""
    gives = app.gives.of(operation)
    items = list_items(operation)
    read = meaning(app, operation, scope=ImlScope(body="item"))
    return element_output(read, next(iter(gives.media), None), gives.fields, has_scalars(operation, items))


def search(app: App, operation: Operation) -> None:
    """Adds the search module of a list. Raises Inexpressible when Make cannot send it."""
    name = app.name(operation.operation_id, "module")
    asked, given = filters(operation)
    gives = app.gives.of(operation)
    form = parameters(asked, app.form(given))
    elements = app.interfaces.of_elements(gives, has_scalars(operation, list_items(operation)))
    app.add(
        Component(
            name=name,
            kind="module",
            meta={
                "label": label(operation),
                "description": description(app, operation),
                "moduleType": "search",
                "connection": app.connection,
            },
            codes={
                "communication": list_request(app, operation, asked, given),
                "staticParams": [],
                "mappableParams": [
                    *form,
                    LIMITED,
                    *extra_parameters(operation),
                ],  # fmt: skip
                "interface": interface.as_asked(elements, form),
                "samples": interface.element_sample(app.service, operation, gives),
                "scope": scope(app, operation),
            },
            resource=operation.resource,
            rank=SEARCH,
        )
    )
    app.written.append(Placement(source=operation.operation_id, kind="search", name=name, inputs=given))


def filters(operation: Operation) -> tuple[list[Field], dict[str, str]]:
    """The list's inputs but for paging, which Make does by itself, and the names they have in the form."""
    paging = operation.pagination
    own = {paging.parameter, paging.size_parameter} if paging else set()
    asked = [field for field in operation.fields if field.name not in own]
    return asked, form_names(asked, (LIMIT, EXTRA_QUERY))


def list_request(
    app: App, operation: Operation, asked: Sequence[Field], given: Mapping[str, str], *, extras: bool = True
) -> MakeRequest:
    """The list, page by page until Make has as many elements as it wants. Raises Inexpressible."""
    inputs = app.inputs(asked, given)
    paging = operation.pagination
    if paging and (size := page_size(operation, f"parameters.{LIMIT}" if extras else "")):
        inputs.refs = {**inputs.refs, paging.size_parameter: size}
        inputs.ready = frozenset({paging.size_parameter})
    written = request(operation, inputs, app.field_report(operation), extras=extras)
    items = translate(list_items(operation), read_as(operation, BODY))
    written["response"] = {
        **reply_type(operation),
        "limit": f"{{{{parameters.{LIMIT}}}}}",
        "iterate": iml.wrap(items),
        "output": list_element(app, operation),
    }
    written["log"] = log(app, operation)
    paginate(app, operation, written, items)
    return written

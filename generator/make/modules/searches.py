"""Lists: search modules that page through them up to a limit, and the triggers that watch them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication.reply_types import read_as, reply_type
from specloom.generator.make.communication.requests import EXTRA_QUERY, MakeRequest, request
from specloom.generator.make.components.parts import Component
from specloom.generator.make.fields import interface
from specloom.generator.make.fields.forms import Parameter, form_names
from specloom.generator.make.fields.parameters import parameters
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.generator.make.modules.actions import description, extra_parameters, label, log, scope
from specloom.generator.platforms import Placement
from specloom.schemas.expressions import Expression, parse
from specloom.schemas.model import Field, Operation, Pagination

LIMIT = "limit"
LIMITED: Parameter = {
    "name": LIMIT,
    "type": "uinteger",
    "label": "Limit",
    "help": "The maximum number of results to return.",
    "default": 10,
    "required": True,
}
SEARCH = 1
_PAGE = 100
_BODY_LIST = parse("$response.body#")


def is_list(operation: Operation) -> bool:
    """Whether the operation reads a list whose elements are bundles of their own."""
    if operation.writes or operation.output.binary or operation.job:
        return False
    return operation.pagination is not None or (operation.output.repeated and operation.output.type == "none")


def list_items(operation: Operation) -> Expression:
    return operation.pagination.items if operation.pagination else _BODY_LIST


def search(app: App, operation: Operation) -> None:
    """Adds the search module of a list. Raises Inexpressible when Make cannot send it."""
    name = app.name(operation.operation_id, "module")
    asked, given = filters(operation)
    items = list_items(operation)
    listed = interface.listed_fields(operation, items)
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
                    *parameters(asked, app.form(given)),
                    LIMITED,
                    *extra_parameters(operation),
                ],  # fmt: skip
                "interface": app.interfaces.of_fields(listed),
                "samples": interface.listed_sample(operation, items),
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
    size = _page_size(operation)
    if paging and paging.size_parameter and operation.field(paging.size_parameter):
        inputs.refs = {**inputs.refs, paging.size_parameter: str(size)}
        inputs.ready = frozenset({paging.size_parameter})
    written = request(operation, inputs, app.field_report(operation), extras=extras)
    items = translate(list_items(operation), read_as(operation, BODY))
    written["response"] = {
        **reply_type(operation),
        "limit": f"{{{{parameters.{LIMIT}}}}}",
        "iterate": iml.wrap(items),
        "output": "{{item}}",
    }
    written["log"] = log(app, operation)
    if paging is not None:
        try:
            written["pagination"] = _pagination(app, operation, paging, items, size)
        except iml.Inexpressible as error:
            app.problem("make-paging", f"Only the first page is read: {error}", operation)
    return written


def _page_size(operation: Operation) -> int:
    field = operation.field(operation.pagination.size_parameter) if operation.pagination else None
    if field is None:
        return 0
    most = int(field.maximum) if field.maximum is not None else _PAGE
    return max(1, min(_PAGE, most))


def _pagination(app: App, operation: Operation, paging: Pagination, items: str, size: int) -> dict[str, Any]:
    """How Make asks for the next page; `pagination.page` is 2 when it does so first."""
    condition = _more(paging, items, size)
    if paging.style == "link":
        return _next_link(app, operation, paging)
    field = operation.field(paging.parameter)
    if field is None:
        raise iml.Inexpressible(f"the list has no parameter {paging.parameter!r}")
    if paging.style == "cursor":
        if paging.next is None:
            raise iml.Inexpressible("the document does not say where the next cursor stands")
        value = translate(paging.next, BODY)
        condition = iml.both(f"ifempty({value}, '') != ''", condition if paging.more else "")
    elif paging.style == "offset":
        step = str(size) if size else f"length({items})"
        value = f"(pagination.page - 1) * {step}"
    else:
        value = "pagination.page - 1" if field.minimum == 0 or field.default == 0 else "pagination.page"
    moved: dict[str, Any] = {iml.constant(field.pointer): iml.wrap(value)}
    place = "qs" if field.location == "query" else "body"
    if place == "body":
        raise iml.Inexpressible("it pages through the body")
    return {place: moved, **({"condition": iml.wrap(condition)} if condition else {})}


def _more(paging: Pagination, items: str, size: int) -> str:
    if paging.more is not None:
        return translate(paging.more, BODY)
    return f"length({items}) >= {size}" if size else ""


def _next_link(app: App, operation: Operation, paging: Pagination) -> dict[str, Any]:
    """The next page's address, followed only below the base URL: a reply must not send the key elsewhere."""
    if paging.next is not None:
        address = translate(paging.next, BODY)
    else:
        address = """if(contains(ifempty(headers.link, ''), 'rel="next"'), """
        address += """replace(headers.link, '/^.*<([^>]+)>; *rel="next".*$/', '$1'), undefined)"""
    headers, query = app.credential(operation)
    same = f"indexOf(ifempty({address}, ''), {app.base} + '/') = 0"
    asked = f"indexOf(ifempty({address}, ''), {app.base} + '?') = 0"
    # The address carries the whole query already, so nothing of the first request is merged into it.
    return {
        "mergeWithParent": False,
        "url": iml.wrap(address),
        "method": "GET",
        "headers": headers,
        "qs": query,
        "condition": iml.wrap(f"{same} || {asked}"),
    }

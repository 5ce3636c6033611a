"""How Make turns the pages of a list: what the next request says, and when there is none.

`pagination.page` is 2 when the first further page is asked for; `temp.seen` counts the elements so far. See
https://developers.make.com/custom-apps-documentation/component-blocks/api/handling-pagination
"""

from __future__ import annotations

import copy
import re
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from specloom.generator.make import iml
from specloom.generator.make.app import App
from specloom.generator.make.communication.requests import MakeRequest, literal_path, server_url
from specloom.generator.make.fields.values import place
from specloom.generator.make.iml.expressions import BODY, translate
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Operation, Pagination

NEXT = "temp.next"
"""Where the next page is, kept: an expression for an address may not be as long as one for a value."""
SEEN = "temp.seen"
_LINK = 'rel="next"'
_HEADER = "ifempty(headers.link, '')"
_ELSEWHERE = "The next page is on another server, which must not see the credential"


def paginate(app: App, operation: Operation, written: MakeRequest, items: str) -> None:
    """Adds the paging to a request for a list with its elements in `items`; what cannot be expressed is reported."""
    paging = operation.pagination
    if paging is None:
        return
    try:
        if paging.style == "link":
            _by_link(app, operation, paging, written)
        else:
            _by_parameter(operation, paging, written, items)
    except iml.Inexpressible as error:
        app.problem("make-paging", f"Only the first page is read: {error}", operation)


def _by_parameter(operation: Operation, paging: Pagination, written: MakeRequest, items: str) -> None:
    field = operation.field(paging.parameter)
    if field is None:
        raise iml.Inexpressible(f"the list has no parameter {paging.parameter!r}")
    counted = paging.style == "offset" or paging.total is not None
    if paging.style == "cursor":
        value = _cursor(paging, items)
        goes_on = f"ifempty({value}, '') != ''"
    else:
        value = f"{SEEN} + {operation.first_page}" if operation.first_page else SEEN
        if paging.style == "page":
            value = "pagination.page" if operation.first_page == 1 else f"pagination.page - {1 - operation.first_page}"
        goes_on = f"length({items}) > 0"
    condition = iml.both(goes_on, _more(paging))
    if field.location == "query":
        moved: dict[str, Any] = {"qs": {iml.constant(field.pointer): iml.wrap(value)}}
    elif field.location == "body" and isinstance(written.get("body"), dict):
        body = copy.deepcopy(written["body"])
        place(body, field.pointer, iml.wrap(value))
        moved = {"body": body}
    else:
        raise iml.Inexpressible(f"it pages through the {field.location}")
    if counted:
        written["response"]["temp"] = {"seen": iml.wrap(f"ifempty({SEEN}, 0) + length({items})")}
    written["pagination"] = {**moved, "condition": iml.wrap(condition)}


def _cursor(paging: Pagination, items: str) -> str:
    if paging.next is None:
        raise iml.Inexpressible("the document does not say where the next cursor stands")
    return translate(paging.next, replace(BODY, item=f"last({items})"))


def _more(paging: Pagination) -> str:
    """What the reply says of further pages; '' where it says nothing."""
    if paging.more is not None:
        if _is_header(paging.more):
            return f"contains({_HEADER}, '{_LINK}')"
        return f"ifempty({translate(paging.more, BODY)}, false) != false"
    if paging.last is not None:
        return f"ifempty({translate(paging.last, BODY)}, false) != true"
    if paging.pages is not None and paging.style == "page":
        return f"pagination.page <= {_count(paging.pages)}"
    if paging.total is not None and paging.style != "cursor":
        return f"{SEEN} < {_count(paging.total)}"
    return ""


def _count(rule: Expression) -> str:
    return f"parseNumber(ifempty({translate(rule, BODY)}, 0))"


def _is_header(rule: Expression) -> bool:
    reference = rule.reference
    return reference is not None and reference.root == "response.header" and reference.path[0].lower() == "link"


def _by_link(app: App, operation: Operation, paging: Pagination, written: MakeRequest) -> None:
    """The next page's address. A service tells it as its own; it is asked for where the connection says that the
    service is, and nowhere else: a link that leads away is an error before anything is sent there."""
    said = _HEADER
    if paging.next is not None and not _is_header(paging.next):
        said = f"ifempty({translate(paging.next, BODY)}, '')"
    else:
        said = f"if(contains({said}, '{_LINK}'), replace({said}, '/^.*<([^>]+)>; *rel=\"next\".*$/', '$1'), '')"
    leads = _target(app, operation, written, said)
    headers, query = app.credential(operation)
    written["response"]["valid"] = {
        "condition": iml.wrap(f"{said} = '' || {leads} != ''"), "message": _ELSEWHERE, "type": "DataError",
    }  # fmt: skip
    written["response"]["temp"] = {**written["response"].get("temp", {}), "next": iml.wrap(leads)}
    more = _more(replace(paging, next=None)) if paging.more or paging.last else ""
    # The address carries the whole query already, so nothing of the first request is merged into it.
    written["pagination"] = {
        "mergeWithParent": False,
        "url": iml.wrap(NEXT),
        "method": "GET",
        "headers": headers,
        "qs": query,
        "condition": iml.wrap(iml.both(f"{NEXT} != ''", more)),
    }


def _target(app: App, operation: Operation, written: MakeRequest, said: str) -> str:
    """Where a link leads, as an expression; '' for another server."""
    server = operation.server or app.service.base_url
    base = iml.quote(server_url(operation.server)) if operation.server else app.base
    parts = urlsplit(server)
    origin, path = (f"{parts.scheme}://{parts.netloc}", literal_path(parts.path).rstrip("/")) if server else ("", "")
    # What is left of the service's own address: '/path?query' from its root.
    local = f"replace({said}, '/^{_literal(origin)}(?=[/?#]|$)/', '')" if origin else said
    root = f"replace({base}, '/{_literal(path)}$/', '')" if path else base
    host = f"replace({base}, '/^(https?:[/][/][^/]+).*$/', '$1')"
    own = f"replace({base}, '/^https?:[/][/][^/]+/', '')"
    ways = [
        (_begins(said, f"{base} + '/'"), said),
        (_begins(said, f"{base} + '?'"), said),
        (iml.both(f"{own} != ''", _begins(local, f"{own} + '/'")), f"{host} + {local}"),
    ]
    if path:
        ways.append((_begins(local, f"'{path}/'"), f"{base} + replace({local}, '/^{_literal(path)}/', '')"))
    ways.append((iml.both(_begins(local, "'/'"), f"indexOf({local}, '//') != 0"), f"{root} + {local}"))
    here = str(written["url"])
    if iml.is_constant(here) and here.startswith("/"):
        ways.append((_begins(said, "'?'"), f"{base} + {iml.quote(here)} + {said}"))
        beside = here.rpartition("/")[0] + "/"
        rest = f"replace({said}, '/^[a-zA-Z0-9_.~%-]+([/?].*)?$/', '')"
        ways.append((iml.both(f"{said} != ''", f"{rest} = ''"), f"{base} + {iml.quote(beside)} + {said}"))
    target = "''"
    for condition, address in reversed(ways):
        target = f"if({condition}, {address}, {target})"
    return target


def _begins(text: str, with_: str) -> str:
    return f"indexOf({text}, {with_}) = 0"


def _literal(text: str) -> str:
    """A text as a regular expression that needs no backslash, which IML does not have. Raises Inexpressible."""
    if re.search(r"[\[\]^\\{}']", text):
        raise iml.Inexpressible(f"{text!r} cannot be looked for in Make")
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"[{found[0]}]", text)


def page_size(operation: Operation, limit: str = "") -> str:
    """How many elements a page has: as many as the service gives, and no more than are wanted; '' where that is not
    known, or the service decides."""
    paging, most = operation.pagination, operation.largest_page
    field = operation.field(paging.size_parameter) if paging and paging.size_parameter else None
    if field is None:
        return ""
    if most is None:
        return iml.literal(_USUAL) if field.required and field.default is None else ""
    return f"if(ifempty({limit}, {most}) < {most}, {limit}, {most})" if limit else str(most)


_USUAL = 50
"""Elements of a page where the service wants to be told and does not say what it allows."""

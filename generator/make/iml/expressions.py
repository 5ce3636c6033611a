"""Runtime expressions in IML, with the meaning `specloom.schemas.expressions.evaluate` gives them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from specloom.generator.make import iml
from specloom.schemas.expressions import Expression, Reference


def _unknown(reference: Reference) -> str:
    raise iml.Inexpressible(f"the request's own {reference.root.removeprefix('request.')} is not known here")


class ImlScope(Struct, frozen=True, kw_only=True):
    """Where an exchange stands in IML: which variable holds its body, headers, status and element."""

    body: str = "body"
    headers: str = "headers"
    status: str = "statusCode"
    item: str = "item"
    url: str = ""
    method: str = ""
    request: Callable[[Reference], str] = _unknown
    """The IML expression of what was sent: `request.body`, `.query`, `.path` and `.header`."""


BODY = ImlScope()
ACCEPTED = ImlScope(body="temp.accepted", headers="temp.acceptedHeaders")
"""The reply that started a job, as later requests of the same module see it."""

KEPT = ImlScope(body="temp.reply", headers="temp.replyHeaders", status="temp.replyStatus")
"""The latest reply about a job, as the step that says its result sees it."""


def translate(expression: Expression, scope: ImlScope = BODY) -> str:
    """The expression without its mustaches. Raises Inexpressible.

    A text with references in it is undefined as soon as one of them is: half an address is worse than none.
    """
    reference = expression.reference
    if reference is not None:
        return _value(reference, scope)
    texts: list[str] = []
    given: list[str] = []
    for part in expression.parts:
        if isinstance(part, str):
            texts.append(iml.quote(part))
            continue
        value = _value(part, scope)
        texts.append(value)
        given.append(f"ifempty({value}, '') != ''")
    if texts and not isinstance(expression.parts[0], str):
        texts.insert(0, "''")  # the first operand makes + join texts rather than add numbers
    return f"if({iml.both(*given)}, {' + '.join(texts)}, {iml.UNDEFINED})"


def _value(reference: Reference, scope: ImlScope) -> str:
    root, path = reference.root, reference.path
    if root == "response.body":
        return iml.path(scope.body, path)
    if root == "item":
        return iml.path(scope.item, path)
    if root == "response.header":
        return iml.member(scope.headers, path[0].lower())
    if root == "status":
        return scope.status
    if root in ("url", "method"):
        text = scope.url if root == "url" else scope.method
        return iml.quote(text)
    return scope.request(reference)

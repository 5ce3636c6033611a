"""Failures as the vendor words them: the documented example of a status, or the service's error shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from specloom.connector.emulator.replies.replies import EmulatedReply, documented_headers
from specloom.schemas.expressions import Expression, Reference
from specloom.schemas.model import Operation, Response, Service


def failure(
    service: Service, operation: Operation | None, status: int, messages: Sequence[str] = (), key: str = ""
) -> EmulatedReply:
    """The documented reply of `status`; `messages` replace its words where the document says where these stand."""
    response = _documented(service, operation, status)
    if response is not None:
        reply = EmulatedReply(status, deepcopy(response.examples[0].value), documented_headers(response))
    else:
        reply = EmulatedReply(status, _shaped(service, operation, status))
        messages = messages or [_phrase(status)]
    if messages:
        _say(service, reply.body, list(messages))
    return reply


def refusal_status(operation: Operation) -> int:
    """What bad input is answered with: 400, or 422 where only that is documented."""
    documented = {response.status for response in operation.responses}
    return 422 if "422" in documented and "400" not in documented else 400


def _documented(service: Service, operation: Operation | None, status: int) -> Response | None:
    """Its own example first, then that of a sibling: services word a status the same way everywhere."""
    text = str(status)
    own = operation.responses if operation else ()
    for wanted in (text, f"{text[0]}XX", "default"):
        for response in own:
            if response.status.upper() == wanted.upper() and response.examples and not response.ok:
                return response if wanted == text else None
    siblings = (r for o in service.operations for r in o.responses if r.status == text and r.examples)
    return None if operation and any(r.status == text for r in own) else next(siblings, None)


def _shaped(service: Service, operation: Operation | None, status: int) -> Any:
    """Any documented error with the status put right, else the shape the service's rules read."""
    candidates = [
        *(operation.responses if operation else ()),
        *(r for o in service.operations for r in o.responses),
    ]
    for response in candidates:
        if response.examples and not response.ok and isinstance(response.examples[0].value, dict):
            return _with_status(response.examples[0].value, response.status, status)
    reference = service.errors.message.reference if service.errors.message else None
    body: Any = _phrase(status)
    for token in reversed(reference.path if reference else ("error",)):
        body = {token: body}
    return body


def _with_status(example: dict[str, Any], old: str, new: int) -> dict[str, Any]:
    body = deepcopy(example)
    for name, value in body.items():
        if isinstance(value, int) and not isinstance(value, bool) and str(value) == old:
            body[name] = new
        elif value == _phrase(int(old) if old.isdigit() else 0):
            body[name] = _phrase(new)
    return body


def _say(service: Service, body: Any, messages: list[str]) -> None:
    """Put the words where the service's clients look for them; a list stays a list, a text a text."""
    reference = _message_reference(service.errors.message)
    if reference is None or not isinstance(body, dict) or not reference.path:
        return
    holder: Any = body
    for token in reference.path[:-1]:
        holder = holder.get(token) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        return
    old = holder.get(reference.path[-1])
    if isinstance(old, list) and old and isinstance(old[0], dict):
        holder[reference.path[-1]] = [_worded(old[0], message) for message in messages]
    elif isinstance(old, list):
        holder[reference.path[-1]] = messages
    else:
        holder[reference.path[-1]] = "; ".join(messages)


def _worded(entry: dict[str, Any], message: str) -> dict[str, Any]:
    name = next((n for n in ("msg", "message", "detail", "error") if n in entry), "message")
    return {**entry, name: message}


def _message_reference(expression: Expression | None) -> Reference | None:
    if expression is None:
        return None
    return next(_body_references(expression), None)


def _body_references(expression: Expression) -> Iterator[Reference]:
    yield from (r for r in expression.references if r.root == "response.body")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"

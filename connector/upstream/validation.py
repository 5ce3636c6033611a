"""Checks inputs before a call is spent: what the document rules out is refused, what it only does not know is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from specloom.connector.errors import Refused
from specloom.connector.upstream.endpoints import Endpoint
from specloom.schemas.http.inputs import from_wire
from specloom.schemas.http.styles import NO_DOTS, has_dots, text
from specloom.schemas.http.validation import Checker, Refusal
from specloom.schemas.http.values.given import typed

WARNING = "Specloom-Warning"
_SHOWN = 5


def check_inputs(endpoint: Endpoint, inputs: Mapping[str, Any]) -> str:
    """Flat inputs of /run. Returns the warning, '' for none. Raises Refused."""
    _refuse(endpoint.inputs, typed(endpoint.operation.fields, inputs))
    _check_path(endpoint, inputs)
    unknown = [name for name in inputs if name not in endpoint.names]
    said = [
        f"{name[:60]!a} is no input of {endpoint.operation.operation_id} and was not sent" for name in unknown[:_SHOWN]
    ]
    return "; ".join([*said, *filter(None, [warning(endpoint, inputs)])])


def check_wire(
    endpoint: Endpoint, path: Mapping[str, str], query: list[tuple[str, str]], headers: Mapping[str, str], body: Any
) -> str:
    """The parts of a drop-in request; `body` is decoded JSON or None. Returns and raises as above."""
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    unlisted = _refuse_known(endpoint.body, body) if body is not None else []
    if endpoint.parameters is not None:
        parameters = from_wire(endpoint.operation, path=path, query=query, headers=headers)
        unlisted += _refuse_known(endpoint.parameters, parameters)
        _check_path(endpoint, {f.name: path.get(f.pointer or f.name) for f in endpoint.operation.fields})
        said = {**said, **parameters}
    warnings = [explain(unlisted)] if unlisted else []
    return "; ".join([*warnings, *filter(None, [warning(endpoint, said)])]).encode("ascii", "replace").decode()


def warning(endpoint: Endpoint, inputs: Mapping[str, Any]) -> str:
    complaints = []
    for listed in endpoint.open_lists:
        place = listed.field.pointer.removeprefix("/") or listed.field.name
        value = inputs.get(listed.field.name, inputs.get(place))
        if value is not None and (complaint := listed.complaint(value)):
            complaints.append(complaint)
    return "; ".join(complaints[:_SHOWN])


def _refuse(checker: Checker, value: Any) -> None:
    refusals = checker.refusals(value)
    if refusals:
        raise Refused("invalid_request", explain(refusals))


def _refuse_known(checker: Checker, value: Any) -> list[Refusal]:
    """What the document surely rules out is refused. Values that it does not list are returned: the vendor may know
    them, such as a new model."""
    refusals = checker.refusals(value)
    if ruled_out := [refusal for refusal in refusals if not refusal.is_unlisted]:
        raise Refused("invalid_request", explain(ruled_out))
    return refusals


def explain(refusals: Iterable[Refusal]) -> str:
    texts = [str(refusal) for refusal in refusals]
    more = f"; and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ("; ".join(texts[:_SHOWN]) + more).encode("utf-8", "replace").decode()


def _check_path(endpoint: Endpoint, inputs: Mapping[str, Any]) -> None:
    """A path value must not climb out of its segment; clients and servers resolve segments of dots."""
    for field in endpoint.operation.fields:
        value = inputs.get(field.name)
        if field.location != "path" or value is None:
            continue
        if value == "":
            raise Refused("invalid_request", f"{field.name} must not be empty")
        if has_dots(text(value)):
            raise Refused("invalid_request", f"{field.name} {NO_DOTS}")

"""What goes back to the caller, and which documented reply it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response as HttpResponse

from specloom.connector.emulator.replies.streams import written
from specloom.schemas.expressions import lookup
from specloom.schemas.model import Operation, Response


@dataclass(slots=True)
class EmulatedReply:
    """`body` is decoded JSON, or bytes with their `media_type`; None is an empty body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def response(self) -> HttpResponse:
        headers = {name: value for name, value in self.headers.items() if "\n" not in value and "\r" not in value}
        if self.body is None:
            empty = HttpResponse(b"", self.status, headers)
            del empty.headers["Content-Type"]
            return empty
        if isinstance(self.body, bytes):
            return HttpResponse(self.body, self.status, headers, content_type=self.media_type)
        content, content_type = written(self.body, self.media_type)
        return HttpResponse(content, self.status, headers, content_type=content_type)


def success(operation: Operation, inputs: Mapping[str, Any] | None = None) -> EmulatedReply:
    """The documented success, unfitted: the example named like the request example these inputs are, else the
    first; the made-up sample where the document has none."""
    response = next((r for r in operation.responses if r.ok and r.examples), None)
    response = response or next((r for r in operation.responses if r.ok), None)
    if response is None:
        return EmulatedReply(200, deepcopy(operation.output.sample))
    status = int(response.status) if response.status.isdigit() else 200
    reply = EmulatedReply(status, None, documented_headers(response), response.media_type or "application/json")
    if response.examples:
        reply.body = deepcopy(_chosen(operation, response, inputs or {}))
    elif status != 204:
        reply.body = deepcopy(operation.output.sample)
    return reply


def _chosen(operation: Operation, response: Response, inputs: Mapping[str, Any]) -> Any:
    named = {example.name: example.value for example in response.examples}
    for request in operation.request_examples:
        value = request.value
        same = isinstance(value, Mapping) and inputs and all(value.get(n) == v for n, v in inputs.items())
        if same and request.name in named:
            return named[request.name]
    return response.examples[0].value


def documented_headers(response: Response) -> dict[str, str]:
    """Headers with the values of their examples."""
    return {h.name: str(h.example) for h in response.headers if h.example is not None}


def element_samples(operation: Operation, path: tuple[str, ...]) -> list[Any]:
    """Every documented element of the list at `path` in the success replies."""
    found: list[Any] = []
    bodies = [example.value for r in operation.responses if r.ok for example in r.examples]
    for body in bodies or [operation.output.sample]:
        elements = lookup(body, path)
        found += elements if isinstance(elements, list) else []
    return deepcopy(found)

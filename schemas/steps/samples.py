"""What a step would give, told from the document's own examples: for samples, interfaces and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import Result, normalize, state
from specloom.schemas.model import Operation, Service
from specloom.schemas.steps.output import StepOutput, element, elements_of, made


class DocumentedReply(Struct, frozen=True):
    status: int
    body: Any
    headers: dict[str, str]


def replies(operation: Operation) -> Iterator[DocumentedReply]:
    """Of the documented successes; the made-up sample last, so there is always one."""
    status = 200
    for response in operation.responses:
        if not response.ok:
            continue
        status = int(response.status) if response.status.isdigit() else 200
        headers = {h.name: str(h.example) for h in response.headers if h.example is not None}
        for example in response.examples:
            yield DocumentedReply(status, example.value, headers)
    yield DocumentedReply(status, operation.output.sample, {})


def sample_result(service: Service, operation: Operation) -> Result:
    """The normalized result of the first documented reply that tells a success; where none does, of a finished one."""
    job = operation.job
    answering = (service.operation(job.poll.operation_id) if job else None) or operation
    inputs = answering.request_examples[0].value if answering.request_examples else {}
    path = {f.pointer or f.name: inputs.get(f.name) for f in answering.fields if f.location == "path"}
    base_url = service.base_url or "https://api.example.com"
    exchanges = [
        Exchange(one.status, one.body, one.headers, path=path, url=base_url, method=answering.method)
        for one in replies(answering)
    ]
    good = next((one for one in exchanges if state(service, operation, one) == "succeeded"), None)
    if good is None:
        good = _finished(operation, exchanges[0])
    return normalize(service, operation, good, base_url=base_url)


def _finished(operation: Operation, exchange: Exchange) -> Exchange:
    """With the state in which the work is done, in place of the one it began with."""
    job = operation.job
    reference = job.status.reference if job else None
    if job is None or reference is None or reference.root != "response.body" or not job.succeeded:
        return exchange
    return replace(exchange, body=_with(exchange.body, reference.path, job.succeeded[0]))


def _with(value: Any, path: tuple[str, ...], last: Any) -> Any:
    if not path:
        return last
    inner = value if isinstance(value, Mapping) else {}
    return {**inner, path[0]: _with(inner.get(path[0]), path[1:], last)}


def step_sample(service: Service, operation: Operation, gives: StepOutput) -> dict[str, Any]:
    """What a step that is no list gives, with the reply where it says more."""
    result = sample_result(service, operation)
    return record(result["raw"]) if gives.kind == "record" else made(result, raw=gives.more)


def record(reply: Any) -> dict[str, Any]:
    """A reply as the record that it is; `items` where it is a list, `value` where it is no object."""
    if reply in (None, "", {}):
        return {"success": True}
    if isinstance(reply, list):
        return {"items": reply}
    return cast(dict[str, Any], reply) if isinstance(reply, Mapping) else {"value": reply}


def element_samples(service: Service, operation: Operation, gives: StepOutput) -> list[dict[str, Any]]:
    """The documented elements of a list, as the step gives them; none where nothing is shown."""
    shown = [elements_of(operation, reply.body) for reply in replies(operation)]
    found = next((elements for elements in shown if elements), [])
    return [element(service, gives.media, one, service.base_url) for one in found]

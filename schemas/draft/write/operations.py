"""One call as the document has it: inputs, body, responses, cost."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from specloom.schemas.draft.facts import Field, Header, Operation, Request, Sample
from specloom.schemas.draft.write.names import summary_of
from specloom.schemas.draft.write.replies import TODO, Node, Shared, responses_of
from specloom.schemas.draft.write.schemas import MAX_EXAMPLE, completed, of_field, of_fields, of_samples, source

MAX_EXAMPLES = 3
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def operation_of(
    operation: Operation, name: str, shared: Shared, rate_headers: dict[str, Header], labels: dict[str, str]
) -> Node:
    """`labels` has the words that a source has for choices, by their values."""
    made: Node = {"operationId": name}
    if operation.tag:
        made["tags"] = [operation.tag]
    summary = summary_of(operation)
    if summary:
        made["summary"] = summary
    if operation.description and operation.description.strip(" .") != summary:
        made["description"] = operation.description
    if operation.deprecated:
        made["deprecated"] = True
    made["x-specloom"] = _block(operation)
    inputs = [field for field in operation.fields if field.place in ("path", "query", "header", "cookie")]
    if inputs:
        made["parameters"] = [parameter_of(field, labels) for field in inputs]
    body = body_of(operation, labels)
    if body:
        made["requestBody"] = body
    made["responses"] = responses_of(operation, shared, rate_headers)
    return made


def _block(operation: Operation) -> Node:
    block: Node = {"source": source(operation.cites)}
    if operation.cost is not None:
        amount = operation.cost.amount
        block["usage"] = {"cost": int(amount) if float(amount).is_integer() else amount, "unit": operation.cost.unit}
    return block


def parameter_of(field: Field, labels: dict[str, str]) -> Node:
    made: Node = {"name": field.name, "in": field.place}
    if field.required or field.place == "path":
        made["required"] = True
    if field.description:
        made["description"] = field.description
    made["schema"] = of_field(field) or {"type": "string"}
    if field.deprecated:
        made["deprecated"] = True
    if field.example not in (UNSET, None, "") and len(str(field.example)) <= MAX_EXAMPLE:
        made["example"] = field.example
    block: Node = {"source": str(field.cite)}
    if field.inferred:
        block["inferred"] = field.inferred
    elif not field.type:
        block["inferred"] = "No source tells its type."
    if choices := {str(value): labels[str(value)] for value in field.choices if str(value) in labels}:
        block["choices"] = choices
    return {**made, "x-specloom": block}


def body_of(operation: Operation, labels: dict[str, str]) -> Node:
    fields = [field for field in operation.fields if field.place == "body"]
    samples = [request.body for request in operation.requests if request.body is not None]
    if not fields and not samples:
        return {}
    media = _media(operation.requests, fields)
    told = of_fields(fields, form=media in _FORMS) if fields else {}
    schema = completed(told, of_samples(samples))
    for name, part in schema.get("properties", {}).items():
        field = next((f for f in fields if f.name == name), None)
        choices = {str(v): labels[str(v)] for v in field.choices if str(v) in labels} if field else {}
        if choices:
            part["x-specloom"] = {**part.get("x-specloom", {}), "choices": choices}
    content: Node = {"schema": schema}
    if samples:
        content["examples"] = _examples(samples)
    return {"required": bool(schema.get("required")) or bool(samples), "content": {media: content}}


def _media(requests: list[Request], fields: list[Field]) -> str:
    if any(field.type == "file" for field in fields):
        return "multipart/form-data"
    return next(
        (request.media for request in requests if request.media and (request.body or request.fields)),
        "application/json",
    )


def _examples(samples: list[Sample]) -> Node:
    distinct: list[Any] = []
    for sample in samples:
        if sample.value not in distinct:
            distinct.append(sample.value)
    names = ["example", *(f"example{number}" for number in range(2, MAX_EXAMPLES + 1))]
    return {name: {"value": value} for name, value in zip(names, distinct, strict=False)}


def gap_of(operation: Operation, labels: dict[str, str]) -> Node:
    """All that is known of a call whose path (or method) no source tells."""
    made: Node = {}
    if operation.method:
        made["method"] = operation.method
    if operation.path:
        made["path"] = operation.path
    if summary := summary_of(operation):
        made["summary"] = summary
    if operation.description:
        made["description"] = operation.description
    if operation.fields:
        made["parameters"] = [
            {"in": TODO, **{k: v for k, v in parameter_of(field, labels).items() if k != "in" or field.place}}
            for field in operation.fields
        ]
    samples = [request.body for request in operation.requests if request.body is not None]
    if samples:
        made["requestExamples"] = [sample.value for sample in samples][:MAX_EXAMPLES]
    replies = [reply for reply in operation.replies if reply.status or reply.sample]
    if replies:
        made["responses"] = responses_of(operation, Shared({}, {}, {}), {})
    if operation.cost is not None:
        made["usage"] = _block(operation)["usage"]
    return made

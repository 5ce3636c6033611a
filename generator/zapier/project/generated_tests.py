"""Data of the project's own tests: a form filled in for each step, and what the service answers to each call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.schemas.expressions import Exchange
from specloom.schemas.http.result import state
from specloom.schemas.model import Operation, Service
from specloom.schemas.steps.samples import replies


def cases(service: Service, data: Json) -> Json:
    """`forms` by step, `replies` by operation. Both come from the document's examples."""
    forms = {name: _form(service, step) for name, step in data["steps"].items()}
    answers = {o.operation_id: _reply(service, o) for o in service.operations if not o.deprecated}
    return {"forms": forms, "replies": answers}


def _form(service: Service, step: Json) -> Json:
    operation = service.operation(step.get("operation", ""))
    if step.get("result"):
        return {"id": "example"}
    example: Mapping[str, Any] = {}
    if operation is not None:
        example = operation.request_examples[0].value if operation.request_examples else {}
        required = {f.name: _stand_in(f.type, f.choices) for f in operation.fields if f.required and not f.when}
        example = {**required, **example}
    form = form_data(step["inputs"], example)
    if step["own"].get("confirm"):
        form[step["own"]["confirm"]] = True
    return form


def _stand_in(kind: str, choices: Sequence[Any]) -> Any:
    if choices:
        return choices[0].value
    return {"integer": 1, "number": 1, "boolean": True, "object": {}}.get(kind, "example")


def form_data(entries: Sequence[Json], inputs: Mapping[str, Any]) -> Json:
    """Inputs by name, as a person would have put them into the form."""
    form: Json = {}
    for entry in entries if inputs else ():
        first, *rest = entry["path"]
        value = inputs.get(first)
        for name in rest:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None:
            continue
        if entry.get("children"):
            rows = value if isinstance(value, list) else [value]
            value = [form_data(entry["children"], row) for row in rows if isinstance(row, Mapping)]
        elif entry.get("json"):
            value = json.dumps(value)
        elif entry.get("merge"):
            continue
        form[entry["key"]] = value
    return form


def _reply(service: Service, operation: Operation) -> Json:
    """The documented reply that tells a success, preferably a finished one."""
    found = list(replies(operation))
    exchanges = ((one, Exchange(one.status, one.body, one.headers)) for one in found)
    good = (one for one, exchange in exchanges if state(service, operation, exchange) == "succeeded")
    chosen = next(good, found[0])
    return {"status": chosen.status, "headers": chosen.headers, "body": chosen.body}

"""A recipe that needs no app of ours: requests by "Webhooks by Zapier". As data, from which the Markdown is written.

Webhooks by Zapier sends once and waits 30 seconds: work that takes longer is begun, waited for by a Delay, and looked
for; what is not done in one reply, or is a file, goes through the person's own gateway.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from specloom.generator.output.json_text import Json
from specloom.generator.workflows.raw import NoRawPlace, RawReply
from specloom.generator.workflows.source.arguments import body_object, implied
from specloom.generator.workflows.source.expressions import INPUT, JqPath
from specloom.generator.workflows.source.flow import Producer, Scope
from specloom.generator.workflows.source.model import Call, SetFields, Try, walk
from specloom.generator.workflows.source.services import address
from specloom.generator.workflows.zapier.tokens import TOKENS, filled_in, token
from specloom.generator.workflows.zapier.words import Words, within
from specloom.generator.zapier.plan import is_slow
from specloom.schemas.expressions import Expression
from specloom.schemas.model import URL_FIELDS, Job, Operation, Service

GATEWAY = "https://your-gateway.example.com"
APP, LONGEST = "Webhooks by Zapier", 25
_MINUTES = 2
"""How long a Delay waits for work whose duration nobody documents."""


def through_gateway(operation: Operation) -> bool:
    """Whether only a gateway gets its result to Zapier."""
    return operation.output.binary or (operation.job is None and is_slow(operation))


def steps_of(operation: Operation) -> int:
    """How many steps a call takes: long work is begun, waited for, looked for and looked at."""
    return 4 if operation.job or (through_gateway(operation) and is_slow(operation)) else 1


class WebhookSteps(Words):
    """The requests of the calls of one workflow. `numbers`: task to the step that gives its result."""

    started: dict[str, int] = {}
    """Task to the step that begins its work."""

    def count(self) -> None:
        """Numbers the steps before anything is written: a step may refer to any before it."""
        number = 1
        for task in walk(self.checked.workflow.tasks):
            if isinstance(task, (SetFields, Try)):
                continue
            taken = steps_of(self.checked.operation(task)) if isinstance(task, Call) else 1
            self.started[task.name] = number + 1
            self.numbers[task.name] = number + (3 if taken == 4 else 1)
            number += taken

    def call(self, task: Call, scope: Scope) -> list[Json]:
        """The steps of a call, as data. Raises NoRawPlace."""
        operation = self.checked.operation(task)
        begun = self.started[task.name]
        job = operation.job
        sent = self._sent(task, operation, scope)
        if steps_of(operation) == 1:
            return [self._step(begun, task.title, sent, operation)]
        polled, state, good = self._looked(task, operation, job, begun)
        minutes = max(1, math.ceil((operation.duration or 60 * _MINUTES) / 60))
        delay = {"Time Delayed For (value)": str(minutes), "Time Delayed For (unit)": "minutes"}
        return [
            self._step(begun, f"Start: {task.title}", sent, operation),
            _own(begun + 1, f"Wait for it: {task.title}", "Delay by Zapier", "Delay For", delay),
            self._step(begun + 2, task.title, polled, operation),
            _own(begun + 3, f"Is it done? {task.title}", "Filter by Zapier", "Only continue if", {state: good}),
        ]

    def _step(self, number: int, title: str, request: Json, operation: Operation) -> Json:
        texts = all(isinstance(each, str) for each in (request["body"] or {}).values()) and not any(
            f.location == "body" and f.type != "string" and f.name in (request["body"] or {}) for f in operation.fields
        )
        events = {"GET": "GET", "POST": "POST" if texts else "Custom Request"}
        event = events.get(request["method"], "Custom Request")
        return {"number": number, "title": title, "app": APP, "event": event, "paid": True, "request": request}

    def _sent(self, task: Call, operation: Operation, scope: Scope) -> Json:
        service = self.checked.services[task.service]
        inputs = {n: filled_in(v, lambda p: self.read(p, scope)) for n, v in task.inputs.items()}
        if through_gateway(operation):
            prefer = "respond-async" if is_slow(operation) else f"wait={LONGEST}"
            headers = {**_key(service), "X-Specloom-Key": "YOUR-GATEWAY-KEY", "Prefer": prefer}
            url = f"{GATEWAY}/run/{service.key}/{operation.operation_id}"
            return {"method": "POST", "url": url, "headers": headers, "query": {}, "body": inputs}
        return _request(service, operation, inputs)

    def _looked(self, task: Call, operation: Operation, job: Job | None, begun: int) -> tuple[Json, str, str]:
        """(the request that looks for the result, where its state is, the states that are good)"""
        service = self.checked.services[task.service]
        if job is None:
            headers = {"X-Specloom-Key": "YOUR-GATEWAY-KEY"}
            url = f"{GATEWAY}/jobs/{token(f'{begun}.job_id')}"
            found: Json = {"method": "GET", "url": url, "headers": headers, "query": {}, "body": None}
            return found, token(f"{begun + 2}.status"), "is succeeded"
        polled = service.operation(job.poll.operation_id)
        assert polled is not None  # the loader only keeps jobs whose poll exists
        raw = RawReply(service, operation, address(service), TOKENS)
        given = {
            name: raw.translate(value, str(begun)) if isinstance(value, Expression) else value
            for name, value in job.poll.parameters.items()
        }
        good = " or ".join(f"is {value}" for value in job.succeeded)
        return _request(service, polled, given), raw.translate(job.status, str(begun + 2)), good

    # What an expression reads

    def read(self, path: JqPath, scope: Scope) -> str:
        """The token of a path. Raises NoRawPlace."""
        producers, steps = scope.producers(path)
        if path.root == INPUT:
            return token(".".join(["1", *map(str, steps)]))
        told = dict.fromkeys(self.token(producer, steps) for producer in producers)
        return token(" | ".join(each[2:-2] for each in told)) if len(told) > 1 else next(iter(told))

    def token(self, producer: Producer, steps: tuple[str | int, ...]) -> str:
        if producer.kind in ("start", "error"):
            return token(".".join(["1" if producer.kind == "start" else "error", *map(str, steps)]))
        task = self.tasks[producer.name]
        if isinstance(task, SetFields) and steps:
            inner = self.checked.flow.scopes[task.name]
            return str(filled_in(within(task.fields, steps), lambda p: self.read(p, inner)))
        number = str(self.numbers[task.name])
        if isinstance(task, Call) and not through_gateway(self.checked.operation(task)):
            service = self.checked.services[task.service]
            return RawReply(service, self.checked.operation(task), address(service), TOKENS).script(number, steps)
        if isinstance(task, Call) and not steps:
            steps = (URL_FIELDS.get(self.checked.operation(task).output.type, "file_url"),)
        return token(".".join([number, *map(str, steps)]))


def _own(number: int, title: str, app: str, event: str, fields: Mapping[str, Any], *, paid: bool = False) -> Json:
    return {"number": number, "title": title, "app": app, "event": event, "paid": paid, "fields": dict(fields)}


def _key(service: Service) -> dict[str, str]:
    """The header with the service's key, which the person puts in. Raises NoRawPlace."""
    auth = service.auth
    if auth.kind == "none":
        return {}
    if auth.kind != "apiKey" or auth.location != "header":
        raise NoRawPlace(f"{service.title} takes no key in a header")
    return {auth.name: f"{auth.value_prefix}YOUR-{service.key.upper()}-KEY"}


def _request(service: Service, operation: Operation, given: Mapping[str, Any]) -> Json:
    inputs = implied(operation.fields, given)
    url = address(service) + operation.path
    placed: dict[str, dict[str, Any]] = {"header": {}, "query": {}}
    for field in operation.fields:
        if field.name not in inputs:
            continue
        if field.location == "path":
            url = url.replace(f"{{{field.pointer}}}", str(inputs[field.name]))
        elif field.location in placed:
            placed[field.location][field.pointer or field.name] = inputs[field.name]
    sent = [f for f in operation.fields if f.location == "body" and f.name in inputs]
    if sent and not operation.media_type.split(";")[0].strip().endswith("json"):
        raise NoRawPlace(f"{operation.operation_id} takes {operation.media_type}, which Zapier cannot send")
    headers = {**(_key(service) if not operation.public else {}), **placed["header"]}
    body = body_object(sent, inputs) if sent else None
    return {"method": operation.method, "url": url, "headers": headers, "query": placed["query"], "body": body}

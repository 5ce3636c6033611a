"""A call of an operation as nodes: ours, or a request and, for a job, the loop that waits for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.fields.controls import Control
from specloom.generator.n8n.fields.forms import parameters as form_parameters
from specloom.generator.n8n.names import node_name
from specloom.generator.n8n.node.steps import N8nStep, ResourceGroup, groups
from specloom.generator.n8n.package.manifest import package_name
from specloom.generator.output.json_text import Json
from specloom.generator.workflows.n8n.canvas import Canvas, Port
from specloom.generator.workflows.n8n.expressions import JAVASCRIPT, json_script, parameter, quote, wrapped
from specloom.generator.workflows.n8n.references import Flavour, References, base_url, node
from specloom.generator.workflows.n8n.requests import HTTP, VERSION, credential_name, credential_type, request
from specloom.generator.workflows.raw import RawReply
from specloom.generator.workflows.source.check import Checked
from specloom.generator.workflows.source.expressions import JqPath, ResolvePath
from specloom.generator.workflows.source.flow import Scope
from specloom.generator.workflows.source.model import Call
from specloom.schemas.expressions import Expression
from specloom.schemas.model import Job, Operation, Service

SWITCH, WAIT = "n8n-nodes-base.switch", "n8n-nodes-base.wait"


class CanvasWriter(Protocol):
    """What writes the rest of the workflow, and knows where errors go."""

    checked: Checked
    flavour: Flavour
    canvas: Canvas
    references: References

    def failing(self, port: Port, output: int = 1) -> Json:
        """Notes the error output of a node; gives the node's properties for it."""

    def failed(self, port: Port, title: str, message: str) -> None:
        """An output that means failure although no node threw an error."""

    def files(self, inputs: Mapping[str, Any], scope: Scope) -> dict[str, str]:
        """Inputs that are files, with the binary field each is in."""


def call(writer: CanvasWriter, task: Call, scope: Scope, ports: list[Port]) -> Port:
    """Adds the nodes of a call. Returns the output its result comes from."""
    operation = writer.checked.operation(task)
    inputs = dict(task.inputs)
    hooked = task.results == "webhook" and operation.job is not None
    resolve = writer.references.resolver(scope)
    if hooked and operation.job is not None:
        inputs[operation.job.callback_field] = None  # filled in below: it is n8n's own expression
    more = {"executeOnce": True} if scope.after_loop else {}
    files = writer.files(inputs, scope)
    started = _start(writer, task, operation, inputs, resolve, files, ports, hooked, more)
    looped = operation.job is not None and (hooked or writer.flavour == "http")
    if not looped or operation.job is None:
        writer.references.outputs["task", task.name] = started.node
        return started
    return _loop(writer, task, operation, operation.job, started, hooked)


def _start(
    writer: CanvasWriter,
    task: Call,
    operation: Operation,
    inputs: Mapping[str, Any],
    resolve: ResolvePath,
    files: Mapping[str, str],
    ports: list[Port],
    hooked: bool,
    more: Json,
) -> Port:
    title = f"Start: {task.title}" if operation.job and (hooked or writer.flavour == "http") else task.title
    resume = {operation.job.callback_field: "={{ $execution.resumeUrl }}"} if hooked and operation.job else {}
    service = writer.checked.services[task.service]
    if writer.flavour == "node":
        found = _own(service, operation, inputs, resolve, files, resume)
        if hooked:
            found["waitForCompletion"] = False
            found["output"] = "raw"  # where the poll finds its inputs
        return _add_own(writer, service, title, found, ports, operation, more)
    given = {name: value for name, value in inputs.items() if name not in resume}
    parameters = request(service, operation, given, resolve, files)
    if resume:
        name = next(iter(resume))
        head, _, rest = parameters["jsonBody"].partition("{\n")
        parameters["jsonBody"] = f"{head}{{\n  {quote(name)}: $execution.resumeUrl,\n{rest}"
    return _add_request(writer, service, title, parameters, ports, operation, more)


def _own(
    service: Service,
    operation: Operation,
    inputs: Mapping[str, Any],
    resolve: ResolvePath,
    files: Mapping[str, str],
    resume: Mapping[str, str],
) -> Json:
    """The parameters of our node."""
    group, step = own_step(service, operation)
    controls = {control.field.name: control for control in step.layout}
    given = {
        name: resume.get(name) or _argument(controls.get(name), value, resolve, files.get(name))
        for name, value in inputs.items()
    }
    return {"resource": group.key, "operation": step.key, **form_parameters(step.layout, given)}


def own_step(service: Service, operation: Operation) -> tuple[ResourceGroup, N8nStep]:
    """The operation as our node offers it."""
    found = ((g, s) for g in groups(service) for s in g.steps if s.operation.operation_id == operation.operation_id)
    return next(found)


def _argument(control: Control | None, value: Any, resolve: ResolvePath, binary: str | None) -> Any:
    if binary:
        return {"binary": binary}
    if control is not None and control.kind == "json" and isinstance(value, (dict, list)):
        return wrapped(json_script(value, resolve))
    return parameter(value, resolve)


def _add_own(
    writer: CanvasWriter,
    service: Service,
    title: str,
    parameters: Json,
    ports: list[Port],
    operation: Operation,
    more: Json,
) -> Port:
    creds, _ = credentials(service)
    if creds:
        more = {**more, "credentials": {creds[0].name: {"id": None, "name": creds[0].display_name}}}
    port = writer.canvas.add(title, f"{package_name(service)}.{node_name(service.key)}", 1, parameters, ports, **more)
    writer.canvas.node(port.node).update(writer.failing(port))
    return port


def _add_request(
    writer: CanvasWriter,
    service: Service,
    title: str,
    parameters: Json,
    ports: list[Port],
    operation: Operation,
    more: Json,
) -> Port:
    kind = credential_type(service.auth)
    if kind and not operation.public:
        more = {**more, "credentials": {kind: {"id": None, "name": credential_name(service)}}}
    port = writer.canvas.add(title, HTTP, VERSION, parameters, ports, **more)
    writer.canvas.node(port.node).update(writer.failing(port))
    return port


# --- waiting for a job


def _loop(writer: CanvasWriter, task: Call, operation: Operation, job: Job, started: Port, hooked: bool) -> Port:
    """Wait, look, and decide: on, wait again, or give up."""
    canvas = writer.canvas
    seconds = max(1, math.ceil(60 if hooked else job.interval))
    name = canvas.name(f"Wait: {task.title}")
    waiting = canvas.add(name, WAIT, 1.1, _waiting(seconds, hooked), [started], webhookId=canvas.id(f"{name}/webhook"))
    looked = _look(writer, task, job, started, waiting)
    writer.references.outputs["task", task.name] = looked.node
    rounds = max(2, math.ceil(job.timeout / seconds))
    decided = canvas.add(f"Done? {task.title}", SWITCH, 3.2, _decision(writer, task, job, rounds), [looked])
    canvas.connect([Port(decided.node, 2)], waiting.node)
    writer.failed(Port(decided.node, 1, decided.column, decided.row + 1), task.title, f"{task.title} did not succeed")
    return decided


def _waiting(seconds: int, hooked: bool) -> Json:
    """A pause, or waiting for the service's call, which is no more than a doorbell: the result is read again."""
    if not hooked:
        return {"amount": seconds, "unit": "seconds"}
    return {
        "resume": "webhook",
        "httpMethod": "POST",
        "limitWaitTime": True,
        "limitType": "afterTimeInterval",
        "resumeAmount": seconds,
        "resumeUnit": "seconds",
        "options": {},
    }


def _look(writer: CanvasWriter, task: Call, job: Job, started: Port, waiting: Port) -> Port:
    service = writer.checked.services[task.service]
    polled = service.operation(job.poll.operation_id)
    assert polled is not None  # the loader only keeps jobs whose poll exists
    accepted = f"{node(started.node)}.item.json"
    title = f"Status: {task.title}"
    raw = RawReply(service, writer.checked.operation(task), base_url(service.key), JAVASCRIPT)
    if writer.flavour == "http":
        codes = {
            n: raw.translate(v, accepted) if isinstance(v, Expression) else quote(v)
            for n, v in job.poll.parameters.items()
        }
        asked = {name: JqPath("poll", (name,)) for name in codes}
        parameters = request(service, polled, asked, lambda path: codes[str(path.steps[0])], {})
        return _add_request(writer, service, title, parameters, [waiting], polled, {})
    values = {
        name: wrapped(raw.translate(v, accepted)) if isinstance(v, Expression) else v
        for name, v in job.poll.parameters.items()
    }
    group, step = own_step(service, polled)
    parameters = {"resource": group.key, "operation": step.key, **form_parameters(step.layout, values)}
    return _add_own(writer, service, title, parameters, [waiting], polled, {})


def _decision(writer: CanvasWriter, task: Call, job: Job, rounds: int) -> Json:
    if writer.flavour == "node":
        state, good, bad = "$json.status", ["succeeded"], ["failed", "canceled"]
    else:
        raw = writer.references.raw(task)
        state, good, bad = raw.translate(job.status, "$json"), list(job.succeeded), [*job.failed, *job.canceled]
    done = f"{quote(good)}.includes({state})"
    failed = f"{quote(bad)}.includes({state}) || $runIndex >= {rounds - 1}"
    canvas = writer.canvas
    rules = [
        {
            "conditions": {
                "options": {"caseSensitive": True, "leftValue": "", "typeValidation": "loose", "version": 2},
                "conditions": [
                    {
                        "id": canvas.id(f"{task.name}/{label}"),
                        "leftValue": wrapped(code),
                        "rightValue": "",
                        "operator": {"type": "boolean", "operation": "true", "singleValue": True},
                    }
                ],
                "combinator": "and",
            },
            "renameOutput": True,
            "outputKey": label,
        }
        for label, code in (("Succeeded", done), ("Failed", failed))
    ]
    return {"rules": {"values": rules}, "options": {"fallbackOutput": "extra", "renameFallbackOutput": "Still Running"}}

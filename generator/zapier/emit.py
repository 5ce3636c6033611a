"""One service to one Zapier project. Pure: the same service gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specloom.generator.output.json_text import Json
from specloom.generator.platforms import Emission, EmitOptions, Placement, unsigned
from specloom.generator.runtime.wire import folded, wire
from specloom.generator.zapier.authentication import asks_for_gateway, authentication
from specloom.generator.zapier.fields.dropdowns import Dropdowns
from specloom.generator.zapier.fields.finding import found_by, search_or_creates
from specloom.generator.zapier.fields.form import FUNCTION, FormBuilder
from specloom.generator.zapier.fields.outputs import OutputFields
from specloom.generator.zapier.fields.samples import Samples
from specloom.generator.zapier.lint import LintFinding, check
from specloom.generator.zapier.plan import ZapierPlan, is_slow, plan
from specloom.generator.zapier.project.files import PLATFORM, app_version, project_files
from specloom.generator.zapier.project.json_lines import JsonTexts
from specloom.generator.zapier.steps import LIMITS, StepBuilder, ZapierStep
from specloom.generator.zapier.triggers import trigger_step
from specloom.schemas.model import Operation, Service
from specloom.schemas.problems import Location, Problem
from specloom.schemas.steps.output import StepOutputs

SUPPORTS = frozenset({
    "auth:apiKey", "auth:http", "auth:oauth2", "auth:none", "server variables", "connection test", "actions",
    "searches", "polling triggers", "webhook triggers", "dynamic options", "files in", "files out", "jobs",
    "callbacks", "gateway", "pagination", "conditional fields", "additional body", "additional query",
})  # fmt: skip
NAMED = 3
"""Places that are named where one problem stands for many."""


class _App(Struct):
    """What is collected: Zapier's definition, and what the runtime reads beside it."""

    definition: Json
    steps: dict[str, Json] = {}
    bindings: list[Json] = []
    written: list[Placement] = []
    problems: list[Problem] = []

    def add(self, kind: str, key: str, step: ZapierStep, written: Placement | None) -> None:
        self.definition[kind][key] = step.definition
        self.steps[f"{kind}.{key}"] = step.runtime
        self.bindings += step.bindings
        if written is not None:
            self.written.append(written)


def emit(service: Service, options: EmitOptions) -> Emission:
    """The project's files, what became of each operation, and what Zapier cannot express."""
    app = _App(_empty(options))
    gateway = asks_for_gateway(service, options.gateway)
    planned = plan(service, gateway=gateway)
    finders = found_by(planned.searches)
    dropdowns = Dropdowns(service, FormBuilder(), {o: key for o, (key, _) in finders.items()})
    outputs = StepOutputs(service)
    builder = StepBuilder(service, planned, dropdowns, Samples(service), OutputFields(), outputs, options.deletes)
    _add_operations(app, builder, planned)
    app.definition["searchOrCreates"] = search_or_creates(planned, finders, app.definition)
    _add_triggers(app, builder, planned)
    for key, trigger in dropdowns.triggers.items():
        app.definition["triggers"][key] = trigger
        app.steps[f"triggers.{key}"] = dropdowns.steps[key]
        operation = dropdowns.steps[key]["operation"]
        app.written.append(Placement(source=operation, kind="options", name=key))
    app.bindings += dropdowns.bindings
    connection = _connect(app, service, gateway)
    texts = JsonTexts()
    data = {
        "definition": app.definition, "bindings": app.bindings, "steps": app.steps, "connection": connection,
        "limits": LIMITS, "service": folded(wire(_sent(service, planned))),
        "userAgent": f"specloom-{service.key}-zapier",
    }  # fmt: skip
    app.problems += _service_problems(service, planned)
    app.problems += _objections(check(app.definition, sure=False), app)
    return Emission(
        files=project_files(service, options, data, texts),
        problems=tuple(_at(problem, service) for problem in app.problems),
        written=tuple(app.written),
    )


def _empty(options: EmitOptions) -> Json:
    return {
        "version": app_version(options.version),
        "platformVersion": PLATFORM,
        # What was left empty is read by the runtime, which knows what empty means for each field.
        "flags": {"cleanInputData": False},
        "hydrators": {"media": FUNCTION},
        "triggers": {},
        "searches": {},
        "creates": {},
        "searchOrCreates": {},
    }


def _add_operations(app: _App, builder: StepBuilder, planned: ZapierPlan) -> None:
    for operation, key in planned.creates:
        step = builder.create(operation, key)
        app.add(
            "creates", key, step, Placement(source=operation.operation_id, kind="action", name=key, inputs=step.keys)
        )
    for operation, key in planned.searches:
        step = builder.search(operation, key)
        written = Placement(source=operation.operation_id, kind="search", name=key, inputs=step.keys)
        app.add("searches", key, step, written)
    slow = [o for o, _ in planned.creates if is_slow(o) and (o.job or planned.gateway)]
    if slow:
        app.add("searches", planned.result_key, builder.result_search(slow, planned.result_key), None)
    for name, reason in planned.left_out.items():
        app.written.append(Placement(source=name, kind="left out", reason=reason))
    app.bindings.append({"path": ["hydrators", "media"], "run": "media"})


def _add_triggers(app: _App, builder: StepBuilder, planned: ZapierPlan) -> None:
    for trigger, key in planned.triggers:
        source = f"trigger:{trigger.event}"
        step = trigger_step(builder, trigger, key)
        if isinstance(step, str):
            app.written.append(Placement(source=source, kind="left out", name="", reason=step))
            app.problems.append(Problem("warning", "zapier-trigger", f"{trigger.name} is left out: {step}"))
            continue
        app.add("triggers", key, step, Placement(source=source, kind="trigger", name=key))


def _connect(app: _App, service: Service, gateway: bool) -> Json:
    connection = authentication(service, gateway=gateway)
    if connection.authentication is not None:
        app.definition["authentication"] = connection.authentication
        app.bindings += connection.bindings
    if test := connection.runtime.get("test"):
        app.written.append(Placement(source=test["operation"], kind="credential test", name="authentication"))
    return connection.runtime


def _sent(service: Service, planned: ZapierPlan) -> Service:
    """The service without what no step needs: deprecated operations are called by nobody."""
    unused = {o.operation_id for o in service.operations if o.deprecated}
    return replace(service, operations=tuple(o for o in service.operations if o.operation_id not in unused))


def _service_problems(service: Service, planned: ZapierPlan) -> Iterator[Problem]:
    if service.connection is None and service.auth.kind != "none":
        message = "nothing tells a good key from a bad one, so Zapier accepts any"
        yield Problem("warning", "zapier-connection-test", message, "name a call in x-specloom.connection")
    for other in service.other_auths:
        message = f"the security scheme {' with '.join(other.ids)} is left out: a Zapier app has one way to sign in"
        yield Problem("warning", "zapier-auth", message)
    for operation in service.operations:
        if not operation.deprecated and (reason := unsigned(operation, service.auth)):
            place = Location(pointer=operation.pointer, operation=operation.operation_id)
            yield Problem("warning", "zapier-auth", f"{operation.operation_id} is left out: {reason}", location=place)
    for operation, _ in (*planned.creates, *planned.searches):
        yield from _operation_problems(operation)


def _operation_problems(operation: Operation) -> Iterator[Problem]:
    place = Location(pointer=operation.pointer, operation=operation.operation_id)
    for one in operation.fields:
        if one.visibility == "internal" and one.required and one.default is None:
            message = f"{one.name} is internal, but required and without a default: it stands in the form"
            yield Problem("warning", "zapier-internal", message, location=place)
    if operation.method in ("OPTIONS", "TRACE"):
        yield Problem("warning", "zapier-method", f"{operation.method} is called as it stands", location=place)


def _objections(findings: Iterable[LintFinding], app: _App) -> Iterator[Problem]:
    """What Zapier would object to: at the operation it is about, or together where it is about none, as with the events
    of a service that sends hundreds."""
    alike: dict[tuple[str, ...], list[LintFinding]] = {}
    for finding in findings:
        kind, _, rest = finding.place.partition(".")
        operation = app.steps.get(f"{kind}.{rest.partition('.')[0]}", {}).get("operation", "")
        own = finding.place if operation else ""
        alike.setdefault((finding.code, finding.message, finding.hint, operation, own), []).append(finding)
    for (code, message, hint, operation, _), found in alike.items():
        named = ", ".join(finding.place for finding in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        told = f"{named}{more}: {message} (Zapier's check {code})"
        yield Problem("warning", f"zapier-{code.lower()}", told, hint, Location(operation=operation))


def _at(problem: Problem, service: Service) -> Problem:
    if problem.location.operation or problem.location.file:
        return problem
    return problem.at(replace(problem.location, file=service.key))

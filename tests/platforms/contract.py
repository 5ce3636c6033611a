"""Operations of real documents with inputs made from them, and how each platform's step is run with these."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from specloom.generator.make.communication.results import OWN
from specloom.generator.make.emit import emit as emit_make
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.modules.searches import filters
from specloom.generator.n8n.credentials.emit import credentials
from specloom.generator.n8n.emit import emit as emit_n8n
from specloom.generator.n8n.fields.forms import parameters
from specloom.generator.n8n.names import node_name
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit as emit_zapier
from specloom.generator.zapier.project.generated_tests import form_data
from specloom.schemas.http.inputs import input_schema
from specloom.schemas.http.serialization import InputError, WireRequest, to_wire
from specloom.schemas.infer.api import Api
from specloom.schemas.infer.places import _body_schema
from specloom.schemas.load import load
from specloom.schemas.load.samples import sample
from specloom.schemas.model import Field, Operation, Service
from specloom.schemas.problems import SpecloomError
from tests.platforms import corpus
from tests.platforms.make_apps import _level
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.n8n import N8n
from tests.platforms.n8n_nodes import step_of, workflow
from tests.platforms.recorder import Recorder
from tests.platforms.zapier import AppError, Zapier

KEY = "secret-key"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPTIONAL = 5
PER_DOCUMENT = 6
LARGEST = 400_000


@dataclass(frozen=True)
class Case:
    """`number` names it on the recorder; `expected` is the request by the document's own rules."""

    number: int
    service: Service
    operation: Operation
    inputs: Mapping[str, Any]
    expected: WireRequest
    document: str

    @property
    def has_file(self) -> bool:
        return any(f.file for f in self.operation.fields if f.name in self.inputs)

    def __str__(self) -> str:
        return f"{self.document} {self.operation.operation_id}"


def cases(count: int, recorder: Recorder, seed: int = 4) -> list[Case]:
    """As many operations of documents with an API key, a few of each."""
    found: list[Case] = []
    choose = random.Random(seed)
    documents = [path for path in corpus.documents() if path.stat().st_size <= LARGEST]
    choose.shuffle(documents)
    keys: set[str] = set()
    for path in documents:
        if len(found) >= count:
            break
        try:
            loaded = load(path)
        except SpecloomError:
            continue
        service = loaded.service
        if service.auth.kind != "apiKey" or service.auth.also or not service.base_url or service.key in keys:
            continue
        keys.add(service.key)
        checker = Checker(service, loaded.source.root)
        fit = [o for o in service.operations if _is_plain(o) and o.signed_by(service.auth.ids)]
        chosen: list[Case] = []
        for operation in choose.sample(fit, len(fit)):
            inputs = made(operation, recorder)
            expected = _expected(operation, inputs) if inputs is not None else None
            if inputs is not None and expected is not None and not checker.faults(operation, expected):
                number = len(found) + len(chosen)
                chosen.append(Case(number, service, operation, inputs, expected, str(path.relative_to(corpus.root()))))
            if len(chosen) == PER_DOCUMENT:
                break
        found += chosen
    return found[:count]


def _is_plain(operation: Operation) -> bool:
    if "xml" in operation.media_type:  # no platform has a form for XML
        return False
    special = operation.deprecated or operation.sensitive or operation.job or operation.server or operation.public
    return operation.method in METHODS and not special


def _expected(operation: Operation, inputs: Mapping[str, Any]) -> WireRequest | None:
    try:
        return to_wire(operation, inputs)
    except InputError:
        return None


# Inputs


def made(operation: Operation, recorder: Recorder) -> dict[str, Any] | None:
    """What is required and a few optional inputs, by the document's examples or made from its schemas; None where
    nothing valid can be made."""
    inputs: dict[str, Any] = {}
    optional = 0
    for field in operation.fields:
        if field.location == "selector":
            inputs[field.name] = field.default if field.default is not None else field.choices[0].value
    for field in operation.fields:
        if field.location == "selector" or field.visibility == "internal" or not _applies(field, inputs):
            continue
        if not field.required and (optional >= OPTIONAL or field.when):
            continue
        value = recorder.file(field.name) if field.file == "binary" and not field.repeated else sample(field)
        if (
            value in (None, "", [], {})
            or field.file == "base64"
            or not _is_sendable(value)
            or not _is_known(field, value)
            or not _has_form(field, value)
        ):
            if field.required:
                return None
            continue
        trial = {**inputs, field.name: value}
        if not field.required and (not _fits(operation, {field.name: value}, partly=True) or field.file):
            continue
        inputs, optional = trial, optional + (not field.required)
    return inputs if _fits(operation, inputs) else None


def _applies(field: Field, inputs: Mapping[str, Any]) -> bool:
    return all(inputs.get(condition.field) in condition.values for condition in field.when)


def _is_sendable(value: Any) -> bool:
    """Without what no form can hold: an empty text, list or object somewhere inside, or none at all."""
    if isinstance(value, dict):
        return bool(value) and all(_is_sendable(inner) for inner in value.values())
    if isinstance(value, list):
        return bool(value) and all(_is_sendable(inner) for inner in value)
    return value is not None and value != ""


def _has_form(field: Field, value: Any) -> bool:
    """Whether OpenAPI says how it is written: it does not for what is nested in an object of a header."""
    if field.location != "header" or not isinstance(value, dict):
        return True
    return not any(isinstance(inner, (dict, list)) for inner in value.values())


def _is_known(field: Field, value: Any) -> bool:
    """Whether a form has a place for every key: examples may hold more than their schemas, or several alternatives.
    Nor is every example of a date one."""
    if isinstance(value, list):
        return all(_is_known(field, inner) for inner in value)
    if field.format == "date" and isinstance(value, str):
        return len(value) == len("2026-01-31")
    if not isinstance(value, dict) or not field.fields:
        return True
    parts = {part.name: part for part in field.fields}
    return all(key in parts and not parts[key].when and _is_known(parts[key], inner) for key, inner in value.items())


def _fits(operation: Operation, inputs: Mapping[str, Any], partly: bool = False) -> bool:
    schema: dict[str, Any] = input_schema(operation)
    if partly:
        schema = {key: value for key, value in schema.items() if key in ("$schema", "type", "properties")}
    return bool(Draft202012Validator(schema).is_valid(dict(inputs)))


class Checker:
    """Holds requests against the raw document, by an OpenAPI schema validator that is not ours."""

    def __init__(self, service: Service, raw: Mapping[str, Any]) -> None:
        self.api = Api(service, raw)
        resource = Resource.from_contents(dict(raw), DRAFT202012)
        self.registry: Registry[Any] = Registry().with_resource("urn:document", resource)
        is_new = str(raw.get("openapi", "")).startswith("3.1")
        self.validator = OAS31Validator if is_new else OAS30Validator

    def faults(self, operation: Operation, request: WireRequest) -> list[str]:
        """Of the parameters' names and the JSON body; [] where it is valid."""
        known: set[tuple[Any, str]] = {(f.location, f.pointer) for f in operation.fields}
        found = [f"unknown {name}" for name, _ in request.query if not self._is_known(name, known)]
        given = {name.partition("[")[0] for name, _ in request.query}
        for field in operation.fields:
            if field.location == "query" and field.required and not field.when and field.type != "object":
                if field.pointer.partition("[")[0] not in given:
                    found.append(f"missing {field.pointer}")
        pointer = _body_schema(self.api, operation) if "json" in request.media_type else None
        if pointer:
            try:
                check = self.validator({"$ref": f"urn:document#{pointer}"}, registry=self.registry)
                found += [error.message[:200] for error in check.iter_errors(request.body)]
            except Exception as error:  # the document's own schema is broken
                found.append(f"cannot be checked: {error}")
        return found

    @staticmethod
    def _is_known(name: str, known: set[tuple[Any, str]]) -> bool:
        bare = name.partition("[")[0]
        objects = any(location == "query" for location, _ in known)
        return (
            ("query", name) in known
            or ("query", bare) in known
            or (objects and ("query", f"{bare}[]") in known)
            or objects
        )


# Steps


def run_zapier(found: Sequence[Case], zapier: Zapier, recorder: Recorder, folder: Path) -> None:
    for _, group in _by_service(found):
        app = folder / group[0].service.key
        files = emit_zapier(group[0].service, EmitOptions()).files
        write(app, files)
        data = json.loads(files["app.json"])
        steps, fields = data["steps"], data["fields"]
        for case in group:
            kind = "creates" if case.operation.writes else "searches"
            name = next(
                n for n, s in steps.items() if n.startswith(kind) and s.get("operation") == case.operation.operation_id
            )
            form = form_data([fields[one] for one in steps[name]["inputs"]], case.inputs)
            auth = {"api_key": KEY, "base_url": recorder.base(f"zapier{case.number}")}
            try:
                zapier.run(app, f"{name}.operation.perform", {"inputData": form, "authData": auth})
            except AppError as error:
                _note(recorder, f"zapier{case.number}", str(error))


def run_make(found: Sequence[Case], recorder: Recorder) -> set[int]:
    """Gives the numbers of the cases with an input that Make cannot express, as the emitter has reported."""
    reported: set[int] = set()
    for _, group in _by_service(found):
        emission = emit_make(group[0].service, EmitOptions())
        names = {entry.source: entry for entry in emission.written if entry.kind in ("action", "search")}
        told = {problem.location.operation for problem in emission.problems if problem.code == "make-field"}
        reported |= {case.number for case in group if case.operation.operation_id in told}
        for case in group:
            app = MakeApp(emission.files, sleep=lambda seconds: None)
            base = recorder.base(f"make{case.number}")
            app.connection = {"apiKey": KEY, "baseUrl": base}
            written = names.get(case.operation.operation_id)
            if written is None:
                _note(recorder, f"make{case.number}", "left out")
                continue
            asked = filters(case.operation) if written.kind == "search" else None
            fields, given = asked or (case.operation.fields, form_names(case.operation.fields, OWN))
            try:
                app.run(written.name, {**_level(fields, case.inputs, given), **({"limit": 10} if asked else {})})
            except Exception as error:  # what it does with the reply is not asked here
                _note(recorder, f"make{case.number}", f"{type(error).__name__}: {error}")
    return reported


def run_n8n(found: Sequence[Case], n8n: N8n, recorder: Recorder, folder: Path) -> None:
    groups = list(_by_service(found))
    for _, group in groups:
        _install(n8n, group[0].service, folder)
    n8n.start()
    flows = []
    nodes_of: dict[int, dict[str, Any]] = {}
    for _, group in groups:
        nodes = []
        for case in group:
            try:
                nodes_of[case.number] = _node(n8n, case, recorder)
                nodes.append(nodes_of[case.number])
            except (KeyError, StopIteration) as error:
                _note(recorder, f"n8n{case.number}", f"{type(error).__name__}: {error}")
        flows.append((group, workflow(*nodes)))
    runs = n8n.run_many([flow for _, flow in flows], timeout=300)
    for (group, _), run in zip(flows, runs, strict=True):
        for case in group:
            _note(recorder, f"n8n{case.number}", _trouble(run.data["runData"], f"Step {case.number}"))
    # n8n starts no workflow in which it finds fault with one step: what has sent nothing is run alone.
    silent = [case for case in found if not recorder.calls(f"n8n{case.number}")]
    alone = [(case, workflow(node)) for case in silent if (node := nodes_of.get(case.number))]
    for case, flow in alone:
        run = n8n.run(flow)
        refused = (run.data.get("error") or {}).get("message")
        _note(recorder, f"n8n{case.number}", refused or _trouble(run.data["runData"], f"Step {case.number}"))


def _trouble(data: Mapping[str, Any], node: str) -> str:
    runs = data.get(node)
    if not runs:
        return "it was not run"
    told = json.dumps(runs[0].get("error") or runs[0].get("data", {}).get("main"))
    return told[:300]


def _install(n8n: N8n, service: Service, folder: Path) -> None:
    """As `install_package` does, without packing each of many packages first."""
    package = folder / service.key
    write(package, emit_n8n(service, EmitOptions()).files)
    name = str(json.loads((package / "package.json").read_text())["name"])
    nodes = n8n.folder / ".n8n" / "nodes"
    shutil.copytree(package, nodes / "node_modules" / name)
    (nodes / "package.json").write_text('{"name": "installed-nodes", "private": true}')


def _node(n8n: N8n, case: Case, recorder: Recorder) -> dict[str, Any]:
    service = case.service
    group, step = step_of(service, case.operation.operation_id)
    (credential, *_), _ = credentials(service)
    data = {"apiKey": KEY, "baseUrl": recorder.base(f"n8n{case.number}")}
    identifier = n8n.api.create_credential(credential.name, data)
    base = {"resource": group.key, "operation": step.key}
    return {
        "parameters": {**base, **parameters(step.layout, case.inputs)},
        "name": f"Step {case.number}",
        "type": f"n8n-nodes-{service.key}.{node_name(service.key)}",
        "typeVersion": 1,
        "credentials": {credential.name: {"id": identifier, "name": "Test"}},
        "onError": "continueRegularOutput",
        "executeOnce": True,
        "alwaysOutputData": True,
    }


def _by_service(found: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    groups: dict[str, list[Case]] = {}
    for case in found:
        groups.setdefault(case.service.key, []).append(case)
    yield from groups.items()


NOTES: dict[str, str] = {}
"""What a runtime said of a step: told where no request came of it."""


def _note(recorder: Recorder, name: str, text: str) -> None:
    NOTES[name] = text

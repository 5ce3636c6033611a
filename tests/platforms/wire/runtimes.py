"""The gateway, the Make emulator and zapier-platform-core: one step of each vector's service, run with its inputs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from specloom.connector.network.ssrf import ALLOW
from specloom.connector.settings import variable
from specloom.generator.make.communication.results import OWN
from specloom.generator.make.connection.secrets import keys
from specloom.generator.make.emit import emit as emit_make
from specloom.generator.make.fields.forms import form_names
from specloom.generator.make.fields.schemas import shape
from specloom.generator.make.modules.searches import filters
from specloom.generator.output.writer import write
from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit as emit_zapier
from specloom.generator.zapier.project.generated_tests import form_data
from specloom.schemas.model import Auth, Field
from specloom.schemas.problems import Problem
from tests.connector.gateway.harness import GatewayServer
from tests.platforms.make_apps import _level
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.wire.compare import Outcome, read_exact
from tests.platforms.wire.entered import Path as Names
from tests.platforms.wire.entered import entered
from tests.platforms.wire.services import Case
from tests.platforms.wire.upstream import OTHER_ADDRESS
from tests.platforms.zapier import HYDRATE, AppError, Zapier

Outcomes = dict[str, Outcome]
"""By vector id."""


def codes(problems: Iterable[Problem], case: Case) -> list[str]:
    """Of what a build reports for the vector's operation, or for the document as a whole."""
    return [p.code for p in problems if p.location.operation in ("", case.operation.operation_id)]


# The gateway


def run_gateway(cases: Iterable[Case], folder: Path) -> Outcomes:
    found = list(cases)
    environ = {variable(case.service.key, "base_url"): case.service.base_url for case in found}
    environ[ALLOW] = OTHER_ADDRESS
    known = {case.service.key: case.service for case in found}
    server = GatewayServer(folder, environ=environ, known=known).start()
    try:
        return {case.vector.id: _call(server, case) for case in found}
    finally:
        server.stop()


def _call(server: GatewayServer, case: Case) -> Outcome:
    call: dict[str, Any] = {"headers": {}, "params": {}, "cookies": {}}
    for auth, value in case.secrets():
        _sign(call, auth, value)
    url = f"{server.url}/run/{case.service.key}/{case.operation.operation_id}"
    reply = requests.post(url, json=dict(case.inputs("gateway")), timeout=30, **call)
    envelope = read_exact(reply.content)
    problem = envelope.get("error") or {}
    return Outcome(output=envelope, error=str(problem.get("message", "")), problems=codes(case.service.problems, case))


def _sign(call: dict[str, Any], auth: Auth, value: Any) -> None:
    """The vendor's credential as a caller brings it: where the vendor wants it."""
    if auth.kind == "apiKey":
        place = {"header": "headers", "query": "params", "cookie": "cookies"}[auth.location]
        typed = value.lower().startswith(auth.value_prefix.lower())  # the prefix too: it is the caller's own header
        call[place][auth.name] = value if typed else auth.value_prefix + value
    elif auth.kind == "http":
        pair = f"{value['username']}:{value.get('password', '')}"
        call["headers"]["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        call["headers"]["Authorization"] = f"Bearer {value}"


# Make


def run_make(cases: Iterable[Case], mutate: Callable[[MakeApp], None] = lambda app: None) -> Outcomes:
    return {case.vector.id: _run_module(case, mutate) for case in cases}


def _run_module(case: Case, mutate: Callable[[MakeApp], None]) -> Outcome:
    emission = emit_make(case.service, EmitOptions())
    problems = codes(emission.problems, case)
    operation = case.operation
    entries = [e for e in emission.written if e.source == operation.operation_id and e.kind in ("action", "search")]
    if not entries:
        return Outcome(missing=", ".join(problems) or "Make has no module", problems=problems)
    app = MakeApp(emission.files, sleep=lambda seconds: None)
    mutate(app)
    app.connection = dict(connection(case))
    asked = filters(operation) if entries[0].kind == "search" else None
    fields, names = asked or (operation.fields, form_names(operation.fields, OWN))
    given = entered(fields, case.inputs("make"), lambda path: _make_json(fields, path))
    limit = {"limit": 1000 if case.vector.all else 10} if asked else {}
    own = case.vector.parameters.get("make", {})
    try:
        output = app.run(entries[0].name, {**_level(fields, given, names), **limit, **own})
    except Exception as error:  # whatever stops it is what a person would be shown
        return Outcome(error=f"{type(error).__name__}: {error}", problems=problems)
    files = [file for bundle in (output if isinstance(output, list) else [output]) for file in _make_files(bundle)]
    return Outcome(output=output, files=files, problems=problems)


def connection(case: Case) -> Iterator[tuple[str, Any]]:
    for auth, value in case.secrets():
        if auth.kind == "http":
            yield from {"username": value["username"], "password": value.get("password", "")}.items()
        else:
            yield ("accessToken" if auth.kind == "oauth2" else keys(case.service.auth).get(auth.id, auth.id)), value


def _make_json(fields: Iterable[Field], path: Names, nested: bool = False) -> bool:
    field = next(f for f in fields if f.name == path[0])
    if len(path) == 1 or shape(field, nested=nested) == "json":
        return shape(field, nested=nested) == "json"
    return _make_json(field.fields, path[1:], nested=True)


def _make_files(bundle: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(bundle, dict) and isinstance(bundle.get("data"), bytes):
        yield {
            "name": bundle.pop("file_name", ""),
            "type": bundle.get("content_type", ""),
            "content": bundle.pop("data"),
        }


# Zapier


def run_zapier(cases: Iterable[Case], zapier: Zapier, folder: Path) -> Outcomes:
    return {case.vector.id: _perform(case, zapier, folder / case.service.key) for case in cases}


def _perform(case: Case, zapier: Zapier, app: Path) -> Outcome:
    emission = emit_zapier(case.service, EmitOptions())
    problems = codes(emission.problems, case)
    data = json.loads(emission.files["app.json"])
    own = [n for n, s in data["steps"].items() if s.get("operation") == case.operation.operation_id]
    name = next((n for n in own if n.startswith(("creates.", "searches."))), "")
    if not name:
        return Outcome(missing=", ".join(problems) or "Zapier has no step", problems=problems)
    write(app, emission.files)
    asked = [data["fields"][one] for one in data["steps"][name]["inputs"]]
    given = entered(case.operation.fields, case.inputs("zapier"), lambda path: _zapier_json(asked, path))
    inputs = {**form_data(asked, given), **case.vector.parameters.get("zapier", {})}
    bundle = {"inputData": inputs, "authData": dict(auth_data(case, data)), "meta": {"timezone": "UTC"}}
    try:
        output = zapier.run(app, f"{name}.operation.perform", bundle).results
    except AppError as error:
        return Outcome(error=str(error), problems=problems)
    files = list(_zapier_files(output, zapier, app, bundle["authData"]))
    if isinstance(output, list) and len(output) == 1 and not isinstance(case.vector.output_of("zapier"), list):
        output = output[0]  # a search that reads one thing
    return Outcome(output=output, files=files, problems=problems)


def auth_data(case: Case, app: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    names = {one["scheme"]: one["key"] for one in app["connection"].get("secrets", ())}
    for auth, value in case.secrets():
        if auth.kind == "http":
            yield from {"username": value["username"], "password": value.get("password", "")}.items()
        else:
            yield names.get(auth.id, auth.id), value


def _zapier_json(entries: Iterable[Mapping[str, Any]], path: Names) -> bool:
    """Whether the input at `path`, or one that it is a part of, is JSON in the form."""
    for entry in entries:
        lead = tuple(entry["path"])
        if lead == path:
            return bool(entry.get("json"))
        if entry.get("children") and path[: len(lead)] == lead:
            return _zapier_json(entry["children"], path[len(lead) :])
    return False


def _zapier_files(output: Any, zapier: Zapier, app: Path, auth: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a later step would get for each file that the step promises."""
    for record in output if isinstance(output, list) else [output]:
        for value in record.values() if isinstance(record, dict) else ():
            if isinstance(value, str) and HYDRATE.fullmatch(value):
                url = zapier.hydrate(app, value, auth).results
                reply = requests.get(url, timeout=30)
                yield {"name": "", "type": reply.headers.get("content-type", ""), "content": reply.content}

"""report.json accounts for everything: each operation, input, body, reply, event and security scheme of a document has
a fate on every platform; and what it tells of keys is what was written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.platforms import EMITTERS, Emission, EmitOptions, emitter
from specloom.generator.report.coverage import LEFT, Subject, account
from specloom.generator.selection import Selection, select
from specloom.schemas.document.inventory import Inventory, inventory
from specloom.schemas.load import Loaded, bundled, load
from tests import SHOWCASE
from tests.command.test_cli import specloom
from tests.conftest import HEAD

NOT_FATES = frozenset(("operation", "method", "path", "trigger", "needed"))


def accounted(loaded: Loaded, platforms: Sequence[str] = tuple(EMITTERS)) -> tuple[dict[str, Any], dict[str, Emission]]:
    emissions = {platform: emitter(platform)(loaded.service, EmitOptions()) for platform in platforms}
    subject = Subject(
        inventory=inventory(loaded.source), whole=loaded.service, service=loaded.service, emissions=emissions
    )
    return account(subject), emissions


def unaccounted(value: Any, path: str = "") -> Iterator[str]:
    """Where the report has no fate: an empty text, or 'left out' without a reason."""
    if isinstance(value, str):
        if value.strip() in ("", LEFT.strip()):
            yield path
    elif isinstance(value, dict):
        if not value and path.endswith("platforms"):
            yield path
        for key, part in value.items():
            if key not in NOT_FATES:
                yield from unaccounted(part, f"{path}/{key}")
    elif isinstance(value, list):
        for part in value:
            yield from unaccounted(part, path)


def missing(loaded: Loaded, report: dict[str, Any]) -> list[str]:
    """What the document holds and the report does not: counted from the inventory, part by part."""
    return missing_from(inventory(loaded.source), report)


def missing_from(found: Inventory, report: dict[str, Any]) -> list[str]:
    told = {(entry["method"], entry["path"]): entry for entry in report["operations"]}
    lost = [f"{entry.method} {entry.path}" for entry in found.operations if (entry.method, entry.path) not in told]
    for entry in found.operations:
        given = told.get((entry.method, entry.path), {})
        if "inputs" not in given:
            continue  # left out as a whole, with a reason
        lost += [f"{place}:{name}" for place, name in entry.parameters if f"{place}:{name}" not in given["inputs"]]
        lost += [body.media_type for body in entry.bodies if body.media_type not in given["bodies"]]
        lost += [status for status, _ in entry.responses if status not in given["responses"]]
        lost += [name for name in entry.callbacks if name not in given.get("callbacks", {})]
        for body in entry.bodies:
            if given["bodies"][body.media_type].startswith("sent"):
                lost += [
                    part.name for part in body.properties if not {f"body:{part.name}", "body"} & given["inputs"].keys()
                ]
    lost += [name for name in found.schemes if name not in report["security_schemes"]]
    return lost + [name for name in found.webhooks if name not in {t["trigger"] for t in report["triggers"]}]


ODD = """\
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    other: {type: http, scheme: basic}
    strange: {type: mutualTLS}
  parameters:
    trace: {name: X-Trace, in: header, schema: {type: string}}
  schemas:
    Shape:
      oneOf:
        - {type: object, properties: {radius: {type: number}, name: {type: string}}, required: [radius]}
        - {type: object, properties: {width: {type: number}, name: {type: string}}, required: [width]}
    Loop: {type: object, properties: {again: {$ref: "#/components/schemas/Loop"}, id: {type: string, readOnly: true}}}
security: [{key: []}]
webhooks:
  made: {post: {requestBody: {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}, responses: {"200": {description: ok}}}}
paths:
  /a/{id}/{undeclared}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: X-Key, in: header, schema: {type: string}}
      - {$ref: "#/components/parameters/trace"}
    get:
      operationId: read
      tags: [A]
      parameters:
        - {name: Accept, in: header, schema: {type: string}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}
        - {name: session, in: cookie, schema: {type: string}}
      responses: {"200": {description: ok}, "418": {description: tea}, default: {description: else}, "3XX": {description: no}, weird: {description: no}}
    post:
      operationId: write
      tags: [A]
      requestBody:
        content:
          application/json: {schema: {allOf: [{$ref: "#/components/schemas/Loop"}, {type: object, properties: {"a/b": {type: string}, c~d: {type: string}}}]}}
          text/csv: {schema: {type: string}}
      callbacks: {done: {"{$request.body#/url}": {post: {responses: {"200": {description: ok}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {type: object}}, text/xml: {}}}}
    delete: {operationId: old, tags: [A], deprecated: true, responses: {"204": {description: gone}}}
  /shape: {put: {operationId: shape, tags: [B], requestBody: {content: {multipart/form-data: {schema: {$ref: "#/components/schemas/Shape"}}}}, responses: {"200": {description: ok}}}}
  /list: {put: {operationId: list, tags: [B], requestBody: {content: {application/json: {schema: {type: array, items: {type: string}}}}}, responses: {"200": {description: ok}}}}
  /file: {put: {operationId: file, tags: [B], requestBody: {content: {application/octet-stream: {}}}, responses: {"200": {description: ok, content: {image/png: {}}}}}}
"""
SWAGGER = """\
swagger: "2.0"
info: {title: Old, version: "1"}
securityDefinitions: {key: {type: apiKey, in: query, name: k}}
paths:
  /a:
    parameters: [{name: x, in: query, type: string}]
    post: {operationId: form, consumes: [multipart/form-data], parameters: [{name: f, in: formData, type: file}, {name: t, in: formData, type: string}], responses: {"200": {description: ok}}}
    put: {operationId: body, consumes: [application/json, application/xml], parameters: [{name: b, in: body, schema: {type: object, properties: {n: {type: integer}}}}], responses: {default: {description: ok}}}
"""  # fmt: skip


SIGNED_IN = """\
openapi: 3.0.0
info: {title: Signed in, version: "1"}
components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://a.example/t, scopes: {" ": none}}}}}}
security: [{o: []}]
paths:
  /a: {get: {operationId: a, parameters: [{name: token, in: header, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
"""  # fmt: skip


@pytest.mark.parametrize("text", [HEAD + ODD, SWAGGER, SIGNED_IN], ids=["odd", "swagger", "signed in"])
def test_everything_in_odd_documents_has_a_fate(text: str, document: Callable[..., Path]) -> None:
    loaded = load(document(text))
    report, _ = accounted(loaded)
    assert list(unaccounted(report)) == []
    assert missing(loaded, report) == []


@pytest.mark.parametrize("path", [*bundled().values(), SHOWCASE], ids=lambda path: path.name)
def test_everything_in_the_bundled_documents_has_a_fate(path: Path) -> None:
    loaded = load(path)
    report, _ = accounted(loaded)
    assert list(unaccounted(report)) == [] and missing(loaded, report) == []


def test_what_the_fates_are(document: Callable[..., Path]) -> None:
    report, _ = accounted(load(document(HEAD + ODD)))
    fates = {entry["operation"]: entry for entry in report["operations"]}
    inputs = {**fates["read"]["inputs"], **fates["write"]["inputs"], **fates["shape"]["inputs"]}
    assert inputs["header:X-Key"] == "the credential" and inputs["header:Accept"] == "set by every step itself"
    assert inputs["path:id"] == "id" and inputs["path:undeclared"] == "undeclared" and inputs["body:c~d"]
    assert inputs["body:id"] == f"{LEFT}read only, the service sets it" and inputs["body:radius"] == "radius"
    assert fates["write"]["bodies"] == {"application/json": "sent as application/json", "text/csv": f"{LEFT}the body is sent as application/json"}  # fmt: skip
    assert fates["write"]["callbacks"] == {"done": f"{LEFT}no link of the reply tells how to unsubscribe"}
    assert fates["write"]["responses"] == {"201": "the result (application/json); not asked for: text/xml"}
    assert fates["read"]["responses"] == {
        "200": "the result, without content", "418": "an error: invalid_request", "default": "an error, by its status",
        "3XX": "an error: no final answer", "weird": f"{LEFT}'weird' is no HTTP status",
    }  # fmt: skip
    assert all("deprecated" in fate["left out"].lower() for fate in fates["old"]["platforms"].values())
    schemes = report["security_schemes"]
    assert schemes["key"] == "the credential" and "cannot be used" in schemes["strange"]
    assert schemes["other"] == f"{LEFT}no operation asks for it alone"


def test_what_the_loader_loses_is_noticed(document: Callable[..., Path]) -> None:
    """The inventory reads by a way of its own: take an operation, an input and a scheme away, and they are missed."""
    from msgspec.structs import replace

    loaded = load(document(HEAD + ODD))
    service = loaded.service
    write = replace(service.operations[1], fields=service.operations[1].fields[:-1])
    robbed = replace(service, operations=(write, *service.operations[2:]), auth=replace(service.auth, id="none"))
    report, _ = accounted(Loaded(robbed, loaded.path, loaded.source))
    lost = list(unaccounted(report))
    assert "/operations/platforms" in lost and "/security_schemes/key" in lost
    assert any(path.startswith("/operations/inputs/body:") for path in lost)


def _zapier_keys(emission: Emission, name: str) -> str:
    """The form of one step, as text: what it asks for is in there."""
    app = json.loads(emission.files["app.json"])
    return json.dumps({kind: app["definition"][kind].get(name, {}) for kind in ("creates", "searches")}) + json.dumps(
        [app["steps"].get(f"{kind}.{name}") for kind in ("creates", "searches")]
    )


@pytest.mark.parametrize("path", [*bundled().values(), SHOWCASE], ids=lambda path: path.name)
def test_the_keys_it_tells_are_those_written(path: Path) -> None:
    """Every key of an input stands in the step's own definition on its platform."""
    _, emissions = accounted(load(path))
    plan = next(json.loads(c) for p, c in emissions["n8n"].files.items() if p.endswith("operations.json"))
    checked = 0
    for platform, emission in emissions.items():
        for entry in emission.written:
            for key in entry.inputs.values():
                if platform == "n8n":
                    resource, operation = entry.name.split(":")
                    text = json.dumps(plan["steps"][resource][operation]["form"])
                elif platform == "make":
                    text = emission.files[f"modules/{entry.name}/{entry.name}.mappable-params.iml.json"].decode()
                else:
                    text = _zapier_keys(emission, entry.name)
                checked += 1
                assert f'"{key}' in text or platform == "make", (platform, entry.name, key)
    assert checked > 5


def test_what_is_not_selected_says_so(document: Callable[..., Path]) -> None:
    loaded = load(document(HEAD + ODD))
    part = select(loaded.service, Selection(operations=("read",)))
    emissions = {platform: emitter(platform)(part.service, EmitOptions()) for platform in EMITTERS}
    subject = Subject(
        inventory=inventory(loaded.source), whole=loaded.service, service=part.service, emissions=emissions,
        unselected=part.unselected, needed=part.needed,
    )  # fmt: skip
    report = account(subject)
    assert list(unaccounted(report)) == []
    fates = {entry["operation"]: entry["platforms"] for entry in report["operations"]}
    assert fates["write"] == f"{LEFT}not selected by --operation 'read'" and isinstance(fates["read"], dict)


def test_the_report_of_a_build_is_complete(document: Callable[..., Path], tmp_path: Path) -> None:
    path = document(HEAD + ODD)
    assert specloom("build", path.name, "--out", "out", "--lenient", cwd=tmp_path).returncode == 0
    (file,) = (tmp_path / "out").glob("*/report.json")
    report = json.loads(file.read_text())
    assert list(unaccounted({key: report[key] for key in ("operations", "triggers", "security_schemes")})) == []
    assert missing(load(path), report) == []


def test_a_parameter_is_asked_for_although_its_schema_is_read_only(document: Callable[..., Path]) -> None:
    text = "paths: {'/a/{n}': {get: {operationId: a, parameters: [{name: n, in: path, required: true, schema: {type: integer, readOnly: true}}], responses: {'200': {description: ok}}}}}\n"
    report, _ = accounted(load(document(text)))
    assert report["operations"][0]["inputs"] == {"path:n": "n"}


@pytest.mark.parametrize(
    ("name", "other", "sent"), [("''", "", ""), ("' '", ", text/csv: {schema: {type: string}}", "text/csv")]
)
def test_a_body_without_a_media_type(document: Callable[[str], Path], name: str, other: str, sent: str) -> None:
    content = f"{{{name}: {{schema: {{type: object, properties: {{a: {{type: string}}}}}}}}{other}}}"
    found = load(
        document(f"""\
paths:
  /things:
    post:
      operationId: send
      requestBody:
        content: {content}
      responses: {{'200': {{description: ok}}}}
""")
    )
    (problem,) = found.problems
    assert (problem.code, problem.location.operation, problem.location.line) == ("media-type", "send", 8)
    assert name in problem.message and found.service.operations[0].media_type == sent
    report, _ = accounted(found)
    assert name in report["operations"][0]["bodies"][name.strip("'")] and not list(unaccounted(report))

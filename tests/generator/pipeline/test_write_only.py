"""What is `writeOnly` is in no output, interface or sample; what is `readOnly` is in no form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specloom.generator.make.emit import emit as emit_make
from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit as emit_zapier
from specloom.schemas.load import load
from specloom.schemas.model import Field, Service

DOCUMENT = """
openapi: 3.1.0
info: {title: Accounts, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /accounts:
    post:
      operationId: createAccount
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Account'}}}}
      responses: {"201": {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Account'}}}}}
    get:
      operationId: listAccounts
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Account'}}}}
components:
  schemas:
    Account:
      type: object
      required: [number, login]
      properties:
        number: {type: integer, readOnly: true}
        login: {type: object, properties: {name: {type: string}, pin: {type: string, writeOnly: true}}}
        keys: {type: array, items: {type: object, properties: {label: {type: string}, pin: {type: string, writeOnly: true}}}}
"""


@pytest.fixture
def service(tmp_path: Path) -> Service:
    path = tmp_path / "accounts.yaml"
    path.write_text(DOCUMENT, "utf-8")
    return load(path).service


def test_outputs_and_samples_hold_no_secret(service: Service) -> None:
    for operation in service.operations:
        assert "pin" not in json.dumps(operation.output.sample), operation.operation_id
        assert "number" in json.dumps(operation.output.sample)


def test_make_shows_it_in_the_form_alone(service: Service) -> None:
    files = emit_make(service, EmitOptions()).files
    shown = [name for name, text in files.items() if name.startswith("modules/") and b'"pin"' in text]
    assert shown == ["modules/createAccount/createAccount.mappable-params.iml.json"]
    asked = json.loads(files[shown[0]])
    assert "number" not in [parameter["name"] for parameter in asked]


def test_zapier_shows_it_in_the_form_alone(service: Service) -> None:
    definition = json.loads(emit_zapier(service, EmitOptions()).files["definition.json"])
    steps = [step["operation"] for kind in ("creates", "searches", "triggers") for step in definition[kind].values()]
    assert len(steps) >= 2
    for step in steps:
        assert "pin" not in json.dumps([step["outputFields"], step["sample"]])
        assert "number" not in [field["key"] for field in step.get("inputFields", ())]
    assert "pin" in json.dumps([step.get("inputFields") for step in steps])


def test_forms_ask_for_what_is_written(service: Service) -> None:
    operation = service.operation("createAccount")
    assert operation is not None
    assert "pin" in _names(operation.fields) and "number" not in _names(operation.fields)


def _names(fields: tuple[Field, ...]) -> list[str]:
    found: list[Any] = [[field.name, *_names(field.fields)] for field in fields]
    return [name for names in found for name in names]

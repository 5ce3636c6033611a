"""Unix seconds are dates for people, in the form of every platform."""

from __future__ import annotations

import json
from pathlib import Path

from specloom.generator.make.emit import emit as emit_make
from specloom.generator.n8n.emit import emit as emit_n8n
from specloom.generator.platforms import EmitOptions
from specloom.generator.zapier.emit import emit as emit_zapier
from specloom.schemas.http.serialization import to_wire
from specloom.schemas.load import load
from specloom.schemas.model import Service

DOCUMENT = """
openapi: 3.0.3
info: {title: Alarms, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /alarms:
    post:
      operationId: setAlarm
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [at]
              properties: {at: {type: integer, format: unix-time, default: 1714557600}}
      responses: {"200": {description: ok}}
"""
SHOWN = "2024-05-01T10:00:00.000Z"


def _service(folder: Path) -> Service:
    path = folder / "alarms.yaml"
    path.write_text(DOCUMENT, "utf-8")
    return load(path).service


def test_every_form_asks_for_a_date(tmp_path: Path) -> None:
    service = _service(tmp_path)
    make = emit_make(service, EmitOptions()).files
    asked = json.loads(make["modules/setAlarm/setAlarm.mappable-params.iml.json"])[0]
    assert (asked["type"], asked["default"]) == ("date", SHOWN)
    zapier = json.loads(emit_zapier(service, EmitOptions()).files["app.json"])
    [field] = [one for one in zapier["fields"].values() if one["key"] == "at" and "type" in one]
    assert (field["type"], field["default"]) == ("datetime", SHOWN)
    n8n = b"".join(emit_n8n(service, EmitOptions()).files.values()).decode()
    assert '"dateTime"' in n8n and SHOWN in n8n


def test_a_default_that_is_no_date_stays(tmp_path: Path) -> None:
    path = tmp_path / "alarms.yaml"
    path.write_text(DOCUMENT.replace("1714557600", "99999999999999"), "utf-8")
    zapier = json.loads(emit_zapier(load(path).service, EmitOptions()).files["app.json"])
    assert "99999999999999" in [one.get("default") for one in zapier["fields"].values()]


def test_dates_become_seconds_and_seconds_stay(tmp_path: Path) -> None:
    operation = _service(tmp_path).operations[0]
    sent = [to_wire(operation, {"at": given}).body for given in (SHOWN, "2024-05-01", "1714557600", 1714557600)]
    assert sent == [{"at": 1714557600}, {"at": 1714521600}, {"at": 1714557600}, {"at": 1714557600}]

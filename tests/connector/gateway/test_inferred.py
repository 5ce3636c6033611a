"""What `build` infers, the gateway and the emulator know too: they read documents by the same function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.connector.server.local import LocalGateway
from specloom.connector.settings import read_settings, variable
from specloom.schemas.interpretation import DocumentToRead

DOCUMENT = """\
openapi: 3.0.3
info: {title: Texts, version: "1"}
x-specloom: {key: texts}
servers: [{url: "https://api.texts.example"}]
paths:
  /mails:
    post:
      operationId: mails/send
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {to: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /texts:
    post:
      operationId: createText
      summary: Transcribe audio
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [audio_url], properties: {audio_url: {type: string}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Text'}}}}}
  /texts/{text_id}:
    get:
      operationId: getText
      parameters: [{name: text_id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Text'}}}}}
components:
  schemas:
    Text:
      type: object
      properties:
        id: {type: string}
        status: {type: string, enum: [queued, processing, completed, error]}
        text: {type: string, example: hello}
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: Quicker, version: "1"}
x-specloom-reviewed: true
actions:
  - target: $.paths['/texts'].post
    update: {x-specloom: {result: {type: text, text: $response.body#/id}}}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "texts.yaml"
    path.write_text(DOCUMENT)
    return path


def _served(document: DocumentToRead, folder: Path) -> Iterator[str]:
    server = EmulatorServer([document])
    with server:
        told = {variable("texts", "base_url"): server.base_url("texts")}
        local = LocalGateway(read_settings(told, data=folder, port=0), documents=[document])
        local.start()
        try:
            yield local.url
        finally:
            local.stop()


@pytest.fixture
def gateway(document: Path, tmp_path: Path) -> Iterator[str]:
    yield from _served(DocumentToRead(path=document), tmp_path / "data")


@pytest.fixture
def overlaid(document: Path, tmp_path: Path) -> Iterator[str]:
    overlay = tmp_path / "quick.overlay.yaml"
    overlay.write_text(OVERLAY)
    yield from _served(DocumentToRead(path=document, overlays=(overlay,)), tmp_path / "data")


def test_an_inferred_job_is_awaited(gateway: str) -> None:
    reply = requests.post(f"{gateway}/run/texts/createText", json={"audio_url": "https://a.example/b.mp3"}, timeout=60)
    told = reply.json()
    assert (reply.status_code, told["status"], told["type"]) == (200, "succeeded", "text"), told
    assert told["text"]


@pytest.mark.parametrize("name", ["mails%2Fsend", "mails/send"])
def test_a_slash_in_an_operation_id(gateway: str, name: str) -> None:
    assert (
        requests.post(f"{gateway}/run/texts/{name}", json={"to": "a"}, timeout=60).json()["operation"] == "mails/send"
    )


def test_an_overlay_decides_for_the_gateway_too(overlaid: str) -> None:
    told = requests.post(f"{overlaid}/run/texts/createText", json={"audio_url": "https://a/b"}, timeout=60).json()
    assert told["type"] == "text" and told["text"] == told["raw"]["id"]

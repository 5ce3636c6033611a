"""Documents of the user's own: what the five services do not have."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from specloom.schemas.load import load
from tests.connector.gateway.harness import KEY_ONE, GatewayServer, running

DOCUMENT = """\
x-specloom: {key: studio}
servers: [{url: 'https://{region}.studio.example/v2', variables: {region: {default: eu}}}]
security: [{key: []}]
paths:
  /speak:
    post:
      operationId: speak
      x-specloom: {result: {type: audio}}
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [text], properties: {text: {type: string}, speed: {type: number}}}
      responses: {"200": {description: ok, content: {audio/mpeg: {schema: {}}}}}
  /voices:
    query:
      operationId: searchVoices
      x-specloom: {result: {type: none}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {accent: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /trim:
    post:
      operationId: trim
      x-specloom: {result: {type: file, url: $response.body#/url}}
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [sound]
              properties: {sound: {type: string, format: binary}, seconds: {type: integer}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /masters/{name}:
    get:
      operationId: getMaster
      x-specloom: {result: {type: audio}}
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {audio/flac: {schema: {}}}}}
  /uploads:
    servers: [{url: 'https://uploads.studio.example/raw'}]
    post:
      operationId: upload
      x-specloom: {result: {type: none}}
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api_key}}
"""
LARGE = 30 * 2**20


class Studio:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.methods: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.methods.append(self.command)
                outer.requests.append((self.path, dict(self.headers), body))
                kind, reply = "application/json", b'{"url": "https://cdn.example.com/x.mp3"}'
                if "/speak" in self.path:
                    kind, reply = "audio/mpeg", b"ID3 spoken"
                elif "/masters" in self.path:
                    kind, reply = "audio/flac", b"fLaC" * (LARGE // 4)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST = do_QUERY = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def studio() -> Iterator[Studio]:
    server = Studio()
    yield server
    server.stop()


@pytest.fixture
def gateway(document: Callable[[str], Path], studio: Studio, tmp_path: Path) -> Iterator[GatewayServer]:
    known = {"studio": load(document(DOCUMENT)).service}
    environ = {"SPECLOOM_STUDIO_BASE_URL": f"{studio.url}/moved/v2", "SPECLOOM_API_KEYS": KEY_ONE}
    environ |= {"SPECLOOM_STUDIO_API_KEY": "studio key&more"}
    with running(tmp_path / "data", environ=environ, known=known) as server:
        yield server


def test_a_form_that_answers_with_sound(gateway: GatewayServer, studio: Studio) -> None:
    """On /run the bytes become a file behind a link; drop-in they stream."""
    inputs = {"text": "a & b", "speed": 1.5}
    result = gateway.run("studio", "speak", inputs, key=KEY_ONE).json()
    path, headers, body = studio.requests[-1]
    assert path == "/moved/v2/speak?api_key=studio%20key%26more" and body == b"text=a+%26+b&speed=1.5"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert result["items"][0]["content_type"] == "audio/mpeg" and result["items"][0]["file_size"] == 10
    assert requests.get(result["audio_url"], timeout=5).content == b"ID3 spoken"
    through = gateway.call("POST", "/studio/v2/speak", key=KEY_ONE, data={"text": "x"})
    assert through.content == b"ID3 spoken" and through.headers["Content-Type"] == "audio/mpeg"


def test_a_file_in_a_form(gateway: GatewayServer, studio: Studio) -> None:
    sound = {"data": base64.b64encode(b"RIFF....").decode(), "file_name": "a.wav", "content_type": "audio/wav"}
    reply = gateway.run("studio", "trim", {"sound": sound, "seconds": 3}, key=KEY_ONE)
    assert reply.status_code == 200 and reply.json()["file_url"].endswith("x.mp3")
    body = studio.requests[-1][2]
    assert b'filename="a.wav"' in body and b"Content-Type: audio/wav" in body and b"RIFF...." in body
    wrong = gateway.run("studio", "trim", {"sound": "no base64!"}, key=KEY_ONE)
    assert wrong.status_code == 400 and "base64" in wrong.json()["error"]["message"]


def test_an_operation_with_a_server_of_its_own(gateway: GatewayServer, studio: Studio) -> None:
    """Where the base URL is moved, it moves along."""
    operation = gateway.process.shared.endpoints.get("studio", "upload")
    assert operation is not None and operation.base_url == f"{studio.url}/moved/raw"


def test_a_query_keeps_its_method(gateway: GatewayServer, studio: Studio) -> None:
    """QUERY is OpenAPI 3.2's: a read with a body."""
    assert gateway.run("studio", "searchVoices", {"accent": "scots"}, key=KEY_ONE).status_code == 200
    through = gateway.call("QUERY", "/studio/v2/voices", key=KEY_ONE, json={"accent": "scots"})
    assert through.status_code == 200 and through.json()["url"]
    assert studio.methods == ["QUERY"] * 2
    assert [path.partition("?")[0] for path, _, _ in studio.requests] == ["/moved/v2/voices"] * 2
    assert [loads(body) for _, _, body in studio.requests] == [{"accent": "scots"}] * 2


def test_a_large_file_streams_through(gateway: GatewayServer, studio: Studio) -> None:
    reply = gateway.call("GET", "/studio/v2/masters/one%20two.flac", key=KEY_ONE, stream=True)
    assert reply.headers["Content-Length"] == str(LARGE)
    assert next(reply.iter_content(4)) == b"fLaC"
    digest = hashlib.sha256(b"fLaC")
    for chunk in reply.iter_content(65536):
        digest.update(chunk)
    assert digest.digest() == hashlib.sha256(b"fLaC" * (LARGE // 4)).digest()
    assert studio.requests[-1][0].startswith("/moved/v2/masters/one%20two.flac?api_key=")


@pytest.mark.parametrize("path", ["/studio/v2/nothing", "/studio/v1/speak", "/studio/", "/studio/v2/masters/a/b"])
def test_the_document_is_the_route_table(gateway: GatewayServer, studio: Studio, path: str) -> None:
    assert gateway.call("POST", path, key=KEY_ONE, data=b"x").status_code == 404
    assert studio.requests == []


@pytest.mark.parametrize("name", ["..", "%2e%2e", ".", "..%2f..%2fadmin", "%2e%2e%5cx", "a%252f..%252fb", "%252e%252e"])
def test_a_path_cannot_climb(gateway: GatewayServer, studio: Studio, name: str) -> None:
    """Sent as it stands: clients tidy such paths up before they send them."""
    import http.client

    host = gateway.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", f"/studio/v2/masters/{name}", headers={"X-Specloom-Key": KEY_ONE})
    assert connection.getresponse().status == 400
    connection.close()
    reply = gateway.run("studio", "getMaster", {"name": unquote(name)}, key=KEY_ONE)
    assert reply.status_code == 400 and "name may hold no part that is '.' or '..'" in reply.json()["error"]["message"]
    assert studio.requests == []


def test_a_slash_in_a_path_value_stays_one(gateway: GatewayServer, studio: Studio) -> None:
    gateway.run("studio", "getMaster", {"name": "group/project"}, key=KEY_ONE)
    gateway.call("GET", "/studio/v2/masters/group%2Fproject", key=KEY_ONE)
    assert [path.partition("?")[0] for path, _, _ in studio.requests] == ["/moved/v2/masters/group%2Fproject"] * 2


def test_methods(gateway: GatewayServer) -> None:
    reply = gateway.call("PUT", "/studio/v2/speak", key=KEY_ONE)
    assert reply.status_code == 405 and reply.headers["Allow"] == "POST"
    assert gateway.call("OPTIONS", "/studio/v2/speak").status_code == 405  # no page may call it from a browser

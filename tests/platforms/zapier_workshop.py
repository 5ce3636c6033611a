"""A service that answers as it is told and notes what arrives, and a document with what the bundled ones lack."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

DOCUMENT = """\
openapi: 3.1.0
info: {title: Workshop, version: 1.0.0}
x-specloom:
  key: workshop
  connection: {operation: getMe, label: $response.body#/name}
  errors: {message: $response.body#/error, retry_after: $response.header.Retry-After}
servers: [{url: "https://api.example.com/v1"}]
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Event: {type: object, properties: {id: {type: string}, kind: {type: string}, note: {type: string}}}
paths:
  /me:
    get: {operationId: getMe, tags: [Account], responses: {"200": {description: ok, content: {application/json: {example: {name: Ada}}}}}}
  /hooks:
    post:
      operationId: subscribe
      tags: [Hook]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [target], properties: {target: {type: string, format: uri}, kinds: {type: array, items: {type: string}}}}
      callbacks:
        somethingHappened:
          '{$request.body#/target}':
            post:
              summary: Something Happened
              description: Triggers when something happens.
              requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Event'}, example: {id: evt_1, kind: made, note: hello}}}}
              responses: {"200": {description: ok}}
      responses:
        "201":
          description: made
          content: {application/json: {example: {id: hook_1}}}
          links: {stop: {operationId: unsubscribe, parameters: {hook_id: $response.body#/id}}}
  /hooks/{hook_id}:
    delete:
      operationId: unsubscribe
      tags: [Hook]
      parameters: [{name: hook_id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
  /files:
    post:
      operationId: upload
      tags: [File]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties: {file: {type: string, format: binary}, title: {type: string}, size: {type: object, properties: {width: {type: integer}}}}
      responses: {"200": {description: ok, content: {application/json: {example: {id: f1}}}}}
  /search:
    query:
      operationId: searchFiles
      tags: [File]
      requestBody: {content: {application/json: {schema: {type: object, properties: {kind: {type: string}}}}}}
      responses: {"200": {description: ok, content: {application/json: {example: {id: f1}}}}}
  /render:
    post:
      operationId: render
      tags: [File]
      x-specloom: {result: {type: file}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {prompt: {type: string}}}}}}
      responses: {"200": {description: bytes, content: {application/pdf: {}}}}
  /orders/{order id}/lines:
    put:
      operationId: putLines
      tags: [Order]
      parameters:
        - {name: order id, in: path, required: true, schema: {type: string}}
        - {name: tags, in: query, explode: false, style: form, schema: {type: array, items: {type: string}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: flavour, in: cookie, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                lines:
                  type: array
                  items:
                    type: object
                    required: [sku]
                    properties: {sku: {type: string}, count: {type: integer}, size: {type: object, properties: {width: {type: number}}}}
                notes: {type: object, additionalProperties: {type: string}}
                image: {type: string, contentEncoding: base64, x-specloom: {file: base64}}
                ship:
                  type: object
                  properties: {street: {type: string}, when: {type: string, format: date}, geo: {type: object, properties: {lat: {type: number}}}}
                free: {}
      responses: {"200": {description: ok, content: {application/json: {example: {ok: true}}}}}
"""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that did not wait for the answer is what some tests are about."""


class StandIn:
    """A service, and a file host, that notes what arrives and answers by path."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = self.path.partition("?")[0]
                headers = {k.lower(): v for k, v in self.headers.items()}
                stand_in.calls.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
                status, extra, content = stand_in.answers.get(f"{self.command} {path}", (200, {}, b"{}"))
                self.send_response(status)
                for name, value in {"content-type": "application/json", **extra}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_DELETE = do_QUERY = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def json(self, route: str, body: Any, status: int = 200, **headers: str) -> None:
        self.answers[route] = (status, headers, json.dumps(body).encode())

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def auth(stand_in: StandIn, **more: str) -> dict[str, str]:
    return {"base_url": stand_in.url, "api_key": "the-key-0123456789", **more}

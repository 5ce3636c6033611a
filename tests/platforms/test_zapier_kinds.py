"""What the bundled services have no use for: other ways to sign in, hooks, files in, lists, dictionaries, a gateway."""

from __future__ import annotations

import base64
import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.load import load
from schemas.model import Auth, Choice, Service
from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_apps import SERVICES, Listener, write_app

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
PDF = b"%PDF-1.4 made by the stand-in \xff\x00"


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

            do_POST = do_PUT = do_DELETE = do_GET

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


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Service:
    path = tmp_path_factory.mktemp("workshop") / "workshop.yaml"
    path.write_text(DOCUMENT)
    return load(path).service


@pytest.fixture(scope="module")
def app(workshop: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(workshop, tmp_path_factory.mktemp("apps") / "workshop")


def auth(stand_in: StandIn, **more: str) -> dict[str, str]:
    return {"base_url": stand_in.url, "api_key": "the-key-0123456789", **more}


def test_it_is_sound(zapier: Zapier, app: Path) -> None:
    assert zapier.schema_errors(app) == []


def test_a_zap_subscribes_hears_and_unsubscribes(zapier: Zapier, app: Path, stand_in: StandIn) -> None:
    stand_in.json("POST /hooks", {"id": "hook 9/1"}, 201)
    stand_in.answers["DELETE /hooks/hook%209%2F1"] = (204, {}, b"")
    trigger = "triggers.somethingHappened.operation"
    bundle = {"authData": auth(stand_in), "targetUrl": "https://hooks.zapier.com/x", "inputData": {"kinds": ["made"]}}
    subscribed = zapier.run(app, f"{trigger}.performSubscribe", bundle).results
    assert json.loads(stand_in.calls[0]["body"]) == {"target": "https://hooks.zapier.com/x", "kinds": ["made"]}
    heard = zapier.run(app, f"{trigger}.perform", {"cleanedRequest": {"id": "evt_7", "kind": "made"}}).results
    assert heard == [{"id": "evt_7", "kind": "made"}]
    assert zapier.run(app, f"{trigger}.performList").results == [{"id": "evt_1", "kind": "made", "note": "hello"}]
    for _ in range(2):
        zapier.run(app, f"{trigger}.performUnsubscribe", {"authData": auth(stand_in), "subscribeData": subscribed})
        stand_in.json("DELETE /hooks/hook%209%2F1", {"error": "gone"}, 404)
    assert [call["path"] for call in stand_in.calls[1:]] == ["/hooks/hook%209%2F1"] * 2


def test_a_file_goes_up_as_multipart(zapier: Zapier, app: Path, stand_in: StandIn) -> None:
    name = {"content-type": "image/png", "content-disposition": 'attachment; filename="é b.png"'}
    stand_in.answers["GET /from/zapier"] = (200, name, b"\x89PNG bytes")
    inputs = {"file": f"{stand_in.url}/from/zapier", "title": 'Ünï "x"', "size_width": 3}
    zapier.run(app, "creates.upload.operation.perform", {"authData": auth(stand_in), "inputData": inputs})
    fetched, sent = stand_in.calls
    assert "x-key" not in fetched["headers"], "the key went to where the file is"
    boundary = re.match(r"multipart/form-data; boundary=(\S+)", sent["headers"]["content-type"])
    assert boundary and sent["headers"]["x-key"] == "the-key-0123456789"
    parts = sent["body"].split(f"--{boundary[1]}".encode())
    assert len(parts) == 5 and parts[-1] == b"--\r\n"
    assert b'name="file"; filename="' in parts[1] and b"content-type: image/png\r\n\r\n\x89PNG bytes\r\n" in parts[1]
    assert parts[2].endswith('name="title"\r\n\r\nÜnï "x"\r\n'.encode())
    assert b'{"width":3}' in parts[3]


def test_a_reply_of_bytes_is_stored(zapier: Zapier, app: Path, stand_in: StandIn) -> None:
    stand_in.answers["POST /render"] = (200, {"content-type": "application/pdf"}, PDF)
    bundle = {"authData": auth(stand_in), "inputData": {"prompt": "x"}}
    result = zapier.run(app, "creates.render.operation.perform", bundle).results
    assert result["file"].startswith("http") and result["content_type"] == "application/pdf"
    stand_in.json("POST /render", {"error": "no paper"}, 500)
    with pytest.raises(AppError, match="no paper"):
        zapier.run(app, "creates.render.operation.perform", bundle)


def test_nested_bodies_are_rebuilt(zapier: Zapier, app: Path, stand_in: StandIn) -> None:
    stand_in.answers["GET /a.png"] = (200, {"content-type": "image/png"}, b"png")
    inputs = {
        "order_id": "a/b ü", "tags": ["x", "y z"], "X_Trace": "t", "flavour": "mint",
        "lines": [{"lines_sku": "s1", "lines_count": 2, "lines_size_width": 1.5}, {"lines_sku": "s2", "lines_count": ""}],
        "notes": {"a": "1", "": "x"}, "image": f"{stand_in.url}/a.png",
        "ship_street": "", "ship_when": "2031-02-03T09:00:00+01:00", "ship_geo_lat": 0,
        "free": '{"any": [1]}',
    }  # fmt: skip
    zapier.run(app, "creates.putLines.operation.perform", {"authData": auth(stand_in), "inputData": inputs})
    sent = stand_in.calls[-1]
    assert sent["path"] == "/orders/a%2Fb%20%C3%BC/lines?tags=x,y%20z"
    assert sent["headers"]["x-trace"] == "t" and sent["headers"]["cookie"] == "flavour=mint"
    assert json.loads(sent["body"]) == {
        "lines": [{"sku": "s1", "count": 2, "size": {"width": 1.5}}, {"sku": "s2"}],
        "notes": {"a": "1"},
        "image": base64.b64encode(b"png").decode(),
        "ship": {"when": "2031-02-03", "geo": {"lat": 0}},
        "free": {"any": [1]},
    }


AUTHS = {
    "header": (Auth(kind="apiKey", name="X-Key"), {"x-key": "the-key-0123456789"}, ""),
    "bearer": (Auth(kind="apiKey", name="Authorization", value_prefix="Bearer "), {"authorization": "Bearer the-key-0123456789"}, ""),
    "query": (Auth(kind="apiKey", location="query", name="api key"), {}, "?api%20key=the-key-0123456789"),
    "cookie": (Auth(kind="apiKey", location="cookie", name="sid"), {"cookie": "sid=the-key-0123456789"}, ""),
    "basic": (Auth(kind="http", scheme="basic"), {"authorization": "Basic " + base64.b64encode("ädä:p:w".encode()).decode()}, ""),
}


@pytest.mark.parametrize("kind", AUTHS)
def test_ways_to_sign_in(kind: str, zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme, headers, query = AUTHS[kind]
    app = write_app(replace(workshop, auth=scheme), tmp_path / kind)
    assert zapier.schema_errors(app) == []
    stand_in.json("GET /me", {"name": "Ada"})
    given = auth(stand_in, username="ädä", password="p:w")
    tested = zapier.run(app, "authentication.test", {"authData": given}).results
    (call,) = stand_in.calls
    assert headers.items() <= call["headers"].items() and call["path"] == "/me" + query
    assert tested["label"] == "Ada"
    named = zapier.run(app, "authentication.connectionLabel", {"authData": given, "inputData": tested}).results
    assert named == "Ada"
    stand_in.json("GET /me", {"error": "who are you?"}, 401)
    with pytest.raises(AppError, match="who are you"):
        zapier.run(app, "authentication.test", {"authData": given})


def test_oauth_2_with_refresh(zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme = Auth(
        kind="oauth2", flow="authorizationCode", authorization_url="https://api.example.com/authorize?x=1",
        token_url=f"{stand_in.url}/token", scopes=(Choice(value="read", label="Read"), Choice(value="write", label="Write")),
    )  # fmt: skip
    app = write_app(replace(workshop, auth=scheme), tmp_path / "oauth")
    assert zapier.schema_errors(app) == []
    place = "authentication.oauth2Config"
    asked = {"inputData": {"redirect_uri": "https://zapier.com/return", "state": "s&1"}}
    url = zapier.run(app, f"{place}.authorizeUrl", asked).results
    assert "&response_type=code&" in url and "scope=read%20write" in url and "state=s%261" in url
    stand_in.json("POST /token", {"access_token": "first", "refresh_token": "again", "expires_in": 60})
    exchange = {"inputData": {"code": "c", "redirect_uri": "https://zapier.com/return", "code_verifier": "v"}}
    assert zapier.run(app, f"{place}.getAccessToken", exchange).results["refresh_token"] == "again"
    assert b"code_verifier=v" in stand_in.calls[0]["body"]
    stand_in.json("POST /token", {"access_token": "second"})
    refreshed = zapier.run(app, f"{place}.refreshAccessToken", {"authData": {"refresh_token": "again"}}).results
    assert refreshed == {"access_token": "second", "refresh_token": "again"}
    stand_in.json("GET /me", {"error": "expired"}, 401)
    with pytest.raises(AppError) as raised:
        zapier.run(app, "searches.getMe.operation.perform", {"authData": {"base_url": stand_in.url, "access_token": "second"}})
    assert raised.value.name == "RefreshAuthError"
    assert stand_in.calls[-1]["headers"]["authorization"] == "Bearer second"


def test_tokens_without_a_person(zapier: Zapier, workshop: Service, stand_in: StandIn, tmp_path: Path) -> None:
    scheme = Auth(kind="oauth2", flow="clientCredentials", token_url=f"{stand_in.url}/token")
    app = write_app(replace(workshop, auth=scheme), tmp_path / "session")
    assert zapier.schema_errors(app) == []
    stand_in.json("POST /token", {"access_token": "made"})
    given = {"client_id": "i", "client_secret": "s"}
    made = zapier.run(app, "authentication.sessionConfig.perform", {"authData": given}).results
    assert made["access_token"] == "made" and b"grant_type=client_credentials" in stand_in.calls[0]["body"]


def test_no_credential_and_no_address_to_ask_for(zapier: Zapier, workshop: Service, tmp_path: Path) -> None:
    app = write_app(replace(workshop, auth=Auth()), tmp_path / "open")
    assert zapier.schema_errors(app) == []


ERRORS = [
    (402, {}, "Error", "InsufficientCredits"), (403, {}, "Error", "Forbidden"), (400, {}, "Error", "InvalidRequest"),
    (404, {}, "Error", "NotFound"), (500, {}, "Error", "Try again later"), (503, {}, "Error", "Try again later"),
    (401, {}, "ExpiredAuthError", "told why"), (429, {"retry-after": "7"}, "ThrottledError", '"delay":7'),
    (429, {}, "ThrottledError", '"delay":60'),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "name", "text"), ERRORS)
def test_errors_say_what_zapier_acts_on(
    zapier: Zapier, app: Path, stand_in: StandIn, status: int, headers: dict[str, str], name: str, text: str
) -> None:
    stand_in.json("PUT /orders/1/lines", {"error": "told why"}, status, **headers)
    with pytest.raises(AppError, match="told why") as raised:
        zapier.run(app, "creates.putLines.operation.perform", {"authData": auth(stand_in), "inputData": {"order_id": "1"}})
    assert name in raised.value.name and text in raised.value.message


def test_nobody_there(zapier: Zapier, app: Path, stand_in: StandIn) -> None:
    bundle = {"authData": {**auth(stand_in), "base_url": "http://127.0.0.1:9"}, "inputData": {"order_id": "1"}}
    with pytest.raises(AppError, match="cannot be reached"):
        zapier.run(app, "creates.putLines.operation.perform", bundle)
    bundle["authData"]["base_url"] = "ftp://127.0.0.1"
    with pytest.raises(AppError, match="look at the address in the connection"):
        zapier.run(app, "creates.putLines.operation.perform", bundle)


@pytest.mark.parametrize("status", [302, 307])
def test_the_key_never_crosses_a_redirect(zapier: Zapier, app: Path, stand_in: StandIn, status: int) -> None:
    other = StandIn()
    try:
        stand_in.answers["GET /me"] = (status, {"location": f"{other.url}/me"}, b"")
        with pytest.raises(AppError, match="redirect to another server"):
            zapier.run(app, "searches.getMe.operation.perform", {"authData": auth(stand_in)})
        assert other.calls == []
        stand_in.answers["GET /me"] = (status, {"location": "/you"}, b"")
        stand_in.json("GET /you", {"name": "Ada"})
        (found,) = zapier.run(app, "searches.getMe.operation.perform", {"authData": auth(stand_in)}).results
        assert found["raw"] == {"name": "Ada"}
    finally:
        other.stop()


# The gateway: what cannot be waited for in a step.


def result(status: str, **more: Any) -> dict[str, Any]:
    done = status == "succeeded"
    items = [{"type": "video", "url": "https://cdn.example.com/v.mp4"}] if done else []
    url = {"video_url": "https://cdn.example.com/v.mp4"} if done else {}
    return {"success": True, "status": status, "type": "video", "items": items, "id": None, "job_id": "job 1", **url, **more}


@pytest.fixture(scope="module")
def mayanio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(SERVICES["mayanio"], tmp_path_factory.mktemp("apps") / "mayanio")


def test_a_slow_step_runs_through_the_gateway(zapier: Zapier, mayanio: Path, stand_in: StandIn) -> None:
    given = {"api_key": "k", "host": "mayanio.example.com", "gateway_url": f"{stand_in.url}/", "gateway_key": "slk_1"}
    stand_in.json("POST /run/mayanio/generateVideo", result("queued"), 202, location="/jobs/job%201")
    listener = Listener()
    step = "creates.generateVideo.operation"
    bundle = {"authData": given, "inputData": {"prompt": "a cat"}}
    begun = zapier.run(mayanio, f"{step}.perform", bundle, callback_url=listener.url)
    call = stand_in.calls[0]
    assert begun.waiting and begun.results["job_id"] == "job 1"
    assert call["headers"]["specloom-callback"] == listener.url and call["headers"]["prefer"] == "respond-async"
    assert call["headers"]["authorization"] == "Bearer k" and call["headers"]["x-specloom-key"] == "slk_1"
    assert json.loads(call["body"])["prompt"] == "a cat"
    stand_in.json("GET /jobs/job%201", result("succeeded"))
    resumed = {"authData": given, "outputData": begun.results, "cleanedRequest": {"video_url": "https://evil.example.com"}}
    done = zapier.run(mayanio, f"{step}.performResume", resumed).results
    assert done["video_url"] == "https://cdn.example.com/v.mp4" and done["file"].startswith("hydrate|||")
    stand_in.json("GET /jobs/job%201", {**result("failed"), "success": False, "error": {"type": "insufficient_credits", "message": "no points", "status": 402}})
    with pytest.raises(AppError, match="InsufficientCredits"):
        zapier.run(mayanio, f"{step}.performResume", resumed)
    listener.stop()


def test_while_a_zap_is_built_the_gateway_is_waited_for(zapier: Zapier, mayanio: Path, stand_in: StandIn) -> None:
    given = {"api_key": "k", "host": "mayanio.example.com", "gateway_url": stand_in.url}
    stand_in.json("POST /run/mayanio/generateVideo", result("succeeded"))
    bundle = {"authData": given, "inputData": {"prompt": "a cat"}, "meta": {"isLoadingSample": True}}
    tried = zapier.run(mayanio, "creates.generateVideo.operation.perform", bundle, callback_url="https://never.example.com")
    assert not tried.waiting and tried.results["video_url"]
    assert re.fullmatch(r"wait=2[0-5]", stand_in.calls[0]["headers"]["prefer"])
    stand_in.json("GET /jobs/job%201", result("running"))
    search = {"authData": given, "inputData": {"id": "job 1", "step": "generateVideo"}}
    (found,) = zapier.run(mayanio, "searches.get_result.operation.perform", search).results
    assert found["status"] == "running"
    stand_in.json("GET /jobs/none", {"error": {"type": "not_found", "message": "no such job"}}, 404)
    search["inputData"] = {"id": "none", "step": "generateVideo"}
    assert zapier.run(mayanio, "searches.get_result.operation.perform", search).results == []


def test_an_answer_that_does_not_come(zapier: Zapier, stand_in: StandIn, tmp_path: Path) -> None:
    app = write_app(SERVICES["mayanio"], tmp_path / "late")
    data = json.loads((app / "app.json").read_text())
    data["limits"] |= {"step": 0.4, "wait": 0.3}
    (app / "app.json").write_text(json.dumps(data))
    release = threading.Event()
    plain = stand_in.answers.get

    class Slow(dict[str, tuple[int, dict[str, str], bytes]]):
        def get(self, key: str, default: Any = None) -> Any:
            release.wait(3)
            return plain(key, default)

    stand_in.answers = Slow()
    bundle = {"authData": {"api_key": "k", "base_url": stand_in.url}, "inputData": {"prompt": "a cat"}}
    with pytest.raises(AppError, match="may have been carried out.*gateway") as raised:
        zapier.run(app, "creates.generateVideo.operation.perform", bundle)
    release.set()
    assert "Timeout" in raised.value.message


def test_what_takes_longer_than_a_step_returns_the_id(zapier: Zapier, stand_in: StandIn, tmp_path: Path) -> None:
    app = write_app(SERVICES["tuneforge"], tmp_path / "tuneforge")
    data = json.loads((app / "app.json").read_text())
    data["limits"]["wait"] = 1.5
    data["service"]["operations"]["generateMusic"]["job"]["interval"] = 0.2
    (app / "app.json").write_text(json.dumps(data))
    stand_in.json("POST /music/generate", {"request_id": "req_1", "status": "queued"}, 201)
    stand_in.json("GET /music/status/req_1", {"request_id": "req_1", "status": "dreaming", "tracks": []})
    bundle = {"authData": {"api_key": "k", "base_url": stand_in.url}, "inputData": {"prompt": "la"}}
    outcome = zapier.run(app, "creates.generateMusic.operation.perform", bundle)
    assert outcome.results["status"] == "running" and outcome.results["id"] == "req_1" and not outcome.waiting
    polls = [call for call in stand_in.calls if call["method"] == "GET"]
    assert 2 <= len(polls) <= 8
    stand_in.json("GET /music/status/req_1", {"request_id": "req_1", "status": "failed", "error": "no inspiration"})
    with pytest.raises(AppError, match="no inspiration"):
        zapier.run(app, "creates.generateMusic.operation.perform", bundle)

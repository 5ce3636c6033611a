"""Replies that are no JSON: events, lines, XML, texts in other charsets; and JSON that is declared as anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.media.decoding import decode

DOCUMENT = """\
openapi: 3.1.0
info: {title: Streams, version: "1"}
x-specloom: {key: streams}
servers: [{url: "https://api.example.com"}]
paths:
  /chat: {post: {operationId: chat, requestBody: {content: {application/json: {schema: {type: object, properties: {prompt: {type: string}}}}}}, responses: {"200": {description: ok, content: {text/event-stream: {schema: {type: string}}}}}}}
  /told: {post: {operationId: told, responses: {"200": {description: ok, content: {text/event-stream: {example: "data: Hel\\n\\ndata: lo\\n\\n"}}}}}}
  /rows: {get: {operationId: rows, responses: {"200": {description: ok, content: {application/x-ndjson: {example: [{id: 1}, {id: 2}]}}}}}}
  /feed: {get: {operationId: feed, responses: {"200": {description: ok, content: {application/xml: {schema: {type: object, xml: {name: feed}, properties: {id: {type: integer, xml: {attribute: true}}, title: {type: string}}}}}}}}}
  /table: {get: {operationId: table, responses: {"200": {description: ok, content: {"text/csv; charset=iso-8859-1": {example: größe}}}}}}
  /any: {post: {operationId: any, responses: {"200": {description: ok, content: {"*/*": {schema: {type: object, properties: {id: {type: integer}}}}}}}}}
"""


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorServer]:
    path = tmp_path_factory.mktemp("streams") / "streams.yaml"
    path.write_text(DOCUMENT, "utf-8")
    server = EmulatorServer([path]).start()
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body"),
    [
        ("POST", "/told", "text/event-stream", {"text": "Hello", "events": ["Hel", "lo"]}),
        ("GET", "/rows", "application/x-ndjson", [{"id": 1}, {"id": 2}]),
        ("GET", "/feed", "application/xml", '<feed id="1"><title>text</title></feed>'),
        ("GET", "/table", "text/csv; charset=iso-8859-1", "größe"),
    ],
)
def test_replies_in_their_media_type(
    streams: EmulatorServer, method: str, path: str, content_type: str, body: object
) -> None:
    reply = requests.request(
        method, streams.base_url("streams") + path, json={} if method == "POST" else None, timeout=5
    )
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, content_type)
    assert decode(reply.content, content_type, content_type) == body


def test_an_answer_is_streamed_word_by_word(streams: EmulatorServer) -> None:
    reply = requests.post(streams.base_url("streams") + "/chat", json={"prompt": "x"}, timeout=5)
    assert reply.text.endswith("data: [DONE]\n\n")
    read = decode(reply.content, reply.headers["Content-Type"])
    assert read["text"] == "Hello, how can I help?" and len(read["events"]) == 5


def test_what_is_declared_as_anything_is_json(streams: EmulatorServer) -> None:
    reply = requests.post(streams.base_url("streams") + "/any", timeout=5)
    assert reply.headers["Content-Type"] == "application/json" and set(reply.json()) == {"id"}

"""Calls as snippets show them: curl in three shells, fetch, axios, requests, HTTP messages."""

from __future__ import annotations

from typing import Any

import pytest

from specloom.schemas.draft.facts import Request
from specloom.schemas.draft.snippets import code, curl, http_message

URL = "https://api.acme.dev/v1/things"

CURL: dict[str, tuple[str, dict[str, Any]]] = {
    "bare": (f"curl {URL}", {"method": "GET"}),
    "method": (f"curl -X DELETE {URL}/7", {"method": "DELETE", "url": f"{URL}/7"}),
    "joined method": (f"curl -XPUT {URL}", {"method": "PUT"}),
    "long options": (f"curl --request PATCH --url {URL} --header 'X-Mode: fast'", {"method": "PATCH", "headers": {"X-Mode": "fast"}}),
    "with =": (f"curl --request=POST --url={URL} --data='{{\"a\": 1}}'", {"method": "POST", "body": {"a": 1}}),
    "body means POST": (f"curl {URL} -d '{{\"a\": [1, 2]}}'", {"method": "POST", "body": {"a": [1, 2]}}),
    "data-raw": (f"curl --location '{URL}' --data-raw '{{\"a\": \"it'\\''s\"}}'", {"body": {"a": "it's"}}),
    "json": (f"curl {URL} --json '{{\"a\": true}}'", {"body": {"a": True}}),
    "form": (f"curl {URL} -d 'name=Ada&count=3'", {"media": "application/x-www-form-urlencoded", "fields": {"name": "string", "count": "integer"}}),
    "urlencode": (f"curl {URL} --data-urlencode 'q=a b'", {"fields": {"q": "string"}}),
    "get with data": (f"curl -G {URL} -d limit=5", {"method": "GET", "fields": {"limit": "integer"}, "place": "query"}),
    "multipart": (f"curl {URL} -F 'file=@a.png' -F title=Cat", {"media": "multipart/form-data", "fields": {"file": "file", "title": "string"}}),
    "basic": (f"curl -u user:pass {URL}", {"auth": "basic"}),
    "bundled flags": (f"curl -sSL {URL}", {"method": "GET"}),
    "output": (f"curl -o out.png {URL}", {"url": URL}),
    "lines": (f'curl -X POST "{URL}" \\\n  -H "Content-Type: application/json" \\\n  -d \'{{\n  "a": 1\n}}\'', {"method": "POST", "body": {"a": 1}}),
    "lost continuation": (f"curl -X POST {URL}\n-H 'A: b'\n-d '{{\"a\": 1}}'", {"headers": {"A": "b"}, "body": {"a": 1}}),
    "cmd": (f'curl -X POST "{URL}" ^\n  -H "A: b" ^\n  -d "{{\\"a\\": 1}}"', {"headers": {"A": "b"}, "body": {"a": 1}}),
    "powershell": (f'curl.exe -X POST "{URL}" `\n  -H "A: b" `\n  -d "{{`"a`": 1}}"', {"headers": {"A": "b"}, "body": {"a": 1}}),
    "prompt": (f"$ curl {URL}", {"method": "GET"}),
    "ansi": (f"curl {URL} -d $'{{\"a\": 1}}'", {"body": {"a": 1}}),
    "fused": (f"curl {URL} -d '{{\"a\": 1}}'Use the response", {"body": {"a": 1}}),
    "piped": (f"curl {URL} | jq .", {"url": URL}),
}  # fmt: skip

CODE: dict[str, tuple[str, dict[str, Any]]] = {
    "fetch": (f"fetch('{URL}')", {"method": "GET"}),
    "fetch with a body": (f"const r = await fetch(`{URL}`, {{ method: 'POST', headers: {{'A': 'b'}}, body: JSON.stringify({{ a: 1, b: x }}) }})", {"method": "POST", "headers": {"A": "b"}, "body": {"a": 1}}),
    "fetch by names": (f"const BASE = '{URL}';\nconst data = {{a: 1}};\nfetch(`${{BASE}}/x`, {{method: 'PUT', body: JSON.stringify(data)}})", {"method": "PUT", "url": f"{URL}/x", "body": {"a": 1}}),
    "axios": (f"axios.post('{URL}', {{ a: 1 }}, {{ headers: {{ 'A': 'b' }} }})", {"method": "POST", "body": {"a": 1}, "headers": {"A": "b"}}),
    "axios config": (f"axios({{ method: 'patch', url: '{URL}', data: {{ a: 1 }} }})", {"method": "PATCH", "body": {"a": 1}}),
    "axios params": (f"axios.get('{URL}', {{ params: {{ limit: 3 }} }})", {"fields": {"limit": "integer"}, "place": "query"}),
    "requests": (f'requests.get("{URL}", params={{"limit": 3}})', {"method": "GET", "fields": {"limit": "integer"}}),
    "requests json": (f'payload = {{"a": None, "b": True}}\nrequests.post("{URL}", json=payload)', {"method": "POST", "body": {"a": None, "b": True}}),
    "requests f-string": (f'BASE = "{URL}"\nrequests.delete(f"{{BASE}}/{{thing_id}}")', {"method": "DELETE", "url": f"{URL}/{{thing_id}}"}),
    "requests.request": (f'url = "{URL}"\nrequests.request("POST", url, json={{"a": 1}})', {"method": "POST", "url": URL, "body": {"a": 1}}),
}  # fmt: skip


def check(found: list[Request], wanted: dict[str, Any]) -> None:
    (request,) = found
    assert request.url == wanted.get("url", URL)
    assert request.method == wanted.get("method", request.method)
    assert {h.name: h.value for h in request.headers}.items() >= wanted.get("headers", {}).items()
    assert (request.body.value if request.body else None) == wanted.get("body")
    assert {f.name: f.type for f in request.fields} == wanted.get("fields", {})
    assert all(field.place == wanted.get("place", field.place) for field in request.fields)
    assert request.media == wanted.get("media", request.media)
    assert request.auth == wanted.get("auth", "")


@pytest.mark.parametrize("kind", CURL)
def test_curl(kind: str) -> None:
    text, wanted = CURL[kind]
    check([command.request for command in curl.commands(text, "a.sh", 1)], wanted)


@pytest.mark.parametrize("kind", CODE)
def test_code(kind: str) -> None:
    text, wanted = CODE[kind]
    check(list(code.calls(text, "a.js", 1)), wanted)


def test_nothing_is_run_and_no_file_is_opened() -> None:
    (command,) = curl.commands(f'curl {URL} -d @/etc/passwd -H "A: $(whoami)"', "a", 1)
    assert command.request.body is None and command.request.fields == ()
    assert command.request.headers[0].value == "$(whoami)"


def test_http_messages() -> None:
    request = http_message.request(
        'POST /v1/things?x=1 HTTP/1.1\nHost: api.acme.dev\nContent-Type: application/json\n\n{"a": 1}', "f", 10
    )
    assert request is not None and request.url == f"{URL}?x=1"
    assert request.body is not None and request.body.value == {"a": 1} and request.body.lines == {"a": 14}
    reply = http_message.reply('HTTP/1.1 201 Created\nX-Request-Id: 7\n\n{"id": 3}', "f", 1)
    assert reply is not None and reply.status == "201" and reply.sample is not None and reply.sample.lines == {"id": 4}


def test_lines_of_properties() -> None:
    text = 'curl https://a.dev/x -d \'{\n  "a": {\n    "b": [\n      {"c": 1}\n    ]\n  }\n}\''
    (command,) = curl.commands(text, "f", 5)
    assert command.request.body is not None
    assert command.request.body.lines == {"a": 6, "a.b": 7, "a.b[].c": 8}

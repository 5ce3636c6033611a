"""Sessions with the bundled emulator, as a browser (HAR) and Postman record them, drafted back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.draft import Text, draft
from specloom.schemas.draft.assembly.paths import matches
from tests.draft.renderings import operations_of, uncited
from tests.support.emulated import SERVICES, Client


@pytest.fixture(scope="module", params=["mayanio", "tuneforge", "tengrai"])
def session(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[requests.Response]]]:
    """One call of each operation that the document has an example of, and its reply."""
    key = request.param
    server = EmulatorServer([SERVICES[key]])
    with server:
        client = Client(server)
        operations = [o for o in SERVICES[key].operations if o.request_examples or not o.fields]
        yield key, [client.call(key, operation.operation_id) for operation in operations]


def har(answers: Sequence[requests.Response]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": [_entry(answer) for answer in answers]}}, indent=1)


def _entry(answer: requests.Response) -> dict[str, Any]:
    sent = answer.request
    made: dict[str, Any] = {
        "request": {
            "method": sent.method,
            "url": sent.url,
            "headers": [{"name": name, "value": value} for name, value in sent.headers.items()],
            "queryString": [{"name": name, "value": value} for name, value in _query(answer)],
        },
        "response": {
            "status": answer.status_code,
            "headers": [{"name": name, "value": value} for name, value in answer.headers.items()],
            "content": {"mimeType": answer.headers.get("Content-Type", ""), "text": answer.text},
        },
    }
    if sent.body:
        made["request"]["postData"] = {"mimeType": sent.headers["Content-Type"], "text": _text(sent.body)}
    return made


def postman(answers: Sequence[requests.Response]) -> str:
    items = []
    for answer in answers:
        sent = answer.request
        request: dict[str, Any] = {
            "method": sent.method,
            "header": [{"key": name, "value": value} for name, value in sent.headers.items()],
            "url": {"raw": sent.url, "query": [{"key": name, "value": value} for name, value in _query(answer)]},
        }
        if sent.body:
            request["body"] = {"mode": "raw", "raw": _text(sent.body), "options": {"raw": {"language": "json"}}}
        reply = {"name": "reply", "code": answer.status_code, "body": answer.text}
        items.append({"name": f"{sent.method} {sent.path_url}", "request": request, "response": [reply]})
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return json.dumps({"info": {"name": "Recorded", "schema": schema}, "item": items}, indent=1)


def _query(answer: requests.Response) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(str(answer.request.url)).query)


def _text(body: bytes | str) -> str:
    return body.decode() if isinstance(body, bytes) else body


@pytest.mark.parametrize(("name", "record"), [("session.har", har), ("collection.json", postman)])
def test_a_recorded_session_comes_back(session: tuple[str, list[requests.Response]], name: str, record: Any) -> None:
    key, answers = session
    text = record(answers)
    document = draft([Text(name, text)]).document
    found = operations_of(document)
    shown = told = 0
    for answer in answers:
        path = urlsplit(str(answer.request.url)).path
        match = [k for k in found if k[0] == answer.request.method and matches(path, k[1])]
        assert match, f"{answer.request.method} {path}"
        body = json.loads(answer.request.body) if answer.request.body else {}
        wanted = [*(("query", each) for each, _ in _query(answer)), *(("body", each) for each in body)]
        shown += len(wanted)
        told += sum(each in found[match[0]] for each in wanted)
    assert shown and told >= 0.95 * shown, f"{told} of {shown}"
    assert list(uncited(document, {name: text})) == []
    assert all(answer.request.headers["Authorization"].split()[-1] not in json.dumps(document) for answer in answers)

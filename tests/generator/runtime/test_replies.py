"""Bytes of replies, names of files and redirects: the JavaScript core and its Python twins say the same of each."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from specloom.connector.network.redirects import Hop, redirected
from specloom.schemas.media.decoding import decode
from specloom.schemas.media.names import named
from tests.generator.runtime.core_js import Call, answers
from tests.support import vector_files

VECTORS = vector_files.read("replies")
BODIES, NAMES, REDIRECTS = VECTORS["bodies"], VECTORS["names"], VECTORS["redirects"]
HEADERS = {"accept": "application/json", "x-key": "k"}
Answers = dict[str, list[dict[str, Any]]]


def ids(cases: list[dict[str, Any]]) -> list[str]:
    return [case["name"] for case in cases]


def content(case: dict[str, Any]) -> bytes:
    return case["text"].encode() if "text" in case else base64.b64decode(case["base64"])


def headers(case: dict[str, Any]) -> dict[str, str]:
    return HEADERS if case["method"] == "GET" else {**HEADERS, "content-type": "application/json"}


def request(case: dict[str, Any]) -> dict[str, Any]:
    body = {"bodyType": "none"} if case["method"] == "GET" else {"bodyType": "json", "body": {"a": 1}}
    rest: dict[str, Any] = {"query": [], "path": {}, "parameters": {}, "parts": []}
    return {"method": case["method"], "url": case["url"], "headers": headers(case), **rest, **body}


@pytest.fixture(scope="module")
def found() -> Answers:
    groups = {
        "bodies": [
            Call("decode", ({"$bytes": base64.b64encode(content(c)).decode()}, c["content_type"], c["promised"]))
            for c in BODIES
        ],
        "names": [
            Call("fileName", ({k: v for k, v in c.items() if k not in ("name", "expect")}, "file")) for c in NAMES
        ],
        "redirects": [Call("redirected", (request(c), c["status"], c["location"])) for c in REDIRECTS],
    }
    replies = iter(answers({}, [call for calls in groups.values() for call in calls]))
    return {name: [next(replies) for _ in calls] for name, calls in groups.items()}


@pytest.mark.parametrize("index", range(len(BODIES)), ids=ids(BODIES))
def test_bodies(found: Answers, index: int) -> None:
    case = BODIES[index]
    assert found["bodies"][index] == {"value": case["expect"]}
    assert decode(content(case), case["content_type"], case["promised"]) == case["expect"]


@pytest.mark.parametrize("index", range(len(NAMES)), ids=ids(NAMES))
def test_names(found: Answers, index: int) -> None:
    assert found["names"][index] == {"value": NAMES[index]["expect"]}


@pytest.mark.parametrize(
    ("name", "kind", "full"),
    [("a", "image/png", "a.png"), ("a.jpeg", "image/png", "a.jpeg"), ("a", "audio/mpeg", "a.mp3"), ("a", "x/y", "a")],
)
def test_an_extension_tells_the_type(name: str, kind: str, full: str) -> None:
    assert named(name, kind) == full


@pytest.mark.parametrize("index", range(len(REDIRECTS)), ids=ids(REDIRECTS))
def test_redirects(found: Answers, index: int) -> None:
    case = REDIRECTS[index]
    expected, answer = case["expect"], found["redirects"][index]["value"]
    hop = redirected(
        Hop(case["method"], case["url"], headers(case), None if case["method"] == "GET" else b"{}"),
        case["status"],
        case["location"],
    )
    if expected is None:
        assert answer is None and hop is None
        return
    assert {"body": answer["bodyType"] != "none", **{k: answer[k] for k in ("method", "url", "headers")}} == expected
    assert hop is not None
    assert {"method": hop.method, "url": hop.url, "headers": hop.headers, "body": hop.body is not None} == expected

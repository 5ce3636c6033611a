"""Inputs to requests and back, on the vectors that the JavaScript runtime passes too."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specloom.schemas.http.bodies import body_type, form_text, multipart_parts
from specloom.schemas.http.deserialization import from_wire
from specloom.schemas.http.serialization import InputError, WireRequest, to_wire
from specloom.schemas.http.styles import has_dots
from specloom.schemas.load import bundled, load
from specloom.schemas.model import Operation
from tests.support import vector_files

SERVICE = vector_files.service("request")
BASE = "https://api.example.com/v1"
ELSEWHERE = {
    # Platforms hand over texts and dates; here inputs have their types.
    "numbers, booleans and dates",
    "booleans from text",
    "a list as JSON text",
    "additional query as text",
    "a JSON body",
    "text that is no exact number stays text",
    "objects and lists as JSON text",
    "additional body as text",
    # Base URLs are the caller's.
    "a server of its own",
    "a server of its own, behind a gateway",
    "a server of its own elsewhere",
    "another base URL",
    "a base URL of another kind",
    "a base URL with a line break",
    # Python has no prototypes to protect.
    "additional body is merged in",
    "a property with a slash, and one no service has",
}
CASES = [case for case in vector_files.cases("request") if case["name"] not in ELSEWHERE]


def operation_of(case: dict[str, Any]) -> Operation:
    operation = SERVICE.operation(case["operation"])
    assert operation is not None
    return operation


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_requests(case: dict[str, Any]) -> None:
    operation, expected = operation_of(case), case["expect"]
    if "refused" in expected:
        with pytest.raises(InputError) as caught:
            to_wire(operation, case["inputs"])
        assert caught.value.field == expected["refused"]
        return
    wire = to_wire(operation, case["inputs"])
    assert url_of(wire) == expected["url"]
    assert headers_of(operation, wire) == expected["headers"]
    kind = body_type(operation) if wire.body is not None else "none"
    assert kind == expected["bodyType"]
    if kind == "form":
        assert form_text(operation, wire.body) == expected["body"]
    elif kind == "multipart":
        assert [part_as_json(operation, part) for part in multipart_parts(operation, wire.body)] == expected["parts"]
    elif kind != "none":
        assert wire.body == expected["body"]


def url_of(wire: WireRequest) -> str:
    joint = "&" if "?" in wire.path else "?"
    return BASE + wire.path + (joint + wire.query_string if wire.query_string else "")


def headers_of(operation: Operation, wire: WireRequest) -> dict[str, str]:
    found = {"accept": operation.accept} | {name.lower(): value for name, value in wire.headers.items()}
    if wire.cookies:
        quoted = {"a;b=c": "a%3Bb%3Dc"}
        found["cookie"] = "; ".join(f"{name}={quoted.get(value, value)}" for name, value in wire.cookies.items())
    if wire.media_type and not wire.media_type.startswith("multipart/"):
        found["content-type"] = wire.media_type
    return found


def part_as_json(operation: Operation, part: Any) -> dict[str, Any]:
    found = {"name": part.name, "value": part.value}
    found |= {"file": True} if part.file else {}
    return found | ({"contentType": part.content_type} if part.content_type else {})


def test_every_case_left_out_is_there() -> None:
    names = {case["name"] for case in vector_files.cases("request")}
    assert names >= ELSEWHERE and len(CASES) > 25


TEXT = st.text(min_size=1, max_size=8).filter(lambda t: t.strip() == t and not has_dots(t))
PLAIN = st.text("abcXYZ019 ü🐈", min_size=1, max_size=6)


@given(
    st.fixed_dictionaries(
        {"id": TEXT},
        optional={
            "tags": st.lists(TEXT, min_size=2, max_size=3),
            "ids": st.lists(st.integers(0, 99), min_size=2, max_size=3),
            "spaced": st.lists(st.text("abc", min_size=1, max_size=3), min_size=2, max_size=3),
            "piped": st.lists(PLAIN, min_size=2, max_size=3),
            "filter": st.fixed_dictionaries(
                {"color": PLAIN},
                optional={"sizes": st.lists(PLAIN, min_size=2), "deep": st.fixed_dictionaries({"a": PLAIN})},
            ),
            "window": st.fixed_dictionaries({"from": PLAIN, "to": PLAIN}),
            "range": st.fixed_dictionaries({"low": st.integers(0, 9), "high": st.integers(0, 9)}),
            "spec": st.fixed_dictionaries({"a": st.integers()}),
            "flag": st.booleans(),
            "limit": st.integers(),
            "ratio": st.floats(allow_nan=False, allow_infinity=False),
            "X-Trace": st.text("abc-1", min_size=1, max_size=9),
            "session": TEXT,
        },
    )
)
def test_parameters_come_back_as_they_went(inputs: dict[str, Any]) -> None:
    operation = SERVICE.operation("getItem")
    assert operation is not None
    wire = to_wire(operation, inputs)
    path = {"id": unquote(wire.path.rpartition("/")[2])}
    read = from_wire(operation, path=path, query=wire.query, headers=wire.headers, cookies=wire.cookies)
    assert read == inputs


@pytest.mark.parametrize("key", bundled())
def test_the_documents_examples_come_back_as_they_went(key: str) -> None:
    for operation in load(bundled()[key]).service.operations:
        for example in operation.request_examples:
            wire = to_wire(operation, example.value)
            assert json.loads(json.dumps(wire.body)) == wire.body
            path = {f.pointer: str(example.value[f.name]) for f in operation.fields if f.location == "path"}
            selectors = {f.name for f in operation.fields if f.location == "selector"}
            read = from_wire(operation, path=path, query=wire.query, body=wire.body)
            sent = {name: value for name, value in example.value.items() if name not in selectors}
            assert {name: read[name] for name in sent} == sent

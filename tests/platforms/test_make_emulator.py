"""The stand-in for Make itself, held against what Make documents about IML and communications."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.platforms.make_emulator.communication import Run
from tests.platforms.make_emulator.errors import MakeError
from tests.platforms.make_emulator.evaluate import render
from tests.platforms.make_emulator.syntax import ImlSyntaxError
from tests.platforms.make_emulator.values import UNDEFINED, ImlError
from tests.platforms.vendor_stub import Stub

BODY: dict[str, Any] = {
    "data": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], "count": 0, "empty": "", "nothing": None,
    "odd key": "x", "X-Id": 7, "flag": False, "text": "a/b c", "when": "2026-01-02T03:04:05Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("body.data[1].name", "Ada"),  # the first element is 1
        ("body.data[-1].name", "Bob"),  # -1 is the last
        ("body.data[3].name", UNDEFINED),
        ("body.missing.deeper", UNDEFINED),
        ("body.`odd key` + '!'", "x!"),
        ("body.`X-Id` * 2 + 1", 15),
        ("'Hello, ' + body.data[1].name", "Hello, Ada"),
        ('"it\'s"', "it's"),
        ("if(body.count = 0, 'none', 'some')", "none"),
        ("body.count == '0'", False),  # equality is strict
        ("body.flag != false", False),
        ("body.missing != false", True),
        ("!body.empty && body.data", BODY["data"]),
        ("ifempty(body.empty, 1)", 1),
        ("ifempty(body.nothing, 2)", 2),
        ("ifempty(body.count, 3)", 0),  # 0 and false are not empty
        ("ifempty(body.missing, body.data)[2].id", 2),
        ("switch(body.count, 1, 'one', 0, 'zero', 'many')", "zero"),
        ("switch(body.text, 1, 'one', 'many')", "many"),
        ("get(body.data, '2.name')", "Bob"),
        ("join(map(body.data, 'name'), ', ')", "Ada, Bob"),
        ("map(body.data, 'id', 'name', 'Bob')", [2]),
        ("length(body.data) + length('ab')", 4),
        ("encodeURL(body.text)", "a%2Fb%20c"),
        ("replace('//v1/x', '/^[/]+/', '')", "v1/x"),
        ("replace('a-b-a', 'a', 'c')", "c-b-c"),
        ("toCollection(body.data, 'name', 'id')", {"Ada": 1, "Bob": 2}),
        ("toCollection(body.missing, 'key', 'value')", {}),
        ("parseJSON(createJSON(body.data))[1].id", 1),
        ("base64('hi')", "aGk="),
        ("formatDate(body.when, 'YYYY-MM-DD')", "2026-01-02"),
        ("(1 + 2) * 3 - 4 / 2", 7),
        ("1 < 2 && 2 >= 2 || false", True),
        ("contains(body.text, 'b c') = contains(map(body.data, 'id'), 2)", True),
        ("undefined", UNDEFINED),
    ],
)
def test_expressions(expression: str, expected: Any) -> None:
    found = render("{{" + expression + "}}", {"body": BODY})
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ("{{body.data[0].id}}", ImlError),
        ("{{parseJSON(body.missing)}}", ImlError),
        ("{{base64(body.missing)}}", ImlError),
        ("{{unknown(1)}}", ImlError),
        ("{{boddy.id}}", ImlError),
        ("{{body.count - 'x'}}", ImlError),
        ("id: {{body}}", ImlError),
        ("{{body.data", ImlSyntaxError),
        ("body.data}}", ImlSyntaxError),
        ("{{body.odd key}}", ImlSyntaxError),
        ("{{if(body.count; 1; 2)}}", ImlSyntaxError),  # apps separate arguments by commas
        ("{{body.count ? 1 : 2}}", ImlSyntaxError),
    ],
)
def test_what_make_would_refuse_fails(broken: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        render(broken, {"body": BODY})


def test_if_evaluates_all_its_arguments() -> None:
    with pytest.raises(ImlError):
        render("{{if(body.text, 1, parseJSON(body.missing))}}", {"body": BODY})


def test_documents() -> None:
    context = {"body": BODY, "parameters": {"more": {"b": 2, "gone": None}}}
    template = {
        "whole": "{{body.data}}", "text": "n={{body.count}}, e={{body.empty}}, u={{body.missing}}",
        "dropped": "{{body.missing}}", "kept": "{{body.nothing}}", "list": ["{{body.missing}}", "{{body.count}}"],
        "b": 1, "{{...}}": "{{parameters.more}}",
    }  # fmt: skip
    assert render(template, context) == {
        "whole": BODY["data"], "text": "n=0, e=, u=", "kept": None, "list": [0], "b": 2, "gone": None,
    }  # fmt: skip
    assert render({"{{...}}": "{{undefined}}"}, context) == {}
    with pytest.raises(ImlError):
        render({"{{...}}": "{{body.text}}"}, context)
    assert render("{{now}}", {"now": datetime(2026, 1, 1, tzinfo=UTC)}).year == 2026


# --- communications


Runner = Callable[..., Run]


@pytest.fixture
def run(stub: Stub) -> Runner:
    def make(base: dict[str, Any] | None = None, **variables: Any) -> Run:
        return Run({"baseUrl": stub.url, **(base or {})}, variables, sleep=stub.sleep)

    return make


@pytest.fixture
def stub() -> Any:
    with Stub() as stub:
        yield stub


def test_a_request_inherits_from_the_base(stub: Stub, run: Runner) -> None:
    base = {"headers": {"Authorization": "Bearer {{connection.key}}", "A": "1"}, "qs": {"v": "2"}}
    made = run(base, connection={"key": "k"}, parameters={"x": "ä b", "many": [1, 2]})
    request = {
        "url": "/a/{{parameters.x}}", "headers": {"A": "3"}, "qs": {"many": "{{parameters.many}}", "no": "{{undefined}}"},
        "response": {"output": "{{body.ok}}"},
    }  # fmt: skip
    assert made.execute(request) is True
    (call,) = stub.calls
    assert call.target == "/a/%C3%A4%20b?v=2&many=1&many=2"  # encodeUrl is on by default
    assert (call.headers["authorization"], call.headers["a"]) == ("Bearer k", "3")


@pytest.mark.parametrize(
    ("kind", "body", "content_type", "expected"),
    [
        ("json", {"a": 1, "b": "{{undefined}}"}, "application/json", b'{"a": 1}'),
        ("urlencoded", {"a": "x y", "l": ["1", "2"]}, "application/x-www-form-urlencoded", b"a=x+y&l=1&l=2"),
        ("text", "plain {{parameters.n}}", "", b"plain 5"),
        ("binary", "{{parameters.file}}", "application/octet-stream", b"\x00\xff"),
    ],
)
def test_bodies(stub: Stub, run: Runner, kind: str, body: Any, content_type: str, expected: bytes) -> None:
    run(parameters={"n": 5, "file": b"\x00\xff"}).execute({"url": "/", "method": "POST", "type": kind, "body": body})
    assert stub.calls[0].body == expected
    assert stub.calls[0].headers.get("content-type", "") == content_type


def test_multipart(stub: Stub, run: Runner) -> None:
    body = {"file": {"value": "{{parameters.data}}", "options": {"filename": "a.png"}}, "title": "T"}
    run(parameters={"data": b"\x89PNG"}).execute(
        {"url": "/", "method": "POST", "type": "multipart/form-data", "body": body}
    )
    sent = stub.calls[0].body
    assert b'name="file"; filename="a.png"' in sent and b"\x89PNG" in sent and b'name="title"' in sent


def test_get_has_no_body(stub: Stub, run: Runner) -> None:
    run().execute({"url": "/", "body": {"a": 1}})
    assert stub.calls[0].body == b"" and "content-type" not in stub.calls[0].headers


def test_requests_share_temp_and_the_last_output_counts(stub: Stub, run: Runner) -> None:
    stub.answer({"id": 9})
    chain = [
        {"temp": {"a": "1"}, "url": "/one", "response": {"temp": {"id": "{{body.id}}"}, "output": "first"}},
        {"condition": "{{temp.id = 8}}", "url": "/never"},
        {"response": {"output": {"id": "{{temp.id}}", "a": "{{temp.a}}"}}},
    ]
    assert run().execute(chain) == {"id": 9, "a": "1"}
    assert len(stub.calls) == 1
    skipped = {"condition": {"condition": False, "default": {"why": "{{temp.x}}"}}, "url": "/never", "temp": {"x": "y"}}
    assert run().execute(skipped) == {"why": "y"}


def test_iterate_output_wrapper(stub: Stub, run: Runner) -> None:
    stub.answer({"rows": [{"n": 1}, {"n": 2}, {"n": 3}], "total": 3})
    rules = {
        "iterate": {"container": "{{body.rows}}", "condition": "{{item.n != 2}}"}, "output": {"v": "{{item.n}}"},
        "wrapper": {"all": "{{output}}", "total": "{{body.total}}", "first": "{{output[1].v}}"},
    }  # fmt: skip
    assert run().execute({"url": "/", "response": rules}) == {"all": [{"v": 1}, {"v": 3}], "total": 3, "first": 1}
    stub.answer({"rows": "no list"})
    with pytest.raises(MakeError, match="iterate needs an array"):
        run().execute({"url": "/", "response": rules})


def test_repeat_sees_temp_only_and_stops_at_its_limit(stub: Stub, run: Runner) -> None:
    stub.answer({"state": "busy"}, {"state": "busy"}, {"state": "done"})
    polling = {
        "url": "/", "response": {"temp": {"state": "{{body.state}}"}, "output": "{{body.state}}"},
        "repeat": {"condition": "{{temp.state = 'busy'}}", "delay": 3000, "limit": 5},
    }  # fmt: skip
    assert run().execute(polling) == "done"
    assert stub.slept == [3.0, 3.0]
    stub.answer(*[{"state": "busy"}] * 9)
    assert run().execute({**polling, "repeat": {**polling["repeat"], "limit": 2}}) == "busy"  # type: ignore[dict-item]
    blind = {**polling, "repeat": {"condition": "{{body.state = 'busy'}}", "delay": 1, "limit": 2}}
    assert run().execute(blind) == "busy" and len(stub.calls) == 3 + 3 + 1


def test_a_module_has_forty_seconds(stub: Stub, run: Runner) -> None:
    polling = {"url": "/", "repeat": {"condition": "{{true}}", "delay": 9000, "limit": 9}}
    with pytest.raises(MakeError, match="timed out"):
        run().execute(polling)


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [(400, "DataError", "[400] bad"), (429, "RateLimitError", "slow down: bad"), (500, "RuntimeError", "[500] bad")],
)
def test_statuses_from_400_on_are_failures(stub: Stub, run: Runner, status: int, kind: str, message: str) -> None:
    rules = {
        "message": "[{{statusCode}}] {{body.why}}", "400": {"message": "[{{statusCode}}] {{body.why}}", "type": "DataError"},
        "429": {"message": "slow down: {{body.why}}", "type": "RateLimitError"},
    }  # fmt: skip
    stub.answer({"why": "bad"}, status=status)
    # Make: "It is not possible to evaluate it as a success", whatever `valid` says.
    with pytest.raises(MakeError) as caught:
        run({"response": {"error": rules}}).execute({"url": "/", "response": {"valid": True}})
    assert (caught.value.type, str(caught.value), caught.value.status) == (kind, message, status)


def test_valid_and_its_fallbacks(stub: Stub, run: Runner) -> None:
    error = {"message": "general", "200": {"message": "two hundred: {{body.why}}", "type": "DataError"}}
    for valid, expected in [
        ({"condition": "{{body.ok}}", "message": "own", "type": "OutOfSpaceError"}, ("own", "OutOfSpaceError")),
        ("{{body.ok}}", ("two hundred: x", "DataError")),
    ]:
        stub.answer({"ok": False, "why": "x"})
        with pytest.raises(MakeError) as caught:
            run().execute({"url": "/", "response": {"valid": valid, "error": error}})
        assert (str(caught.value), caught.value.type) == expected


def test_paging(stub: Stub, run: Runner) -> None:
    request = {
        "url": "/", "qs": {"size": 2}, "response": {"iterate": "{{body.rows}}", "output": "{{item}}", "limit": "{{parameters.limit}}"},
        "pagination": {"qs": {"page": "{{pagination.page}}"}},
    }  # fmt: skip
    stub.answer({"rows": [1, 2]}, {"rows": [3, 4]}, {"rows": []})
    assert run(parameters={}).execute(request) == [1, 2, 3, 4]  # an empty page ends it
    assert [call.target for call in stub.calls] == ["/?size=2", "/?size=2&page=2", "/?size=2&page=3"]
    stub.answer({"rows": [1, 2]}, {"rows": [3, 4]})
    assert run(parameters={"limit": 3}).execute(request) == [1, 2, 3]
    stub.answer({"rows": [1, 2], "more": False})
    stops = {**request, "pagination": {"qs": {"page": "{{pagination.page}}"}, "condition": "{{body.more}}"}}
    assert run(parameters={}).execute(stops) == [1, 2]


def test_binary_replies_and_errors_beside_them(stub: Stub, run: Runner) -> None:
    request = {
        "url": "/",
        "response": {"type": {"*": "binary", "400-599": "automatic"}, "output": {"data": "{{body}}"}},
    }
    stub.answer(b"\x89PNG")
    assert run().execute(request) == {"data": b"\x89PNG"}
    stub.answer({"why": "gone"}, status=404)
    with pytest.raises(MakeError, match="gone"):
        run({"response": {"error": {"message": "{{body.why}}"}}}).execute(request)


def test_the_log_holds_no_sanitized_value(stub: Stub, run: Runner) -> None:
    stub.answer({"secret": "s3cret", "id": 1})
    made = run(
        {"headers": {"X-API-Key": "k3y"}, "log": {"sanitize": ["request.headers.`x-api-key`", "response.body.secret"]}}
    )
    made.execute({"url": "/", "method": "POST", "body": {"a": 1}})
    (entry,) = made.log
    assert "k3y" not in entry.log and "s3cret" not in entry.log and json.loads(entry.log)["response"]["body"]["id"] == 1

"""The JavaScript core builds requests and reads replies as the vectors say, and so does its Python twin."""

from __future__ import annotations

from typing import Any

import pytest

from specloom.generator.runtime.wire import expression, folded, wire
from specloom.schemas.expressions import Exchange, evaluate, parse
from specloom.schemas.http.result import normalize
from specloom.schemas.model import Service
from tests.generator.runtime.core_js import Call, answers, operation, service
from tests.support import vector_files

REQUEST, NORMALIZE, PAGES, EXPRESSIONS = (
    vector_files.cases(name) for name in ("request", "normalize", "pages", "expressions")
)
Answers = dict[str, list[dict[str, Any]]]


def ids(cases: list[dict[str, Any]]) -> list[str]:
    return [case.get("name") or case["expression"] for case in cases]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    return {name: vector_files.service(name) for name in ("request", "normalize", "pages")}


@pytest.fixture(scope="module")
def found(services: dict[str, Service]) -> Answers:
    """Every vector's answers, from one Node process."""
    exchange = _core_exchange(vector_files.read("expressions")["exchange"])
    groups = {
        "request": [_request(case) for case in REQUEST],
        "normalize": [_normalize(case) for case in NORMALIZE],
        "items": [Call("pageItems", (_operation("pages", c), c["exchange"])) for c in PAGES],
        "pages": [Call("nextPage", (_operation("pages", c), c["exchange"], c["state"], c.get("places", {}))) for c in PAGES],
        "expressions": [
            Call("evaluate", (expression(parse(c["expression"])), exchange, "it")) for c in EXPRESSIONS
        ],
    }  # fmt: skip
    replies = iter(answers(services, [call for calls in groups.values() for call in calls]))
    return {name: [next(replies) for _ in calls] for name, calls in groups.items()}


def _operation(name: str, case: dict[str, Any]) -> dict[str, Any]:
    return operation(name, case["operation"])


def _request(case: dict[str, Any]) -> Call:
    arguments = (service("request"), _operation("request", case), case["inputs"], case.get("baseUrl", ""))
    return Call("buildRequest", arguments)


def _normalize(case: dict[str, Any]) -> Call:
    options = case.get("options", {})
    return Call("normalize", (service("normalize"), _operation("normalize", case), case["exchange"], options))


def _core_exchange(exchange: dict[str, Any]) -> dict[str, Any]:
    renamed = {"request_headers": "requestHeaders", "request_body": "requestBody"}
    return {renamed.get(name, name): value for name, value in exchange.items()}


def value(answer: dict[str, Any]) -> Any:
    assert "value" in answer, answer.get("crash") or answer
    return answer["value"]


@pytest.mark.parametrize("index", range(len(REQUEST)), ids=ids(REQUEST))
def test_request(found: Answers, index: int) -> None:
    expected, answer = REQUEST[index]["expect"], found["request"][index]
    if "refused" in expected:
        assert answer.get("refused") == expected["refused"], answer
        return
    built = {key: built for key, built in value(answer).items() if key in expected}
    assert built == expected
    assert value(answer)["parts"] == expected.get("parts", [])


@pytest.mark.parametrize("index", range(len(NORMALIZE)), ids=ids(NORMALIZE))
def test_normalize(found: Answers, index: int) -> None:
    assert value(found["normalize"][index]) == vector_files.expected_result(NORMALIZE[index])


@pytest.mark.parametrize("case", NORMALIZE, ids=ids(NORMALIZE))
def test_normalize_in_python(services: dict[str, Service], case: dict[str, Any]) -> None:
    told, options = services["normalize"], case.get("options", {})
    step = told.operation(case["operation"])
    assert step is not None
    result = normalize(
        told,
        step,
        Exchange(**case["exchange"]),
        base_url=options.get("baseUrl", ""),
        job_id=options.get("jobId"),
        vendor_id=options.get("id"),
        now=options.get("now"),
    )
    assert result == vector_files.expected_result(case)


@pytest.mark.parametrize("index", range(len(PAGES)), ids=ids(PAGES))
def test_pages(found: Answers, index: int) -> None:
    case, answer = PAGES[index], found["pages"][index]
    assert len(value(found["items"][index])) == case["count"]
    if case["expect"] and "refused" in case["expect"]:
        assert answer.get("refused") == case["expect"]["refused"], answer
    else:
        state = value(answer)
        assert state is None or state.pop("seen") == case["count"]  # what it has seen is for the pages after it
        assert state is None or {key: state[key] for key in state if key != "before"} == case["expect"]
        assert (state is None) is (case["expect"] is None)


@pytest.mark.parametrize("index", range(len(EXPRESSIONS)), ids=ids(EXPRESSIONS))
def test_expressions(found: Answers, index: int) -> None:
    case = EXPRESSIONS[index]
    exchange = Exchange(**vector_files.read("expressions")["exchange"])
    assert value(found["expressions"][index]) == case["expect"]
    assert evaluate(parse(case["expression"]), exchange, "it") == case["expect"]


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.example.com/v2/x", True),
        ("https://API.example.com:443/", True),
        ("https://api.example.com?x", True),
        ("https://api.example.com", True),
        ("http://api.example.com/v1", False),
        ("https://api.example.com:8443/", False),
        ("https://api.example.com.evil.example/", False),
        ("https://api.example.com@evil.example/", False),
        ("https://api.example.com\\@evil.example/", False),
        ("https://api.example.com\\.evil.example/", False),
        ("https://evil.example/#https://api.example.com/", False),
        ("https://evil.example\\https://api.example.com/", False),
        ("https:api.example.com/", False),
        ("//api.example.com/", False),
        ("https://api.exa\nmple.com/", False),
        (" https://api.example.com/", False),
        ("https://api.example.com\x00/", False),
        ("https://api%2eexample.com/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_credentials_go_to_the_same_origin_only(url: str, same: bool) -> None:
    call = Call("sameOrigin", (url, "https://api.example.com/v1"))
    assert value(answers({}, [call])[0]) is same


def test_a_job_from_start_to_poll(services: dict[str, Service]) -> None:
    song = operation("normalize", "createSong")
    link = {"name": "task", "operation": "getTask", "parameters": {"id": {"parts": [{"root": "response.body", "path": ["task", "id"]}]}, "n": {"value": 1}, "gone": {"value": None}}}  # fmt: skip  # noqa: E501
    accepted = {"status": 202, "body": {"task": {"id": "t/1"}}}
    calls = [
        Call("linkInputs", (link, accepted)),
        Call("buildRequest", (service("normalize"), operation("normalize", "getTask"), {"id": "t/1"})),
        Call("mediaUrls", ({"items": [{"url": "u"}, {"text": "t"}, None]},)),
        Call("failedResult", (service("normalize"), song, {"type": "timeout", "message": "Gave up"}, {"jobId": "j"})),
    ]
    linked, request, urls, failed = map(value, answers(services, calls))
    assert linked == {"id": "t/1", "n": 1}
    assert request["url"] == "https://api.example.com/v1/tasks/t%2F1"
    assert urls == ["u"]
    assert failed["error"] == {
        "type": "timeout", "message": "Gave up", "status": None, "retryable": True, "retry_after": None,
    }  # fmt: skip
    assert set(failed) >= set(vector_files.USUAL) and failed["success"] is False and failed["job_id"] == "j"


def test_the_same_step_by_way_of_the_gateway(services: dict[str, Service]) -> None:
    inputs = {"prompt": "a cat", "count": "3", "resource": "x", "additionalBody": '{"a": 1}'}
    picture = operation("request", "createPicture")
    options = {"url": "https://gw.example.com/base/", "key": "slk_1", "respondAsync": True, "callback": "https://me/x"}
    calls = [
        Call("gatewayRequest", (service("request"), picture, inputs, options)),
        Call("gatewayRequest", (service("request"), picture, inputs, {"url": "http://gw:8080", "wait": 25})),
        Call("gatewayRequest", (service("request"), picture, inputs, {"url": "ftp://gw"})),
        Call("gatewayRequest", (service("request"), picture, inputs, {**options, "key": "a\r\nX-Evil: 1"})),
    ]
    full, waiting, refused, injected = answers(services, calls)
    request = value(full)
    assert (request["method"], request["url"]) == ("POST", "https://gw.example.com/base/run/vectors/createPicture")
    assert request["body"] == {"prompt": "a cat", "kind": "picture", "count": 3, "additionalBody": {"a": 1}}
    assert request["headers"] == {
        "accept": "application/json",
        "content-type": "application/json",
        "prefer": "respond-async",
        "x-specloom-key": "slk_1",
        "specloom-callback": "https://me/x",
    }
    assert value(waiting)["headers"]["prefer"] == "wait=25" and "x-specloom-key" not in value(waiting)["headers"]
    assert refused["refused"] == "gatewayUrl"
    assert injected["refused"] == "x-specloom-key"


def test_unfold_gives_back_what_was_folded(services: dict[str, Service]) -> None:
    whole = [wire(one) for one in services.values()]
    told = answers(services, [Call("unfold", (folded(one),)) for one in whole])
    assert [value(one) for one in told] == whole


def test_a_look_at_the_gateways_job() -> None:
    url = "https://gw.example.com/jobs/j1"
    calls = [Call("jobRequest", (url, {"key": "slk_1", "wait": 25})), Call("jobRequest", (url,))]
    full, plain = map(value, answers({}, calls))
    assert (full["method"], full["url"]) == ("GET", url)
    assert full["headers"] == {"accept": "application/json", "prefer": "wait=25", "x-specloom-key": "slk_1"}
    assert plain["headers"] == {"accept": "application/json"}


@pytest.mark.parametrize(
    ("element", "when", "counts"),
    [
        ({"status": "done"}, {"status": ["done", "failed"]}, True),
        ({"status": "new"}, {"status": ["done"]}, False),
        ({"state": {"code": 5}}, {"/state/code": ["5"]}, True),
        ({}, {"status": ["done"]}, False),
        ({"__proto__": 1}, {"constructor": ["x"]}, False),
        ("text", {}, True),
    ],
)
def test_the_elements_a_trigger_tells(element: Any, when: dict[str, list[Any]], counts: bool) -> None:
    assert value(answers({}, [Call("meets", (element, when))])[0]) is counts


def test_the_calls_that_return_a_results_files(services: dict[str, Service]) -> None:
    link = {"name": "file", "operation": "getTask", "parameters": {"id": {"parts": [{"root": "item", "path": ["id"]}]}}}
    output = {"type": "image", "items": {"parts": [{"root": "response.body", "path": ["data"]}]}, "download": link}
    exchange = {"status": 200, "body": {"data": [{"id": "a"}, {"id": "b"}]}}
    step = {"id": "x", "method": "GET", "path": "/", "output": output}
    elsewhere = {**step, "output": {**output, "download": {**link, "operation": "gone"}}}
    arguments = [(step, 2), (step, 1), (elsewhere, 2)]
    calls = [Call("downloads", (service("normalize"), one, exchange, count)) for one, count in arguments]
    both, misfit, gone = map(value, answers(services, calls))
    assert both == [{"operation": "getTask", "inputs": {"id": name}} for name in ("a", "b")]
    assert misfit == gone == []

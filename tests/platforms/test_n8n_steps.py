"""Every operation of every generated node, run by a real n8n against the emulated services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.model import Operation
from tests.platforms.conftest import Servers
from tests.platforms.n8n_check import workflows_issues
from tests.platforms.n8n_nodes import KEYS, SERVICES, Nodes, example, step_of, steps, workflow, write_package
from tests.platforms.n8n_run import Run

ODD = "ünï/ çødé?&#%+ 🎨 {{ $json.x }} ${x} \"q\" 'q' <b> \\ end"
MADE = ("id", "status", "content_type", "file_name", "width", "height", "duration", "items", "usage", "expires_at")
FLAT = {"image": "image_url", "audio": "audio_url", "video": "video_url", "model3d": "model_url", "text": "text"}


@pytest.fixture(scope="module")
def nodes(n8n: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("n8n")
    server = n8n(*(write_package(SERVICES[key], folder / key) for key in KEYS))
    with_services = EmulatorServer(SERVICES.values(), polls=2, job_seconds=0.4).start()
    yield Nodes(server, with_services, SERVICES)
    with_services.stop()


def operation(key: str, operation_id: str) -> Operation:
    found = SERVICES[key].operation(operation_id)
    assert found is not None
    return found


def run(nodes: Nodes, *chain: dict[str, Any]) -> Run:
    return nodes.n8n.run(workflow(*chain))


def only(nodes: Nodes, key: str, operation_id: str, inputs: Any = None, **more: Any) -> dict[str, Any]:
    """The one item of a step that works."""
    outcome = run(nodes, nodes.node(key, operation_id, inputs, **more))
    assert outcome.status == "success", outcome.error
    (item,) = outcome.json()
    return item


def error_of(nodes: Nodes, key: str, operation_id: str, secret: str, **more: Any) -> dict[str, Any]:
    outcome = run(nodes, nodes.node(key, operation_id, secret=secret, **more))
    assert outcome.status == "error", outcome
    assert outcome.error is not None
    return outcome.error


# Every operation, once good and once bad


@pytest.fixture(scope="module")
def outcomes(nodes: Nodes) -> dict[tuple[str, str, str], Run]:
    """All of them side by side: (service, operation, 'good' or 'bad')."""
    cases: dict[tuple[str, str, str], dict[str, Any]] = {}
    for key, operation_id in steps():
        inputs = example(operation(key, operation_id))
        if operation_id == "revokeOrganizationApiKey":
            # What is revoked must be there.
            made = only(nodes, key, "createOrganizationApiKey")
            inputs["keyId"] = made["keyId"]
        cases[key, operation_id, "good"] = nodes.node(key, operation_id, inputs)
        secret = f"error_{bad_status(operation(key, operation_id))}"
        cases[key, operation_id, "bad"] = nodes.node(key, operation_id, inputs, secret)
    found = nodes.n8n.run_many([workflow(node) for node in cases.values()])
    return dict(zip(cases, found, strict=True))


def bad_status(op: Operation) -> str:
    """A documented error of the operation; a different one for different operations."""
    documented = [e.status for e in op.errors if e.status.isdigit()] or ["401"]
    return documented[len(op.operation_id) % len(documented)]


@pytest.mark.parametrize(("key", "operation_id"), steps())
def test_works(outcomes: dict[tuple[str, str, str], Run], key: str, operation_id: str) -> None:
    outcome = outcomes[key, operation_id, "good"]
    assert outcome.status == "success", outcome.error
    op = operation(key, operation_id)
    items = outcome.items()
    assert items and all(item["pairedItem"] == {"item": 0} for item in items)
    if op.pagination:
        assert len(items) > 10 and all(item["json"]["id"] for item in items)
        return
    (item,) = items
    result = item["json"]
    assert 0 < len(result) <= 10 and not {"raw", "service", "operation", "success", "type"} & result.keys() - own(op)
    if op.output.binary:
        assert item["binary"]["data"]["mimeType"].startswith("audio/")
        assert list(result) == ["status", "content_type", "file_name"]
    elif op.output.type in FLAT:
        first, *rest = result
        assert first == FLAT[op.output.type] and result[first], "people map this field in the next step"
        assert rest == [name for name in MADE if name in rest] and None not in result.values()


def own(op: Operation) -> set[str]:
    """What the reply itself names."""
    return {field.name for field in op.output.fields} if op.output.type == "none" else set()


@pytest.mark.parametrize(("key", "operation_id"), steps())
def test_fails_with_the_services_own_words(
    outcomes: dict[tuple[str, str, str], Run], key: str, operation_id: str
) -> None:
    outcome = outcomes[key, operation_id, "bad"]
    op = operation(key, operation_id)
    status = bad_status(op)
    assert outcome.status == "error" and outcome.error is not None
    assert outcome.error["name"] == "NodeApiError"
    assert outcome.error["httpCode"] == status
    assert outcome.error["message"] in said_by(op, status), outcome.error
    assert outcome.error["description"], "a hint"


def said_by(op: Operation, status: str) -> str:
    """The texts of the documented error, or of the services' others where this one has no example."""
    own = [r for r in op.errors if r.status == status and r.examples]
    every = [r for s in SERVICES.values() for o in s.operations for r in o.errors if r.status == status]
    values = [example.value for response in own or every for example in response.examples]
    return json.dumps(values, ensure_ascii=False).replace('\\"', '"')


def test_no_parameter_is_dropped_or_missing(nodes: Nodes) -> None:
    export = nodes.n8n.export_nodes()
    documents = [workflow(nodes.node(key, operation_id), name=operation_id) for key, operation_id in steps()]
    found = workflows_issues(export, documents)
    assert {d["name"]: issues for d, issues in zip(documents, found, strict=True) if issues} == {}


# What is sent


@pytest.mark.parametrize(("key", "operation_id"), steps())
def test_what_nobody_filled_in_is_not_sent(nodes: Nodes, key: str, operation_id: str) -> None:
    op = operation(key, operation_id)
    required = {f.name for f in op.fields if f.required}
    given = {n: v for n, v in example(op).items() if n in required}
    nodes.emulator.emulator.clear()
    run(nodes, nodes.node(key, operation_id, given))
    sent = nodes.emulator.emulator.calls(operation_id)
    constants = {f.name for f in op.fields if f.visibility == "internal"}
    allowed = required | constants | set(given)
    if op.pagination:
        allowed |= {op.pagination.parameter, op.pagination.size_parameter}
    for call in sent:
        assert set(call.inputs) <= allowed


def test_every_value_arrives_as_it_was_typed(nodes: Nodes) -> None:
    for key, operation_id, name in (
        ("tuen", "generateImage", "prompt"),
        ("tengrai", "createQuantumArtwork", "negativePrompt"),
        ("mayanio", "generateVideo", "prompt"),
    ):
        nodes.emulator.emulator.clear()
        only(nodes, key, operation_id, {**example(operation(key, operation_id)), name: ODD})
        assert nodes.emulator.emulator.calls(operation_id)[0].body[name] == ODD


def test_path_values_are_encoded(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    run(nodes, nodes.node("tengrai", "getArtwork", {"id": "a/b?c#d e%2F"}))
    (call,) = nodes.emulator.emulator.calls("getArtwork")
    assert call.inputs["id"] == "a/b?c#d e%2F"


def test_expressions_of_the_previous_item_work_in_every_place(nodes: Nodes) -> None:
    first = nodes.node("tuen", "generateImage", {"prompt": "a cat"})
    inputs = {"prompt": "=again: {{ $json.status }}", "aspect_ratio": "={{ '4:3' }}"}
    second = {**nodes.node("mayanio", "generateImages", inputs), "name": "Second"}
    nodes.emulator.emulator.clear()
    outcome = run(nodes, first, second)
    assert outcome.status == "success", outcome.error
    (call,) = nodes.emulator.emulator.calls("generateImages")
    assert call.body == {"prompt": "again: succeeded", "aspect_ratio": "4:3"}


def test_open_choices_take_other_values(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    only(nodes, "mayanio", "generateImages", {"prompt": "a cat", "aspect_ratio": "21:9"})
    assert nodes.emulator.emulator.calls("generateImages")[0].body["aspect_ratio"] == "21:9"


def test_selectors_send_the_chosen_alternative_only(nodes: Nodes) -> None:
    _, step = step_of(SERVICES["tengrai"], "createQuantumArtwork")
    (selector,) = [c for c in step.layout.direct if c.field.location == "selector"]
    for answer, expected in (
        ("default_size", set()),
        ("aspect_ratio", {"aspectRatio"}),
        ("width_and_height", {"width", "height"}),
    ):
        parameters = {selector.name: answer, "aspectRatio": "16:9", "width": 1024, "height": 768}
        nodes.emulator.emulator.clear()
        only(nodes, "tengrai", "createQuantumArtwork", {"prompt": "a cat"}, **parameters)
        sent = set(nodes.emulator.emulator.calls("createQuantumArtwork")[0].body)
        assert sent - {"prompt"} == expected


def test_nested_objects_and_lists(nodes: Nodes) -> None:
    inputs = {
        "imageUrl": "https://cdn.example.com/a.png",
        "method": "points",
        "pointsPositive": {"points": [[0.1, 0.2], [0.3, 0.4]], "labels": [1, 1]},
    }
    nodes.emulator.emulator.clear()
    only(nodes, "tengrai", "createSegmentationArtwork", inputs)
    assert nodes.emulator.emulator.calls("createSegmentationArtwork")[0].body == inputs


def test_additional_body_and_query_reach_the_service(nodes: Nodes) -> None:
    options = {
        "additionalBody": '{"imageFormat": "webp", "extra": {"deep": [1]}}',
        "additionalQuery": '{"trace": "a b"}',
    }
    nodes.emulator.emulator.clear()
    only(nodes, "tengrai", "removeBackground", options={"interval": 0.05, **options})
    (call,) = nodes.emulator.emulator.calls("removeBackground")
    assert call.body["imageFormat"] == "webp" and call.body["extra"] == {"deep": [1]}
    assert ("trace", "a b") in call.query


def test_broken_json_is_told_before_anything_is_sent(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    outcome = run(nodes, nodes.node("tuen", "generateImage", options={"additionalBody": "{nope"}))
    assert outcome.error is not None and "JSON" in outcome.error["message"]
    assert nodes.emulator.emulator.calls() == []


# What comes back


def test_raw_is_the_reply(nodes: Nodes) -> None:
    assert set(only(nodes, "tuen", "generateImage", output="raw")) == {"image_url", "success"}
    raw = only(nodes, "tengrai", "createQuantumArtwork", output="raw")
    assert raw["status"] == "succeeded" and "results" in raw


def test_only_selected_fields_are_returned(nodes: Nodes) -> None:
    chosen = only(nodes, "tengrai", "createQuantumArtwork", output="fields", fields=["image_url", "createdAt"])
    assert list(chosen) == ["image_url", "createdAt"]
    deep = only(nodes, "mayanio", "generateImages", output="fields", fields=["data.remaining_points"])
    assert list(deep) == ["data"] and list(deep["data"]) == ["remaining_points"]


def test_a_list_gives_one_item_per_element(nodes: Nodes) -> None:
    simple, raw = (run(nodes, nodes.node("tengrai", "listArtworks", output=how, limit=7)) for how in ("simple", "raw"))
    assert len(simple.json()) == len(raw.json()) == 7
    for shown, whole in zip(simple.json(), raw.json(), strict=True):
        assert whole["id"] == shown["id"] and "image_url" not in whole and len(shown) <= 10
        assert not whole["results"] or next(iter(shown)) == "image_url" and shown["image_url"] == whole["results"][0]


def test_a_job_is_awaited(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    result = only(nodes, "tuneforge", "generateMusic")
    assert result["status"] == "succeeded" and result["audio_url"]
    assert len(nodes.emulator.emulator.calls("getMusicStatus")) >= 2


def test_a_job_that_is_not_awaited_returns_its_id(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    result = only(nodes, "tuneforge", "generateMusic", waitForCompletion=False)
    assert result["status"] in ("queued", "running") and result["id"]
    assert nodes.emulator.emulator.calls("getMusicStatus") == []
    later = only(nodes, "tuneforge", "getMusicStatus", {"request_id": result["id"]})
    assert later["id"] == result["id"]


def test_a_job_that_outlasts_the_timeout_says_where_the_result_will_be(nodes: Nodes) -> None:
    patience = {"interval": 1, "timeout": 0.05}
    outcome = run(nodes, nodes.node("tengrai", "createQuantumArtwork", options=patience))
    assert outcome.error is not None
    assert "still going on" in outcome.error["message"] and "/v2/artworks/" in outcome.error["description"]


def test_a_file_is_downloaded(nodes: Nodes) -> None:
    outcome = run(nodes, nodes.node("tuen", "generateImage", downloadResult=True, binaryProperty="picture"))
    (item,) = outcome.items()
    assert item["binary"]["picture"]["mimeType"] == "image/webp"
    assert item["binary"]["picture"]["fileName"] == "image.webp"


def test_several_files_are_downloaded(nodes: Nodes) -> None:
    inputs = {"prompt": "a cat", "num_images": 3}
    outcome = run(nodes, nodes.node("mayanio", "generateImages", inputs, downloadResult=True))
    (item,) = outcome.items()
    count = len(item["json"]["items"])
    assert count == 3 and item["json"]["items"][0]["url"] == item["json"]["image_url"]
    assert list(item["binary"]) == ["data", *(f"data_{i}" for i in range(1, count))]


def test_a_file_behind_the_key_is_downloaded_with_it(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    outcome = run(nodes, nodes.node("tuneforge", "generateMusic", downloadResult=True))
    (item,) = outcome.items()
    assert item["binary"]["data"]["mimeType"].startswith("audio/")
    (call,) = nodes.emulator.emulator.calls("downloadAudio")
    assert call.headers["Authorization"] == f"Bearer {nodes.emulator.key('tuneforge')}"


def test_a_binary_field_goes_in_as_base64(nodes: Nodes) -> None:
    made = nodes.node("tuen", "generateImage", downloadResult=True)
    model = nodes.node("mayanio", "generate3DModel", {"image_base64": {"binary": "data"}})
    nodes.emulator.emulator.clear()
    outcome = run(nodes, made, {**model, "name": "Model"})
    assert outcome.status == "success", outcome.error
    (call,) = nodes.emulator.emulator.calls("generate3DModel")
    assert call.body["image_base64"].startswith("UklGR")  # RIFF, as WebP begins
    assert "image_url" not in call.body


def test_a_url_goes_in_as_base64(nodes: Nodes) -> None:
    picture = only(nodes, "tuen", "generateImage")["image_url"]
    nodes.emulator.emulator.clear()
    only(nodes, "mayanio", "generate3DModel", {"image_base64": picture})
    assert nodes.emulator.emulator.calls("generate3DModel")[0].body["image_base64"].startswith("UklGR")


# Failures


@pytest.mark.parametrize(
    ("key", "operation_id", "secret", "words"),
    [
        ("tuen", "generateImage", "invalid", "Check it in the credential"),
        ("aiops", "generateImage", "error_402", "too few credits"),
        ("tuen", "generateImage", "error_402", "quota is used up"),
        ("tengrai", "createQuantumArtwork", "error_403", "the domain artworks"),
        ("tuen", "textToSpeech", "error_429", "Retry On Fail"),
    ],
)
def test_the_hint_says_what_to_do(nodes: Nodes, key: str, operation_id: str, secret: str, words: str) -> None:
    assert words in error_of(nodes, key, operation_id, secret)["description"]


def test_the_wait_is_told(nodes: Nodes) -> None:
    assert "3 hours" in error_of(nodes, "tuen", "generateImage", "error_429")["description"]


@pytest.mark.parametrize("secret", ["error_html", "error_reset", "error_cut"])
def test_broken_replies_are_errors_and_no_tracebacks(nodes: Nodes, secret: str) -> None:
    error = error_of(nodes, "tuen", "generateImage", secret)
    assert error["name"] == "NodeApiError" and error["message"] and error["description"], error


def test_continue_on_fail_keeps_the_item(nodes: Nodes) -> None:
    node = {**nodes.node("aiops", "generateImage", secret="error_402"), "onError": "continueRegularOutput"}
    outcome = run(nodes, node)
    assert outcome.status == "success"
    (item,) = outcome.items()
    assert list(item["json"]) == ["error"] and item["json"]["error"]["type"] == "insufficient_credits"
    assert set(item["json"]["error"]) == {"type", "message", "status", "retryable", "retry_after"}
    assert item["pairedItem"] == {"item": 0}


def test_a_failure_while_the_work_goes_on_says_where_it_is(nodes: Nodes) -> None:
    patience = {"interval": 1, "timeout": 0.05}
    node = nodes.node("tengrai", "createQuantumArtwork", options=patience)
    (item,) = run(nodes, {**node, "onError": "continueRegularOutput"}).items()
    told = item["json"]
    assert set(told) == {"error", "id", "job_url"} and told["job_url"].endswith(f"/v2/artworks/{told['id']}")
    assert told["error"]["type"] == "timeout" and not told["error"]["retryable"], "trying again would pay again"


def test_the_error_output_gets_the_failed_item(nodes: Nodes) -> None:
    node = {**nodes.node("aiops", "generateImage", secret="error_402"), "onError": "continueErrorOutput"}
    after = {"parameters": {}, "name": "Failed", "type": "n8n-nodes-base.noOp", "typeVersion": 1}
    document = workflow(node, after)
    document["connections"]["Step"]["main"].insert(0, [])
    outcome = nodes.n8n.run(document)
    (item,) = outcome.items("Failed")
    assert item["json"]["error"]["status"] == 402


def test_one_failed_item_does_not_cost_the_others(nodes: Nodes) -> None:
    three = {
        "parameters": {"jsCode": "return ['a', '', 'c'].map((prompt) => ({json: {prompt}}))"},
        "name": "Three", "type": "n8n-nodes-base.code", "typeVersion": 2,
    }  # fmt: skip
    node = {
        **nodes.node("tuen", "generateImage", {"prompt": "={{ $json.prompt }}"}),
        "onError": "continueRegularOutput",
    }
    outcome = run(nodes, three, node)
    assert ["error" in item["json"] for item in outcome.items()] == [False, True, False]
    assert [item["pairedItem"] for item in outcome.items()] == [{"item": 0}, {"item": 1}, {"item": 2}]


# Sensitive operations


def test_sensitive_operations_want_to_be_confirmed(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    outcome = run(nodes, nodes.node("tengrai", "rotateOrganizationWebhookSecret", confirm=False))
    assert outcome.error is not None and "not been confirmed" in outcome.error["message"]
    assert nodes.emulator.emulator.calls() == []


def test_sensitive_operations_are_no_tools(nodes: Nodes) -> None:
    kinds = {kind["name"]: kind for kind in nodes.n8n.export_nodes()}
    tool = kinds["n8n-nodes-tengrai.tengraiTool"]
    hidden = [
        option["value"]
        for prop in tool["properties"] if prop["name"] == "operation"
        for option in prop["options"] if option.get("displayOptions", {}).get("hide") == {"@tool": [True]}
    ]  # fmt: skip
    sensitive = [o.operation_id for o in SERVICES["tengrai"].operations if o.sensitive]
    assert sorted(hidden) == sorted(sensitive)
    node = {**nodes.node("tengrai", "rotateOrganizationWebhookSecret"), "type": "n8n-nodes-tengrai.tengraiTool"}
    nodes.emulator.emulator.clear()
    try:
        outcome = run(nodes, node)
    except Exception:  # n8n itself may refuse to run a tool by its own
        outcome = None
    # Of an error an agent sees nothing, so that a tool returns it.
    assert outcome is None or outcome.status == "error" or "error" in outcome.json()[0]
    assert nodes.emulator.emulator.calls() == []


# Credentials


@pytest.mark.parametrize("key", KEYS)
def test_the_credential_test_tells_a_good_key_from_a_bad_one(nodes: Nodes, key: str) -> None:
    kind = next(iter(nodes.credential(key)))

    def tested(secret: str = "", **more: str) -> dict[str, Any]:
        data = nodes.credential_data(key, secret, **more)
        return nodes.n8n.api.test_credential(nodes.n8n.api.create_credential(kind, data))

    assert tested()["status"] == "OK"
    bad = tested("invalid")
    assert bad["status"] == "Error" and "refused the key" in bad["message"]
    assert tested("error_500")["status"] == "Error"
    assert tested(baseUrl=nodes.emulator.url + "/nowhere")["status"] == "Error"
    assert tested(baseUrl="http://127.0.0.1:9")["status"] == "Error"


def test_the_credential_tests_cost_nothing(nodes: Nodes) -> None:
    nodes.emulator.emulator.clear()
    for key in KEYS:
        kind = next(iter(nodes.credential(key)))
        identifier = nodes.n8n.api.create_credential(kind, nodes.credential_data(key))
        nodes.n8n.api.test_credential(identifier)
    for call in nodes.emulator.emulator.calls():
        assert call.method == "GET" or call.status >= 400, "a call that could succeed and cost"

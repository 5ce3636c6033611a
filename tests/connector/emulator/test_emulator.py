"""The emulator in front of the five bundled services, over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.model import Service
from tests.support.emulated import SERVICES, Client

OPERATIONS = [(key, operation.operation_id) for key, service in SERVICES.items() for operation in service.operations]
DOCUMENTED_ERRORS = [
    (key, operation.operation_id, int(response.status))
    for key, service in SERVICES.items()
    for operation in service.operations
    for response in operation.errors
    if response.status.isdigit() and response.examples
]


@pytest.fixture(scope="module")
def server() -> Iterator[EmulatorServer]:
    server = EmulatorServer(SERVICES.values(), callback_delays=(0.05, 0.05)).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def client(server: EmulatorServer) -> Iterator[Client]:
    client = Client(server)
    yield client
    client.session.close()


@pytest.mark.parametrize(("key", "operation_id"), OPERATIONS)
def test_every_operation_succeeds_on_its_example(client: Client, key: str, operation_id: str) -> None:
    operation = client.operation(key, operation_id)
    reply = client.call(key, operation_id)
    documented = [response.status for response in operation.responses if response.ok]
    assert str(reply.status_code) == documented[0]
    if operation.output.binary:
        assert reply.content
    else:
        assert same_shape(reply.json(), operation.output.sample)


def same_shape(value: Any, sample: Any) -> bool:
    if isinstance(sample, dict):
        return isinstance(value, dict) and value.keys() == sample.keys()
    return isinstance(value, type(sample))


@pytest.mark.parametrize(("key", "operation_id", "status"), DOCUMENTED_ERRORS)
def test_every_documented_error_comes_by_key(client: Client, key: str, operation_id: str, status: int) -> None:
    operation = client.operation(key, operation_id)
    reply = client.call(key, operation_id, secret=f"{SERVICES[key].auth.key_prefix}error_{status}")
    examples = [r.examples[0].value for r in operation.errors if r.status == str(status)]
    assert (reply.status_code, reply.json()) == (status, examples[0])


@pytest.mark.parametrize("key", sorted(SERVICES))
def test_a_status_nobody_documents_has_the_services_error_shape(client: Client, key: str) -> None:
    operation = SERVICES[key].operations[0]
    reply = client.call(key, operation.operation_id, secret=f"{SERVICES[key].auth.key_prefix}error_418")
    message = SERVICES[key].errors.message
    assert reply.status_code == 418
    assert message is not None and message.reference is not None
    assert isinstance(reply.json()[message.reference.path[0]], str)


@pytest.mark.parametrize(
    ("key", "secret", "status"),
    [
        ("tuen", "tuen_sk_whatever", 200),
        ("tuen", "aiops_sk_whatever", 401),
        ("tuen", "tuen_sk_", 401),
        ("tuen", "tuen_sk_invalid", 401),
        ("tuen", "invalid", 401),
        ("tuen", "", 401),
        ("mayanio", "anything", 200),
        ("mayanio", "invalid", 401),
        ("mayanio", "", 401),
    ],
)
def test_keys(client: Client, key: str, secret: str, status: int) -> None:
    operation = SERVICES[key].operations[0]
    assert client.call(key, operation.operation_id, secret=secret).status_code == status


def test_the_connection_tests_tell_good_keys_from_bad_ones(client: Client) -> None:
    for key, service in SERVICES.items():
        test = service.connection
        assert test is not None
        operation = client.operation(key, test.operation_id)
        url = client.server.base_url(key) + operation.path
        for secret, allowed in ((client.server.key(key), test.valid), ("invalid", test.invalid)):
            body = (test.body if test.raw_body else {}) if operation.media_type else None
            headers = {"Authorization": f"Bearer {secret}"}
            reply = requests.request(
                operation.method, url, params=dict(test.inputs), headers=headers, timeout=5, json=body
            )
            classes = {str(reply.status_code), f"{reply.status_code // 100}XX"}
            assert classes & set(allowed), (key, secret, reply.status_code)


@pytest.mark.parametrize(
    ("key", "operation_id", "inputs", "told"),
    [
        ("tuen", "generateImage", {}, "prompt is required"),
        ("tuen", "generateImage", {"prompt": 5}, "prompt must be a string"),
        ("tuen", "generateImage", {"prompt": "x", "style": "cubist"}, "style must be one of: none, anime"),
        ("tuen", "textToSpeech", {"text": "x" * 501}, "text must have at most 500 characters"),
        ("mayanio", "generateImages", {"prompt": "x", "num_images": 5}, "num_images must be at most 4"),
        ("mayanio", "generate3DModel", {}, "needs image_url or image_base64"),
        ("mayanio", "listProjects", {"limit": 101}, "limit must be at most 100"),
        ("mayanio", "listProjects", {"page": "two"}, "page must be an integer"),
        ("tengrai", "createSelenaArtwork", {"width": 640}, "takes aspectRatio or width with height"),
        (
            "tengrai",
            "createSegmentationArtwork",
            {"imageUrl": "https://a.example/b.png", "method": "text"},
            "textPrompt",
        ),
        (
            "tengrai",
            "createDepthMapArtwork",
            {"imageUrl": "https://a.example/b.png", "resolutionLowerLimit": 300},
            "64",
        ),
        ("tuneforge", "generateMusic", {"prompt": "x", "duration_seconds": 0}, "duration_seconds must be at least 1"),
    ],
)
def test_bad_input_is_refused_in_the_vendors_words(
    client: Client, key: str, operation_id: str, inputs: dict[str, Any], told: str
) -> None:
    reply = client.call(key, operation_id, inputs)
    message = SERVICES[key].errors.message
    assert message is not None and message.reference is not None
    assert reply.status_code == 400
    assert told in reply.json()[message.reference.path[0]]


def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    url = client.server.base_url("tuen") + "/image_gen"
    headers = {"Authorization": "Bearer tuen_sk_x"}
    broken = requests.post(url, data=b'{"prompt": ', headers=headers | {"Content-Type": "application/json"}, timeout=5)
    form = requests.post(url, data={"prompt": "x"}, headers=headers, timeout=5)
    assert (broken.status_code, form.status_code) == (400, 400)
    assert "not JSON" in broken.json()["error"] and "application/json" in form.json()["error"]


def test_what_the_document_does_not_know_is_let_through(client: Client) -> None:
    inputs = {"prompt": "x", "additionalBody": {"future": {"a": 1}}}
    assert client.call("tuen", "generateImage", inputs).status_code == 200
    assert client.server.emulator.calls("generateImage")[-1].inputs == {"prompt": "x", "future": {"a": 1}}


def test_unknown_places(client: Client) -> None:
    base = client.server.base_url("mayanio")
    assert requests.get(base + "/nowhere", timeout=5).json()["success"] is False
    wrong = requests.delete(base + "/images", timeout=5)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "POST")
    assert requests.get(client.server.url + "/unheard-of/x", timeout=5).status_code == 404
    index = requests.get(client.server.url, timeout=5).json()["services"]
    assert index["tuen"] == {"base_url": client.server.base_url("tuen"), "key": "tuen_sk_emulator"}


def test_the_reply_fits_the_request(client: Client) -> None:
    inputs = {"prompt": "cats", "num_images": 3, "output_format": "png", "aspect_ratio": "4:3"}
    data = client.call("mayanio", "generateImages", inputs).json()["data"]
    images = data["images"]
    assert len(images) == 3 == len({image["url"] for image in images}) == len({image["file_name"] for image in images})
    for image in images:
        file = requests.get(image["url"], timeout=5)
        assert (image["content_type"], image["aspect_ratio"]) == ("image/png", "4:3")
        assert (file.headers["Content-Type"], len(file.content)) == ("image/png", image["file_size"])
        assert file.content.startswith(b"\x89PNG")
    other = client.call("mayanio", "generateImages", inputs).json()["data"]
    assert other["generation_id"] != data["generation_id"] and len(other["generation_id"]) == 24
    video = client.call("mayanio", "generateVideo", {"prompt": "x", "duration": 6, "resolution": "1080p"}).json()
    assert (video["data"]["video"]["duration"], video["data"]["video"]["resolution"]) == (6, "1080p")


def test_rate_limits_count_down_for_each_key(client: Client) -> None:
    replies = [client.call("tuneforge", "getAccount", {}, "tf_limit_2") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0", "0"]
    last = replies[-1].headers
    assert 0 < int(last["X-RateLimit-Reset"]) - time.time() <= 60
    assert 0 < int(last["Retry-After"]) <= 60
    assert client.call("tuneforge", "getAccount", {}, "tf_other").status_code == 200


def test_the_documented_limit() -> None:
    with EmulatorServer(["tuneforge"], allowance="documented") as url:
        headers = {"Authorization": "Bearer tf_x"}
        account = f"{url}/tuneforge/api/v1/account/me"
        assert requests.get(account, headers=headers, timeout=5).headers["X-RateLimit-Limit"] == "60"


def test_broken_servers(client: Client) -> None:
    page = client.call("mayanio", "listProjects", {}, "error_html")
    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (502, "text/html")
    for secret in ("error_cut", "error_reset"):
        with pytest.raises(requests.exceptions.RequestException):
            client.call("mayanio", "listProjects", {}, secret)
    lying = client.call("mayanio", "generateImages", None, "error_200")
    assert (lying.status_code, lying.json()["success"]) == (200, False)
    began = time.monotonic()
    assert client.call("mayanio", "listProjects", {}, "slow_1").status_code == 200
    assert time.monotonic() - began >= 1


def test_requests_are_recorded(server: EmulatorServer, client: Client) -> None:
    server.emulator.clear()
    client.call("tuen", "generateImage", {"prompt": "für dich 🐈"})
    client.call("tuen", "generateImage", {}, "invalid")
    good, bad = server.emulator.calls("generateImage", "tuen")
    assert (good.method, good.path, good.status) == ("POST", "/tuen/api/services/image_gen", 200)
    assert (good.inputs, good.body, good.owner) == (
        {"prompt": "für dich 🐈"},
        {"prompt": "für dich 🐈"},
        "tuen_sk_emulator",
    )
    assert good.headers["Content-Type"] == "application/json"
    assert good.reply["success"] is True
    assert (bad.status, bad.owner) == (401, "")


def test_replies_fit_the_documents_schemas(client: Client) -> None:
    """The documented reply fields, typed, hold what the emulator says."""
    for key, operation_id in OPERATIONS:
        operation = client.operation(key, operation_id)
        if operation.output.binary or not operation.output.fields:
            continue
        reply = client.call(key, operation_id).json()
        schema = {"type": "object", "required": [f.pointer.strip("/") for f in operation.output.fields if f.required]}
        elements = reply if operation.output.repeated else [reply]
        for element in elements:
            Draft202012Validator(schema).validate(element)


def test_the_vendors_stay_apart(server: EmulatorServer) -> None:
    assert isinstance(SERVICES["tuen"], Service)
    assert {vendor.service.key for vendor in server.emulator.vendors.values()} == set(SERVICES)

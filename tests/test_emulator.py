"""The emulator in front of the five bundled services, over real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from connector.emulator import EmulatorServer
from schemas.inputs import to_wire
from schemas.load import bundled, load
from schemas.model import Operation, Service

SERVICES = {key: load(path).service for key, path in bundled().items()}
OPERATIONS = [(key, operation.operation_id) for key, service in SERVICES.items() for operation in service.operations]
DOCUMENTED_ERRORS = [
    (key, operation.operation_id, int(response.status))
    for key, service in SERVICES.items()
    for operation in service.operations
    for response in operation.errors
    if response.status.isdigit() and response.examples
]


class Client:
    """Calls operations by their flat inputs."""

    def __init__(self, server: EmulatorServer) -> None:
        self.server = server
        self.session = requests.Session()

    def operation(self, key: str, operation_id: str) -> Operation:
        operation = SERVICES[key].operation(operation_id)
        assert operation is not None
        return operation

    def call(
        self, key: str, operation_id: str, inputs: dict[str, Any] | None = None, secret: str | None = None
    ) -> requests.Response:
        operation = self.operation(key, operation_id)
        given = inputs if inputs is not None else example(operation)
        wire = to_wire(operation, given)
        good = self.server.key(key)
        headers = {"Authorization": f"Bearer {good if secret is None else secret}"}
        body = wire.body if operation.media_type else None
        url = self.server.base_url(key) + wire.path
        return self.session.request(
            operation.method, url, params=list(wire.query), headers=headers, timeout=10, json=body
        )


def example(operation: Operation) -> dict[str, Any]:
    return dict(operation.request_examples[0].value) if operation.request_examples else {}


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
        ("tengrai", "createSelenaArtwork", {"width": 640}, "takes aspectRatio or height with width"),
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


def poll(client: Client, key: str, operation_id: str, inputs: dict[str, Any], secret: str | None = None) -> list[Any]:
    """States until the last."""
    found: list[Any] = []
    for _ in range(20):
        found.append(client.call(key, operation_id, inputs, secret).json())
        if found[-1]["status"] in ("succeeded", "completed", "failed", "canceled"):
            break
    return found


@pytest.mark.parametrize(
    ("prompt", "states"),
    [
        ("a fox", ["processing", "succeeded"]),
        ("please fail", ["processing", "failed"]),
        ("cancel this", ["processing", "canceled"]),
    ],
)
def test_a_job_goes_through_its_states(client: Client, prompt: str, states: list[str]) -> None:
    accepted = client.call("tengrai", "createSelenaArtwork", {"prompt": prompt, "batch": 2})
    artwork = accepted.json()
    assert (accepted.status_code, artwork["status"], artwork["results"]) == (202, "starting", [])
    assert artwork["parameters"] == {"prompt": prompt, "batch": 2}
    found = poll(client, "tengrai", "getArtwork", {"id": artwork["id"]})
    assert [state["status"] for state in found] == states
    assert {state["id"] for state in found} == {artwork["id"]}
    assert len(found[-1]["results"]) == (2 if states[-1] == "succeeded" else 0)
    assert found[-1] == client.call("tengrai", "getArtwork", {"id": artwork["id"]}).json()


def test_a_job_that_never_ends(client: Client) -> None:
    artwork = client.call("tengrai", "createQuantumArtwork", {"prompt": "this never ends"}).json()
    assert {state["status"] for state in poll(client, "tengrai", "getArtwork", {"id": artwork["id"]})} == {"processing"}


def test_jobs_belong_to_their_key(client: Client) -> None:
    artwork = client.call("tengrai", "createQuantumArtwork", {"prompt": "mine"}, "one").json()
    assert client.call("tengrai", "getArtwork", {"id": artwork["id"]}, "one").status_code == 200
    assert client.call("tengrai", "getArtwork", {"id": artwork["id"]}, "two").status_code == 404
    assert artwork["id"] not in {a["id"] for a in client.call("tengrai", "listArtworks", {}, "two").json()}


def test_audio_needs_the_key(client: Client) -> None:
    started = client.call("tuneforge", "generateMusic", {"prompt": "rain", "duration_seconds": 3}).json()
    done = poll(client, "tuneforge", "getMusicStatus", {"request_id": started["request_id"]})[-1]
    track = done["tracks"][0]
    assert track["duration_seconds"] == 3
    assert requests.get(track["audio_url"], timeout=5).status_code == 401
    url = f"{client.server.base_url('tuneforge')}/music/audio/{track['track_id']}.wav"
    assert track["audio_url"] == url
    file = client.call("tuneforge", "downloadAudio", {"file": f"{track['track_id']}.wav"})
    assert (file.headers["Content-Type"], file.content[:4], file.content[8:12]) == ("audio/wav", b"RIFF", b"WAVE")
    assert client.call("tuneforge", "downloadAudio", {"file": "trk_other.wav"}).status_code == 404
    assert client.call("tuneforge", "getMusicStatus", {"request_id": "req_other"}).status_code == 404


def test_lists_are_paged_and_show_what_was_made(server: EmulatorServer, client: Client) -> None:
    secret = "pages"
    first = client.call("mayanio", "listProjects", {"limit": 20}, secret).json()["data"]
    assert (len(first["projects"]), first["pagination"]["total"]) == (20, 45)
    made = client.call("mayanio", "generateVideo", {"prompt": "a fox"}, secret).json()["data"]["video"]
    seen: list[Any] = []
    for page in range(1, 4):
        data = client.call("mayanio", "listProjects", {"page": page, "limit": 20}, secret).json()["data"]
        seen += data["projects"]
        assert data["pagination"] == {"page": page, "limit": 20, "total": 46, "pages": 3, "has_more": page < 3}
    assert len({project["id"] for project in seen}) == 46
    newest = seen[0]
    assert (newest["id"], newest["type"], newest["prompt"]) == (made["generation_id"], "video", "a fox")
    assert newest["url"] == made["url"]
    assert newest["created_at"] > seen[1]["created_at"] > seen[2]["created_at"]
    assert client.call("mayanio", "listProjects", {"page": 9}, secret).json()["data"]["projects"] == []
    videos = client.call("mayanio", "listProjects", {"type": "videos"}, secret).json()["data"]["projects"]
    assert [project["id"] for project in videos] == [made["generation_id"]]
    oldest = client.call("mayanio", "listProjects", {"order": "asc", "limit": 1}, secret).json()["data"]["projects"]
    assert oldest == seen[-1:]


def test_new_elements_can_be_added(server: EmulatorServer, client: Client) -> None:
    added = server.emulator.add_item("tengrai", "listArtworks", {"status": "succeeded"})
    listed = client.call("tengrai", "listArtworks", {"limit": 1}, "adder").json()
    assert [artwork["id"] for artwork in listed] == [added["id"]]
    assert client.call("tengrai", "getArtwork", {"id": added["id"]}, "adder").json()["id"] == added["id"]


def test_an_artwork_is_listed_in_its_state(client: Client) -> None:
    artwork = client.call("tengrai", "createSelenaArtwork", {"prompt": "x"}, "lister").json()
    listed = client.call("tengrai", "listArtworks", {"limit": 3}, "lister").json()
    assert (listed[0]["id"], listed[0]["status"]) == (artwork["id"], "starting")
    time.sleep(1.1)
    listed = client.call("tengrai", "listArtworks", {"offset": 0, "limit": 3}, "lister").json()
    assert (listed[0]["id"], listed[0]["status"]) == (artwork["id"], "succeeded")
    other = client.call("tengrai", "getArtwork", {"id": listed[2]["id"]}, "lister").json()
    assert other["id"] == listed[2]["id"]


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


def test_realistic_calls_take_their_time() -> None:
    server = EmulatorServer(["mayanio"], realistic=True, pace=0.01)
    with server:
        began = time.monotonic()
        reply = Client(server).call("mayanio", "generate3DModel")
        assert reply.status_code == 200
        assert 0.45 < time.monotonic() - began < 3


def test_a_realistic_job_is_done_in_time_not_by_polls() -> None:
    server = EmulatorServer(["tuneforge"], realistic=True, realistic_job_seconds=0.4)
    with server:
        client = Client(server)
        started = client.call("tuneforge", "generateMusic").json()
        inputs = {"request_id": started["request_id"]}
        states = {client.call("tuneforge", "getMusicStatus", inputs).json()["status"] for _ in range(5)}
        assert "completed" not in states
        time.sleep(0.5)
        assert client.call("tuneforge", "getMusicStatus", inputs).json()["status"] == "completed"


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


def test_many_callers_at_once(client: Client) -> None:
    def run(number: int) -> str:
        session = Client(client.server)
        artwork = session.call("tengrai", "createQuantumArtwork", {"prompt": f"n{number}"}, f"k{number % 4}").json()
        done = poll(session, "tengrai", "getArtwork", {"id": artwork["id"]}, f"k{number % 4}")[-1]
        session.session.close()
        assert done["parameters"] == {"prompt": f"n{number}"} and done["status"] == "succeeded"
        return str(done["id"])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(run, range(64)))
    assert len(set(ids)) == 64


def test_ids_and_files_are_the_same_after_a_restart() -> None:
    lists = []
    for _ in range(2):
        server = EmulatorServer(["tengrai"])
        with server:
            lists.append(
                [artwork["id"] for artwork in Client(server).call("tengrai", "listArtworks", {"limit": 50}).json()]
            )
    assert lists[0] == lists[1] and len(set(lists[0])) == 45


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
    assert threading.active_count() < 60

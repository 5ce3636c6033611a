"""Jobs, lists and time: what the emulated vendors remember."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from specloom.connector.emulator import EmulatorServer
from specloom.schemas.model import Service
from tests.support.emulated import SERVICES, Client


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


CLIPS = """
    paths:
      /clips:
        post:
          operationId: makeClip
          requestBody: {content: {application/json: {schema: {type: object, properties: {prompt: {type: string}}}}}}
          responses:
            "202":
              description: ok
              content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}
              links: {state: {operationId: getClip, parameters: {id: $response.body#/id}}}
          x-specloom:
            job: {poll: state, status: $response.body#/status, succeeded: [done], failed: [failed]}
            result: {type: video, download: file}
      /clips/{id}:
        get:
          operationId: getClip
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
          responses:
            "200":
              description: ok
              content:
                application/json:
                  schema:
                    type: object
                    properties: {id: {type: string}, status: {type: string, enum: [queued, running, done, failed]}}
              links: {file: {operationId: clipFile, parameters: {id: $response.body#/id}}}
      /clips/{id}/content:
        get:
          operationId: clipFile
          parameters: [{name: id, in: path, required: true, schema: {type: string}}]
          responses:
            "200": {description: ok, content: {video/mp4: {schema: {type: string, format: binary}}}}
"""


def test_the_file_of_work_is_there_when_it_is_done(loaded: Callable[[str], Service]) -> None:
    service = loaded(CLIPS)
    server = EmulatorServer([service]).start()
    client = Client(server, {service.key: service})
    try:
        clip = client.call("sample", "makeClip", {"prompt": "rain"}).json()
        assert client.call("sample", "clipFile", {"id": clip["id"]}).status_code == 404
        states = [client.call("sample", "getClip", {"id": clip["id"]}).json()["status"] for _ in range(3)]
        assert states[-1] == "done"
        file = client.call("sample", "clipFile", {"id": clip["id"]})
        assert (file.headers["Content-Type"], file.content[4:8]) == ("video/mp4", b"ftyp")
    finally:
        client.session.close()
        server.stop()

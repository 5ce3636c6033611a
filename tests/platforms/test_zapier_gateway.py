"""What cannot be waited for in one step: by way of a gateway, by its id, or told as late."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_apps import SERVICES, Listener, write_app
from tests.platforms.zapier_workshop import StandIn

pytest_plugins = ["tests.platforms.zapier_fixtures"]


def result(status: str, **more: Any) -> dict[str, Any]:
    done = status == "succeeded"
    items = [{"type": "video", "url": "https://cdn.example.com/v.mp4"}] if done else []
    url = {"video_url": "https://cdn.example.com/v.mp4"} if done else {}
    return {
        "success": True,
        "status": status,
        "type": "video",
        "items": items,
        "id": None,
        "job_id": "job 1",
        **url,
        **more,
    }


@pytest.fixture(scope="module")
def mayanio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(SERVICES["mayanio"], tmp_path_factory.mktemp("apps") / "mayanio")


def test_a_slow_step_runs_through_the_gateway(zapier: Zapier, mayanio: Path, stand_in: StandIn) -> None:
    given = {"api_key": "k", "host": "mayanio.example.com", "gateway_url": f"{stand_in.url}/", "gateway_key": "slk_1"}
    stand_in.json("POST /run/mayanio/generateVideo", result("queued"), 202, location="/jobs/job%201")
    listener = Listener()
    step = "creates.generateVideo.operation"
    bundle = {"authData": given, "inputData": {"prompt": "a cat"}}
    begun = zapier.run(mayanio, f"{step}.perform", bundle, callback_url=listener.url)
    call = stand_in.calls[0]
    assert begun.waiting and begun.results["job_id"] == "job 1"
    assert call["headers"]["specloom-callback"] == listener.url and call["headers"]["prefer"] == "respond-async"
    assert call["headers"]["authorization"] == "Bearer k" and call["headers"]["x-specloom-key"] == "slk_1"
    assert json.loads(call["body"])["prompt"] == "a cat"
    stand_in.json("GET /jobs/job%201", result("succeeded"))
    resumed = {
        "authData": given,
        "outputData": begun.results,
        "cleanedRequest": {"video_url": "https://evil.example.com"},
    }
    done = zapier.run(mayanio, f"{step}.performResume", resumed).results
    assert done["video_url"] == "https://cdn.example.com/v.mp4" and done["file"].startswith("hydrate|||")
    stand_in.json(
        "GET /jobs/job%201",
        {
            **result("failed"),
            "success": False,
            "error": {"type": "insufficient_credits", "message": "no points", "status": 402},
        },
    )
    with pytest.raises(AppError, match="InsufficientCredits"):
        zapier.run(mayanio, f"{step}.performResume", resumed)
    listener.stop()


def test_while_a_zap_is_built_the_gateway_is_waited_for(zapier: Zapier, mayanio: Path, stand_in: StandIn) -> None:
    given = {"api_key": "k", "host": "mayanio.example.com", "gateway_url": stand_in.url}
    stand_in.json("POST /run/mayanio/generateVideo", result("succeeded"))
    bundle = {"authData": given, "inputData": {"prompt": "a cat"}, "meta": {"isLoadingSample": True}}
    tried = zapier.run(
        mayanio, "creates.generateVideo.operation.perform", bundle, callback_url="https://never.example.com"
    )
    assert not tried.waiting and tried.results["video_url"]
    assert re.fullmatch(r"wait=2[0-5]", stand_in.calls[0]["headers"]["prefer"])
    stand_in.json("GET /jobs/job%201", result("running"))
    search = {"authData": given, "inputData": {"id": "job 1", "step": "generateVideo"}}
    (found,) = zapier.run(mayanio, "searches.get_result.operation.perform", search).results
    assert found["status"] == "running"
    stand_in.json("GET /jobs/none", {"error": {"type": "not_found", "message": "no such job"}}, 404)
    search["inputData"] = {"id": "none", "step": "generateVideo"}
    assert zapier.run(mayanio, "searches.get_result.operation.perform", search).results == []


def test_an_answer_that_does_not_come(zapier: Zapier, stand_in: StandIn, tmp_path: Path) -> None:
    app = write_app(SERVICES["mayanio"], tmp_path / "late")
    data = json.loads((app / "app.json").read_text())
    data["limits"] |= {"step": 0.4, "wait": 0.3}
    (app / "app.json").write_text(json.dumps(data))
    release = threading.Event()
    plain = stand_in.answers.get

    class Slow(dict[str, tuple[int, dict[str, str], bytes]]):
        def get(self, key: str, default: Any = None) -> Any:
            release.wait(3)
            return plain(key, default)

    stand_in.answers = Slow()
    bundle = {"authData": {"api_key": "k", "base_url": stand_in.url}, "inputData": {"prompt": "a cat"}}
    with pytest.raises(AppError, match="may have been carried out.*gateway") as raised:
        zapier.run(app, "creates.generateVideo.operation.perform", bundle)
    release.set()
    assert "Timeout" in raised.value.message


def test_what_takes_longer_than_a_step_returns_the_id(zapier: Zapier, stand_in: StandIn, tmp_path: Path) -> None:
    app = write_app(SERVICES["tuneforge"], tmp_path / "tuneforge")
    data = json.loads((app / "app.json").read_text())
    data["limits"]["wait"] = 1.5
    data["service"]["operations"]["generateMusic"]["job"]["interval"] = 0.2
    (app / "app.json").write_text(json.dumps(data))
    stand_in.json("POST /music/generate", {"request_id": "req_1", "status": "queued"}, 201)
    stand_in.json("GET /music/status/req_1", {"request_id": "req_1", "status": "dreaming", "tracks": []})
    bundle = {"authData": {"api_key": "k", "base_url": stand_in.url}, "inputData": {"prompt": "la"}}
    outcome = zapier.run(app, "creates.generateMusic.operation.perform", bundle)
    assert outcome.results["status"] == "running" and outcome.results["id"] == "req_1" and not outcome.waiting
    polls = [call for call in stand_in.calls if call["method"] == "GET"]
    assert 2 <= len(polls) <= 8
    stand_in.json("GET /music/status/req_1", {"request_id": "req_1", "status": "failed", "error": "no inspiration"})
    with pytest.raises(AppError, match="no inspiration"):
        zapier.run(app, "creates.generateMusic.operation.perform", bundle)

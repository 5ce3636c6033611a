"""Every blueprint, run from its first module to its last: generated apps on the emulated services."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.generator.make.components.names import parameter
from specloom.generator.make.emit import emit
from specloom.generator.platforms import EmitOptions
from specloom.generator.workflows.source.services import services
from tests.generator.workflows.workflow_sources import NAMES, checked, template
from tests.platforms.make_emulator.app import MakeApp
from tests.platforms.make_scenario import Scenario

AUDIO = {"success": True, "type": "audio", "service": "tuneforge", "audio_url": "https://cdn.example.com/track.wav"}


@cache
def files(key: str) -> dict[str, bytes]:
    return dict(emit(services()[key], EmitOptions()).files)


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    server = EmulatorServer([s for key, s in services().items() if key != "specloom"], polls=2, job_seconds=0.2).start()
    yield server
    server.stop()


def connected(emulator: EmulatorServer, key: str, secret: str = "") -> MakeApp:
    app = MakeApp(files(key), sleep=lambda _: None)
    service = services()[key]
    values = {"apiKey": emulator.key(key), "baseUrl": emulator.base_url(key)}
    values |= {parameter(v.name): v.default or "unused.example.com" for s in service.servers for v in s.variables}
    app.connect(values)
    if secret:
        app.connection["apiKey"] = service.auth.key_prefix + secret
    return app


def run(emulator: EmulatorServer, name: str, secret: str = "", start: dict[str, Any] | None = None) -> Scenario:
    blueprint = json.loads(template(name).files[f"make/{name}.blueprint.json"])
    return Scenario(lambda key: connected(emulator, key, secret)).run(blueprint, start or sample(name))


def sample(name: str) -> dict[str, Any]:
    """What the webhook gets: the source's own samples."""
    workflow = checked(name).workflow
    if workflow.start.kind == "event":
        return dict(checked(name).trigger().samples[0])
    file = {"name": "recording.wav", "data": b"RIFF"}
    return {each.name: file if each.type == "file" else each.sample for each in workflow.start.inputs}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    return [text for each in value for text in texts(each)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_runs_to_its_end_with_what_it_promises(emulator: EmulatorServer, name: str) -> None:
    done = run(emulator, name)
    assert done.handled == []
    promised = checked(name).workflow.output
    assert set(done.result) == set(promised)
    for key, value in done.result.items():
        assert value not in (None, ""), key
        if key.endswith("_url") and "example.com" not in value:
            assert value.startswith("http://127.0.0.1:")
    for module, given in done.ran:
        assert not any(re.search(r"undefined|\{\{|None", text) for text in texts(given)), (module, given)


@pytest.mark.parametrize("name", NAMES)
def test_an_account_without_credits_reaches_the_error_handler(emulator: EmulatorServer, name: str) -> None:
    start = AUDIO if name == "new-result-router" else None
    done = run(emulator, name, "error_402", start)
    assert done.handled
    told = [text for _, given in done.ran for text in texts(given) if "402" in text]
    assert told or name == "new-result-router"
    if name != "sheet-prompts-to-images":
        assert done.handled[-1] == "rolled back" and done.result == {}


def test_each_row_is_one_image(emulator: EmulatorServer) -> None:
    done = run(emulator, "sheet-prompts-to-images")
    names = [name for name, _ in done.ran]
    assert names.count("Draw The Image") == 2 and names.count("Say It Is Done") == 1
    rows = [given["values"] for name, given in done.ran if name == "Add The Image"]
    assert [row["0"] for row in rows] == ["A red fox", "A green heron"] and all(
        row["1"].startswith("http") for row in rows
    )


def test_a_failed_row_does_not_stop_the_others(emulator: EmulatorServer) -> None:
    done = run(emulator, "sheet-prompts-to-images", "error_402")
    assert [name for name, _ in done.ran].count("Note The Failure") == 2
    assert done.result == {"done": True}


@pytest.mark.parametrize(
    ("start", "module"),
    [
        (AUDIO, "List The Transcript"),
        ({**AUDIO, "type": "video", "video_url": "https://cdn.example.com/v.mp4"}, "Show The Video"),
        ({**AUDIO, "success": False, "error": {"status": 429, "message": "Too many"}}, "Alert About The Limit"),
        ({**AUDIO, "success": False, "error": {"status": 500, "message": "No"}}, "Note The Failure"),
        ({**AUDIO, "type": "file"}, "Result"),
    ],
)
def test_results_go_one_way_only(emulator: EmulatorServer, start: dict[str, Any], module: str) -> None:
    done = run(emulator, "new-result-router", start=start)
    names = [name for name, _ in done.ran]
    assert module in names and names.count("Result") == 1
    assert done.result == {"type": start["type"], "service": "tuneforge"}


def test_credits_and_other_errors_are_told_apart(emulator: EmulatorServer) -> None:
    limit = run(emulator, "new-result-router", "error_402", AUDIO)
    assert "Alert About Credits" in [name for name, _ in limit.ran]
    other = run(emulator, "new-result-router", "error_500", AUDIO)
    assert "Post The Reason" in [name for name, _ in other.ran]

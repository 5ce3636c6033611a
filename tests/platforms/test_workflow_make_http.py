"""Every blueprint of Make's stock HTTP module, run to its end on the emulated services, with nothing of ours installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from specloom.connector.emulator import EmulatorServer
from specloom.generator.workflows.source.services import address, services
from tests.generator.workflows.workflow_sources import NAMES, checked, template
from tests.platforms.make_emulator.stock_http import Keychain
from tests.platforms.make_scenario import Scenario
from tests.platforms.test_workflow_make import AUDIO, sample, texts
from tests.support.make_blueprints import modules

Json = dict[str, Any]
HOSTILE = 'A "fox"\\n\n\twith {{1.prompt}} \\ and }} braces'


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    server = EmulatorServer([s for key, s in services().items() if key != "specloom"], polls=2, job_seconds=0.2).start()
    yield server
    server.stop()


def blueprint(name: str) -> Json:
    found: Json = json.loads(template(name).files[f"make/{name}.http.blueprint.json"])
    return found


def run(emulator: EmulatorServer, name: str, secret: str = "", start: Json | None = None) -> Scenario:
    """The blueprint as a person has it: addresses and keys filled in."""
    used = [services()[key] for key in checked(name).workflow.services if key != "specloom"]
    text = json.dumps(blueprint(name))
    for service in used:
        text = text.replace(address(service), emulator.base_url(service.key))

    def keychain(url: str) -> Keychain:
        service = next(s for s in used if url.startswith(emulator.base_url(s.key)))
        value = service.auth.key_prefix + secret if secret else emulator.key(service.key)
        return Keychain(service.auth.name, service.auth.location, service.auth.value_prefix + value)

    def no_app(key: str) -> Any:
        raise AssertionError(f"{key} is an app of ours")

    return Scenario(no_app, keychain).run(json.loads(text), start or sample(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_runs_to_its_end_with_what_it_promises(emulator: EmulatorServer, name: str) -> None:
    done = run(emulator, name)
    assert done.handled == []
    assert set(done.result) == set(checked(name).workflow.output)
    for key, value in done.result.items():
        assert value not in (None, ""), key
        if key.endswith("_url") and "example.com" not in value:
            assert value.startswith("http://127.0.0.1:")
    for module, given in done.ran:
        assert not any(re.search(r"undefined|\{\{|None", text) for text in texts(given)), (module, given)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "new-result-router"])
def test_an_account_without_credits_reaches_the_error_handler(emulator: EmulatorServer, name: str) -> None:
    done = run(emulator, name, "error_402")
    assert any("402" in text for _, given in done.ran[1:] for text in texts(given))
    if name == "sheet-prompts-to-images":
        assert [n for n, _ in done.ran].count("Note The Failure") == 2 and done.result == {"done": True}
    else:
        assert done.result == {}


def test_credits_and_other_errors_are_told_apart(emulator: EmulatorServer) -> None:
    limit = [name for name, _ in run(emulator, "new-result-router", "error_402", AUDIO).ran]
    assert "Alert About Credits" in limit and "Post The Reason" not in limit
    other = [name for name, _ in run(emulator, "new-result-router", "error_500", AUDIO).ran]
    assert "Post The Reason" in other and "Alert About Credits" not in other


@pytest.mark.parametrize("name", ["music-on-demand", "artwork-pipeline"])
def test_what_comes_after_a_job_comes_once(emulator: EmulatorServer, name: str) -> None:
    done = run(emulator, name)
    names = [n for n, _ in done.ran]
    assert names.count("Result") == 1 and len([n for n in names if n.startswith("Look for the result")]) >= 2
    posts = [call.url for call in done.calls if call.method == "POST"]
    assert len(posts) == len(set(posts))


def test_whatever_a_person_types_arrives_as_it_is(emulator: EmulatorServer) -> None:
    done = run(emulator, "form-to-image", start={**sample("form-to-image"), "prompt": HOSTILE})
    sent = json.loads(done.calls[0].body or b"")
    assert sent["prompt"] == HOSTILE


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_ours_and_no_key_is_in_a_blueprint(name: str) -> None:
    for module in modules(blueprint(name)["flow"]):
        assert module["module"].partition(":")[0] not in services()
        assert "auth" not in module.get("parameters", {})
        if module["module"].startswith("http:ActionSendDataAPIKey"):
            assert module["mapper"]["headers"] == [] and module["mapper"]["followRedirect"] is False

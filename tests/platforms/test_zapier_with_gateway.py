"""The whole way of a slow step: the app in Zapier's core, the real gateway, the emulated service, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connector.gateway.harness import GatewayServer, running
from tests.platforms.zapier import Zapier
from tests.platforms.zapier_apps import SERVICES, Apps, Listener


@pytest.fixture(scope="module")
def apps(zapier: Zapier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    apps = Apps(zapier, tmp_path_factory.mktemp("zapier"), SERVICES, realistic=True, pace=0.05)
    yield apps
    apps.stop()


@pytest.fixture(scope="module")
def gateway(apps: Apps, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServer]:
    with running(tmp_path_factory.mktemp("gateway"), apps.emulator) as server:
        yield server


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


SLOW = [
    ("mayanio", "generateVideo", "video_url"),
    ("mayanio", "generate3DModel", "model_url"),
    ("tuneforge", "generateMusic", "audio_url"),
]


@pytest.mark.parametrize(("key", "step", "url"), SLOW)
def test_both_halves(apps: Apps, gateway: GatewayServer, listener: Listener, key: str, step: str, url: str) -> None:
    auth = apps.auth(key, gateway_url=gateway.url)
    form = apps.form(key, f"creates.{step}")
    begun = apps.perform(key, f"creates.{step}", form, callback_url=listener.url, authData=auth)
    assert begun.waiting and begun.results["job_id"] and begun.results["status"] in ("queued", "running")
    posted = listener.next(30)
    again = {"outputData": begun.results, "cleanedRequest": posted, "authData": auth}
    done = apps.perform(key, f"creates.{step}", function="performResume", **again).results
    assert done["status"] == "succeeded" and done[url].startswith("http") and done["file"].startswith("hydrate|||")


@pytest.mark.parametrize(("key", "step", "url"), SLOW)
def test_without_waiting_the_result_is_found_later(
    apps: Apps, gateway: GatewayServer, key: str, step: str, url: str
) -> None:
    auth = apps.auth(key, gateway_url=gateway.url)
    form = {**apps.form(key, f"creates.{step}"), "wait_for_completion": False}
    if key == "mayanio":
        # A call without a job of its own is always waited for: by the editor, within the step.
        made = apps.perform(key, f"creates.{step}", form, authData=auth, meta={"isLoadingSample": True}).results
        assert made[url] and made["status"] == "succeeded" and "job_id" not in made  # nothing is left to be found
        return
    made = apps.perform(key, f"creates.{step}", form, authData=auth).results
    search = {"id": made["job_id"], "step": step}
    (found,) = apps.perform(key, "searches.get_result", search, authData=auth).results
    assert found["job_id"] == made["job_id"]

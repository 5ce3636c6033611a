"""Slow steps against an emulator that takes as long as the documents say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_apps import SERVICES, Apps, Listener, write_app

SLOW = {key: SERVICES[key] for key in ("mayanio", "tengrai", "tuneforge")}


@pytest.fixture(scope="module")
def at_full_length(zapier: Zapier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    apps = Apps(zapier, tmp_path_factory.mktemp("slow"), SLOW, realistic=True)
    yield apps
    apps.stop()


@pytest.fixture(scope="module")
def at_a_tenth(zapier: Zapier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    """Ten times as fast, the apps' own limits as well."""
    folder = tmp_path_factory.mktemp("faster")
    for key, service in SLOW.items():
        app = write_app(service, folder / key)
        data = json.loads((app / "app.json").read_text())
        data["limits"] |= {"step": 2.8, "wait": 2.5}
        for operation in data["service"]["operations"].values():
            if "job" in operation:
                operation["job"]["interval"] /= 10
        (app / "app.json").write_text(json.dumps(data))
    apps = Apps(zapier, folder, SLOW, realistic=True, pace=0.1)
    yield apps
    apps.stop()


def test_a_song_is_waited_for_within_one_step(at_full_length: Apps) -> None:
    """The real thing once: 20 seconds of work, asked for every 3, in the 25 seconds a step may wait."""
    outcome = at_full_length.perform("tuneforge", "creates.generateMusic", {"prompt": "la la"})
    assert outcome.results["status"] == "succeeded" and outcome.results["audio_url"]
    assert len(at_full_length.emulator.emulator.calls("getMusicStatus")) <= 8


def test_a_picture_is_told_by_callback(at_a_tenth: Apps) -> None:
    listener = Listener()
    form = at_a_tenth.form("tengrai", "creates.createQuantumArtwork")
    begun = at_a_tenth.perform("tengrai", "creates.createQuantumArtwork", form, callback_url=listener.url)
    assert begun.waiting and begun.results["status"] == "queued"
    posted = listener.next(20)
    done = at_a_tenth.perform(
        "tengrai",
        "creates.createQuantumArtwork",
        function="performResume",
        outputData=begun.results,
        cleanedRequest=posted,
    )
    assert done.results["status"] == "succeeded" and done.results["image_url"]
    listener.stop()


def test_while_a_zap_is_built_the_picture_is_waited_for(at_a_tenth: Apps) -> None:
    form = at_a_tenth.form("tengrai", "creates.createQuantumArtwork")
    tried = at_a_tenth.perform("tengrai", "creates.createQuantumArtwork", form, meta={"isLoadingSample": True})
    assert not tried.waiting and tried.results["status"] == "succeeded"
    assert "webhook" not in at_a_tenth.emulator.emulator.calls("createQuantumArtwork")[-1].body


@pytest.mark.parametrize("step", ["generateVideo", "generate3DModel"])
def test_what_outlasts_a_step_says_so(at_a_tenth: Apps, step: str) -> None:
    with pytest.raises(AppError, match="may have been carried out.*gateway") as raised:
        at_a_tenth.perform("mayanio", f"creates.{step}", at_a_tenth.form("mayanio", f"creates.{step}"))
    assert raised.value.details["code"] == "Timeout"


def test_a_fast_neighbour_is_not_slow(at_a_tenth: Apps) -> None:
    form = at_a_tenth.form("mayanio", "creates.generateImages")
    assert at_a_tenth.perform("mayanio", "creates.generateImages", form).results["image_url"]

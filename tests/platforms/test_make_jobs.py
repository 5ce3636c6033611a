"""Work that takes time, in every generated Make app: waited for, not waited for, failed, canceled and never done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms.make_apps import Apps, filled, modules, operation_of
from tests.platforms.make_emulator.errors import MakeError

JOBS = [(key, name) for key, name in modules("action") if name != "getResult" and operation_of(key, name).job]


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    apps = Apps()
    yield apps
    apps.stop()


def first_text(key: str, name: str) -> str:
    """An input whose words decide how an emulated job ends."""
    fields = operation_of(key, name).fields
    texts = [f for f in fields if f.type == "string" and not f.choices and not f.when and not f.repeated]
    job = operation_of(key, name).job
    free = [f.name for f in texts if f.format != "uri" and not f.file and job and f.name != job.callback_field]
    return (free or [f.name for f in texts if f.required] or [""])[0]


def ending(key: str, name: str, words: str) -> dict[str, Any]:
    field = first_text(key, name)
    found = operation_of(key, name).field(field)
    assert found is not None
    text = f"https://cdn.example.com/{words}.png" if found.format == "uri" else f"please {words}"
    return {**filled(operation_of(key, name)), field: text}


def can_say(key: str, name: str, words: str) -> bool:
    """Whether an input of this step may hold these words: some have no text, an address has no spaces."""
    found = operation_of(key, name).field(first_text(key, name))
    return found is not None and not (found.format == "uri" and " " in words)


FAILING = [each for each in JOBS if can_say(*each, "fail")]
CANCELED = [each for each in JOBS if (job := operation_of(*each).job) and job.canceled and can_say(*each, "cancel")]
ENDLESS = [each for each in JOBS if can_say(*each, "never ends")]


def test_most_jobs_can_be_told_how_to_end() -> None:
    assert min(len(FAILING), len(ENDLESS)) > len(JOBS) / 2 and CANCELED


@pytest.mark.parametrize(("key", "name"), FAILING)
def test_jobs_that_fail_fail_the_step(apps: Apps, key: str, name: str) -> None:
    with pytest.raises(MakeError) as caught:
        apps.connected(key).run(name, ending(key, name, "fail"))
    assert caught.value.type == "RuntimeError" and str(caught.value)
    job = operation_of(key, name).job
    if job and job.error:
        assert "failed" in str(caught.value).lower()


@pytest.mark.parametrize(("key", "name"), CANCELED)
def test_canceled_jobs_fail_the_step(apps: Apps, key: str, name: str) -> None:
    with pytest.raises(MakeError, match="canceled"):
        apps.connected(key).run(name, ending(key, name, "cancel"))


@pytest.mark.parametrize(("key", "name"), ENDLESS)
def test_jobs_that_take_longer_give_their_id_back(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    result = app.run(name, ending(key, name, "never ends"))
    assert result["status"] == "running" and result["id"] and "items" not in result
    assert app.last is not None and 20 < app.last.seconds < 40


@pytest.mark.parametrize(("key", "name"), JOBS)
def test_not_waiting_and_get_result(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    started = app.run(name, {**filled(operation_of(key, name)), "waitForCompletion": False})
    assert started["status"] == "queued" and started["id"] and "items" not in started
    first = app.run("getResult", {"id": started["id"]})
    assert first["status"] in ("queued", "running")
    for _ in range(5):
        done = app.run("getResult", {"id": started["id"]})
        if done["status"] == "succeeded":
            break
    assert done["status"] == "succeeded" and next(iter(done)).endswith("_url") and done["id"] == started["id"]


@pytest.mark.parametrize(("key", "name"), JOBS[:2] + JOBS[-2:])
def test_reading_failed_work_fails_in_the_services_words(apps: Apps, key: str, name: str) -> None:
    app = apps.connected(key)
    job = operation_of(key, name).job
    assert job is not None
    started = app.run(name, {**ending(key, name, "fail"), "waitForCompletion": False})
    read = operation_of(key, job.poll.operation_id)
    identity = {next(f.name for f in read.fields if f.required): started["id"]}
    with pytest.raises(MakeError) as caught:
        for _ in range(5):
            app.run(read.operation_id, identity)
    assert caught.value.type == "RuntimeError" and str(caught.value)


@pytest.mark.parametrize("key", sorted({key for key, _ in JOBS}))
def test_get_result_of_an_unknown_id(apps: Apps, key: str) -> None:
    with pytest.raises(MakeError) as caught:
        apps.connected(key).run("getResult", {"id": "no such id"})
    assert caught.value.type == "DataError" and caught.value.status == 404

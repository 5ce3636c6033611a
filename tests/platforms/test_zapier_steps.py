"""Every step of every generated app, run by the real zapier-platform-core against the emulated services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms.zapier import AppError, Zapier
from tests.platforms.zapier_apps import SERVICES, Apps, Listener, steps

ODD = "ünï/ çødé?&#%+ 🎨 {{bundle.authData.api_key}} ${x} \"q\" 'q' <b> \\ end"


@pytest.fixture(scope="module")
def apps(zapier: Zapier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    apps = Apps(zapier, tmp_path_factory.mktemp("zapier"), SERVICES)
    yield apps
    apps.stop()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


def job_of(key: str, step: str) -> Any:
    operation = SERVICES[key].operation(step.split(".")[1])
    return operation.job if operation else None


def callback_steps() -> list[tuple[str, str]]:
    return [(k, s) for k, s in steps("creates") if (job := job_of(k, s)) and job.callback_field]


def direct_steps() -> list[tuple[str, str]]:
    return [entry for entry in steps("creates") if entry not in callback_steps()]


def same_keys(result: dict[str, Any], sample: dict[str, Any]) -> None:
    """What can be mapped from the sample is there in the real result, and of its type."""
    for name in [n for n in sample if n.endswith("_url") or n in ("text", "file", "id", "status", "success")]:
        assert type(result.get(name)) is type(sample[name]), (name, result)


@pytest.mark.parametrize(("key", "step"), direct_steps())
def test_creates(apps: Apps, key: str, step: str) -> None:
    form = apps.form(key, step)
    if step.endswith("revokeOrganizationApiKey"):
        made = apps.perform(key, "creates.createOrganizationApiKey", apps.form(key, "creates.createOrganizationApiKey"))
        form["keyId"] = made.results["keyId"]
    outcome = apps.perform(key, step, form)
    assert outcome.results.get("status") in (None, "succeeded", "active", "revoked") and not outcome.waiting
    assert not {"service", "operation"} & outcome.results.keys()
    assert "raw" not in outcome.results or list(outcome.results)[-1] == "raw"
    assert list(outcome.results)[0] == list(apps.sample(key, step))[0]
    same_keys(outcome.results, apps.sample(key, step))


@pytest.mark.parametrize(("key", "step"), callback_steps())
def test_both_halves_of_callback_jobs(apps: Apps, listener: Listener, key: str, step: str) -> None:
    begun = apps.perform(key, step, apps.form(key, step), callback_url=listener.url)
    assert begun.waiting, "the Zap would not wait"
    assert begun.results["status"] in ("queued", "running") and begun.results["id"]
    posted = listener.next()
    forged = {**posted, "results": ["https://evil.example.com/other.png"]}
    done = apps.perform(key, step, function="performResume", outputData=begun.results, cleanedRequest=forged)
    assert done.results["status"] == "succeeded"
    assert "evil" not in json.dumps(done.results), "the callback's payload was trusted"
    same_keys(done.results, apps.sample(key, step))


@pytest.mark.parametrize(("key", "step"), steps("creates"))
def test_optional_fields_left_empty_are_not_sent(apps: Apps, listener: Listener, key: str, step: str) -> None:
    operation = SERVICES[key].operation(step.split(".")[1])
    assert operation is not None
    form = apps.form(key, step)
    required = {f.name for f in operation.fields if f.required}
    for name in [n for n in form if n not in required]:
        if name not in ("confirm", "wait_for_completion"):
            form[name] = ""
    apps.emulator.emulator.clear()
    try:
        apps.perform(key, step, form, callback_url=listener.url)
    except AppError as error:  # one of two alternatives must be given: then the service says so
        assert error.details["status"] in (400, 404, 422), error
    sent = apps.emulator.emulator.calls(operation.operation_id)[0]
    body = sent.body if isinstance(sent.body, dict) else {}
    assert not [value for value in body.values() if value in ("", None, [], {})], body


def prompted() -> list[tuple[str, str]]:
    fields = [(k, s, SERVICES[k].operation(s.split(".")[1])) for k, s in steps("creates")]
    return [(k, s) for k, s, operation in fields if operation and operation.field("prompt")]


@pytest.mark.parametrize(("key", "step"), prompted())
def test_unicode_and_braces_arrive_as_they_were_written(apps: Apps, listener: Listener, key: str, step: str) -> None:
    apps.emulator.emulator.clear()
    apps.perform(key, step, {**apps.form(key, step), "prompt": ODD}, callback_url=listener.url)
    assert apps.emulator.emulator.calls(step.split(".")[1])[0].body["prompt"] == ODD


@pytest.mark.parametrize(("key", "step"), steps("creates"))
def test_a_refused_key_asks_to_reconnect(apps: Apps, listener: Listener, key: str, step: str) -> None:
    auth = apps.auth(key, api_key="invalid")
    with pytest.raises(AppError) as raised:
        apps.perform(key, step, apps.form(key, step), callback_url=listener.url, authData=auth)
    assert raised.value.name == "ExpiredAuthError", raised.value


def searched(apps: Apps, key: str, step: str) -> dict[str, Any]:
    """A form whose search finds something."""
    form = apps.form(key, step)
    if (key, step) == ("tengrai", "searches.getArtwork"):
        make = "creates.createQuantumArtwork"
        made = apps.perform(key, make, {**apps.form(key, make), "wait_for_completion": False})
        return {"id": made.results["id"]}
    if key == "tuneforge" and step != "searches.getAccount":
        made = apps.perform(key, "creates.generateMusic", {"prompt": "la la", "wait_for_completion": False})
        found = {"request_id": made.results["id"], "id": made.results["id"]}
        if step == "searches.downloadAudio":
            done = apps.perform(key, "searches.getMusicStatus", found).results[0]
            return {"file": done["file_name"]}
        return found
    return form


@pytest.mark.parametrize(("key", "step"), [e for e in steps("searches") if e != ("mayanio", "searches.get_result")])
def test_searches(apps: Apps, key: str, step: str) -> None:
    found = apps.perform(key, step, searched(apps, key, step)).results
    assert found
    same_keys(found[0], apps.sample(key, step))


@pytest.mark.parametrize(
    ("key", "step"),
    [("tengrai", "searches.getArtwork"), ("tuneforge", "searches.getMusicStatus"), ("tuneforge", "searches.get_result"),
     ("tuneforge", "searches.downloadAudio")],
)  # fmt: skip
def test_what_is_not_there_is_an_empty_list(apps: Apps, key: str, step: str) -> None:
    assert apps.perform(key, step, {"id": "none", "request_id": "none", "file": "none.wav"}).results == []


def test_odd_characters_in_a_path_stay_in_their_segment(apps: Apps) -> None:
    apps.emulator.emulator.clear()
    assert apps.perform("tengrai", "searches.getArtwork", {"id": "a/b?c=#d e%2F"}).results == []
    (call,) = apps.emulator.emulator.calls()
    assert call.path.endswith("/v2/artworks/a%2Fb%3Fc%3D%23d%20e%252F")


def test_a_path_value_that_leads_elsewhere_is_refused_and_nothing_is_sent(apps: Apps) -> None:
    apps.emulator.emulator.clear()
    with pytest.raises(AppError, match="may hold no part that is '.' or '..'"):
        apps.perform("tengrai", "searches.getArtwork", {"id": "a/%2e%2e/b"})
    assert not apps.emulator.emulator.calls()


@pytest.mark.parametrize(("key", "step"), steps("triggers"))
def test_polling_triggers(apps: Apps, key: str, step: str) -> None:
    found = apps.perform(key, step, apps.form(key, step)).results
    assert found and len({item["id"] for item in found}) == len(found)
    same_keys(found[0], apps.sample(key, step))


def test_a_new_element_comes_first_and_only_once_it_is_final(apps: Apps) -> None:
    added = [
        apps.emulator.emulator.add_item(
            "tengrai", "listArtworks", {"status": status, "createdAt": "2031-01-01T00:00:00Z"}
        )
        for status in ("processing", "succeeded")
    ]
    found = apps.perform("tengrai", "triggers.listArtworks").results
    assert found[0]["id"] == added[1]["id"]
    assert added[0]["id"] not in [item["id"] for item in found]
    assert found[0]["image_url"] and found[0]["file"].startswith("hydrate|||")


def test_more_than_one_page_is_read(apps: Apps) -> None:
    for _ in range(120):
        apps.emulator.emulator.add_item("mayanio", "listProjects")
    apps.emulator.emulator.clear()
    found = apps.perform("mayanio", "triggers.listProjects").results
    assert len(found) > 120
    calls = apps.emulator.emulator.calls("listProjects")
    assert [dict(call.query)["page"] for call in calls[1:]] == [str(n) for n in range(2, len(calls) + 1)]
    assert {dict(call.query)["limit"] for call in calls} == {"100"}


def test_a_sensitive_step_asks_first(apps: Apps) -> None:
    form = apps.form("tengrai", "creates.rotateOrganizationWebhookSecret")
    apps.emulator.emulator.clear()
    for answer in (False, "false", "", None):
        with pytest.raises(AppError, match="Confirm"):
            apps.perform("tengrai", "creates.rotateOrganizationWebhookSecret", {**form, "confirm": answer})
    assert apps.emulator.emulator.calls() == []


def test_conditional_fields_follow_the_answer(apps: Apps) -> None:
    def shown(method: str) -> list[str]:
        fields = apps.perform(
            "tengrai", "creates.createSegmentationArtwork", {"method": method}, function="inputFields"
        )
        return [field["key"] for field in fields.results]

    assert "textPrompt" in shown("text") and "pointsPositive_points" not in shown("text")
    assert "textPrompt" not in shown("points") and "pointsPositive_points" in shown("points")


def test_fields_of_another_answer_are_not_sent(apps: Apps, listener: Listener) -> None:
    form = apps.form("tengrai", "creates.createSegmentationArtwork")
    apps.emulator.emulator.clear()
    points = {"method": "points", "pointsPositive_points": "[[0.4, 0.5]]", "pointsPositive_labels": [1]}
    apps.perform("tengrai", "creates.createSegmentationArtwork", {**form, **points}, callback_url=listener.url)
    body = apps.emulator.emulator.calls("createSegmentationArtwork")[0].body
    assert "textPrompt" not in body and body["pointsPositive"] == {"points": [[0.4, 0.5]], "labels": [1]}


def test_escape_hatches_reach_body_and_query(apps: Apps) -> None:
    form = {**apps.form("tuen", "creates.generateImage"), "additional_body": '{"style": "anime"}'}
    apps.emulator.emulator.clear()
    apps.perform("tuen", "creates.generateImage", {**form, "additional_query": '{"trace": "é&1"}'})
    call = apps.emulator.emulator.calls("generateImage")[0]
    assert call.body["style"] == "anime" and dict(call.query) == {"trace": "é&1"}
    with pytest.raises(AppError, match="not valid JSON"):
        apps.perform("tuen", "creates.generateImage", {**form, "additional_body": "{oops"})


def test_the_audio_of_a_protected_service_is_fetched_with_the_key(apps: Apps, zapier: Zapier) -> None:
    form = {"prompt": "la la"}
    result = apps.perform("tuneforge", "creates.generateMusic", form, meta={"isLoadingSample": True}).results
    assert isinstance(result["audio_url"], str) and result["file"]
    apps.emulator.emulator.clear()
    stored = zapier.hydrate(apps.path("tuneforge"), result["file"], apps.auth("tuneforge")).results
    assert stored.startswith("http")
    (call,) = apps.emulator.emulator.calls("downloadAudio")
    assert call.status == 200 and call.owner
    with pytest.raises(AppError):
        zapier.hydrate(apps.path("tuneforge"), result["file"], apps.auth("tuneforge", api_key="invalid"))


def test_a_file_elsewhere_is_fetched_without_the_key(apps: Apps, zapier: Zapier) -> None:
    result = apps.perform("tuen", "creates.generateImage", {"prompt": "a cat"}).results
    # The media server of another origin: the same emulator by another name.
    elsewhere = result["file"].replace("127.0.0.1", "localhost")
    seen: list[dict[str, str]] = []
    app = apps.emulator.app

    def note() -> None:
        from flask import request

        seen.append({k.lower(): v for k, v in request.headers.items()})

    app.before_request_funcs.setdefault(None, []).append(note)
    try:
        zapier.hydrate(apps.path("tuen"), elsewhere, apps.auth("tuen"))
    finally:
        app.before_request_funcs[None].remove(note)
    assert seen and all("authorization" not in headers for headers in seen)


# Kept by a gateway alone; and called without the key, by which the emulator is told to fail.
UNFAILING = [("mayanio", "searches.get_result"), ("tengrai", "searches.getServiceMetadata")]
EVERY = [entry for kind in ("creates", "searches", "triggers") for entry in steps(kind)]


@pytest.mark.parametrize(("status", "name"), [(500, "Try again later"), (429, "ThrottledError")])
@pytest.mark.parametrize(("key", "step"), [e for e in EVERY if e not in UNFAILING])
def test_failures_of_the_service(apps: Apps, listener: Listener, key: str, step: str, status: int, name: str) -> None:
    prefix = SERVICES[key].auth.key_prefix
    auth = apps.auth(key, api_key=f"{prefix}error_{status}")
    form = {"id": "x", **apps.form(key, step)}
    with pytest.raises(AppError, match=name):
        apps.perform(key, step, form, authData=auth, callback_url=listener.url)


@pytest.mark.parametrize(("key", "step"), steps("creates"))
def test_no_credits_left(apps: Apps, listener: Listener, key: str, step: str) -> None:
    auth = apps.auth(key, api_key=f"{SERVICES[key].auth.key_prefix}error_402")
    with pytest.raises(AppError) as raised:
        apps.perform(key, step, apps.form(key, step), authData=auth, callback_url=listener.url)
    assert raised.value.details["code"] == "InsufficientCredits" and raised.value.details["message"]

"""Holds the bundled documents against what the vendors document, written out here a second time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schemas.providers.document_facts import ARTWORKS, CALLS, COSTS, FIELDS, NO_PATH, PLANS, PREFIXES
from tests.support.documents import Json, document, follow, mistakes, operations, places, responses

each_call = pytest.mark.parametrize(("key", "name"), [(key, name) for key in CALLS for name in CALLS[key]])
each_known_form = pytest.mark.parametrize(("key", "name"), [(key, name) for key in FIELDS for name in FIELDS[key]])


def inputs(key: str, operation: dict[str, Json]) -> dict[str, dict[str, Json]]:
    """Parameters and body properties by name, each with `required` and `choices`."""
    found: dict[str, dict[str, Json]] = {}
    for parameter in (follow(key, parameter) for parameter in operation.get("parameters", ())):
        schema = follow(key, parameter["schema"])
        found[parameter["name"]] = {
            **schema,
            "required": parameter.get("required", False),
            "choices": set({**schema, **parameter}.get("x-specloom", {}).get("choices", {})),
        }
    for media in follow(key, operation.get("requestBody", {})).get("content", {}).values():
        found.update(properties(key, media["schema"]))
    return found


def properties(key: str, schema: Json) -> dict[str, dict[str, Json]]:
    schema = follow(key, schema)
    found = {name: value for part in schema.get("allOf", ()) for name, value in properties(key, part).items()}
    for name, value in schema.get("properties", {}).items():
        value = follow(key, value)
        labels = set(value.get("x-specloom", {}).get("choices", {}))
        found[name] = {**value, "required": name in schema.get("required", ()), "choices": labels}
    return found


def accepts(key: str, name: str, body: Json) -> bool:
    """Whether the operation's own schema lets the body through."""
    place = next(p for p in places(key) if p.kind == "operation" and p.value.get("operationId") == name)
    return not mistakes(key, f"{place.pointer}/requestBody/content/application~1json/schema", body)


def result(key: str, name: str) -> dict[str, Any]:
    return dict(operations(key)[name]["x-specloom"]["result"])


@pytest.mark.parametrize("key", CALLS)
def test_no_call_is_missing_or_invented(key: str) -> None:
    assert set(operations(key)) == set(CALLS[key])


@each_call
def test_calls_are_where_the_vendor_has_them(key: str, name: str) -> None:
    method, path, successes, errors = CALLS[key][name]
    place = next(p for p in places(key) if p.kind == "operation" and p.value.get("operationId") == name)
    base = document(key)["servers"][0]["url"].partition("://")[2].partition("/")[2]
    *_, route, verb = place.pointer.split("/")
    assert (verb, f"/{base}".rstrip("/") + route.replace("~1", "/")) == (method, path)
    operation = place.value
    assert {int(status) for status in responses(key, operation, True)} == successes
    listed = {int(status): response for status, response in responses(key, operation, False).items()}
    assert errors <= set(listed)
    for status in set(listed) - errors:
        assert listed[status].get("x-specloom", {}).get("inferred"), f"{status} is not documented"
    inferred = "inferred" in operation["x-specloom"]
    assert inferred is ((key, name) in NO_PATH)


@each_known_form
def test_inputs_are_as_documented(key: str, name: str) -> None:
    given = inputs(key, operations(key)[name])
    if key != "tengrai":
        assert set(given) == set(FIELDS[key][name])
    for field, facts in FIELDS[key][name].items():
        assert {fact: given[field].get(fact) for fact in facts} == facts, field
        if key != "tengrai":
            assert given[field]["required"] is facts.get("required", False), field


@pytest.mark.parametrize("key", CALLS)
def test_costs_keys_and_plans(key: str) -> None:
    usages = {name: call["x-specloom"].get("usage", {}) for name, call in operations(key).items()}
    prices = {name: usage.get("cost") for name, usage in usages.items()}
    assert {name: price for name, price in prices.items() if isinstance(price, int)} == COSTS[key]
    (scheme,) = document(key)["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert scheme.get("x-specloom", {}).get("prefix") == PREFIXES[key]
    plans = document(key)["x-specloom"].get("rate_limit", {}).get("plans", [])
    assert {plan["name"]: (plan["requests"], plan["seconds"]) for plan in plans} == PLANS.get(key, {})


@pytest.mark.parametrize("key", ["mayanio", "tuneforge"])
def test_every_reply_counts_the_calls_left(key: str) -> None:
    for name, operation in operations(key).items():
        for response in (responses(key, operation, True) | responses(key, operation, False)).values():
            headers = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
            assert headers <= set(response["headers"]), name


@pytest.mark.parametrize("key", ["tuen", "aiops"])
def test_the_twins(key: str) -> None:
    voices = inputs(key, operations(key)["textToSpeech"])["voice"]["x-specloom"]["choices"]
    notes = {name: choice["description"] for name, choice in voices.items()}
    assert notes == {
        "en-Carter_man": "Male, neutral American accent",
        "en-Emily_woman": "Female, neutral American accent",
        "en-James_man": "Male, deeper",
        "en-Sarah_woman": "Female, softer",
    }
    connection = document(key)["x-specloom"]["connection"]
    assert connection["body"] == {}, "the test call must be one that cannot succeed"
    assert inputs(key, operations(key)[connection["operation"]])["prompt"]["required"]
    error = document(key)["components"]["schemas"]["Error"]
    assert set(error["properties"]) == {"tuen": {"error", "code"}, "aiops": {"error", "credits", "cost"}}[key]
    samples = {
        "tuen": ("429", {"error": "Daily limit reached (200/200). Resets in ~3h.", "code": 429}),
        "aiops": ("402", {"error": "Insufficient credits", "credits": 2, "cost": 5}),
    }
    status, body = samples[key]
    refusal = responses(key, operations(key)["generateImage"], False)[status]
    (example,) = refusal["content"]["application/json"]["examples"].values()
    assert example["value"] == body


def test_mayanio_takes_a_picture_as_link_or_text_and_tells_its_time() -> None:
    assert accepts("mayanio", "generate3DModel", {"image_url": "https://cdn.example.com/a.jpg"})
    assert accepts("mayanio", "generate3DModel", {"image_base64": "AAAA"})
    assert not accepts("mayanio", "generate3DModel", {"texture_quality": "no"})
    seconds = {n: o["x-specloom"].get("duration") for n, o in operations("mayanio").items()}
    assert seconds == {
        "generateImages": 2.45,
        "generateVideo": 32.45,
        "generate3DModel": 45.678,
        "listProjects": None,
    }


def test_tuneforge_goes_from_start_to_state_to_audio() -> None:
    calls = operations("tuneforge")
    for response in responses("tuneforge", calls["generateMusic"], True).values():
        link = follow("tuneforge", response["links"]["status"])
        assert link["operationId"] == "getMusicStatus"
        assert link["parameters"] == {"request_id": "$response.body#/request_id"}
    audio = responses("tuneforge", calls["getMusicStatus"], True)["200"]["links"]["audio"]
    assert audio["operationId"] == "downloadAudio"
    assert audio["parameters"] == {"file": "{$item#/track_id}.{$item#/format}"}
    assert result("tuneforge", "generateMusic")["download"] == "audio"


@pytest.mark.parametrize("name", ARTWORKS)
def test_tengrai_artworks_are_polled_and_called_back(name: str) -> None:
    operation = operations("tengrai")[name]
    extension = operation["x-specloom"]
    accepted = responses("tengrai", operation, True)["202"]
    assert follow("tengrai", accepted["links"][extension["job"]["poll"]])["operationId"] == "getArtwork"
    callback = follow("tengrai", operation["callbacks"][extension["callback"]])
    assert set(callback) & {"$request.body#/webhook", "{$request.body#/webhook}"}
    assert inputs("tengrai", operation)["webhook"]["format"] == "uri"
    assert operation["security"] == [{"apiKey": ["generator"]}]
    assert extension["domains"] == [ARTWORKS[name].split("/")[0]]


def test_tengrai_signs_and_guards() -> None:
    signature = document("tengrai")["x-specloom"]["webhook_signature"]
    assert signature["algorithm"] == "hmac-sha256"
    assert signature["content"] == "{timestamp}.{body}"
    assert signature["signature_header"] == "Tengrai-Signature"
    assert signature["timestamp_header"] == "Tengrai-Timestamp"
    assert (signature["encoding"], signature["tolerance"]) == ("hex", 300)
    scopes = {
        "createOrganizationApiKey": "admin",
        "revokeOrganizationApiKey": "admin",
        "rotateOrganizationWebhookSecret": "manager",
    }
    calls = operations("tengrai")
    assert {n for n, o in calls.items() if o["x-specloom"].get("sensitive")} == set(scopes)
    assert all(calls[name]["security"] == [{"apiKey": [scope]}] for name, scope in scopes.items())
    assert "8 days" in calls["getArtwork"]["description"]


SIZES = [
    ({}, True),
    ({"aspectRatio": "16:9"}, True),
    ({"width": 1024, "height": 768}, True),
    ({"width": 1024}, False),
    ({"height": 768}, False),
    ({"aspectRatio": "16:9", "width": 1024, "height": 768}, False),
]
EDIT = {"imageUrl": "https://cdn.example.com/a.png", "imageGuidance": 1}
EDIT |= {"modification": 3, "creativity": 3, "effort": 3}
STYLED = {"visualPrompt": "a", "anchorImageUrl": "https://cdn.example.com/a.png", "description": "b"}
SIZED: dict[str, dict[str, Json]] = {
    "createSelenaArtwork": {},
    "createSelenaVarieteArtwork": {"imageUrl": "https://cdn.example.com/a.png"},
    "createQuantumArtwork": {},
    "createHamiltonArtwork": {},
    "createPhotoPilotArtwork": EDIT,
    "generateStyleDnaImage": STYLED,
    "editStyleDnaImage": EDIT,
}
PICTURE = {"imageUrl": "https://cdn.example.com/a.png"}
MASKS = [
    (PICTURE, False),
    (PICTURE | {"method": "text"}, False),
    (PICTURE | {"method": "text", "textPrompt": "the dog"}, True),
    (PICTURE | {"method": "points", "pointsPositive": {"points": [[0.5, 0.5]], "labels": [1]}}, True),
    (PICTURE | {"method": "points", "pointsPositive": {"points": [[0.5]], "labels": [1]}}, False),
    (PICTURE | {"method": "lasso"}, False),
    ({"method": "text", "textPrompt": "the dog"}, False),
]


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize(("size", "good"), SIZES)
def test_tengrai_takes_a_ratio_or_both_sides(name: str, size: Json, good: bool) -> None:
    assert accepts("tengrai", name, SIZED[name] | size) is good


@pytest.mark.parametrize(("body", "good"), MASKS)
def test_tengrai_masks_by_text_or_by_points(body: Json, good: bool) -> None:
    assert accepts("tengrai", "createSegmentationArtwork", body) is good

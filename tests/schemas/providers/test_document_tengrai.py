"""Checks Tengr.ai's document against the facts, which are written out here once more so that a slip shows."""

from __future__ import annotations

import pytest
import yaml

from tests.schemas.providers.document_facts_tengrai import (
    BODIES,
    CALLS,
    ERRORS,
    INFERRED_CALLS,
    INFERRED_FIELDS,
    JOBS,
    SIZED,
    STATES,
    Json,
)
from tests.support.documents import document, follow, mistakes, operations, text


def call(name: str) -> dict[str, Json]:
    return operations("tengrai")[name]


def resolved(value: Json) -> Json:
    return follow("tengrai", value)


def schema(holder: Json) -> dict[str, Json]:
    found: dict[str, Json] = resolved(resolved(holder)["content"]["application/json"]["schema"])
    return found


def component(name: str) -> dict[str, Json]:
    found: dict[str, Json] = document("tengrai")["components"]["schemas"][name]
    return found


def fields(body: dict[str, Json]) -> dict[str, Json]:
    """The body's own properties, and those that one of its branches adds."""
    found: dict[str, Json] = {}
    for holder in (body, *map(resolved, body.get("oneOf", ()))):
        for name, value in holder.get("properties", {}).items():
            found.setdefault(name, resolved(value))
    return found


def accepts(name: str, body: dict[str, Json]) -> bool:
    reference = call(name)["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return not mistakes("tengrai", reference.removeprefix("#"), body)


def minimal(name: str) -> dict[str, Json]:
    known = fields(schema(call(name)["requestBody"]))
    return {field: known[field]["examples"][0] for field in BODIES[name][0]}


def answers(name: str, status: str) -> dict[str, Json]:
    """The named examples of a reply."""
    media = resolved(call(name)["responses"][status])["content"]["application/json"]
    return {label: resolved(example)["value"] for label, example in media["examples"].items()}


def test_there_is_no_other_call() -> None:
    found = {
        (method, path)
        for path, item in document("tengrai")["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert found == {(facts.method, facts.path) for facts in CALLS.values()}
    assert set(operations("tengrai")) == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_where_and_for_whom_the_facts_say(name: str) -> None:
    facts = CALLS[name]
    operation = document("tengrai")["paths"][facts.path][facts.method]
    assert operation["operationId"] == name
    assert operation["tags"] == [facts.tag.replace("_", " ")]
    open_to_all: list[Json] = [{}, {"apiKey": []}]
    assert operation["security"] == (open_to_all if facts.scope == "-" else [{"apiKey": [facts.scope]}])
    assert operation["x-specloom"].get("domains", ["-"]) == [facts.domain]
    errors = ERRORS[facts.errors].split()
    assert set(operation["responses"]) == {facts.success, *errors}
    assert ("inferred" in operation["x-specloom"]) is (name in INFERRED_CALLS)
    for status in errors:
        assert schema(operation["responses"][status]) == component("Error")


def test_tags_keep_the_vendors_order() -> None:
    assert [tag["name"] for tag in document("tengrai")["tags"]] == [
        "General", "Artwork", "Selena", "Quantum", "Hamilton", "Photo Pilot", "Utility", "Textcraft",
        "Style DNA", "Organization",
    ]  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_has_the_documented_fields(name: str) -> None:
    required, documented = BODIES[name]
    body = schema(call(name)["requestBody"])
    assert set(body.get("required", ())) == required
    assert set(fields(body)) == set(documented)
    for field, facts in documented.items():
        found = fields(body)[field]
        assert {fact: found.get(fact) for fact in facts} == facts, field


def test_bodies_stand_only_where_documented() -> None:
    assert {name for name in CALLS if "requestBody" in call(name)} == set(BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_inferred_fields_are_marked(name: str) -> None:
    found = fields(schema(call(name)["requestBody"]))
    marked = {field for field, value in found.items() if "inferred" in value.get("x-specloom", {})}
    assert marked == INFERRED_FIELDS.get(name, set())


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("createSelenaArtwork", "prompt", "256 words"),
        ("createSelenaArtwork", "negativePrompt", "64 words"),
        ("createSelenaArtwork", "width", "1,478,656"),
        ("createQuantumArtwork", "prompt", "200 words"),
        ("createQuantumArtwork", "height", "1,478,656"),
        ("createHamiltonArtwork", "width", "1,763,584"),
        ("createHamiltonArtwork", "highResolution", "1328"),
        ("createPhotoPilotArtwork", "height", "1,763,584"),
        ("createPhotoPilotArtwork", "aspectRatio", "only at low"),
        ("createUpscalingArtwork", "imageUrl", "1,478,656"),
        ("createDetailerUpscalerArtwork", "imageUrl", "1,478,656"),
        ("createSelenaVarieteArtwork", "denoising", "without effect for sketch-to-image"),
        ("createSegmentationArtwork", "textMaxDetections", "-1 for all"),
        ("createDepthMapArtwork", "normalizationMode", "version 3 only"),
        ("generateStyleDnaImage", "width", "1,763,584"),
        ("editStyleDnaImage", "height", "1,763,584"),
        ("createTextcraftResponse", "temperature", "not usable together with thinking"),
        ("createFaceSwapArtwork", "webhook", "HTTPS"),
    ],
)
def test_limits_no_schema_can_say_are_in_the_help(name: str, field: str, words: str) -> None:
    assert words in " ".join(fields(schema(call(name)["requestBody"]))[field]["description"].split())


@pytest.mark.parametrize("name", SIZED)
def test_a_size_is_given_in_one_way(name: str) -> None:
    base = minimal(name)
    ratio, width, height = {"aspectRatio": "1:1"}, {"width": 1024}, {"height": 1024}
    for good in ({}, ratio, {**width, **height}):
        assert accepts(name, {**base, **good})
    small = {"width": 511, "height": 1024}
    for bad in (width, height, {**ratio, **width, **height}, {**ratio, **width}, small):
        assert not accepts(name, {**base, **bad})
    titles = [resolved(branch)["title"] for branch in schema(call(name)["requestBody"])["oneOf"]]
    assert titles == ["Default size", "Aspect ratio", "Width and height"]


def test_sizes_belong_to_seven_calls() -> None:
    assert set(SIZED) == {
        "createSelenaArtwork", "createSelenaVarieteArtwork", "createQuantumArtwork", "createHamiltonArtwork",
        "createPhotoPilotArtwork", "generateStyleDnaImage", "editStyleDnaImage",
    }  # fmt: skip


def test_segmentation_follows_its_method() -> None:
    name = "createSegmentationArtwork"
    image = {"imageUrl": "https://cdn.example.com/a.png"}
    points = {"points": [[0, 1], [0.5, 0.5]], "labels": [1, 0]}
    assert accepts(name, {**image, "method": "text", "textPrompt": "a chair"})
    assert accepts(name, {**image, "method": "points", "pointsPositive": points, "pointsNegative": points})
    assert accepts(name, {**image, "method": "points", "refine": 3}), "three options lost their names"
    assert not accepts(name, image)
    assert not accepts(name, {**image, "method": "text"})
    assert not accepts(name, {**image, "method": "box"})
    for wrong in ([[0, 1.5]], [[0.1]], [[0.1, 0.2, 0.3]]):
        assert not accepts(name, {**image, "method": "points", "pointsPositive": {"points": wrong}})


def test_the_anchor_lets_further_fields_through() -> None:
    assert accepts("generateStyleDnaAnchor", {"anything": "at all", "webhook": "https://hooks.example.com/a"})
    assert not accepts("generateStyleDnaAnchor", {"webhook": "http://hooks.example.com/a"})


def test_artworks_are_as_documented() -> None:
    artwork = component("Artwork")
    names = ["id", "artworkType", "parameters", "duration", "results", "status", "createdAt"]
    assert list(artwork["properties"]) == names == artwork["required"]
    assert artwork["properties"]["status"]["enum"] == STATES
    kind = artwork["properties"]["artworkType"]
    assert "enum" not in kind, "the Style DNA types have names nobody could read"
    assert list(kind["x-specloom"]["choices"]) == [
        "selena", "selena_variete", "quantum", "hamilton", "photo_pilot", "face_refiner", "face_swap",
        "upscaling_v2", "detailer_upscaler", "remove_background", "segmentation", "depth_map",
    ]  # fmt: skip


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_polled_and_called_back(name: str) -> None:
    operation = call(name)
    extension = operation["x-specloom"]
    reply = operation["responses"]["202"]
    assert schema(reply) == component("Artwork")
    assert resolved(reply["links"]["artwork"])["operationId"] == "getArtwork"
    assert resolved(reply["links"]["artwork"])["parameters"] == {"id": "$response.body#/id"}
    job = extension["job"]
    assert (job["poll"], job["status"]) == ("artwork", "$response.body#/status")
    assert [job[end] for end in ("queued", "succeeded", "failed", "canceled")] == [
        ["starting"], ["succeeded"], ["failed"], ["canceled"],
    ]  # fmt: skip
    assert extension["callback"] == "artworkFinished"
    assert extension["result"]["items"] == "$response.body#/results"
    assert extension["result"]["url"] == "$item#"
    callback = resolved(operation["callbacks"]["artworkFinished"])
    assert list(callback) == ["$request.body#/webhook"]
    delivery = callback["$request.body#/webhook"]["post"]
    assert schema(delivery["requestBody"]) == component("Artwork")
    headers = [(p["name"], p["in"]) for p in delivery["parameters"]]
    assert headers == [("Tengrai-Timestamp", "header"), ("Tengrai-Signature", "header")]
    first = answers(name, "202")["starting"]
    assert first["status"] == "starting"
    requests = operation["requestBody"]["content"]["application/json"]["examples"]
    assert first["parameters"] == next(iter(requests.values()))["value"]


def test_only_jobs_are_called_back() -> None:
    assert [name for name in CALLS if "callbacks" in call(name)] == JOBS
    assert [name for name in CALLS if "job" in call(name)["x-specloom"]] == JOBS
    assert {name for name, (_, known) in BODIES.items() if "webhook" in known} == set(JOBS)


@pytest.mark.parametrize("name", [name for name in JOBS if CALLS[name].domain == "artworks"])
def test_an_accepted_artwork_names_its_type(name: str) -> None:
    known = component("Artwork")["properties"]["artworkType"]["x-specloom"]["choices"]
    assert answers(name, "202")["starting"]["artworkType"] in known


def test_a_poll_shows_every_state_of_one_artwork() -> None:
    polls = answers("getArtwork", "200")
    assert list(polls) == [artwork["status"] for artwork in polls.values()] == STATES
    started = {answers(name, "202")["starting"]["id"] for name in JOBS}
    listed = answers("listArtworks", "200")["artworks"]
    assert started == {artwork["id"] for artwork in polls.values()} == {listed[0]["id"]}
    assert call("getArtwork")["x-specloom"]["result"]["status"] == "$response.body#/status"


def test_artworks_are_listed_by_offset() -> None:
    operation = call("listArtworks")
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(parameters) == {"offset", "limit"}
    assert {"default": 0, "minimum": 0}.items() <= parameters["offset"]["schema"].items()
    assert {"default": 10, "minimum": 1, "maximum": 500}.items() <= parameters["limit"]["schema"].items()
    assert schema(operation["responses"]["200"])["type"] == "array"
    assert operation["x-specloom"]["pagination"]["style"] == "offset"
    trigger = operation["x-specloom"]["trigger"]
    assert trigger["when"] == {"status": ["succeeded"]}
    assert (trigger["dedupe"], trigger["order"]) == ("id", "createdAt")


def test_keys_and_secrets_are_handled_with_care() -> None:
    sensitive = [name for name in CALLS if call(name)["x-specloom"].get("sensitive")]
    assert sensitive == [name for name, facts in CALLS.items() if facts.tag == "Organization"]
    key = component("ApiKey")
    assert set(key["properties"]) - set(key["required"]) == {"apiKey"}
    assert key["properties"]["scope"]["enum"] == ["admin", "manager", "generator"]
    assert key["properties"]["environment"]["enum"] == ["live", "test"]
    assert key["properties"]["status"]["enum"] == ["active", "revoked", "expired"]
    assert key["properties"]["apiKey"]["x-specloom"]["secret"] is True
    assert component("WebhookSecret")["properties"]["secret"]["x-specloom"]["secret"] is True
    assert component("WebhookSecret")["properties"]["secret"]["pattern"] == "^[0-9a-f]{64}$"
    created = answers("createOrganizationApiKey", "201")["created"]
    assert created["apiKey"][:10] == created["keyPrefix"]
    revoked = schema(call("revokeOrganizationApiKey")["responses"]["200"])
    assert revoked["required"] == ["success", "message"]


def test_domains_have_both_names() -> None:
    domain = component("Domain")
    assert domain["enum"] == ["artworks", "style-dna", "textcraft", "*", "artworks-internal"]
    for choice in domain["x-specloom"]["choices"].values():
        assert choice["label"] and choice["description"]
    for name in ("ApiKey", "CreateApiKeyRequest"):
        assert component(name)["properties"]["domains"]["items"] == {"$ref": "#/components/schemas/Domain"}


def test_errors_are_as_documented() -> None:
    error = component("Error")
    assert list(error["properties"]) == ["message", "statusCode", "error"]
    assert error["required"] == ["message", "statusCode"]
    assert document("tengrai")["x-specloom"]["errors"]["message"] == "$response.body#/message"
    for name, facts in CALLS.items():
        for status in ERRORS[facts.errors].split():
            assert {answer["statusCode"] for answer in answers(name, status).values()} == {int(status)}


def test_texts_say_what_they_cost() -> None:
    reply = schema(call("createTextcraftResponse")["responses"]["201"])
    assert list(reply["properties"]) == ["text", "reasoning", "tokens", "toolCalls", "creditsUsed"]
    assert reply["required"] == ["text", "creditsUsed"]
    extension = call("createTextcraftResponse")["x-specloom"]
    assert extension["result"] == {"type": "text", "text": "$response.body#/text"}
    assert extension["usage"] == {"cost": "$response.body#/creditsUsed", "unit": "credits"}
    assert not accepts("createTextcraftResponse", {"prompt": "a", "model": "b", "tools": {"t": {}}})


def test_signature_is_as_documented() -> None:
    signature = dict(document("tengrai")["x-specloom"]["webhook_signature"])
    assert "not documented by the vendor" in document("tengrai")["info"]["description"]
    assert signature.pop("inferred")
    assert signature == {
        "algorithm": "hmac-sha256",
        "content": "{timestamp}.{body}",
        "signature_header": "Tengrai-Signature",
        "timestamp_header": "Tengrai-Timestamp",
        "encoding": "hex",
        "tolerance": 300,
    }


def test_connection_costs_nothing_and_allows_narrow_keys() -> None:
    root = document("tengrai")["x-specloom"]
    assert root["connection"] == {
        "operation": "listArtworks", "parameters": {"limit": 1}, "valid": ["2XX", 403], "invalid": [401],
    }  # fmt: skip
    assert (root["key"], root["title"]) == ("tengrai", "Tengr.ai")
    assert "rate_limit" not in root, "nothing is documented"
    scheme = document("tengrai")["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "prefix" not in scheme["x-specloom"], "the form of a key is unknown"


def test_the_host_is_not_guessed() -> None:
    (server,) = document("tengrai")["servers"]
    assert server["url"] == "https://{host}"
    assert server["variables"]["host"]["default"] == ""
    assert "api.tengr.ai" not in text("tengrai")


def test_retention_is_told() -> None:
    assert "8 days" in document("tengrai")["info"]["description"]
    assert "8 days" in call("getArtwork")["description"]
    assert "8 days" in call("getArtwork")["responses"]["404"]["description"]


@pytest.mark.parametrize("absent", ["UNKNOWN_", "textcraft/models", "generate/asset", "style-dna/remove"])
def test_what_nobody_documents_is_left_out(absent: str) -> None:
    assert absent not in text("tengrai")


def test_no_key_of_the_document_stands_twice() -> None:
    """YAML loaders keep the last of two equal keys and say nothing."""
    nodes: list[yaml.Node | None] = [yaml.compose(text("tengrai"), Loader=yaml.SafeLoader)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), node.start_mark
            nodes += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value

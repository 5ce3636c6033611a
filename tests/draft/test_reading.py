"""What is read of small pages of our own, in the styles that pages have: always run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specloom.schemas.draft import Text, draft
from tests.draft.renderings import uncited

OWN = Path(__file__).parent / "own"


def document(text: str, name: str = "page.txt") -> dict[str, Any]:
    return draft([Text(name, text)]).document


def own(name: str) -> dict[str, Any]:
    return document((OWN / name).read_text("utf-8"), name)


FUSED = """\
API Reference
Mirra API Documentation
Get your key
Open Dashboard and copy your key — it starts with mirra_.
/api/render7 creditsPaint a picture from words.
Request body
prompt *stringWhat to paint. Max 300 characters per request.sizestring"small", "large". Default: "small"stepsintegerHow many (1-50)Example request
curl -X POST https://your-domain.com/api/render \\
-H "Authorization: Bearer mirra_xxxxxxxxxxxx" \\
-d '{
"prompt": "a hill",
"steps": 5
}'Response
{
"image_url": "https://cdn.example.com/a.png",
"seed": 7
}Error codes
401Unauthorized — wrong key402No credits — buy more429Slow downUsage limits
{
"error": "No credits left",
"code": 402
}"""


def test_run_together_text() -> None:
    made = document(FUSED)
    operation = made["paths"]["/api/render"]["post"]
    assert operation["x-specloom"]["usage"] == {"cost": 7, "unit": "credits"}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["prompt"] and schema["properties"]["prompt"]["maxLength"] == 300
    assert (
        schema["properties"]["size"]["enum"] == ["small", "large"]
        and schema["properties"]["size"]["default"] == "small"
    )
    assert (schema["properties"]["steps"]["minimum"], schema["properties"]["steps"]["maximum"]) == (1, 50)
    assert set(operation["responses"]) == {"200", "401", "402", "429"}
    assert made["components"]["securitySchemes"]["apiKey"]["x-specloom"]["prefix"] == "mirra_"
    assert made["components"]["responses"]["PaymentRequired"]["content"]["application/json"]["examples"]
    assert made["info"]["title"] == "Mirra"


def test_plain_text_with_tabs() -> None:
    made = own("zephyr.txt")
    speech = made["paths"]["/speech"]["post"]
    properties = speech["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert properties["voice_id"]["enum"] == ["ava", "leo", "mia"]
    assert (properties["speed"]["minimum"], properties["speed"]["maximum"], properties["speed"]["default"]) == (
        0.5,
        2,
        1,
    )
    assert speech["x-specloom"]["job"]["succeeded"] == ["completed"]
    assert speech["responses"]["202"]["links"]["status"]["parameters"] == {"job_id": "$response.body#/job_id"}
    scheme = made["components"]["securitySchemes"]["apiKey"]
    assert (scheme["in"], scheme["name"], scheme["x-specloom"]["prefix"]) == ("header", "xi-api-key", "zv_live_")
    assert made["x-specloom"]["webhook_signature"]["encoding"] == "hex"
    assert [plan["name"] for plan in made["x-specloom"]["rate_limit"]["plans"]] == ["Starter", "Scale"]


def test_markdown_with_forms_and_two_keys() -> None:
    made = own("pixelmill.md")
    assert [s["url"] for s in made["servers"]] == ["https://pixelmill.app/api"]
    upscale = made["paths"]["/upscale"]["post"]
    schema = upscale["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["image"] and schema["properties"]["scale"]["enum"] == [2, 4, 8]
    assert upscale["x-specloom"]["job"]["succeeded"] == ["done"]
    assert {s["type"] for s in made["components"]["securitySchemes"].values()} == {"http", "apiKey"}
    listed = made["paths"]["/uploads"]["get"]["parameters"]
    assert [parameter["name"] for parameter in listed] == ["page", "per_page"]


@pytest.mark.parametrize(
    ("words", "facets"),
    [
        ("string. Max 500 characters", {"maxLength": 500}),
        ("integer. Items per page (max 100)", {"maximum": 100}),
        ("number. Number of images (1-4)", {"minimum": 1, "maximum": 4}),
        ("number. Between 0 and 2, defaults to 1", {"minimum": 0, "maximum": 2, "default": 1}),
        ("string. One of: a, b, c", {"enum": ["a", "b", "c"]}),
        ('string. "none" or "anime". Default: "none"', {"enum": ["none", "anime"], "default": "none"}),
        ("string. Output format: png, jpeg, or webp", {"enum": ["png", "jpeg", "webp"]}),
        ("boolean. Defaults to false", {"default": False}),
        ("string. Such as red, green or blue", {}),
        ("string. URL of the file (mp3, wav, m4a)", {}),
        ("string. The default is chosen by the model", {}),
    ],
)
def test_facets_in_words(words: str, facets: dict[str, Any]) -> None:
    made = document(f"# A\n\n## B\n\n`GET /b`\n\n### Query parameters\n\n- `x` {words}\n", "page.md")
    schema = made["paths"]["/b"]["get"]["parameters"][0]["schema"]
    assert {key: value for key, value in schema.items() if key not in ("type", "format")} == facets


def test_samples_become_one_schema() -> None:
    page = '# A\n\n## B\n\n`GET /b`\n\n### Response\n\n```json\n{"id": 1, "at": "2026-01-01T00:00:00Z", "note": null, "tags": ["x"]}\n```\n\n```json\n{"id": 1.5, "note": "hi"}\n```\n'
    made = document(page, "page.md")
    properties = made["paths"]["/b"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert properties["id"]["type"] == "number" and properties["at"]["format"] == "date-time"
    assert properties["note"]["type"] == ["string", "null"] and properties["tags"]["items"]["type"] == "string"


def test_nothing_is_invented_for_an_empty_call() -> None:
    operation = document("# A\n\n`GET /b`\n", "page.md")["paths"]["/b"]["get"]
    assert operation["responses"]["200"]["x-specloom"]["inferred"]
    assert operation["responses"]["200"]["description"].startswith("TODO")
    assert "parameters" not in operation and "requestBody" not in operation


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("nimbus.md", {"POST /v1/convert": "file* target", "GET /v1/search": "q* page per_page sort"}),
        ("qwill.txt", {"GET /voices": "language", "POST /speech": "text* voice_id* speed", "GET /usage": "from to"}),
        ("lumora.txt", {"POST /v1/images/generations": "prompt* model n response_format", "GET /v1/images/{image_id}": "image_id*", "DELETE /v1/images/{image_id}": "image_id*"}),
        ("soundry.html", {"GET /tracks": "", "POST /tracks": "prompt* duration style", "GET /tracks/{id}": "id*", "DELETE /tracks/{id}": "id*"}),
    ],
)  # fmt: skip
def test_pages_in_other_hands(name: str, calls: dict[str, str]) -> None:
    """Calls with their inputs, `*` where they are required; every one cites its line."""
    found = {}
    made = own(name)
    for path, item in made["paths"].items():
        for method, operation in item.items():
            inputs = [p["name"] + "*" * p.get("required", False) for p in operation.get("parameters", ())]
            for media in operation.get("requestBody", {}).get("content", {}).values():
                required = media["schema"].get("required", ())
                inputs += [name + "*" * (name in required) for name in media["schema"]["properties"]]
            found[f"{method.upper()} {path}"] = set(inputs)
    assert found == {call: set(inputs.split()) for call, inputs in calls.items()}
    assert list(uncited(made, {name: (OWN / name).read_text("utf-8")})) == []


def test_comments_in_samples_and_media_of_replies() -> None:
    speech = own("qwill.txt")["paths"]["/speech"]["post"]
    schema = speech["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["text"]["maxLength"] == 2000
    assert list(speech["responses"]["200"]["content"]) == ["audio/mpeg"]
    assert set(speech["responses"]) == {"200", "422"}
